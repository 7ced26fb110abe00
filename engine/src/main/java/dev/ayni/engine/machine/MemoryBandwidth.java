package dev.ayni.engine.machine;

import dev.ayni.tensor.LargePages;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;

/** How fast this machine reads memory that no cache holds: the bound of decoding, which reads every weight once a token. */
public final class MemoryBandwidth {
    private static final long BYTES = 256L << 20;
    private static final long PIECE = 1 << 20;
    private static final int ROUNDS = 8; // the first ones compile the loop

    private MemoryBandwidth() {}

    /**
     * Bytes a second over a buffer of 256 MB, the best of several rounds.
     *
     * @param threads how many threads read, at least 1
     */
    public static double measure(int threads) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment buffer = LargePages.allocate(arena, BYTES);
            fill(buffer);
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

    /** Numbers that do not repeat, since a host may keep equal pages of its guests once, and then the caches hold them. */
    private static void fill(MemorySegment buffer) {
        long number = 1;
        for (long at = 0; at < buffer.byteSize(); at += Long.BYTES) {
            number = number * 6364136223846793005L + 1442695040888963407L; // Knuth's MMIX generator
            buffer.set(ValueLayout.JAVA_LONG_UNALIGNED, at, number);
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
        for (long from = 0; from < part.byteSize(); from += PIECE) {
            sum += sumOfPiece(part, from, (int) Math.min(PIECE, part.byteSize() - from) / Long.BYTES);
        }
        return sum;
    }

    /** So plain a loop that the JVM turns it into vector instructions. */
    private static long sumOfPiece(MemorySegment part, long from, int longs) {
        long sum = 0;
        for (int i = 0; i < longs; i++) {
            sum += part.get(ValueLayout.JAVA_LONG_UNALIGNED, from + 8L * i);
        }
        return sum;
    }
}
