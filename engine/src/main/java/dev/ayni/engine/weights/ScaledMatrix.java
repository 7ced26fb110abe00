package dev.ayni.engine.weights;

import dev.ayni.tensor.BlockQuantizer;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Numbers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A matrix of 8-bit numbers, floats (F8_E4M3, F8_E5M2: OCP 8-bit Floating Point Specification 1.0) or integers, with a factor
 * beside it: one for all, for each row, or for each block of some rows and columns, as DeepSeek 3 publishes them. Whether it
 * is called weight_scale or weight_scale_inv, a number is multiplied with it.
 */
final class ScaledMatrix implements ScaledWeights.Recipe {
    static final Set<String> TYPES = Set.of("F8_E4M3", "F8_E5M2", "I8");

    private static final List<String> SCALES = List.of("weight_scale_inv", "weight_scale", "scale_weight", "scales");

    /** What may stand beside "weight" and belongs to it. */
    static final List<String> PARTS = List.of(
            "weight_scale_inv",
            "weight_scale",
            "scale_weight",
            "scales",
            "input_scale",
            "activation_scale",
            "act_scale");

    private static final int USUAL_BLOCK = 128;

    private static final float[] E4M3 = new float[256];
    private static final float[] E5M2 = new float[256];

    static {
        for (int bits = 0; bits < 256; bits++) {
            int exponent = bits >> 3 & 15;
            int mantissa = bits & 7;
            float size = exponent == 0 ? mantissa * 0x1p-9f : (8 + mantissa) * Math.scalb(1f, exponent - 10);
            E4M3[bits] = (bits & 0x7f) == 0x7f ? Float.NaN : bits < 128 ? size : -size;
            E5M2[bits] = Float.float16ToFloat((short) (bits << 8));
        }
    }

    private final StoredTensor stored;
    private final MemorySegment data;
    private final float[] scales;
    private final int blockRows;
    private final int blockColumns;
    private final int scaleColumns;

    private ScaledMatrix(
            StoredTensor stored,
            MemorySegment data,
            float[] scales,
            int blockRows,
            int blockColumns,
            int scaleColumns) {
        this.stored = stored;
        this.data = data;
        this.scales = scales;
        this.blockRows = blockRows;
        this.blockColumns = blockColumns;
        this.scaleColumns = scaleColumns;
    }

    static ScaledMatrix of(MappedWeights weights, String name) {
        StoredTensor stored = weights.stored(name);
        if (stored.shape().size() != 2 || stored.shape().stream().anyMatch(size -> size < 1 || size > 1 << 28)) {
            throw ScaledWeights.unfit(
                    weights,
                    name,
                    "its type is %s, and its shape %s is no matrix's".formatted(stored.type(), stored.shape()));
        }
        int rows = Math.toIntExact(stored.shape().getFirst());
        int columns = Math.toIntExact(stored.shape().getLast());
        String base = name.substring(0, name.length() - "weight".length());
        @Nullable
        String scaleName = SCALES.stream()
                .map(scale -> base + scale)
                .filter(weights.names()::contains)
                .findFirst()
                .orElse(null);
        MemorySegment data = weights.data(name);
        if (scaleName == null) {
            return new ScaledMatrix(stored, data, new float[] {1}, rows, columns, 1);
        }
        HostTensor scale = weights.tensor(scaleName);
        long[] shape = scale.shape();
        float[] scales = Numbers.read(scale);
        if (scales.length == 1) {
            return new ScaledMatrix(stored, data, scales, rows, columns, 1);
        }
        if (scales.length == rows && (shape.length == 1 || shape[shape.length - 1] == 1)) {
            return new ScaledMatrix(stored, data, scales, 1, columns, 1);
        }
        List<?> block = weights.metadata().list("quantization_config.weight_block_size");
        int blockRows = size(block, 0);
        int blockColumns = size(block, 1);
        boolean fits = shape.length == 2
                && shape[0] == (rows + blockRows - 1) / blockRows
                && shape[1] == (columns + blockColumns - 1) / blockColumns;
        if (!fits) {
            throw ScaledWeights.unfit(
                    weights,
                    scaleName,
                    "it has the shape %s for a matrix of %d rows and %d columns; one number, one for each row, or one for each block of %d x %d was expected"
                            .formatted(Arrays.toString(shape), rows, columns, blockRows, blockColumns));
        }
        return new ScaledMatrix(stored, data, scales, blockRows, blockColumns, Math.toIntExact(shape[1]));
    }

    private static int size(List<?> block, int dimension) {
        return block.size() == 2 && block.get(dimension) instanceof Long size && size > 0 && size <= 1 << 20
                ? (int) (long) size
                : USUAL_BLOCK;
    }

    @Override
    public StoredTensor stored() {
        return stored;
    }

    /** Integers with a factor for whole rows become blocks of Q8_0, all else F16, or F32 where that is too small for it. */
    @Override
    public HostTensor make(Arena arena) {
        int rows = Math.toIntExact(stored.shape().getFirst());
        int columns = Math.toIntExact(stored.shape().getLast());
        boolean blocks = stored.type().equals("I8")
                && scaleColumns == 1
                && blockColumns >= columns
                && columns % DType.Q8_0.blockValues() == 0
                && between(0x1p-14f, 65_504);
        DType type = blocks ? DType.Q8_0 : between(0x1p-14f, 128) || zeros() ? DType.F16 : DType.F32;
        MemorySegment to = arena.allocate(type.bytes((long) rows * columns), 64);
        long rowBytes = type.bytes(columns);
        IntStream.range(0, rows).parallel().forEach(row -> {
            byte[] bytes = new byte[(int) rowBytes];
            if (blocks) {
                q8(row, columns, bytes);
            } else {
                float[] x = new float[columns];
                read(row, x);
                BlockQuantizer.of(type).quantize(x, 0, columns, null, bytes, 0);
            }
            MemorySegment.copy(bytes, 0, to, ValueLayout.JAVA_BYTE, row * rowBytes, bytes.length);
        });
        return new HostTensor(type, to, rows, columns);
    }

    /** Whether all factors are of that size: then F16 holds what is multiplied with them nearly as well as they do. */
    private boolean between(float least, float most) {
        for (float scale : scales) {
            if (!(Math.abs(scale) >= least && Math.abs(scale) <= most)) {
                return false;
            }
        }
        return true;
    }

    private boolean zeros() {
        for (float scale : scales) {
            if (scale != 0) {
                return false;
            }
        }
        return true;
    }

    private float scale(int row, int column) {
        return scales[row / blockRows * scaleColumns + column / blockColumns];
    }

    private void read(int row, float[] x) {
        long from = (long) row * x.length;
        for (int i = 0; i < x.length; i++) {
            byte bits = data.get(ValueLayout.JAVA_BYTE, from + i);
            float value = switch (stored.type()) {
                case "F8_E4M3" -> E4M3[bits & 0xff];
                case "F8_E5M2" -> E5M2[bits & 0xff];
                default -> bits;
            };
            x[i] = value * scale(row, i);
        }
    }

    private void q8(int row, int columns, byte[] to) {
        short d = Float.floatToFloat16(scale(row, 0));
        for (int block = 0, at = 0; block < columns; block += 32, at += 34) {
            to[at] = (byte) d;
            to[at + 1] = (byte) (d >> 8);
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, (long) row * columns + block, to, at + 2, 32);
        }
    }
}
