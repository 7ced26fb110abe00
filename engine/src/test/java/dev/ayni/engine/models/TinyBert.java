package dev.ayni.engine.models;

import dev.ayni.engine.weights.GgufWriter;
import dev.ayni.engine.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A BERT of two layers with random weights, as a published folder or as a GGUF file, made by the test that needs it. */
public final class TinyBert {
    public static final int WIDTH = 32;
    public static final int CONTEXT = 40;
    public static final List<String> VOCABULARY = vocabulary();
    private static final int HIDDEN = 48;
    private static final int HEADS = 4;
    private static final int LAYERS = 2;

    /** How a folder's safetensors file names the weights. */
    public enum Names {
        PLAIN,
        /** "bert." before all but the classifier's. */
        UNDER_BERT,
        /** LayerNorm.gamma and LayerNorm.beta. */
        GREEK
    }

    private record Weight(float[] values, long[] shape) {}

    private TinyBert() {}

    private static List<String> vocabulary() {
        List<String> tokens = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
        for (char c = 'a'; c <= 'z'; c++) {
            tokens.add(String.valueOf(c));
            tokens.add("##" + c);
        }
        return List.copyOf(tokens);
    }

    /** Weights by their GGUF names; those of a classifier if there are labels. */
    private static Map<String, Weight> weights(int labels) {
        Random random = new Random(11);
        Map<String, Weight> weights = new LinkedHashMap<>();
        add(weights, random, "token_embd.weight", 1, VOCABULARY.size(), WIDTH);
        add(weights, random, "position_embd.weight", 0.3f, CONTEXT, WIDTH);
        add(weights, random, "token_types.weight", 0.3f, 2, WIDTH);
        norm(weights, random, "token_embd_norm");
        for (int i = 0; i < LAYERS; i++) {
            String layer = "blk." + i + ".";
            linear(weights, random, layer + "attn_q", WIDTH, WIDTH);
            linear(weights, random, layer + "attn_k", WIDTH, WIDTH);
            linear(weights, random, layer + "attn_v", WIDTH, WIDTH);
            linear(weights, random, layer + "attn_output", WIDTH, WIDTH);
            norm(weights, random, layer + "attn_output_norm");
            linear(weights, random, layer + "ffn_up", HIDDEN, WIDTH);
            linear(weights, random, layer + "ffn_down", WIDTH, HIDDEN);
            norm(weights, random, layer + "layer_output_norm");
        }
        if (labels > 0) {
            linear(weights, random, "cls", WIDTH, WIDTH);
            linear(weights, random, "cls.output", labels, WIDTH);
        }
        return weights;
    }

    private static void linear(Map<String, Weight> weights, Random random, String name, int out, int in) {
        add(weights, random, name + ".weight", 1 / (float) Math.sqrt(in), out, in);
        add(weights, random, name + ".bias", 0.1f, out);
    }

    private static void norm(Map<String, Weight> weights, Random random, String name) {
        add(weights, random, name + ".weight", 1, WIDTH);
        add(weights, random, name + ".bias", 0.1f, WIDTH);
    }

    private static void add(Map<String, Weight> weights, Random random, String name, float size, int... shape) {
        int count = 1;
        long[] longs = new long[shape.length];
        for (int i = 0; i < shape.length; i++) {
            count *= shape[i];
            longs[i] = shape[i];
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = size * (float) random.nextGaussian();
        }
        weights.put(name, new Weight(values, longs));
    }

    /** A folder as models of this family are published, with its vocabulary. */
    public static Path folder(Path folder, Names names, int labels) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        WeightNames table = new Bert().names();
        weights(labels).forEach((name, weight) -> {
            String plain = table.in(dev.ayni.engine.weights.Metadata.Dialect.HUGGING_FACE, name);
            String written = switch (names) {
                case PLAIN -> plain;
                case UNDER_BERT -> plain.startsWith("classifier") ? plain : "bert." + plain;
                case GREEK ->
                    plain.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
            };
            writer.tensor(written, weight.values, weight.shape);
        });
        Files.write(folder.resolve("model.safetensors"), writer.bytes());
        Files.write(folder.resolve("vocab.txt"), VOCABULARY);
        Files.writeString(
                folder.resolve("config.json"), """
                {"model_type": "bert", "hidden_size": %d, "intermediate_size": %d, "num_attention_heads": %d,
                 "num_hidden_layers": %d, "vocab_size": %d, "max_position_embeddings": %d, "type_vocab_size": 2,
                 "layer_norm_eps": 1e-12, "hidden_act": "gelu"}""".formatted(WIDTH, HIDDEN, HEADS, LAYERS, VOCABULARY.size(), CONTEXT));
        return folder;
    }

    /** The same model as llama.cpp's converter writes it. */
    public static GgufWriter gguf(int labels, int poolingType) {
        List<String> tokens = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        for (String token : VOCABULARY) {
            boolean special = token.startsWith("[");
            tokens.add(special ? token : token.startsWith("##") ? token.substring(2) : "\u2581" + token);
            types.add(special ? 3 : 1);
        }
        GgufWriter writer = new GgufWriter()
                .put("general.architecture", "bert")
                .put("general.name", "tiny")
                .put("bert.embedding_length", WIDTH)
                .put("bert.feed_forward_length", HIDDEN)
                .put("bert.block_count", LAYERS)
                .put("bert.attention.head_count", HEADS)
                .put("bert.attention.layer_norm_epsilon", 1e-12f)
                .put("bert.attention.causal", false)
                .put("bert.context_length", CONTEXT)
                .put("bert.pooling_type", poolingType)
                .put("tokenizer.ggml.model", "bert")
                .put("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.token_type", types);
        weights(labels).forEach((name, weight) -> writer.tensor(name, weight.values, weight.shape));
        return writer;
    }
}
