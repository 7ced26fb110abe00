package dev.ayni.tensor.foreign;

import dev.ayni.tensor.Arithmetic;
import dev.ayni.tensor.strips.Layout;
import dev.ayni.tensor.strips.Scratch;

/** The activations of one product, quantised; a {@code struct activations}. */
final class Activations {
    /** The bytes of a {@code struct group}. */
    private static final long GROUP_BYTES = 48;

    /** Numbers below which other threads are not woken. */
    private static final long WORTH_SHARING = 1 << 14;

    private final Kernel quantize;
    private final Kernel numberLoud;
    private final Kernel quantizeLoud;
    private final Task task = new Task();
    private final Scratch first = new Scratch();
    private final Scratch numbers = new Scratch();
    private final Scratch second = new Scratch();

    Activations(NativeLibrary library, InstructionSet set) {
        quantize = library.kernel(set, "quantize");
        numberLoud = library.kernel(set, "number_loud");
        quantizeLoud = library.kernel(set, "quantize_loud");
    }

    /** Quantises x [tokens, width] at an address. */
    void quantize(long x, int tokens, int width, Work work) {
        long groups = width / Arithmetic.GROUP;
        long segments = (groups + Layout.SEGMENT_GROUPS - 1) / Layout.SEGMENT_GROUPS;
        long all = tokens * groups;
        first.reserve(GROUP_BYTES * Layout.SEGMENT_GROUPS * segments * tokens);
        second.reserve(GROUP_BYTES * all);
        long starts = 4 * (groups + 1);
        numbers.reserve(starts + 8 * all);
        long address = task.begin()
                .add(x)
                .add(tokens)
                .add(width)
                .add(first.address())
                .add(numbers.address())
                .add(numbers.address() + starts)
                .add(numbers.address() + starts + 4 * all)
                .add(second.address())
                .address();
        boolean shared = (long) tokens * width >= WORTH_SHARING;
        work.run(quantize, address, tokens, shared ? 4 : tokens);
        numberLoud.call(address, 0, 1, 0);
        work.run(quantizeLoud, address, tokens, shared ? 4 : tokens);
    }

    long address() {
        return task.address();
    }

    void free() {
        task.free();
        first.free();
        numbers.free();
        second.free();
    }
}
