package dev.ayni.tokenizer;

import dev.ayni.tokenizer.AddedTokens.Added;
import dev.ayni.tokenizer.PieceTokenizer.Decoding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A tokenizer.model as SentencePiece writes it: a protocol buffer (sentencepiece_model.proto), here with a BPE or a Unigram model. */
final class SentencePieceFile {
    private static final int UNIGRAM = 1;
    private static final int BPE = 2;

    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;
    private static final String[] MODEL_TYPES = {"", "unigram", "BPE", "word", "character"};

    private final String file;
    private final List<Piece> pieces = new ArrayList<>();
    private boolean saysItsType;
    private int modelType = UNIGRAM; // where the file is silent about it in the place for it
    private boolean spaceAsSuffix;
    private int unknownId;
    private int beginId = 1;
    private int endId = 2;
    private String normalizer = "";
    private byte[] characterMap = {};
    private boolean addsPrefix = true;
    private boolean removesExtraSpaces = true;
    private boolean escapesSpaces = true;

    private record Piece(String text, float score, int type) {}

    private SentencePieceFile(String file) {
        this.file = file;
    }

    static Tokenizer read(String file, byte[] content, Hints hints) {
        return parsed(file, content).build(hints);
    }

    /** Reads what the file says, and makes no tokenizer of it. */
    static SentencePieceFile parsed(String file, byte[] content) {
        SentencePieceFile read = new SentencePieceFile(file);
        Message model = new Message(file, content, 0, content.length);
        while (model.next()) {
            switch (model.field) {
                case 1 -> read.readPiece(model.message());
                case 2 -> read.readTrainer(model.message());
                case 3 -> read.readNormalizer(model.message());
                default -> {}
            }
        }
        return read;
    }

    int size() {
        return pieces.size();
    }

    String text(int id) {
        return pieces.get(id).text();
    }

    float score(int id) {
        return pieces.get(id).score();
    }

    /** The type of a piece, which has the number that GGUF has for it. */
    int type(int id) {
        return pieces.get(id).type();
    }

    boolean isUnigram() {
        return modelType == UNIGRAM;
    }

    boolean prefixesSpace() {
        return addsPrefix;
    }

    boolean removesExtraSpaces() {
        return removesExtraSpaces;
    }

    byte[] characterMap() {
        return characterMap;
    }

    private void readPiece(Message piece) {
        String text = "";
        float score = 0;
        int type = 1;
        while (piece.next()) {
            switch (piece.field) {
                case 1 -> text = piece.text();
                case 2 -> score = piece.float32();
                case 3 -> type = piece.int32();
                default -> {}
            }
        }
        pieces.add(new Piece(text, score, type));
    }

    private void readTrainer(Message trainer) {
        saysItsType = true;
        while (trainer.next()) {
            switch (trainer.field) {
                case 3 -> modelType = trainer.int32();
                case 24 -> spaceAsSuffix = trainer.int32() != 0;
                case 40 -> unknownId = trainer.int32();
                case 41 -> beginId = trainer.int32();
                case 42 -> endId = trainer.int32();
                default -> {}
            }
        }
    }

    private void readNormalizer(Message spec) {
        while (spec.next()) {
            switch (spec.field) {
                case 1 -> normalizer = spec.text();
                case 2 -> characterMap = spec.bytes();
                case 3 -> addsPrefix = spec.int32() != 0;
                case 4 -> removesExtraSpaces = spec.int32() != 0;
                case 5 -> escapesSpaces = spec.int32() != 0;
                default -> {}
            }
        }
    }

    private Tokenizer build(Hints hints) {
        if (pieces.isEmpty()) {
            throw wrong("it holds no pieces");
        }
        if (!saysItsType) {
            throw wrong("it ends before it says of what type it is");
        }
        if (modelType != BPE && modelType != UNIGRAM) {
            String kind =
                    modelType > 0 && modelType < MODEL_TYPES.length ? MODEL_TYPES[modelType] : "number " + modelType;
            throw refused("the model type " + kind, "BPE, unigram");
        }
        CharacterMap map = characterMap.length == 0 ? null : CharacterMap.of(file, characterMap);
        if (spaceAsSuffix || !escapesSpaces) {
            throw refused("writing spaces after words or as they are", "a mark U+2581 before words");
        }
        int size = pieces.size();
        Pieces bytes = new Pieces(size);
        int[] byteIds = new int[256];
        Arrays.fill(byteIds, -1);
        int[] priorities = new int[size];
        boolean[] unused = new boolean[size];
        boolean[] special = new boolean[size];
        boolean anyUnused = false;
        String[] names = pieces.stream().map(Piece::text).toArray(String[]::new);
        AddedTokens controls = new AddedTokens();
        AddedTokens userDefined = new AddedTokens();
        LinkedHashMap<String, Integer> specials = new LinkedHashMap<>();
        LinkedHashMap<String, Integer> addedIds = new LinkedHashMap<>();
        SpaceMarks.Before marks = new SpaceMarks.Before();
        for (int id = 0; id < size; id++) {
            Piece piece = pieces.get(id);
            priorities[id] = ScoreEncoder.priority(piece.score());
            switch (piece.type()) {
                case UNKNOWN, CONTROL -> {
                    bytes.append(piece.text());
                    special[id] = true;
                    once(piece, specials.put(piece.text(), id), id);
                    addedIds.put(piece.text(), id);
                    controls.add(new Added(id, piece.text(), true, false, false, false));
                }
                case BYTE -> {
                    int b = GgufTokenizer.byteToken(piece.text());
                    if (b < 0) {
                        throw wrong("piece %d is marked as a byte, but reads '%s'".formatted(id, piece.text()));
                    }
                    bytes.append(new byte[] {(byte) b}, 1);
                    byteIds[b] = id;
                }
                default -> {
                    bytes.append(piece.text());
                    if (piece.text().isEmpty()) {
                        continue;
                    }
                    if (modelType == UNIGRAM && piece.type() == UNUSED) {
                        continue; // no text is made of it
                    }
                    once(piece, bytes.index(id), id);
                    marks.add(bytes.bytes(), bytes.start(id), bytes.end(id));
                    unused[id] = piece.type() == UNUSED;
                    anyUnused |= unused[id];
                    if (piece.type() == USER_DEFINED) {
                        addedIds.put(piece.text(), id);
                        userDefined.add(new Added(id, piece.text(), false, false, false, false));
                    }
                }
            }
        }
        boolean knownUnknown = unknownId >= 0 && unknownId < size;
        String ownBegin = beginId >= 0 && beginId < size ? names[beginId] : null;
        String ownEnd = endId >= 0 && endId < size ? names[endId] : null;
        return new PieceTokenizer(
                controls,
                userDefined,
                (text, from, to, first) -> marked(map, removesExtraSpaces, addsPrefix, text, from, to),
                null,
                SpaceMarks.splitter(marks),
                modelType == UNIGRAM
                        ? unigram(bytes, byteIds, knownUnknown ? unknownId : -1)
                        : new ScoreEncoder(
                                bytes,
                                false,
                                priorities,
                                anyUnused ? unused : new boolean[0],
                                byteIds,
                                knownUnknown ? unknownId : -1),
                id -> names[id],
                bytes,
                special,
                PieceTokenizer.inOrder(specials),
                addedIds,
                new Decoding(true, addsPrefix),
                hints.roles(ownBegin, ownEnd, specials, addedIds, size),
                "%s, tokenizer.model, %d tokens"
                        .formatted(modelType == UNIGRAM ? "Unigram" : "SentencePiece BPE", size));
    }

    private WordEncoder unigram(Pieces bytes, int[] byteIds, int unknown) {
        double[] scores = pieces.stream().mapToDouble(Piece::score).toArray();
        double least = pieces.stream()
                .filter(piece -> piece.type() == NORMAL)
                .mapToDouble(Piece::score)
                .min()
                .orElse(0);
        return new UnigramEncoder(bytes, scores, least, true, byteIds, unknown);
    }

    /** A part of a text as its words are looked for: its characters changed, and its spaces marks. */
    static char[] marked(
            @Nullable CharacterMap map, boolean removesExtraSpaces, boolean addsPrefix, char[] text, int from, int to) {
        String changed = new String(text, from, to - from);
        changed = map == null ? changed : map.change(changed);
        if (!removesExtraSpaces) {
            return SpaceMarks.escape(changed.toCharArray(), 0, changed.length(), addsPrefix);
        }
        String part = changed.replaceAll(" +", " ").replaceAll("^ |[ \u2581]+\\z", "");
        return part.isEmpty() ? new char[0] : SpaceMarks.escape(part.toCharArray(), 0, part.length(), addsPrefix);
    }

    private void once(Piece piece, @Nullable Integer before, int id) {
        if (before != null && before >= 0) {
            throw wrong("the piece '%s' stands twice, as %d and as %d".formatted(piece.text(), before, id));
        }
    }

    private TokenizerException refused(String found, String known) {
        return new TokenizerException(
                "%s: %s is not known here, and without it the ids would be wrong. Known: %s. Use the model's tokenizer.json or a GGUF file of it."
                        .formatted(file, found, known));
    }

    private TokenizerException wrong(String what) {
        return new TokenizerException(
                "%s: %s. It is not a SentencePiece model, or damaged; take another copy.".formatted(file, what));
    }

    /** A protocol buffer message, read field by field. */
    private static final class Message {
        private final String file;
        private final byte[] content;
        private final int end;
        private int at;
        private int field;
        private int wire;
        private long value;
        private int start;

        Message(String file, byte[] content, int from, int to) {
            this.file = file;
            this.content = content;
            at = from;
            end = to;
        }

        /** Goes to the next field; false at the end. */
        boolean next() {
            if (at == end) {
                return false;
            }
            long tag = varint();
            field = (int) (tag >>> 3);
            wire = (int) tag & 7;
            switch (wire) {
                case 0 -> value = varint();
                case 1 -> skip(8);
                case 2 -> {
                    long length = varint();
                    if (length < 0 || length > end - at) {
                        throw damaged("a field of %d bytes does not fit".formatted(length));
                    }
                    skip((int) length);
                }
                case 5 -> skip(4);
                default -> throw damaged("a field has the unknown form %d".formatted(wire));
            }
            return true;
        }

        Message message() {
            expect(2);
            return new Message(file, content, start, at);
        }

        byte[] bytes() {
            expect(2);
            return Arrays.copyOfRange(content, start, at);
        }

        String text() {
            expect(2);
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(content, start, at - start))
                        .toString();
            } catch (CharacterCodingException e) {
                throw damaged("a text is not UTF-8");
            }
        }

        int int32() {
            expect(0);
            return (int) value;
        }

        float float32() {
            expect(5);
            return ByteBuffer.wrap(content, start, 4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getFloat();
        }

        private void skip(int length) {
            if (length > end - at) {
                throw damaged("a field of %d bytes does not fit".formatted(length));
            }
            start = at;
            at += length;
        }

        private void expect(int form) {
            if (wire != form) {
                throw damaged("field %d has the form %d, not %d".formatted(field, wire, form));
            }
        }

        private long varint() {
            long result = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                if (at == end) {
                    throw damaged("it is cut off");
                }
                byte b = content[at++];
                result |= (long) (b & 0x7f) << shift;
                if (b >= 0) {
                    return result;
                }
            }
            throw damaged("a number is too long");
        }

        private TokenizerException damaged(String what) {
            return new TokenizerException(
                    "%s: %s, at byte %d. It is not a SentencePiece model, or damaged; take another copy."
                            .formatted(file, what, at));
        }
    }
}
