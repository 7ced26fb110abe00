package dev.ayni.studio;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;

/** How fast this machine reads memory that no cache holds: the bound of decoding, which reads every weight once a token. */
final class MemoryBandwidth {
    private static final long BYTES = 256L << 20;
    private static final int ROUNDS = 5;

    private MemoryBandwidth() {}

    /** Bytes a second over a buffer of 256 MB, the best of five rounds. */
    static double measure(int threads) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment buffer = arena.allocate(BYTES, 4096);
            buffer.fill((byte) 1);
            double best = 0;
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                long sum = read(buffer, threads);
                best = Math.max(best, BYTES * 1e9 / (System.nanoTime() - start));
                if (sum == 0) {
                    throw new AssertionError("the sum keeps the reads from being left out");
                }
            }
            return best;
        }
    }

    private static long read(MemorySegment buffer, int threads) {
        AtomicLong total = new AtomicLong();
        long part = BYTES / threads / 64 * 64;
        Thread[] readers = new Thread[threads];
        for (int i = 0; i < threads; i++) {
            MemorySegment own = buffer.asSlice(i * part, part);
            readers[i] = Thread.ofPlatform().start(() -> total.addAndGet(sum(own)));
        }
        try {
            for (Thread reader : readers) {
                reader.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return total.get();
    }

    private static long sum(MemorySegment part) {
        long sum = 0;
        for (long from = 0; from < part.byteSize(); from += 1 << 20) {
            sum += sumOfPiece(part, from, (int) Math.min(1 << 20, part.byteSize() - from) / 64);
        }
        return sum;
    }

    private static long sumOfPiece(MemorySegment part, long from, int lines) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        for (int i = 0; i < lines; i++) {
            long at = from + 64L * i;
            a += part.get(ValueLayout.JAVA_LONG_UNALIGNED, at) + part.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 32);
            b += part.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 8) + part.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 40);
            c += part.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 16) + part.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 48);
            d += part.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 24) + part.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 56);
        }
        return a + b + c + d;
    }
}
