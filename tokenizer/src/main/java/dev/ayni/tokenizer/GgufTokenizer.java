package dev.ayni.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ayni.tokenizer.AddedTokens.Added;
import dev.ayni.tokenizer.PairEncoder.Merges;
import dev.ayni.tokenizer.PieceTokenizer.Decoding;
import dev.ayni.tokenizer.PieceTokenizer.Normalizer;
import dev.ayni.tokenizer.PreTokenizers.PreTokenizer;
import dev.ayni.tokenizer.Tokenizer.Frame;
import dev.ayni.tokenizer.Tokenizer.Roles;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a tokenizer of the vocabulary in a GGUF file: byte-level BPE ("gpt2"), SentencePiece BPE ("llama"), Unigram ("t5") or WordPiece ("bert"). */
final class GgufTokenizer {
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;

    private final GgufVocabulary vocabulary;
    private final List<String> tokens;
    private final int[] types;
    private final boolean sentencePiece;
    private final Pieces pieces;
    private final boolean[] special;
    private final LinkedHashMap<String, Integer> specials = new LinkedHashMap<>();
    private final LinkedHashMap<String, Integer> addedIds = new LinkedHashMap<>();
    private final AddedTokens added = new AddedTokens();
    private final int[] byteIds = new int[256];
    private final SpaceMarks.Before beforeSpaces = new SpaceMarks.Before();

    private GgufTokenizer(GgufVocabulary vocabulary, boolean sentencePiece) {
        this.vocabulary = vocabulary;
        this.sentencePiece = sentencePiece;
        tokens = vocabulary.tokens();
        types = vocabulary.types();
        pieces = new Pieces(tokens.size());
        special = new boolean[tokens.size()];
        Arrays.fill(byteIds, -1);
    }

    static Tokenizer of(GgufVocabulary vocabulary) {
        if (vocabulary.tokens().isEmpty()) {
            throw new TokenizerException(
                    "The file's vocabulary (tokenizer.ggml.tokens) has no tokens. Take a file that was converted whole.");
        }
        check(
                "tokenizer.ggml.token_type",
                vocabulary.types().length,
                vocabulary.tokens().size());
        check(
                "tokenizer.ggml.scores",
                vocabulary.scores().length,
                vocabulary.tokens().size());
        return switch (vocabulary.model()) {
            case "gpt2", "gemma4" -> pairs(vocabulary);
            case "llama" -> new GgufTokenizer(vocabulary, true).sentencePiece();
            case "t5" -> new GgufTokenizer(vocabulary, true).unigram();
            case "bert" -> wordPiece(vocabulary);
            default ->
                throw new TokenizerException(
                        "The file's tokenizer is of the kind '%s' (tokenizer.ggml.model). Known kinds: gpt2 (byte-level BPE), gemma4 (BPE of characters), llama (SentencePiece BPE), t5 (Unigram), bert (WordPiece). Use a model with one of them."
                                .formatted(vocabulary.model()));
        };
    }

    private static Tokenizer pairs(GgufVocabulary vocabulary) {
        PreTokenizer pre = PreTokenizers.named(vocabulary.model().equals("gemma4") ? "gemma4" : vocabulary.pre());
        if (vocabulary.merges().isEmpty()) {
            throw new TokenizerException(
                    "The file's tokenizer is BPE, but it has no merges (tokenizer.ggml.merges). Take a file that was converted whole.");
        }
        return pre.start() == PairEncoder.Start.CHARACTERS
                ? new GgufTokenizer(vocabulary, true).characters(pre)
                : new GgufTokenizer(vocabulary, false).byteLevel(pre);
    }

    /** The file does not say whether the model knows capitals, but its tokens do. */
    private static Tokenizer wordPiece(GgufVocabulary vocabulary) {
        int size = vocabulary.tokens().size();
        boolean[] special = new boolean[size];
        for (int id = 0; id < size; id++) {
            int type = vocabulary.types().length == 0 ? NORMAL : vocabulary.types()[id];
            special[id] = type == CONTROL
                    || type == UNKNOWN
                    || WordPieceVocabulary.SPECIALS.contains(vocabulary.tokens().get(id));
        }
        WordPieceVocabulary words = new WordPieceVocabulary(
                "The file's vocabulary (tokenizer.ggml.tokens)",
                vocabulary.tokens().toArray(String[]::new),
                special,
                "");
        boolean lowers = !words.knowsCapitals();
        LinkedHashMap<String, Integer> ids = new LinkedHashMap<>();
        for (int id = 0; id < size; id++) {
            if (special[id]) {
                ids.put(vocabulary.tokens().get(id), id);
            }
        }
        return words.tokenizer(
                words.specialsIn(),
                new AddedTokens(),
                ids,
                new BertText(true, true, lowers, lowers),
                WordPieceVocabulary.WORDS,
                "[UNK]",
                WordPieceEncoder.USUAL_LONGEST,
                null);
    }

    private Tokenizer byteLevel(PreTokenizer pre) {
        readTokens();
        for (int b = 0; b < 256; b++) {
            byteIds[b] = pieces.find(new byte[] {(byte) b}, 0, 1);
        }
        WordEncoder encoder =
                new PairEncoder(pieces, readMerges(true), pre.start(), pre.wholeWordsFirst(), byteIds, -1, false);
        Normalizer normalizer = pre.composes() ? Normalization.composed() : null;
        return tokenizer(
                normalizer,
                null,
                pre.splitter(),
                encoder,
                new Decoding(false, false),
                pre.addBegin(),
                "byte-level BPE, pre-tokenizer " + vocabulary.pre());
    }

    /** BPE in a vocabulary like SentencePiece's: spaces are marks, and what no token has is written in bytes. */
    private Tokenizer characters(PreTokenizer pre) {
        readTokens();
        WordEncoder encoder = new PairEncoder(
                pieces, readMerges(false), PairEncoder.Start.CHARACTERS, pre.wholeWordsFirst(), byteIds, -1, false);
        WordEncoder lines = (text, from, to, ids) -> {
            // line ends have tokens of their own, for which there need be no merges
            int whole = text[from] == '\n' ? pieces.find("\n".repeat(to - from).getBytes(UTF_8), 0, to - from) : -1;
            if (whole >= 0) {
                ids.add(whole);
            } else {
                encoder.encode(text, from, to, ids);
            }
        };
        return tokenizer(
                null,
                (text, from, to, first) -> SpaceMarks.escape(text, from, to, false),
                pre.splitter(),
                lines,
                new Decoding(true, false),
                pre.addBegin(),
                "BPE of characters, pre-tokenizer " + vocabulary.pre());
    }

    private Tokenizer sentencePiece() {
        if (vocabulary.scores().length == 0) {
            throw new TokenizerException(
                    "The file's tokenizer is SentencePiece BPE, but its tokens have no scores (tokenizer.ggml.scores). Take a file that was converted whole.");
        }
        readTokens();
        int[] priorities = new int[tokens.size()];
        boolean[] unused = new boolean[tokens.size()];
        boolean anyUnused = false;
        for (int id = 0; id < tokens.size(); id++) {
            priorities[id] = ScoreEncoder.priority(vocabulary.scores()[id]);
            unused[id] = type(id) == UNUSED;
            anyUnused |= unused[id];
        }
        int unknown = role("unknown_token_id", vocabulary.unknownId());
        unknown = unknown < 0 ? specials.getOrDefault("<unk>", -1) : unknown;
        WordEncoder encoder =
                new ScoreEncoder(pieces, false, priorities, anyUnused ? unused : new boolean[0], byteIds, unknown);
        boolean prefix = !Boolean.FALSE.equals(vocabulary.addSpacePrefix());
        return tokenizer(
                null,
                (text, from, to, first) -> SpaceMarks.escape(text, from, to, prefix),
                SpaceMarks.splitter(beforeSpaces),
                encoder,
                new Decoding(true, prefix),
                true,
                "SentencePiece BPE");
    }

    private Tokenizer unigram() {
        if (vocabulary.scores().length == 0) {
            throw new TokenizerException(
                    "The file's tokenizer is Unigram, but its tokens have no scores (tokenizer.ggml.scores). Take a file that was converted whole.");
        }
        readTokens();
        double[] scores = new double[tokens.size()];
        double least = Double.POSITIVE_INFINITY;
        for (int id = 0; id < scores.length; id++) {
            scores[id] = vocabulary.scores()[id];
            least = type(id) == NORMAL ? Math.min(least, scores[id]) : least;
        }
        int unknown = role("unknown_token_id", vocabulary.unknownId());
        unknown = unknown < 0 ? specials.getOrDefault("<unk>", -1) : unknown;
        boolean prefix = !Boolean.FALSE.equals(vocabulary.addSpacePrefix());
        boolean removes = !Boolean.FALSE.equals(vocabulary.removeExtraSpaces());
        byte[] bytes = vocabulary.characterMap();
        CharacterMap map = bytes.length == 0 ? null : CharacterMap.of("The file's tokenizer", bytes);
        return tokenizer(
                (text, from, to, first) -> SentencePieceFile.marked(map, removes, prefix, text, from, to),
                null,
                SpaceMarks.splitter(beforeSpaces),
                new UnigramEncoder(pieces, scores, least, true, byteIds, unknown),
                new Decoding(true, prefix),
                false,
                "Unigram");
    }

    private Tokenizer tokenizer(
            @Nullable Normalizer normalizer,
            @Nullable Normalizer marker,
            Splitter splitter,
            WordEncoder encoder,
            Decoding decoding,
            boolean addsBegin,
            String description) {
        int begin = role("bos_token_id", vocabulary.beginId());
        int end = role("eos_token_id", vocabulary.endId());
        int endOfTurn = role("eot_token_id", vocabulary.endOfTurnId());
        if (sentencePiece) {
            begin = begin < 0 ? specials.getOrDefault("<s>", -1) : begin;
            end = end < 0 ? specials.getOrDefault("</s>", -1) : end;
        }
        boolean isUnigram = encoder instanceof UnigramEncoder;
        Boolean addBegin = vocabulary.addBegin();
        Boolean addEnd = vocabulary.addEnd();
        Roles roles = EndTokens.roles(
                begin,
                end,
                addBegin == null ? addsBegin : addBegin,
                addEnd == null ? isUnigram : addEnd,
                specials,
                endOfTurn);
        return new PieceTokenizer(
                added,
                new AddedTokens(),
                normalizer,
                marker,
                splitter,
                encoder,
                tokens::get,
                pieces,
                special,
                PieceTokenizer.inOrder(specials),
                addedIds,
                decoding,
                roles,
                frame(roles),
                description + ", " + tokens.size() + " tokens");
    }

    /** What stands around texts; XLM-R's models have two marks between two of them. */
    private Frame frame(Roles roles) {
        Frame frame = Frame.of(roles);
        int separator = role("seperator_token_id", vocabulary.separatorId());
        return separator < 0 || frame.after().length == 0
                ? frame
                : new Frame(frame.before(), new int[] {frame.after()[0], separator}, frame.after());
    }

    private void readTokens() {
        boolean isUnigram = vocabulary.model().equals("t5");
        boolean phi3 = sentencePiece && tokens.contains("<|placeholder1|>") && tokens.contains("<|assistant|>");
        byte[] buffer = new byte[256];
        for (int id = 0; id < tokens.size(); id++) {
            String text = tokens.get(id);
            int type = type(id);
            if (type == CONTROL || type == UNKNOWN) {
                pieces.append(text);
                special[id] = true;
                addedToken(id, text, phi3);
                once(text, specials.put(text, id), id);
            } else if (type == BYTE) {
                int b = byteToken(text);
                if (b < 0) {
                    throw new TokenizerException(
                            "Token %d is marked as a byte, but reads '%s', not like <0x0A>. The vocabulary is damaged; take another copy of the file."
                                    .formatted(id, text));
                }
                pieces.append(new byte[] {(byte) b}, 1);
                byteIds[b] = id;
            } else if (type == USER_DEFINED && !isPadding(id, text)) {
                pieces.append(text);
                addedToken(id, text, phi3);
                if (sentencePiece) {
                    once(text, pieces.index(id), id);
                    beforeSpaces.add(pieces.bytes(), pieces.start(id), pieces.end(id));
                }
            } else if (sentencePiece) {
                pieces.append(text);
                if (!text.isEmpty() && !(isUnigram && type == UNUSED)) {
                    once(text, pieces.index(id), id);
                    beforeSpaces.add(pieces.bytes(), pieces.start(id), pieces.end(id));
                }
            } else {
                buffer = buffer.length < text.length() ? new byte[text.length()] : buffer;
                int length = ByteAlphabet.toBytes(text, 0, text.length(), buffer);
                if (length > 0) {
                    pieces.append(buffer, length);
                    once(text, pieces.index(id), id);
                } else {
                    pieces.append(
                            text); // not reached by bytes; HuggingFace's decoder shows such a token as it is written
                }
            }
        }
    }

    private void addedToken(int id, String text, boolean phi3) {
        boolean control = special[id];
        boolean spaceAfter = phi3 && !text.equals("<unk>") && !text.equals("<s>") && !text.equals("<|endoftext|>");
        // SentencePiece finds its user-defined tokens in text whose spaces are marks already.
        String looked = sentencePiece && !control ? text.replace(SpaceMarks.MARK, ' ') : text;
        added.add(new Added(id, looked, control, false, spaceAfter, false));
        addedIds.put(text, id);
    }

    private Merges readMerges(boolean byteAlphabet) {
        MergeReader reader =
                new MergeReader(pieces, byteAlphabet, vocabulary.merges().size(), "tokenizer.ggml.merges");
        vocabulary.merges().forEach(reader::add);
        return reader.merges();
    }

    private int type(int id) {
        if (types.length > 0) {
            return types[id];
        }
        // Files before types: the ids with a role are control, and <0x0A> reads as a byte.
        if (id == vocabulary.beginId() || id == vocabulary.endId() || id == vocabulary.endOfTurnId()) {
            return CONTROL;
        }
        if (sentencePiece && id == Math.max(0, vocabulary.unknownId())) {
            return UNKNOWN;
        }
        return sentencePiece && byteToken(tokens.get(id)) >= 0 ? BYTE : NORMAL;
    }

    private int role(String key, int id) {
        if (id >= tokens.size()) {
            throw new TokenizerException(
                    "The file names token %d as its %s, but its vocabulary ends at %d. Take another copy of the file."
                            .formatted(id, key, tokens.size() - 1));
        }
        return Math.max(id, -1);
    }

    private static void check(String key, int found, int expected) {
        if (found != 0 && found < expected) {
            throw new TokenizerException(
                    "The file has %d tokens but only %d entries in %s; there must be one for each. Take another copy of the file."
                            .formatted(expected, found, key));
        }
    }

    private static void once(String text, @Nullable Integer before, int id) {
        if (before != null && before >= 0) {
            throw new TokenizerException(
                    "The token '%s' stands twice in the vocabulary, as %d and as %d, so that no text has one reading. Take another copy of the file."
                            .formatted(text, before, id));
        }
    }

    /** Converters fill a vocabulary up to the width of the embedding with tokens that were never trained. */
    private static boolean isPadding(int id, String text) {
        return text.equals("[PAD" + id + "]");
    }

    /** The byte that a token such as <0x0A> stands for, or -1. */
    static int byteToken(String text) {
        if (text.length() != 6 || !text.startsWith("<0x") || text.charAt(5) != '>') {
            return -1;
        }
        int high = Character.digit(text.charAt(3), 16);
        int low = Character.digit(text.charAt(4), 16);
        return high < 0 || low < 0 ? -1 : (high << 4) | low;
    }
}
