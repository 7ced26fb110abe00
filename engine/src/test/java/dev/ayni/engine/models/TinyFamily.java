package dev.ayni.engine.models;

import dev.ayni.engine.weights.GgufWriter;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.SafetensorsWriter;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A model of any family with random weights: which it has, and of which shapes, is what the family itself says of a
 * config.json. As a folder, or as GGUF with the same numbers, changed as llama.cpp's converter changes them.
 */
public final class TinyFamily {
    private static final String SIZES = """
            {"model_type": "%s", "vocab_size": 61, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 64%s}""";
    private static final String GPT2_SIZES = """
            {"model_type": "%s", "vocab_size": 61, "hidden_size": 64, "n_embd": 64, "n_layer": 3, "n_head": 4,
             "n_positions": 64, "seq_length": 64%s}""";

    private final String family;
    private final String config;
    private final List<WeightShape> shapes;
    private final WeightNames names;
    private final ModelSpec spec;
    private final Map<String, float[]> values = new LinkedHashMap<>();

    /** @param more members of config.json besides the sizes, each with a comma before it */
    public static TinyFamily of(Path scratch, String family, String more) throws IOException {
        boolean older = family.equals("gpt2") || family.equals("bloom");
        return new TinyFamily(scratch, family, (older ? GPT2_SIZES : SIZES).formatted(family, more));
    }

    private TinyFamily(Path scratch, String family, String config) throws IOException {
        this.family = family;
        this.config = config;
        Files.writeString(scratch.resolve("config.json"), config);
        new SafetensorsWriter().tensor("none", new float[1], 1).write(scratch.resolve("model.safetensors"));
        try (Weights weights = WeightsFiles.open(scratch)) {
            Architecture architecture = Architectures.of(weights.metadata());
            spec = architecture.spec(weights.metadata());
            names = architecture.names();
            shapes = new ArrayList<>(architecture.weights(spec));
        }
        if (family.equals("opt")) {
            shapes.add(WeightShape.required("token_embd.weight", spec.vocabulary(), spec.width()));
        }
        Random random = new Random(7);
        for (WeightShape shape : shapes) {
            if (shape.name().equals("output.weight") && spec.tiedOutput()) {
                continue;
            }
            float[] numbers = new float[(int) Arrays.stream(shape.shape()).reduce(1, (a, b) -> a * b)];
            for (int i = 0; i < numbers.length; i++) {
                float gaussian = (float) random.nextGaussian();
                numbers[i] = shape.shape().length > 1 ? 0.15f * gaussian : 0.7f + 0.2f * gaussian;
            }
            values.put(shape.name(), numbers);
        }
    }

    /** Writes the folder that its publisher would. */
    public Path publish(Path folder) throws IOException {
        return publish(folder, DType.F32);
    }

    /** As {@link #publish(Path)}, in numbers of this type. */
    Path publish(Path folder, DType type) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config);
        SafetensorsWriter writer = new SafetensorsWriter();
        values.forEach(
                (name, numbers) -> writer.tensor(names.in(Dialect.HUGGING_FACE, name), type, numbers, shape(name)));
        writer.write(folder.resolve("model.safetensors"));
        return folder;
    }

    private long[] shape(String name) {
        return shapes.stream()
                .filter(shape -> shape.name().equals(name))
                .findFirst()
                .orElseThrow()
                .shape();
    }

    /** A GGUF file of the same model. */
    GgufWriter gguf() {
        String prefix = family.replace('_', '-') + ".";
        boolean layerNorm = family.equals("gpt2") || family.equals("bloom");
        GgufWriter writer = new GgufWriter()
                .put("general.architecture", family.replace('_', '-'))
                .put(prefix + "vocab_size", spec.vocabulary())
                .put(prefix + "embedding_length", spec.width())
                .put(prefix + "feed_forward_length", spec.hidden())
                .put(prefix + "block_count", spec.layers().size())
                .put(prefix + "context_length", spec.context())
                .put(prefix + "attention.head_count", spec.heads())
                .put(prefix + "attention.head_count_kv", spec.kvHeads())
                .put(prefix + "attention.key_length", spec.headWidth())
                .put(
                        prefix + "attention." + (layerNorm ? "layer_norm_epsilon" : "layer_norm_rms_epsilon"),
                        spec.normEpsilon());
        values.forEach((name, numbers) -> {
            long[] shape = shape(name);
            float[] converted = converted(name, numbers);
            writer.tensor(name, converted, isByColumns(name) ? new long[] {shape[1], shape[0]} : shape);
        });
        return writer;
    }

    private boolean isByColumns(String name) {
        return family.equals("gpt2") && name.startsWith("blk") && shape(name).length == 2;
    }

    private float[] converted(String name, float[] numbers) {
        if (isByColumns(name)) {
            return transposed(numbers, (int) shape(name)[0]);
        }
        if (family.equals("bloom") && name.contains("attn_qkv")) {
            return threeAfterAnother(numbers);
        }
        boolean lessOne = family.equals("gemma2") || family.equals("muse_glimmer") && name.startsWith("blk");
        if (lessOne && name.endsWith("norm.weight")) {
            float[] more = numbers.clone();
            for (int i = 0; i < more.length; i++) {
                more[i] += 1;
            }
            return more;
        }
        if (family.equals("muse_glimmer") && (name.contains("attn_q.") || name.contains("attn_k."))) {
            return neighbours(numbers, (int) shape(name)[0]);
        }
        return numbers;
    }

    private static float[] transposed(float[] numbers, int rows) {
        int columns = numbers.length / rows;
        float[] out = new float[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            out[i % columns * rows + i / columns] = numbers[i];
        }
        return out;
    }

    /** From [N, 3, H, ...] to [3, N, H, ...]. */
    private float[] threeAfterAnother(float[] numbers) {
        int block = numbers.length / 3 / spec.heads();
        float[] out = new float[numbers.length];
        for (int head = 0; head < spec.heads(); head++) {
            for (int part = 0; part < 3; part++) {
                System.arraycopy(numbers, (3 * head + part) * block, out, (part * spec.heads() + head) * block, block);
            }
        }
        return out;
    }

    /** Rows of each head from pairs (i, i + H / 2) to pairs (2 i, 2 i + 1). */
    private float[] neighbours(float[] numbers, int rows) {
        int half = spec.headWidth() / 2;
        int width = numbers.length / rows;
        float[] out = new float[numbers.length];
        for (int row = 0; row < rows; row++) {
            int inHead = row % (2 * half);
            int to = row - inHead + 2 * (inHead % half) + inHead / half;
            System.arraycopy(numbers, row * width, out, to * width, width);
        }
        return out;
    }
}
