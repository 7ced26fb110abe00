package dev.ayni.tokenizer;

import dev.ayni.tokenizer.AddedTokens.Added;
import dev.ayni.tokenizer.PieceTokenizer.Decoding;
import dev.ayni.tokenizer.PieceTokenizer.Normalizer;
import dev.ayni.tokenizer.Tokenizer.Frame;
import dev.ayni.tokenizer.Tokenizer.Roles;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A tokenizer.json as Hugging Face's tokenizers library writes it, with a BPE model over bytes (GPT-2, Llama 3, Qwen) or
 * over characters with bytes to fall back on (Llama 2, Mistral, Gemma), with WordPiece (BERT), or with Unigram (T5, XLM-R).
 */
final class HuggingFaceFile {
    /*
     * The vocabulary is read as a stream, since it makes up most of a file of many megabytes; all else is small and read
     * whole. Ids are bounded so that a wrong one cannot ask for all memory.
     */
    private static final int MOST_IDS = 10_000_000;

    private static final OptionalInt NONE = OptionalInt.empty();

    private static final String STEPS =
            "Sequence, Split, ByteLevel, BertPreTokenizer, Digits, Punctuation, Metaspace, Whitespace, WhitespaceSplit";

    private final String file;
    private final List<String> vocabulary = new ArrayList<>();
    private int[] ids = new int[1 << 16];
    /** Each merge as one text "left right", or as two elements. */
    private final List<String> merges = new ArrayList<>();

    /** The score of each token of the vocabulary, where it has one. */
    private double[] scores = new double[0];

    private boolean mergesInPairs;
    private @Nullable Json settings;
    private List<Json> addedTokens = List.of();
    private @Nullable Json normalizer;
    private @Nullable Json preTokenizer;
    private @Nullable Json postProcessor;
    private @Nullable Json decoder;
    private String type = "";
    private boolean byteFallback;
    private boolean ignoreMerges;
    private boolean fuseUnknown;
    private @Nullable String unknownToken;

    private boolean byteLevel;
    private boolean writtenBytes;
    private @Nullable Normalizer marker;

    private HuggingFaceFile(String file) {
        this.file = file;
    }

    /** Reads the file; {@code hints} say what other files of the model add. */
    static Tokenizer read(String file, InputStream in, Hints hints) throws IOException {
        return parsed(file, in).build(hints);
    }

    /** Reads what the file says, and makes no tokenizer of it. */
    static HuggingFaceFile parsed(String file, InputStream in) throws IOException {
        HuggingFaceFile read = new HuggingFaceFile(file);
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), in)) {
            read.parse(parser);
        } catch (JacksonException e) {
            throw new TokenizerException(
                    "%s is not whole JSON: %s. Take another copy of the file.".formatted(file, e.getOriginalMessage()),
                    e);
        }
        return read;
    }

    boolean isBytePair() {
        return type.equals("BPE");
    }

    boolean isUnigram() {
        return type.equals("Unigram");
    }

    /** Whether its tokens are bytes, written in {@link ByteAlphabet}. */
    boolean isByteLevel() {
        List<Json> steps = new ArrayList<>();
        flatten(preTokenizer, steps);
        return steps.stream().anyMatch(step -> step.text("type").equals("ByteLevel"));
    }

    List<Json> added() {
        return addedTokens;
    }

    /** Whether a word that is a token needs no merges. */
    boolean mergesAreIgnored() {
        return ignoreMerges;
    }

    /** Each merge as "left right"; a space within one, which no byte-level token has, is written as a byte. */
    List<String> mergesAsTexts() {
        if (!mergesInPairs) {
            return merges;
        }
        List<String> texts = new ArrayList<>(merges.size() / 2);
        for (int i = 0; i < merges.size(); i += 2) {
            texts.add(merges.get(i).replace(' ', '\u0120') + " "
                    + merges.get(i + 1).replace(' ', '\u0120'));
        }
        return texts;
    }

    double score(int id) {
        return id < scores.length ? scores[id] : 0;
    }

    @Nullable
    String unknown() {
        return unknownToken;
    }

    /** The id of Unigram's unknown token, or -1. */
    int unknownId() {
        return settings == null ? -1 : settings.number("unk_id");
    }

    /** What characters become first, as SentencePiece compiles it; empty where that is not so written. */
    byte[] characterMap() {
        List<Json> steps = normalizer == null
                ? List.of()
                : normalizer.text("type").equals("Sequence") ? normalizer.list("normalizers") : List.of(normalizer);
        for (Json step : steps) {
            String map = step.text("type").equals("Precompiled") ? step.textOrNull("precompiled_charsmap") : null;
            if (map != null) {
                return Base64.getDecoder().decode(map);
            }
        }
        return new byte[0];
    }

    private void parse(JsonParser parser) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new TokenizerException("%s: a JSON object was expected; found %s. Take another copy of the file."
                    .formatted(file, parser.currentToken()));
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "added_tokens" -> addedTokens = new Json(file, Map.of("all", Json.read(parser))).list("all");
                case "normalizer" -> normalizer = Json.object(file, parser);
                case "pre_tokenizer" -> preTokenizer = Json.object(file, parser);
                case "post_processor" -> postProcessor = Json.object(file, parser);
                case "decoder" -> decoder = Json.object(file, parser);
                case "model" -> parseModel(parser);
                default -> parser.skipChildren();
            }
        }
    }

    private void parseModel(JsonParser parser) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            return;
        }
        Map<String, Object> rest = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (name.equals("vocab") && value == JsonToken.START_OBJECT) {
                parseVocabulary(parser);
            } else if (name.equals("vocab") && value == JsonToken.START_ARRAY) {
                parseScores(parser);
            } else if (name.equals("merges") && value == JsonToken.START_ARRAY) {
                parseMerges(parser);
            } else if (value.isScalarValue()) {
                rest.put(name, Json.read(parser));
            } else {
                parser.skipChildren();
            }
        }
        Json model = new Json(file, rest);
        settings = model;
        String kind = scores.length > 0 ? "Unigram" : merges.isEmpty() ? "" : "BPE";
        type = model.textOrNull("type") == null ? kind : model.text("type");
        byteFallback = model.flag("byte_fallback", false);
        ignoreMerges = model.flag("ignore_merges", false);
        fuseUnknown = model.flag("fuse_unk", false);
        unknownToken = model.textOrNull("unk_token");
    }

    private void parseVocabulary(JsonParser parser) {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String token = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                throw wrong("the token '%s' has no whole number for an id".formatted(token));
            }
            if (vocabulary.size() == ids.length) {
                ids = Arrays.copyOf(ids, ids.length * 2);
            }
            ids[vocabulary.size()] = checked(token, parser.getLongValue());
            vocabulary.add(token);
        }
    }

    /** Pairs of a token and its score, whose ids count from 0. */
    private void parseScores(JsonParser parser) {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            int id = vocabulary.size();
            boolean pair = parser.currentToken() == JsonToken.START_ARRAY
                    && parser.nextToken() == JsonToken.VALUE_STRING
                    && vocabulary.add(parser.getString())
                    && parser.nextToken().isNumeric();
            if (!pair) {
                throw wrong("entry %d of the vocabulary is no pair of a token and a score".formatted(id));
            }
            checked(vocabulary.getLast(), id);
            if (id == scores.length) {
                scores = Arrays.copyOf(scores, Math.max(1 << 16, 2 * id));
                ids = ids.length < scores.length ? Arrays.copyOf(ids, scores.length) : ids;
            }
            scores[id] = parser.getDoubleValue();
            ids[id] = id;
            if (parser.nextToken() != JsonToken.END_ARRAY) {
                throw wrong("entry %d of the vocabulary is no pair of a token and a score".formatted(id));
            }
        }
    }

    private void parseMerges(JsonParser parser) {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.START_ARRAY) {
                mergesInPairs = true;
                int before = merges.size();
                while (parser.nextToken() == JsonToken.VALUE_STRING) {
                    merges.add(parser.getString());
                }
                if (merges.size() != before + 2 || parser.currentToken() != JsonToken.END_ARRAY) {
                    throw wrong("merge %d is not a pair of tokens".formatted(before / 2));
                }
            } else if (parser.currentToken() == JsonToken.VALUE_STRING && !mergesInPairs) {
                merges.add(parser.getString());
            } else {
                throw wrong("merge %d is neither \"left right\" nor [\"left\", \"right\"]".formatted(merges.size()));
            }
        }
    }

    private Tokenizer build(Hints hints) {
        checkModel();
        List<Splitter> steps = new ArrayList<>();
        List<Json> written = new ArrayList<>();
        flatten(preTokenizer, written);
        addSteps(written, steps);

        @Nullable String[] names = names();
        boolean[] special = new boolean[names.length];
        boolean[] added = new boolean[names.length];
        UnaryOperator<String> change = normalizer == null ? null : Normalization.of(normalizer);
        AddedTokens before = new AddedTokens();
        AddedTokens afterwards = new AddedTokens();
        LinkedHashMap<String, Integer> specials = new LinkedHashMap<>();
        LinkedHashMap<String, Integer> addedIds = new LinkedHashMap<>();
        for (Json token : addedTokens) {
            int id = token.number("id");
            String text = token.text("content");
            added[id] = true;
            special[id] = token.flag("special", false);
            if (special[id]) {
                specials.put(text, id);
            }
            addedIds.put(text, id);
            String normalized = change != null && token.flag("normalized", !special[id]) ? change.apply(text) : null;
            (normalized == null ? before : afterwards)
                    .add(new Added(
                            id,
                            normalized == null ? text : normalized,
                            special[id],
                            token.flag("lstrip", false),
                            token.flag("rstrip", false),
                            token.flag("single_word", false)));
        }

        if (type.equals("WordPiece")) {
            return wordPiece(names, special, before, afterwards, addedIds, change, steps);
        }
        int[] byteIds = new int[256];
        Arrays.fill(byteIds, -1);
        SpaceMarks.Before marks = new SpaceMarks.Before();
        Pieces pieces = pieces(names, added, special, byteIds, marks);
        if (!byteLevel && !ignoreMerges) {
            steps.add(SpaceMarks.splitter(marks));
        }
        Roles roles = hints.roles(templateBegin(), null, specials, addedIds, names.length);
        return new PieceTokenizer(
                before,
                afterwards,
                change == null ? null : Normalization.over(change),
                marker,
                Splitter.sequence(steps.toArray(Splitter[]::new)),
                type.equals("Unigram") ? unigram(pieces, special, byteIds) : encoder(pieces, byteIds),
                id -> {
                    String name = names[id];
                    return name == null ? "" : name;
                },
                pieces,
                special,
                PieceTokenizer.inOrder(specials),
                addedIds,
                decoding(),
                roles,
                frame(roles, addedIds),
                "%s, tokenizer.json, %d tokens"
                        .formatted(
                                type.equals("Unigram") ? type : byteLevel ? "byte-level BPE" : "SentencePiece BPE",
                                names.length));
    }

    private Tokenizer wordPiece(
            @Nullable String[] names,
            boolean[] special,
            AddedTokens before,
            AddedTokens afterwards,
            Map<String, Integer> addedIds,
            @Nullable UnaryOperator<String> change,
            List<Splitter> steps) {
        Json model = Objects.requireNonNull(settings);
        String prefix = model.textOrNull("continuing_subword_prefix");
        int longest = model.number("max_input_chars_per_word");
        return new WordPieceVocabulary(file, names, special, prefix == null ? "##" : prefix)
                .tokenizer(
                        before,
                        afterwards,
                        addedIds,
                        change == null ? text -> text : change,
                        Splitter.sequence(steps.toArray(Splitter[]::new)),
                        unknownToken == null ? "[UNK]" : unknownToken,
                        longest < 0 ? WordPieceEncoder.USUAL_LONGEST : longest,
                        postProcessor == null ? null : frame(new Roles(NONE, NONE, Set.of(), false, false), addedIds));
    }

    /** What the post-processor puts around a text, or else what the roles say. */
    private Frame frame(Roles roles, Map<String, Integer> added) {
        for (Json processor : processors()) {
            switch (processor.text("type")) {
                case "TemplateProcessing" -> {
                    Json tokens = processor.object("special_tokens");
                    int[][] single = around(processor.list("single"), tokens, added);
                    int[][] pair = around(processor.list("pair"), tokens, added);
                    boolean known = roles.addBegin() && roles.begin().isPresent() && single[0].length == 0;
                    int[] begin = known ? new int[] {roles.begin().getAsInt()} : single[0];
                    int[] end = single[1].length == 0 ? Frame.of(roles).after() : single[1];
                    return new Frame(begin, pair.length == 3 ? pair[1] : single[1], end);
                }
                case "BertProcessing", "RobertaProcessing" -> {
                    int[] begin = {id(processor, "cls")};
                    int[] end = {id(processor, "sep")};
                    boolean twice = processor.text("type").equals("RobertaProcessing");
                    return new Frame(begin, twice ? new int[] {end[0], end[0]} : end, end);
                }
                default -> {}
            }
        }
        return Frame.of(roles);
    }

    /** The ids before, between and after the texts of a template. */
    private int[][] around(List<Json> template, @Nullable Json tokens, Map<String, Integer> added) {
        List<int[]> parts = new ArrayList<>();
        Ids ids = new Ids();
        for (Json step : template) {
            Json token = step.object("SpecialToken");
            if (token == null) {
                parts.add(ids.from(0));
                ids.shorten(0);
                continue;
            }
            String text = token.text("id");
            Json named = tokens == null ? null : tokens.object(text);
            int[] described = named == null ? new int[0] : named.numbers("ids");
            if (described.length == 0 && !added.containsKey(text)) {
                throw wrong("its template has the token '%s', which it does not describe".formatted(text));
            }
            for (int id : described.length == 0 ? new int[] {added.get(text)} : described) {
                ids.add(checked(text, id));
            }
        }
        parts.add(ids.from(0));
        return parts.size() == 1 ? new int[][] {new int[0], parts.getFirst()} : parts.toArray(int[][]::new);
    }

    /** The id in a pair of a token and its id. */
    private int id(Json processor, String name) {
        int[] numbers = processor.numbers(name);
        if (numbers.length != 1) {
            throw wrong("its '%s' is no pair of a token and an id".formatted(name));
        }
        return checked(name, numbers[0]);
    }

    private void checkModel() {
        Json model = settings;
        if (model != null && (type.equals("WordPiece") || type.equals("Unigram"))) {
            if (vocabulary.isEmpty()) {
                throw wrong("the vocabulary is empty");
            }
            if (type.equals("Unigram") && scores.length == 0) {
                throw wrong("the tokens of its Unigram model have no scores");
            }
            return;
        }
        if (model == null || !type.equals("BPE")) {
            throw new Json(file, Map.of()).refused("the model type '%s'".formatted(type), "BPE, Unigram, WordPiece");
        }
        for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            String text = model.textOrNull(affix);
            if (text != null && !text.isEmpty()) {
                throw model.refused("the %s '%s'".formatted(affix, text), "none");
            }
        }
        if (vocabulary.isEmpty()) {
            throw wrong("the vocabulary is empty");
        }
    }

    /** How each id is written; null for ids that are not used. */
    @Nullable
    String[] names() {
        int size = 0;
        for (int i = 0; i < vocabulary.size(); i++) {
            size = Math.max(size, ids[i] + 1);
        }
        for (Json token : addedTokens) {
            size = Math.max(size, checked(token.text("content"), token.number("id")) + 1);
        }
        int known = vocabulary.size() + addedTokens.size();
        if (size > 4 * known + 10_000) {
            throw wrong("its %d tokens have ids up to %d".formatted(known, size - 1));
        }
        @Nullable String[] names = new @Nullable String[size];
        for (int i = 0; i < vocabulary.size(); i++) {
            name(names, ids[i], vocabulary.get(i));
        }
        for (Json token : addedTokens) {
            name(names, token.number("id"), token.text("content"));
        }
        return names;
    }

    private WordEncoder encoder(Pieces pieces, int[] byteIds) {
        int step = mergesInPairs ? 2 : 1;
        MergeReader reader = new MergeReader(pieces, byteLevel, merges.size() / step, file);
        for (int i = 0; i < merges.size(); i += step) {
            if (mergesInPairs) {
                reader.add(merges.get(i), merges.get(i + 1));
            } else {
                reader.add(merges.get(i));
            }
        }
        PairEncoder.Start bytes = writtenBytes ? PairEncoder.Start.WRITTEN_BYTES : PairEncoder.Start.BYTES;
        return new PairEncoder(
                pieces,
                reader.merges(),
                byteLevel ? bytes : PairEncoder.Start.CHARACTERS,
                ignoreMerges,
                byteIds,
                unknownToken == null ? -1 : pieces.find(unknownToken),
                fuseUnknown);
    }

    private WordEncoder unigram(Pieces pieces, boolean[] special, int[] byteIds) {
        if (byteLevel) {
            throw wrong("its Unigram model is one over bytes, which no published model is");
        }
        double[] byId = new double[special.length];
        double least = Double.POSITIVE_INFINITY;
        for (int id = 0; id < vocabulary.size(); id++) {
            byId[id] = scores[id];
            least = Math.min(least, scores[id]);
        }
        int unknown = Objects.requireNonNull(settings).number("unk_id");
        return new UnigramEncoder(pieces, byId, least, false, byteIds, unknown < special.length ? unknown : -1);
    }

    /** The bytes of each id, and the ids of those that words are made of. */
    private Pieces pieces(
            @Nullable String[] names, boolean[] added, boolean[] special, int[] byteIds, SpaceMarks.Before marks) {
        boolean unigram = type.equals("Unigram");
        Pieces pieces = new Pieces(names.length);
        boolean[] inVocabulary = new boolean[names.length];
        for (int i = 0; i < vocabulary.size(); i++) {
            inVocabulary[ids[i]] = true;
        }
        byte[] buffer = new byte[256];
        for (int id = 0; id < names.length; id++) {
            String name = names[id];
            int b = name == null || !byteFallback ? -1 : GgufTokenizer.byteToken(name);
            if (name == null) {
                pieces.append("");
            } else if (b >= 0) {
                pieces.append(new byte[] {(byte) b}, 1);
                byteIds[b] = id;
            } else if (byteLevel && !added[id]) {
                buffer = buffer.length < name.length() ? new byte[name.length()] : buffer;
                int length = ByteAlphabet.toBytes(name, 0, name.length(), buffer);
                if (length > 0) {
                    pieces.append(buffer, length);
                    pieces.index(id);
                } else {
                    pieces.append(name);
                }
            } else {
                pieces.append(name);
                boolean control = unigram && special[id];
                if (!byteLevel && inVocabulary[id] && !control && !name.isEmpty()) {
                    pieces.index(id);
                    marks.add(pieces.bytes(), pieces.start(id), pieces.end(id));
                }
            }
        }
        if (byteLevel) {
            for (int b = 0; b < 256; b++) {
                byteIds[b] = pieces.find(new byte[] {(byte) b}, 0, 1);
            }
        }
        return pieces;
    }

    private void flatten(@Nullable Json step, List<Json> steps) {
        if (step == null) {
            return;
        }
        if (step.text("type").equals("Sequence")) {
            step.list("pretokenizers").forEach(inner -> flatten(inner, steps));
        } else {
            steps.add(step);
        }
    }

    private void addSteps(List<Json> written, List<Splitter> steps) {
        for (int i = 0; i < written.size(); i++) {
            Json step = written.get(i);
            String kind = step.text("type");
            if (kind.equals("ByteLevel")) {
                byteLevel = true;
                if (step.flag("add_prefix_space", true)) {
                    steps.add(Splitter.prefixingSpace());
                }
                if (step.flag("use_regex", true)) {
                    steps.add(splitting(Patterns.GPT2, Segments.ISOLATED, false, step));
                }
                if (i + 1 < written.size()) {
                    List<Splitter> rest = new ArrayList<>();
                    addSteps(written.subList(i + 1, written.size()), rest);
                    writtenBytes = true;
                    steps.add(Splitter.writingBytes(Splitter.sequence(rest.toArray(Splitter[]::new))));
                }
                return;
            }
            if (kind.equals("Metaspace")) {
                addMarks(step, i == 0, steps);
            } else {
                steps.add(step(kind, step));
            }
        }
    }

    private Splitter step(String kind, Json step) {
        return switch (kind) {
            case "Split" -> {
                var pattern = step.pattern("pattern");
                Segments segments = segments(step);
                boolean invert = step.flag("invert", false);
                yield pattern.getKey().equals("String")
                        ? Regex.splitter(Pattern.compile(pattern.getValue(), Pattern.LITERAL), segments, invert)
                        : splitting(pattern.getValue(), segments, invert, step);
            }
            case "BertPreTokenizer" -> WordPieceVocabulary.WORDS;
            case "Digits" -> Splitter.digits(step.flag("individual_digits", false));
            case "Punctuation" -> Splitter.punctuation(segments(step));
            case "Whitespace" -> splitting("\\w+|[^\\w\\s]+", Segments.REMOVED, true, step);
            case "WhitespaceSplit" -> splitting("\\s+", Segments.REMOVED, false, step);
            default -> throw step.refused("the pre-tokenizer '%s'".formatted(kind), STEPS);
        };
    }

    private static Splitter splitting(String expression, Segments segments, boolean invert, Json step) {
        Splitter.Scanner scanner = Patterns.scanner(expression);
        return scanner != null
                ? Splitter.scanning(scanner, segments, invert)
                : Regex.splitter(Regex.compile(expression, step), segments, invert);
    }

    private static Segments segments(Json step) {
        String behavior = step.textOrNull("behavior");
        String name = behavior == null
                ? "ISOLATED"
                : behavior.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
        for (Segments segments : Segments.values()) {
            if (segments.name().equals(name)) {
                return segments;
            }
        }
        throw step.refused("the behavior '%s'".formatted(behavior), Arrays.toString(Segments.values()));
    }

    /** Spaces become marks, one goes before the text as the scheme says, and words are cut before marks. */
    private void addMarks(Json step, boolean isFirst, List<Splitter> steps) {
        if (!String.valueOf(SpaceMarks.MARK).equals(step.textOrNull("replacement"))) {
            throw step.refused("Metaspace with '%s'".formatted(step.textOrNull("replacement")), "U+2581");
        }
        String scheme = scheme(step);
        Normalizer marking = (text, from, to, first) -> {
            boolean prefix = (scheme.equals("always") || (scheme.equals("first") && first))
                    && text[from] != ' '
                    && text[from] != SpaceMarks.MARK;
            return SpaceMarks.escape(text, from, to, prefix);
        };
        if (isFirst) {
            marker = marking;
        } else if (scheme.equals("first")) {
            throw step.refused("Metaspace with 'first' after another pre-tokenizer", "'always' and 'never' there");
        } else {
            steps.add((text, from, to, parts) -> {
                char[] marked = marking.normalize(text, from, to, false);
                parts.word(marked, 0, marked.length);
            });
        }
        if (step.flag("split", true)) {
            steps.add(Splitter.beforeEach(SpaceMarks.MARK));
        }
    }

    private static String scheme(Json step) {
        String scheme = step.textOrNull("prepend_scheme");
        return scheme != null ? scheme : step.flag("add_prefix_space", true) ? "always" : "never";
    }

    private Decoding decoding() {
        Json json = decoder;
        boolean marks = false;
        boolean drops = false;
        List<Json> steps =
                json == null ? List.of() : json.text("type").equals("Sequence") ? json.list("decoders") : List.of(json);
        for (Json step : steps) {
            String kind = step.text("type");
            switch (kind) {
                case "ByteLevel", "ByteFallback", "Fuse" -> {}
                case "Metaspace" -> {
                    marks = true;
                    drops = !scheme(step).equals("never");
                }
                case "Replace" -> {
                    if (!step.pattern("pattern").getValue().equals(String.valueOf(SpaceMarks.MARK))
                            || !step.text("content").equals(" ")) {
                        throw step.refused("the decoder %s".formatted(step.members()), "Replace of U+2581 by a space");
                    }
                    marks = true;
                }
                case "Strip" -> drops = step.text("content").equals(" ") && step.number("start") > 0;
                default ->
                    throw step.refused(
                            "the decoder '%s'".formatted(kind),
                            "Sequence, ByteLevel, ByteFallback, Fuse, Metaspace, Replace, Strip");
            }
        }
        return new Decoding(marks, drops);
    }

    private List<Json> processors() {
        if (postProcessor == null) {
            return List.of();
        }
        return postProcessor.text("type").equals("Sequence")
                ? postProcessor.list("processors")
                : List.of(postProcessor);
    }

    /** The special token that the post-processor puts before a text, or null. */
    private @Nullable String templateBegin() {
        for (Json processor : processors()) {
            if (processor.text("type").equals("TemplateProcessing")) {
                List<Json> single = processor.list("single");
                Json first = single.isEmpty() ? null : single.getFirst().object("SpecialToken");
                return first == null ? null : first.textOrNull("id");
            }
        }
        return null;
    }

    private void name(@Nullable String[] names, int id, String name) {
        String before = names[id];
        if (before != null && !before.equals(name)) {
            throw wrong("id %d stands for '%s' and for '%s'".formatted(id, before, name));
        }
        names[id] = name;
    }

    private int checked(String token, long id) {
        if (id < 0 || id >= MOST_IDS) {
            throw wrong(
                    "the token '%s' has the id %d; ids from 0 to %d are possible".formatted(token, id, MOST_IDS - 1));
        }
        return (int) id;
    }

    private TokenizerException wrong(String what) {
        return new TokenizerException("%s: %s. Take another copy of the file.".formatted(file, what));
    }
}
