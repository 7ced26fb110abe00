package dev.ayni.tensor.foreign;

import dev.ayni.tensor.Workers;
import dev.ayni.tensor.strips.NativeMemory;
import dev.ayni.tensor.strips.Scratch;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** Tasks whose items threads do side by side, some items at a time, each by the thread that is free next. */
final class Work {
    private final Workers workers;
    private final Scratch[] scratch;
    private final AtomicInteger next = new AtomicInteger();
    private final IntConsumer thread = this::work;
    private Kernel[] kernels = new Kernel[4];
    private long[] tasks = new long[4];
    private long[] items = new long[4];
    private long[] grains = new long[4];
    private int[] ends = new int[4];
    private int count;
    private long scratchBytes = NativeMemory.LINE;

    Work(Workers workers) {
        this.workers = workers;
        scratch = new Scratch[workers.threads()];
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
        }
        next.set(0);
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
        for (int unit = next.getAndIncrement(); unit < units(); unit = next.getAndIncrement()) {
            while (unit >= ends[i]) {
                i++;
            }
            long from = (unit - (i == 0 ? 0 : ends[i - 1])) * grains[i];
            kernels[i].call(tasks[i], from, Math.min(from + grains[i], items[i]), mine);
        }
    }

    void free() {
        for (Scratch room : scratch) {
            room.free();
        }
    }
}
