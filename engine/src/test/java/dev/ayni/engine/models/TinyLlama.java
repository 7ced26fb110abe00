package dev.ayni.engine.models;

import dev.ayni.engine.weights.GgufWriter;
import dev.ayni.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A Llama of two layers with random weights in a GGUF file, made by the test that needs it. */
public final class TinyLlama {
    public static final int VOCABULARY = 97;
    public static final int CONTEXT = 600;
    private static final int WIDTH = 64;
    private static final int HIDDEN = 96;
    private static final int HEADS = 4;
    private static final int LAYERS = 2;

    private TinyLlama() {}

    /** All weights of matrices in one type. */
    public static GgufWriter of(DType type) {
        return of(type, HEADS, VOCABULARY);
    }

    /**
     * As {@link #of(DType)}, of another shape.
     *
     * @param heads how many query heads share the width of 64; each two have one key/value head
     */
    public static GgufWriter of(DType type, int heads, int vocabulary) {
        int kvWidth = WIDTH / 2;
        Random random = new Random(7);
        GgufWriter writer = new GgufWriter()
                .put("general.architecture", "llama")
                .put("general.name", "tiny")
                .put("llama.embedding_length", WIDTH)
                .put("llama.feed_forward_length", HIDDEN)
                .put("llama.block_count", LAYERS)
                .put("llama.attention.head_count", heads)
                .put("llama.attention.head_count_kv", heads / 2)
                .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .put("llama.context_length", CONTEXT)
                .put("llama.vocab_size", vocabulary);
        matrix(writer, random, type, "token_embd", vocabulary, WIDTH);
        matrix(writer, random, type, "output", vocabulary, WIDTH);
        ones(writer, "output_norm");
        for (int i = 0; i < LAYERS; i++) {
            String layer = "blk." + i + ".";
            ones(writer, layer + "attn_norm");
            matrix(writer, random, type, layer + "attn_q", WIDTH, WIDTH);
            matrix(writer, random, type, layer + "attn_k", kvWidth, WIDTH);
            matrix(writer, random, type, layer + "attn_v", kvWidth, WIDTH);
            matrix(writer, random, type, layer + "attn_output", WIDTH, WIDTH);
            ones(writer, layer + "ffn_norm");
            matrix(writer, random, type, layer + "ffn_gate", HIDDEN, WIDTH);
            matrix(writer, random, type, layer + "ffn_up", HIDDEN, WIDTH);
            matrix(writer, random, type, layer + "ffn_down", WIDTH, HIDDEN);
        }
        return writer;
    }

    /** A vocabulary of the letters of an alphabet, for tests that need text. */
    public static GgufWriter withVocabulary(DType type) {
        List<String> tokens = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        tokens.add("<|end|>");
        types.add(3);
        for (int i = 1; i < VOCABULARY; i++) {
            tokens.add(i < 95 ? String.valueOf((char) (' ' + i)) : i == 95 ? "!!" : "<unused>"); // '!' to '~'
            types.add(i < 96 ? 1 : 5);
        }
        return of(type).put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", "gpt-2")
                .put("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.merges", List.of("! !"))
                .put("tokenizer.ggml.eos_token_id", 0);
    }

    public static Path write(Path folder, DType type) throws IOException {
        return of(type).write(folder.resolve("tiny-" + type + ".gguf"));
    }

    private static void ones(GgufWriter writer, String name) {
        float[] ones = new float[WIDTH];
        Arrays.fill(ones, 1);
        writer.tensor(name + ".weight", ones, WIDTH);
    }

    private static void matrix(GgufWriter writer, Random random, DType type, String name, int rows, int columns) {
        if (type == DType.F32) {
            float[] numbers = new float[rows * columns];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) random.nextGaussian() * 0.15f;
            }
            writer.tensor(name + ".weight", numbers, rows, columns);
            return;
        }
        byte[] blocks = new byte[(int) type.bytes((long) rows * columns)];
        random.nextBytes(blocks);
        ByteBuffer buffer = ByteBuffer.wrap(blocks).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < blocks.length; at += type.blockBytes()) {
            buffer.putShort(at, Float.floatToFloat16(type == DType.Q8_0 ? 0.002f : 0.03f)); // the scale
        }
        writer.tensor(name + ".weight", type, blocks, rows, columns);
    }
}
