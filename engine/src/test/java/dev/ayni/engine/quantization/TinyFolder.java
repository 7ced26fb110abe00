package dev.ayni.engine.quantization;

import dev.ayni.engine.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** A folder with a Llama or a Gemma 3 of two layers and random weights, as publishers leave them. */
final class TinyFolder {
    static final int VOCABULARY = 97;
    private static final int WIDTH = 64;
    private static final int HIDDEN = 96;

    private TinyFolder() {}

    /** @param more further members of config.json, each with a comma before it */
    static Path llama(Path folder, String more) throws IOException {
        return write(folder, "llama", more, false);
    }

    static Path gemma3(Path folder) throws IOException {
        String more =
                ",\"sliding_window\":8,\"layer_types\":[\"sliding_attention\",\"full_attention\"],\"query_pre_attn_scalar\":16,\"head_dim\":16,\"tie_word_embeddings\":true";
        return write(folder, "gemma3_text", more, true);
    }

    private static Path write(Path folder, String family, String more, boolean gemma) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), """
            {"model_type":"%s","hidden_size":64,"intermediate_size":96,"num_hidden_layers":2,
             "num_attention_heads":4,"num_key_value_heads":2,"vocab_size":97,"max_position_embeddings":128,
             "rms_norm_eps":1e-5%s}
            """.formatted(family, more));
        Random random = new Random(9);
        SafetensorsWriter writer = new SafetensorsWriter();
        matrix(writer, random, "model.embed_tokens", VOCABULARY, WIDTH);
        norm(writer, random, "model.norm", WIDTH);
        if (!gemma) {
            matrix(writer, random, "lm_head", VOCABULARY, WIDTH);
        }
        for (int i = 0; i < 2; i++) {
            String layer = "model.layers." + i + ".";
            norm(writer, random, layer + "input_layernorm", WIDTH);
            norm(writer, random, layer + "post_attention_layernorm", WIDTH);
            if (gemma) {
                norm(writer, random, layer + "pre_feedforward_layernorm", WIDTH);
                norm(writer, random, layer + "post_feedforward_layernorm", WIDTH);
                norm(writer, random, layer + "self_attn.q_norm", 16);
                norm(writer, random, layer + "self_attn.k_norm", 16);
            }
            matrix(writer, random, layer + "self_attn.q_proj", WIDTH, WIDTH);
            matrix(writer, random, layer + "self_attn.k_proj", WIDTH / 2, WIDTH);
            matrix(writer, random, layer + "self_attn.v_proj", WIDTH / 2, WIDTH);
            matrix(writer, random, layer + "self_attn.o_proj", WIDTH, WIDTH);
            matrix(writer, random, layer + "mlp.gate_proj", HIDDEN, WIDTH);
            matrix(writer, random, layer + "mlp.up_proj", HIDDEN, WIDTH);
            matrix(writer, random, layer + "mlp.down_proj", WIDTH, HIDDEN);
        }
        writer.write(folder.resolve("model.safetensors"));
        return folder;
    }

    private static void matrix(SafetensorsWriter writer, Random random, String name, int rows, int columns) {
        float[] numbers = new float[rows * columns];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian() * 0.15f;
        }
        writer.tensor(name + ".weight", numbers, rows, columns);
    }

    private static void norm(SafetensorsWriter writer, Random random, String name, int width) {
        float[] numbers = new float[width];
        for (int i = 0; i < width; i++) {
            numbers[i] = 0.5f + random.nextFloat();
        }
        writer.tensor(name + ".weight", numbers, width);
    }
}
