package dev.ayni.benchmarks;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Weights;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A Llama of 180 million numbers drawn by chance, in memory: more than caches hold, and made in a second or two. */
final class SyntheticLlama implements Weights {
    static final int VOCABULARY = 4096;
    private static final int WIDTH = 1024;
    private static final int HIDDEN = 2816;
    private static final int HEADS = 16;
    private static final int KV_WIDTH = 256;
    private static final int LAYERS = 16;

    private final Arena arena = Arena.ofShared();
    private final Map<String, HostTensor> tensors = new LinkedHashMap<>();
    private final Map<String, Object> metadata = Map.of(
            "general.architecture", "llama",
            "llama.embedding_length", (long) WIDTH,
            "llama.feed_forward_length", (long) HIDDEN,
            "llama.block_count", (long) LAYERS,
            "llama.attention.head_count", (long) HEADS,
            "llama.attention.head_count_kv", (long) HEADS * KV_WIDTH / WIDTH,
            "llama.attention.layer_norm_rms_epsilon", 1e-5,
            "llama.context_length", 8192L,
            "llama.vocab_size", (long) VOCABULARY);

    /** @param type that of all matrices */
    SyntheticLlama(DType type) {
        matrix("token_embd", type, VOCABULARY, WIDTH);
        matrix("output", type, VOCABULARY, WIDTH);
        ones("output_norm");
        for (int i = 0; i < LAYERS; i++) {
            String layer = "blk." + i + ".";
            ones(layer + "attn_norm");
            matrix(layer + "attn_q", type, WIDTH, WIDTH);
            matrix(layer + "attn_k", type, KV_WIDTH, WIDTH);
            matrix(layer + "attn_v", type, KV_WIDTH, WIDTH);
            matrix(layer + "attn_output", type, WIDTH, WIDTH);
            ones(layer + "ffn_norm");
            matrix(layer + "ffn_gate", type, HIDDEN, WIDTH);
            matrix(layer + "ffn_up", type, HIDDEN, WIDTH);
            matrix(layer + "ffn_down", type, WIDTH, HIDDEN);
        }
    }

    private void matrix(String name, DType type, long rows, long width) {
        tensors.put(name + ".weight", RandomWeights.matrix(arena, type, rows, width));
    }

    private void ones(String name) {
        MemorySegment ones = arena.allocate(4L * WIDTH, 64);
        for (int i = 0; i < WIDTH; i++) {
            ones.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1f);
        }
        tensors.put(name + ".weight", new HostTensor(DType.F32, ones, WIDTH));
    }

    /** The bytes that a generated token reads: all but the table, of which it takes a row. */
    long bytesPerToken() {
        return bytes() - tensor("token_embd.weight").data().byteSize();
    }

    /** The operations that reading a token takes in matrices, the output's left out. */
    long operationsPerToken() {
        return tensors.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("blk."))
                .filter(entry -> entry.getValue().rank() > 1)
                .mapToLong(entry -> 2 * entry.getValue().values())
                .sum();
    }

    @Override
    public Path path() {
        return Path.of("synthetic");
    }

    @Override
    public Metadata metadata() {
        return new Metadata() {
            @Override
            public Dialect dialect() {
                return Dialect.GGUF;
            }

            @Override
            public Set<String> keys() {
                return metadata.keySet();
            }

            @Override
            public @Nullable Object value(String key) {
                return metadata.get(key);
            }

            @Override
            public String source() {
                return "synthetic";
            }
        };
    }

    @Override
    public Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public HostTensor tensor(String name) {
        HostTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "The synthetic model has no tensor '%s', only %s.".formatted(name, names()));
        }
        return tensor;
    }

    @Override
    public void forget(String name) {} // it is in no file

    @Override
    public long bytes() {
        return tensors.values().stream()
                .mapToLong(tensor -> tensor.data().byteSize())
                .sum();
    }

    @Override
    public void close() {
        arena.close();
    }
}
