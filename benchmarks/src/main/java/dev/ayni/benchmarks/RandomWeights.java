package dev.ayni.benchmarks;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Weights drawn by chance: they take as long to compute with as a model's. */
final class RandomWeights {
    private RandomWeights() {}

    /** A matrix of any type. */
    static HostTensor matrix(Arena arena, DType type, long rows, long width) {
        Random random = new Random(1);
        MemorySegment bytes = arena.allocate(type.bytes(rows * width), 64);
        for (long at = 0; at < bytes.byteSize(); at++) {
            // small bytes: whatever they mean in a type, no scale is infinite
            bytes.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(0x38));
        }
        return new HostTensor(type, bytes, rows, width);
    }
}
