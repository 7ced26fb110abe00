package dev.ayni.tensor.foreign;

import dev.ayni.tensor.Workers;
import dev.ayni.tensor.strips.NativeMemory;
import dev.ayni.tensor.strips.Scratch;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.IntConsumer;

/** Tasks whose items threads do side by side, some items at a time. */
final class Work {
    /*
     * Each thread begins with a share of its own, neighbouring units that it does in order, because memory is read fastest
     * from end to end. Whoever is done takes the last unit of who has most left.
     */
    /** A thread's share lies this many numbers from the next, in a line of the cache of its own. */
    private static final int APART = NativeMemory.LINE / Long.BYTES;

    private final Workers workers;
    private final Scratch[] scratch;
    /** What is left of each thread's share: its first unit in the upper half, the unit after its last in the lower. */
    private final AtomicLongArray shares;

    private final IntConsumer thread = this::work;
    private Kernel[] kernels = new Kernel[4];
    private long[] tasks = new long[4];
    private long[] items = new long[4];
    private long[] grains = new long[4];
    private int[] ends = new int[4];
    private int count;
    private int sharing;
    private long scratchBytes = NativeMemory.LINE;

    Work(Workers workers) {
        this.workers = workers;
        scratch = new Scratch[workers.threads()];
        shares = new AtomicLongArray(APART * workers.threads());
        Arrays.setAll(scratch, i -> new Scratch());
    }

    /** Makes sure that each thread has so many bytes of scratch. */
    void scratch(long bytes) {
        scratchBytes = Math.max(scratchBytes, bytes);
    }

    /** Adds a task of so many items, of which a thread takes {@code grain} at a time. */
    void add(Kernel kernel, long task, long itemsOfTask, long grain) {
        if (count == kernels.length) {
            kernels = Arrays.copyOf(kernels, 2 * count);
            tasks = Arrays.copyOf(tasks, 2 * count);
            items = Arrays.copyOf(items, 2 * count);
            grains = Arrays.copyOf(grains, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        kernels[count] = kernel;
        tasks[count] = task;
        items[count] = itemsOfTask;
        grains[count] = grain;
        ends[count] = Math.toIntExact(units() + (itemsOfTask + grain - 1) / grain);
        count++;
    }

    private int units() {
        return count == 0 ? 0 : ends[count - 1];
    }

    /** Does all that was added, and forgets it. */
    void run() {
        int threads = Math.min(units(), workers.threads());
        for (int i = 0; i < threads; i++) {
            scratch[i].reserve(scratchBytes);
            long first = (long) units() * i / threads;
            long end = (long) units() * (i + 1) / threads;
            shares.set(APART * i, first << 32 | end);
        }
        sharing = threads;
        try {
            if (threads == 1) {
                work(0);
            } else {
                workers.run(threads, thread);
            }
        } finally {
            count = 0;
        }
    }

    /** Adds a task and does it. */
    void run(Kernel kernel, long task, long itemsOfTask, long grain) {
        add(kernel, task, itemsOfTask, grain);
        run();
    }

    private void work(int slot) {
        long mine = scratch[slot].address();
        int i = 0;
        for (int unit = take(slot); unit >= 0; unit = take(slot)) {
            while (unit >= ends[i]) {
                i++;
            }
            while (i > 0 && unit < ends[i - 1]) {
                i--;
            }
            long from = (unit - (i == 0 ? 0 : ends[i - 1])) * grains[i];
            kernels[i].call(tasks[i], from, Math.min(from + grains[i], items[i]), mine);
        }
    }

    /** The next unit of a thread's share or, when that is done, the last one of the largest; -1: nothing is left. */
    private int take(int slot) {
        long own = shares.get(APART * slot);
        while (first(own) < end(own)) {
            if (shares.compareAndSet(APART * slot, own, own + (1L << 32))) {
                return first(own);
            }
            own = shares.get(APART * slot);
        }
        while (true) {
            int largest = slot;
            long share = own;
            for (int i = 0; i < sharing; i++) {
                long other = shares.get(APART * i);
                if (end(other) - first(other) > end(share) - first(share)) {
                    largest = i;
                    share = other;
                }
            }
            if (first(share) >= end(share)) {
                return -1;
            }
            if (shares.compareAndSet(APART * largest, share, share - 1)) {
                return end(share) - 1;
            }
        }
    }

    private static int first(long share) {
        return (int) (share >>> 32);
    }

    private static int end(long share) {
        return (int) share;
    }

    void free() {
        for (Scratch room : scratch) {
            room.free();
        }
    }
}
