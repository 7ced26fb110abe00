package dev.ayni.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Any bytes in SentencePiece's tokenizer.model: a letter, or a tokenizer that can be used. */
final class SentencePieceFuzz {
    private static final int BPE = 2;
    private static final int UNIGRAM = 1;

    private SentencePieceFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        TokenizerFileFuzz.read("tokenizer.model", input);
    }

    static List<byte[]> seeds() {
        return List.of(model(BPE, new byte[0]), model(UNIGRAM, new byte[] {4, 0, 0, 0, 0, 0, 0, 0, 'a', 0}));
    }

    static List<String> words() {
        return List.of("\u2581", "<0x41>", "<unk>", "\u0012\u0002\u0018\u0001", "\u0018\u0006", "\u0018\u0004");
    }

    /** The three kinds of tokens that are no text, two bytes, and some pieces; then the settings. */
    private static byte[] model(int type, byte[] characterMap) {
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        String[] texts = {
            "<unk>", "<s>", "</s>", "<0x00>", "<0xC3>", "\u2581", "a", "aa", "h", "he", "\u2581h", "<note>"
        };
        int[] types = {2, 3, 3, 6, 6, 1, 1, 1, 1, 1, 5, 4};
        for (int id = 0; id < texts.length; id++) {
            byte[] text = texts[id].getBytes(StandardCharsets.UTF_8);
            ByteBuffer piece = ByteBuffer.allocate(text.length + 9).order(ByteOrder.LITTLE_ENDIAN);
            piece.put((byte) 0x0a).put((byte) text.length).put(text);
            piece.put((byte) 0x15).putFloat(-id);
            piece.put((byte) 0x18).put((byte) types[id]);
            field(model, 0x0a, piece.array());
        }
        field(model, 0x12, new byte[] {0x18, (byte) type, (byte) 0xc0, 2, 0, (byte) 0xc8, 2, 1, (byte) 0xd0, 2, 2});
        ByteArrayOutputStream normalizer = new ByteArrayOutputStream();
        if (characterMap.length > 0) {
            field(normalizer, 0x12, characterMap);
        }
        normalizer.writeBytes(new byte[] {0x18, 1, 0x20, 1, 0x28, 1});
        field(model, 0x1a, normalizer.toByteArray());
        return model.toByteArray();
    }

    private static void field(ByteArrayOutputStream out, int tag, byte[] content) {
        out.write(tag);
        out.write(content.length);
        out.writeBytes(content);
    }
}
