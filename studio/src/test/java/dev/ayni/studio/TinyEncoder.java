package dev.ayni.studio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A folder with a BERT of one layer and random numbers, whose words are letters. */
final class TinyEncoder {
    static final int WIDTH = 16;
    static final int VOCABULARY = 5 + 26;

    private TinyEncoder() {}

    /** @param labels of its classifier; 0: it has none */
    static Path write(Path folder, int labels) throws IOException {
        Map<String, int[]> shapes = new LinkedHashMap<>();
        shapes.put("embeddings.word_embeddings.weight", new int[] {VOCABULARY, WIDTH});
        shapes.put("embeddings.position_embeddings.weight", new int[] {32, WIDTH});
        shapes.put("embeddings.token_type_embeddings.weight", new int[] {2, WIDTH});
        List<String> norms = new ArrayList<>(List.of("embeddings.LayerNorm"));
        List<String> squares = new ArrayList<>();
        String layer = "encoder.layer.0.";
        for (String name : List.of("query", "key", "value")) {
            squares.add(layer + "attention.self." + name);
        }
        squares.add(layer + "attention.output.dense");
        squares.add(layer + "intermediate.dense");
        squares.add(layer + "output.dense");
        norms.add(layer + "attention.output.LayerNorm");
        norms.add(layer + "output.LayerNorm");
        if (labels > 0) {
            squares.add("pooler.dense");
            shapes.put("classifier.weight", new int[] {labels, WIDTH});
            shapes.put("classifier.bias", new int[] {labels});
        }
        for (String name : squares) {
            shapes.put(name + ".weight", new int[] {WIDTH, WIDTH});
            shapes.put(name + ".bias", new int[] {WIDTH});
        }
        for (String name : norms) {
            shapes.put(name + ".weight", new int[] {WIDTH});
            shapes.put(name + ".bias", new int[] {WIDTH});
        }
        SplittableRandom random = new SplittableRandom(4);
        StringBuilder header = new StringBuilder("{");
        ByteBuffer numbers = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        shapes.forEach((name, shape) -> {
            int from = numbers.position();
            int count = shape[0] * (shape.length == 2 ? shape[1] : 1);
            for (int i = 0; i < count; i++) {
                numbers.putFloat((float) random.nextGaussian() * 0.5f);
            }
            String sizes = shape.length == 2 ? shape[0] + "," + shape[1] : String.valueOf(shape[0]);
            header.append(header.length() == 1 ? "" : ",")
                    .append("\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
                            .formatted(name, sizes, from, numbers.position()));
        });
        byte[] json = header.append("}").toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer file =
                ByteBuffer.allocate(8 + json.length + numbers.position()).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(json.length).put(json).put(numbers.flip());
        Files.createDirectories(folder);
        Files.write(folder.resolve("model.safetensors"), file.array());
        Files.writeString(folder.resolve("config.json"), """
                {"model_type": "bert", "hidden_size": %d, "intermediate_size": %d, "num_attention_heads": 2,
                 "num_hidden_layers": 1, "vocab_size": %d, "max_position_embeddings": 32, "type_vocab_size": 2}""".formatted(WIDTH, WIDTH, VOCABULARY));
        List<String> words = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
        for (char c = 'a'; c <= 'z'; c++) {
            words.add(String.valueOf(c));
        }
        Files.write(folder.resolve("vocab.txt"), words);
        return folder;
    }
}
