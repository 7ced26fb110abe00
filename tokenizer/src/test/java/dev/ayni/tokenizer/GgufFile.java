package dev.ayni.tokenizer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Just enough of a GGUF reader to load vocabularies for tests. */
final class GgufFile {
    private final Map<String, Object> values = new HashMap<>();

    private GgufFile(ByteBuffer in) {
        in.order(ByteOrder.LITTLE_ENDIAN);
        in.position(4 + 4 + 8);
        long count = in.getLong();
        for (long i = 0; i < count; i++) {
            String key = string(in);
            values.put(key, value(in, in.getInt()));
        }
    }

    static GgufVocabulary vocabulary(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            GgufFile file = new GgufFile(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
            return new GgufVocabulary(
                    (String) file.values.getOrDefault("tokenizer.ggml.model", "none"),
                    (@Nullable String) file.values.get("tokenizer.ggml.pre"),
                    file.strings("tokens"),
                    file.floats("scores"),
                    file.ints("token_type"),
                    file.strings("merges"),
                    file.id("bos_token_id"),
                    file.id("eos_token_id"),
                    file.id("eot_token_id"),
                    file.id("unknown_token_id"),
                    (@Nullable Boolean) file.values.get("tokenizer.ggml.add_bos_token"),
                    (@Nullable Boolean) file.values.get("tokenizer.ggml.add_space_prefix"));
        }
    }

    private List<String> strings(String key) {
        List<String> strings = new ArrayList<>();
        for (Object element : list(key)) {
            strings.add((String) element);
        }
        return strings;
    }

    private float[] floats(String key) {
        List<?> list = list(key);
        float[] floats = new float[list.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (Float) list.get(i);
        }
        return floats;
    }

    private int[] ints(String key) {
        return list(key).stream().mapToInt(element -> (Integer) element).toArray();
    }

    private List<?> list(String key) {
        return (List<?>) values.getOrDefault("tokenizer.ggml." + key, List.of());
    }

    private int id(String key) {
        return (Integer) values.getOrDefault("tokenizer.ggml." + key, -1);
    }

    private static Object value(ByteBuffer in, int type) {
        return switch (type) {
            case 0, 1 -> (int) in.get();
            case 2, 3 -> (int) in.getShort();
            case 4, 5 -> in.getInt();
            case 6 -> in.getFloat();
            case 7 -> in.get() != 0;
            case 8 -> string(in);
            case 9 -> {
                int of = in.getInt();
                long count = in.getLong();
                List<Object> list = new ArrayList<>();
                for (long i = 0; i < count; i++) {
                    list.add(value(in, of));
                }
                yield list;
            }
            case 10, 11 -> in.getLong();
            default -> in.getDouble();
        };
    }

    private static String string(ByteBuffer in) {
        byte[] bytes = new byte[(int) in.getLong()];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
