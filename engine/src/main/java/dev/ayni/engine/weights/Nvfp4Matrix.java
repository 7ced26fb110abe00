package dev.ayni.engine.weights;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Numbers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A matrix of NVFP4 as NVIDIA's ModelOpt publishes it: {@code weight} of type U8 and shape [out, in / 2], of which each byte
 * holds an even input's number (E2M1) in its lower half and the next one's in its upper; {@code weight_scale}, F8_E4M3, for
 * each 16 inputs; {@code weight_scale_2}, one F32 for all. It becomes blocks of GGML's NVFP4, of the same size.
 */
final class Nvfp4Matrix implements ScaledWeights.Recipe {
    static final String SCALES = "weight_scale";
    static final String FACTOR = "weight_scale_2";

    /** What may stand beside "weight" and belongs to it. */
    static final List<String> PARTS = List.of(SCALES, FACTOR, "input_scale");

    private static final int GROUP = 16;
    private static final int NAN = 0x7f;

    private final StoredTensor stored;
    private final MemorySegment numbers;
    private final MemorySegment scales;
    private final float factor;
    private final int outputs;
    private final int inputs;

    private Nvfp4Matrix(
            StoredTensor stored, MemorySegment numbers, MemorySegment scales, float factor, int outputs, int inputs) {
        this.stored = stored;
        this.numbers = numbers;
        this.scales = scales;
        this.factor = factor;
        this.outputs = outputs;
        this.inputs = inputs;
    }

    /** Whether a matrix is one of these, by what stands beside it. */
    static boolean is(MappedWeights weights, String name) {
        String base = base(name);
        return weights.stored(name).type().equals("U8")
                && weights.names().contains(base + SCALES)
                && weights.stored(base + SCALES).type().equals("F8_E4M3");
    }

    static Nvfp4Matrix of(MappedWeights weights, String name) {
        List<Long> shape = weights.stored(name).shape();
        StoredTensor scales = weights.stored(base(name) + SCALES);
        boolean fits = shape.size() == 2
                && shape.stream().allMatch(size -> size > 0 && size <= 1 << 27)
                && scales.shape().equals(List.of(shape.getFirst(), 2 * shape.getLast() / GROUP))
                && 2 * shape.getLast() % DType.NVFP4.blockValues() == 0;
        if (!fits) {
            throw ScaledWeights.unfit(
                    weights,
                    name,
                    "it has the shape %s and its scales %s, and two numbers in a byte with a scale for each 16 were expected, 64 or a multiple of it in a row"
                            .formatted(shape, scales.shape()));
        }
        MemorySegment scaleBytes = weights.data(scales.name());
        for (long i = 0; i < scaleBytes.byteSize(); i++) {
            byte scale = scaleBytes.get(ValueLayout.JAVA_BYTE, i);
            if (scale < 0 || scale == NAN) {
                throw ScaledWeights.unfit(weights, scales.name(), "scale %d is negative or no number".formatted(i));
            }
        }
        float factor = 1;
        if (weights.names().contains(base(name) + FACTOR)) {
            HostTensor one = weights.tensor(base(name) + FACTOR);
            if (one.values() != 1) {
                throw ScaledWeights.unfit(
                        weights,
                        base(name) + FACTOR,
                        "it holds %d numbers, and one was expected".formatted(one.values()));
            }
            factor = Numbers.read(one)[0];
        }
        int outputs = Math.toIntExact(shape.getFirst());
        int inputs = Math.toIntExact(2 * shape.getLast());
        StoredTensor stored = new StoredTensor(
                name,
                "NVFP4",
                List.of((long) outputs, (long) inputs),
                weights.stored(name).bytes());
        return new Nvfp4Matrix(stored, weights.data(name), scaleBytes, factor, outputs, inputs);
    }

    static String base(String name) {
        return name.substring(0, name.length() - "weight".length());
    }

    @Override
    public StoredTensor stored() {
        return stored;
    }

    @Override
    public HostTensor make(Arena arena) {
        MemorySegment to = arena.allocate(DType.NVFP4.bytes((long) outputs * inputs), 64);
        int blocks = inputs / DType.NVFP4.blockValues();
        IntStream.range(0, outputs).parallel().forEach(row -> {
            for (int block = 0; block < blocks; block++) {
                long number = (long) row * blocks + block;
                long at = number * DType.NVFP4.blockBytes();
                MemorySegment.copy(scales, 4 * number, to, at, 4);
                for (int group = 0; group < 4; group++) {
                    interleave(32 * number + 8 * group, to, at + 4 + 8 * group);
                }
            }
        });
        return new HostTensor(DType.NVFP4, to, outputs, inputs).times(factor);
    }

    /** Sixteen numbers, two neighbours in a byte, as GGML has them: number i with number 8 + i. */
    private void interleave(long from, MemorySegment to, long at) {
        for (int i = 0; i < 8; i++) {
            int low = numbers.get(ValueLayout.JAVA_BYTE, from + i / 2) >> i % 2 * 4 & 15;
            int high = numbers.get(ValueLayout.JAVA_BYTE, from + 4 + i / 2) >> i % 2 * 4 & 15;
            to.set(ValueLayout.JAVA_BYTE, at + i, (byte) (low | high << 4));
        }
    }
}
