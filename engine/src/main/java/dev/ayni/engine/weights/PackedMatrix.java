package dev.ayni.engine.weights;

import dev.ayni.tensor.BlockQuantizer;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Numbers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A matrix of 4-bit integers, eight in a word, with a factor and a zero for each group of inputs: GPTQ (Frantar et al. 2022)
 * and AWQ (Lin et al. 2023), as AutoGPTQ, GPTQModel and AutoAWQ write them. A weight is {@code (q - zero) * scale}, which
 * blocks of Q4_0 hold exactly where all zeros are 8, and blocks of Q5_0 whatever they are. Only where neighbouring inputs are
 * of different groups (GPTQ's order of activations) the matrix becomes F16.
 */
final class PackedMatrix implements ScaledWeights.Recipe {
    /*
     * GPTQ: qweight [in / 8, out], word (i, o): inputs 8 i to 8 i + 7, the first in the lowest bits
     *       qzeros [groups, out / 8]: outputs 8 j to 8 j + 7, each less 1 (not in "gptq_v2"); g_idx [in]: an input's group
     * AWQ:  qweight [in, out / 8], qzeros [groups, out / 8]: word j holds outputs 8 j + 0, 2, 4, 6, 1, 3, 5, 7 in that order
     * both: scales [groups, out]
     */
    static final String SUFFIX = ".qweight";

    static final List<String> PARTS = List.of(SUFFIX, ".qzeros", ".scales", ".g_idx");

    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Rows that are made together, so that words beside each other are read together. */
    private static final int TILE = 64;

    private final StoredTensor stored;
    private final boolean awq;
    private final MemorySegment words;
    private final MemorySegment zeroWords;
    private final float[] scales;
    private final int[] groupOf;
    private final int inputs;
    private final int outputs;
    private final int addedToZeros;

    private PackedMatrix(
            StoredTensor stored,
            boolean awq,
            MemorySegment words,
            MemorySegment zeroWords,
            float[] scales,
            int[] groupOf,
            int outputs,
            int addedToZeros) {
        this.stored = stored;
        this.awq = awq;
        this.words = words;
        this.zeroWords = zeroWords;
        this.scales = scales;
        this.groupOf = groupOf;
        this.inputs = groupOf.length;
        this.outputs = outputs;
        this.addedToZeros = addedToZeros;
    }

    static PackedMatrix of(MappedWeights weights, String base) {
        Metadata metadata = weights.metadata();
        String settings = "quantization_config.";
        String method = metadata.optionalText(settings + "quant_method").orElse("gptq");
        boolean awq = method.equals("awq");
        int bits = metadata.optionalInteger(settings + "bits")
                .or(() -> metadata.optionalInteger(settings + "w_bit"))
                .orElse(4);
        String form = metadata.optionalText(settings + (awq ? "version" : "checkpoint_format"))
                .orElse(awq ? "gemm" : "gptq");
        boolean known = awq ? form.equalsIgnoreCase("gemm") : form.equals("gptq") || form.equals("gptq_v2");
        if (!(awq || method.equals("gptq")) || bits != 4 || !known) {
            throw new WeightsException(
                    "%s is quantised by '%s' (%s) with %d bits, which is not read here. Read are GPTQ ('gptq', 'gptq_v2') and AWQ ('gemm') with 4 bits. Get the model in one of these, in GGUF, or as floats."
                            .formatted(weights.path(), method, form, bits));
        }
        String name = base + SUFFIX;
        long[] shape = matrix(weights, name, "I32");
        long[] zeroShape = matrix(weights, base + ".qzeros", "I32");
        HostTensor scale = weights.tensor(base + ".scales");
        long inputs = awq ? shape[0] : 8 * shape[0];
        long outputs = awq ? 8 * shape[1] : shape[1];
        boolean fits = scale.rank() == 2
                && scale.size(1) == outputs
                && zeroShape[0] == scale.size(0)
                && 8 * zeroShape[1] == outputs
                && scale.size(0) >= 1
                && scale.size(0) <= inputs
                && outputs >= 1
                && inputs <= 1 << 28
                && outputs <= 1 << 28;
        if (!fits) {
            throw ScaledWeights.unfit(
                    weights,
                    name,
                    "it has the shape %s, its zeros %s and its scales %s, which do not fit together"
                            .formatted(
                                    Arrays.toString(shape),
                                    Arrays.toString(zeroShape),
                                    Arrays.toString(scale.shape())));
        }
        int groups = Math.toIntExact(scale.size(0));
        int[] groupOf = new int[Math.toIntExact(inputs)];
        if (!awq && weights.names().contains(base + ".g_idx")) {
            readGroups(weights, base + ".g_idx", groups, groupOf);
        } else {
            int size = (groupOf.length + groups - 1) / groups;
            Arrays.setAll(groupOf, i -> i / size);
        }
        return new PackedMatrix(
                new StoredTensor(
                        base + ".weight",
                        awq ? "AWQ" : "GPTQ",
                        List.of(outputs, inputs),
                        weights.stored(name).bytes()),
                awq,
                weights.data(name),
                weights.data(base + ".qzeros"),
                Numbers.read(scale),
                groupOf,
                Math.toIntExact(outputs),
                awq || form.equals("gptq_v2") ? 0 : 1);
    }

    private static long[] matrix(MappedWeights weights, String name, String type) {
        StoredTensor stored = weights.stored(name);
        if (!stored.type().equals(type) || stored.shape().size() != 2) {
            throw ScaledWeights.unfit(
                    weights,
                    name,
                    "it is %s of shape %s, and a matrix of %s was expected"
                            .formatted(stored.type(), stored.shape(), type));
        }
        return ScaledWeights.sizes(stored.shape());
    }

    private static void readGroups(MappedWeights weights, String name, int groups, int[] to) {
        StoredTensor stored = weights.stored(name);
        if (!stored.type().equals("I32") || !stored.shape().equals(List.of((long) to.length))) {
            throw ScaledWeights.unfit(
                    weights,
                    name,
                    "it is %s of shape %s, and %d of I32 were expected"
                            .formatted(stored.type(), stored.shape(), to.length));
        }
        MemorySegment data = weights.data(name);
        for (int i = 0; i < to.length; i++) {
            to[i] = data.get(WORD, 4L * i);
            if (to[i] < 0 || to[i] >= groups) {
                throw ScaledWeights.unfit(
                        weights, name, "input %d is of group %d, and there are %d".formatted(i, to[i], groups));
            }
        }
    }

    @Override
    public StoredTensor stored() {
        return stored;
    }

    @Override
    public HostTensor make(Arena arena) {
        DType type = !inBlocks() ? DType.F16 : allZerosAre8() ? DType.Q4_0 : DType.Q5_0;
        MemorySegment to = arena.allocate(type.bytes((long) outputs * inputs), 64);
        int rowBytes = Math.toIntExact(type.bytes(inputs));
        IntStream.range(0, (outputs + TILE - 1) / TILE).parallel().forEach(tile -> {
            int first = tile * TILE;
            int count = Math.min(TILE, outputs - first);
            byte[][] integers = new byte[count][inputs];
            for (int i = 0; i < inputs; i++) {
                for (int o = 0; o < count; o++) {
                    integers[o][i] = (byte) (integer(i, first + o) - zero(groupOf[i], first + o));
                }
            }
            byte[] row = new byte[rowBytes];
            for (int o = 0; o < count; o++) {
                write(type, integers[o], first + o, row);
                MemorySegment.copy(row, 0, to, ValueLayout.JAVA_BYTE, (long) (first + o) * rowBytes, rowBytes);
            }
        });
        return new HostTensor(type, to, outputs, inputs);
    }

    /** Whether each 32 inputs are of one group. */
    private boolean inBlocks() {
        if (inputs % 32 != 0) {
            return false;
        }
        for (int i = 0; i < inputs; i++) {
            if (groupOf[i] != groupOf[i / 32 * 32]) {
                return false;
            }
        }
        return true;
    }

    private boolean allZerosAre8() {
        for (int group = 0; group < scales.length / outputs; group++) {
            for (int o = 0; o < outputs; o++) {
                if (zero(group, o) != 8) {
                    return false;
                }
            }
        }
        return true;
    }

    private int integer(int input, int output) {
        return awq
                ? nibble(words, (long) input * (outputs / 8) + output / 8, awqPlace(output % 8))
                : nibble(words, (long) (input / 8) * outputs + output, input % 8);
    }

    private int zero(int group, int output) {
        int place = awq ? awqPlace(output % 8) : output % 8;
        return nibble(zeroWords, (long) group * (outputs / 8) + output / 8, place) + addedToZeros;
    }

    private static int nibble(MemorySegment words, long word, int place) {
        return words.get(WORD, 4 * word) >>> 4 * place & 15;
    }

    /** Outputs 0, 2, 4, 6, 1, 3, 5, 7 stand in this order. */
    private static int awqPlace(int output) {
        return output / 2 + output % 2 * 4;
    }

    private void write(DType type, byte[] integers, int output, byte[] to) {
        if (type == DType.F16) {
            float[] x = new float[inputs];
            for (int i = 0; i < inputs; i++) {
                x[i] = integers[i] * scales[groupOf[i] * outputs + output];
            }
            BlockQuantizer.of(type).quantize(x, 0, inputs, null, to, 0);
            return;
        }
        int offset = type == DType.Q4_0 ? 8 : 16;
        for (int block = 0, at = 0; block < inputs; block += 32) {
            short d = Float.floatToFloat16(scales[groupOf[block] * outputs + output]);
            to[at] = (byte) d;
            to[at + 1] = (byte) (d >> 8);
            at += 2;
            if (type == DType.Q5_0) {
                int fifth = 0;
                for (int i = 0; i < 32; i++) {
                    fifth |= (integers[block + i] + offset >> 4) << i;
                }
                for (int i = 0; i < 4; i++) {
                    to[at++] = (byte) (fifth >> 8 * i);
                }
            }
            for (int i = 0; i < 16; i++) {
                int low = integers[block + i] + offset & 15;
                int high = integers[block + 16 + i] + offset & 15;
                to[at++] = (byte) (low | high << 4);
            }
        }
    }
}
