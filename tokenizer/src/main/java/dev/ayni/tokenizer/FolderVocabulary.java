package dev.ayni.tokenizer;

import dev.ayni.tokenizer.Tokenizer.Roles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a GGUF file has to say of the tokenizer in a model's folder, so that the file's readers make the same ids. The keys and
 * the kinds of tokens are those of llama.cpp's converter ({@code conversion/base.py}).
 */
final class FolderVocabulary {
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;

    private static final float UNUSED_SCORE = -10_000;
    private static final float ADDED_SCORE = -1000;

    /** What one name of a pre-tokenizer cuts otherwise than another: digits, cases, scripts, marks, spaces, lines. */
    private static final List<String> PROBES = List.of(
            "1 12 123 1234 12345 1234567890 3.14 1,000,000 x2y33z444 \u00b2\u00b3\u00b9 \u00bd\u00be"
                    + " \u0967\u0968\u0969 \u0663\u0664",
            "I'm you're we'll they've he'd it's DON'T WE'LL I'Ve can\u2019t 's'S'll",
            "camelCase PascalCase XMLHttpRequest snake_case kebab-case HTTPServer iPhone eBay \u01c5 \u1f88",
            "a\n\nb\n \n c\r\n\r\nd \t\te   f    \n\n\n   g\n\t\th  ",
            "!!! ... -- --> /* */ // ##\n//\n)).;\n\n(a) [b] {c} \"d\" 'e' <f/> $1 @g #h %i &j ~k ^l |m",
            "e\u0301 A\u030a n\u0303 \u212b \ufb01 \uac00 \u1100\u1161",
            "\u4f60\u597d\u4e16\u754c\uff0c\u6d4b\u8bd5\u3002\u3053\u3093\u306b\u3061\u306f\u30ab\u30bf"
                    + " \ud55c\uad6d\uc5b4 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0645\u0631\u062d\u0628\u0627"
                    + " \u05e9\u05dc\u05d5\u05dd \u041f\u0440\u0438\u0432\u0435\u0442,"
                    + " \u0939\u093f\u0928\u094d\u0926\u0940",
            "\ud83d\ude80 (\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67) \u2705 \ud83c\uddea\ud83c\uddfa"
                    + " \u00a0x\u2003y\u200bz \ufeffw",
            " leading and trailing \u2026 \u2014 \u201cquoted\u201d \u2019t\u00a31\u20ac2");

    /** Names that are tried first; of those that cut alike the first one counts. */
    private static final List<String> USUAL = List.of(
            "gpt-2",
            "qwen2",
            "stablelm2",
            "smollm",
            "tekken",
            "gpt-4o",
            "qwen35",
            "deepseek-llm",
            "deepseek-coder",
            "deepseek-v3",
            "command-r",
            "mpt",
            "falcon",
            "bloom",
            "viking");

    private final Path folder;
    private final Tokenizer tokenizer;
    private final int size;
    private final String[] tokens;
    private final float[] scores;
    private final int[] types;

    private FolderVocabulary(Path folder, Tokenizer tokenizer, int size) {
        this.folder = folder;
        this.tokenizer = tokenizer;
        this.size = size;
        tokens = new String[size];
        scores = new float[size];
        types = new int[size];
        for (int id = 0; id < size; id++) {
            tokens[id] = "[PAD" + id + "]";
            scores[id] = UNUSED_SCORE;
            types[id] = UNUSED;
        }
    }

    /** @param size how many tokens the model knows: as many as its embedding has rows */
    static GgufVocabulary read(Path folder, int size) throws IOException {
        FolderVocabulary read = new FolderVocabulary(folder, Tokenizers.fromFolder(folder), size);
        Path pieces = folder.resolve("tokenizer.model");
        Path json = folder.resolve("tokenizer.json");
        boolean sentencePiece = Files.exists(pieces) && startsWithPiece(pieces);
        HuggingFaceFile file = null;
        if (Files.exists(json)) {
            try (InputStream in = Files.newInputStream(json)) {
                file = HuggingFaceFile.parsed(json.toString(), in);
            }
        }
        if (sentencePiece) {
            return read.sentencePiece(SentencePieceFile.parsed(pieces.toString(), Files.readAllBytes(pieces)), file);
        }
        if (file != null && file.isBytePair()) {
            return file.isByteLevel() ? read.byteLevel(file) : read.characters(file);
        }
        if (file != null && file.isUnigram()) {
            return read.unigram(file);
        }
        throw new TokenizerException(
                "%s: its tokenizer (%s) is of a kind that is not written into GGUF files here. Written are byte-level BPE, SentencePiece BPE and Unigram. Convert the model with llama.cpp's convert_hf_to_gguf.py."
                        .formatted(folder, read.tokenizer.description()));
    }

    private static boolean startsWithPiece(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.read() == 0x0a;
        }
    }

    private void put(int id, String text, float score, int type) {
        if (id < size) {
            tokens[id] = text;
            scores[id] = score;
            types[id] = type;
        }
    }

    /** Tokens that are found as they are written. */
    private void putAdded(@Nullable HuggingFaceFile file) {
        if (file == null) {
            return;
        }
        for (Json token : file.added()) {
            boolean special = token.flag("special", false);
            String text = token.text("content");
            int id = token.number("id");
            if (id >= 0 && id < size) {
                boolean kept = types[id] == UNKNOWN || types[id] == CONTROL;
                put(
                        id,
                        special ? text : text.replace(SpaceMarks.MARK, ' '),
                        kept ? scores[id] : ADDED_SCORE,
                        kept ? types[id] : special ? CONTROL : USER_DEFINED);
            }
        }
    }

    private GgufVocabulary sentencePiece(SentencePieceFile file, @Nullable HuggingFaceFile json) {
        for (int id = 0; id < file.size(); id++) {
            put(id, file.text(id), file.score(id), file.type(id));
        }
        putAdded(json);
        String kind = file.isUnigram() ? "t5" : "llama";
        return vocabulary(
                kind,
                "default",
                scores,
                List.of(),
                file.prefixesSpace(),
                file.characterMap(),
                file.removesExtraSpaces());
    }

    private GgufVocabulary byteLevel(HuggingFaceFile file) {
        @Nullable String[] names = file.names();
        for (int id = 0; id < names.length; id++) {
            String name = names[id];
            if (name != null) {
                put(id, name, 0, NORMAL);
            }
        }
        putAdded(file);
        List<String> merges = file.mergesAsTexts();
        return vocabulary("gpt2", preTokenizer(file, merges), new float[0], merges, null, new byte[0], null);
    }

    /** BPE over characters, as SentencePiece has it: earlier merges have higher scores. */
    private GgufVocabulary characters(HuggingFaceFile file) {
        Map<String, Integer> ranks = new HashMap<>();
        List<String> merges = file.mergesAsTexts();
        for (int rank = 0; rank < merges.size(); rank++) {
            ranks.putIfAbsent(merges.get(rank).replace(" ", ""), rank);
        }
        @Nullable String[] names = file.names();
        for (int id = 0; id < names.length; id++) {
            String name = names[id];
            if (name == null) {
                continue;
            }
            boolean isByte = GgufTokenizer.byteToken(name) >= 0;
            int rank = ranks.getOrDefault(name, merges.size() + id);
            put(id, name, isByte ? 0 : -rank, isByte ? BYTE : NORMAL);
        }
        String unknown = file.unknown();
        putAdded(file);
        for (int id = 0; id < size; id++) {
            if (tokens[id].equals(unknown)) {
                types[id] = UNKNOWN;
            }
        }
        return vocabulary("llama", "default", scores, List.of(), prefixesSpace(), new byte[0], null);
    }

    private GgufVocabulary unigram(HuggingFaceFile file) {
        @Nullable String[] names = file.names();
        for (int id = 0; id < names.length; id++) {
            String name = names[id];
            if (name != null) {
                boolean isByte = GgufTokenizer.byteToken(name) >= 0;
                put(id, name, (float) file.score(id), isByte ? BYTE : NORMAL);
            }
        }
        putAdded(file);
        int unknown = file.unknownId();
        if (unknown >= 0 && unknown < size) {
            types[unknown] = UNKNOWN;
        }
        return vocabulary("t5", "default", scores, List.of(), prefixesSpace(), file.characterMap(), null);
    }

    private boolean prefixesSpace() {
        int[] ids = tokenizer.encode("a", false);
        return ids.length > 0 && tokenizer.piece(ids[0]).startsWith(String.valueOf(SpaceMarks.MARK));
    }

    private GgufVocabulary vocabulary(
            String model,
            String pre,
            float[] scores,
            List<String> merges,
            @Nullable Boolean spacePrefix,
            byte[] characterMap,
            @Nullable Boolean removesSpaces) {
        Roles roles = tokenizer.roles();
        int unknown = -1;
        for (int id = 0; id < size && unknown < 0; id++) {
            unknown = types[id] == UNKNOWN ? id : -1;
        }
        return new GgufVocabulary(
                model,
                pre,
                Arrays.asList(tokens),
                scores,
                types,
                merges,
                within(roles.begin().orElse(-1)),
                within(roles.end().orElse(-1)),
                -1,
                unknown,
                roles.addBegin(),
                roles.addEnd(),
                spacePrefix,
                characterMap,
                removesSpaces,
                -1);
    }

    private int within(int id) {
        return id < size ? id : -1;
    }

    /** The name of the pre-tokenizer with which a GGUF file's reader makes the ids that the folder's own tokenizer makes. */
    private String preTokenizer(HuggingFaceFile file, List<String> merges) {
        List<String> names = new ArrayList<>(file.mergesAreIgnored() ? List.of("llama-bpe") : List.of());
        names.addAll(USUAL);
        names.addAll(List.of("dbrx", "llama-bpe"));
        names.addAll(PreTokenizers.names());
        Set<PreTokenizers.PreTokenizer> tried = new HashSet<>();
        for (String name : names) {
            PreTokenizers.PreTokenizer pre = PreTokenizers.named(name);
            if (pre.start() == PairEncoder.Start.CHARACTERS || !tried.add(pre)) {
                continue;
            }
            Tokenizer other =
                    Tokenizers.fromGguf(vocabulary("gpt2", name, new float[0], merges, null, new byte[0], null));
            if (PROBES.stream()
                    .allMatch(text -> Arrays.equals(tokenizer.encode(text, false), other.encode(text, false)))) {
                return name;
            }
        }
        throw new TokenizerException(
                "%s: its tokenizer.json cuts words as no pre-tokenizer does that GGUF files can name, so that a file's readers would make other ids. Known: %s. Use the folder as it is."
                        .formatted(folder, PreTokenizers.names()));
    }
}
