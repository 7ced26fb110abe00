package dev.ayni.tensor;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A fixed set of threads that share the parts of one piece of work. The caller works too, so that n threads are the
 * caller and n - 1 daemons. Which thread computes which part is left open; a part must not depend on it.
 */
public final class Workers implements AutoCloseable {
    /*
     * Parts are claimed by counting down the lower half of one number, whose upper half counts the runs. A worker that
     * comes late finds nothing left and delays nobody. One that read an old number cannot claim: the comparison fails,
     * because no number comes twice.
     */
    private static final long SPIN_NANOS = 50_000;

    private final AtomicLong runAndPartsLeft = new AtomicLong();
    private final AtomicInteger unfinished = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Worker[] workers;
    private volatile IntConsumer work = part -> {};
    private volatile @Nullable Thread waiting;
    private volatile boolean closed;

    /**
     * Starts the threads.
     *
     * @param threads how many threads compute, the caller included; at least 1
     */
    public Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("%d threads cannot compute; give at least 1".formatted(threads));
        }
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker("ayni-worker-" + (i + 1));
            workers[i].start();
        }
    }

    /** How many threads compute, the caller included. */
    public int threads() {
        return workers.length + 1;
    }

    /**
     * Calls {@code work} once with each number from 0 to {@code parts - 1} and returns when all calls have ended. Calls
     * run side by side. If some throw, the others still run, and the first exception is thrown here.
     *
     * @throws IllegalStateException if these workers are closed, or at work: one run at a time, none inside another
     */
    public void run(int parts, IntConsumer work) {
        if (closed) {
            throw new IllegalStateException("These workers are closed; open new ones");
        }
        if (parts <= 0) {
            return;
        }
        if (!unfinished.compareAndSet(0, parts)) {
            throw new IllegalStateException("These workers are busy; start one run at a time, and none inside another");
        }
        this.work = work;
        long run = (runAndPartsLeft.get() >>> 32) + 1;
        runAndPartsLeft.set(run << 32 | parts);
        for (int i = 0; i < Math.min(workers.length, parts - 1); i++) {
            workers[i].wake();
        }
        while (takePart()) {}
        awaitOthers();
        Throwable thrown = failure.getAndSet(null);
        switch (thrown) {
            case null -> {}
            case Error e -> throw e;
            case RuntimeException e -> throw e;
            case Throwable e -> throw new IllegalStateException("A part threw what an IntConsumer cannot declare", e);
        }
    }

    /** Does one part, if one is left. */
    private boolean takePart() {
        while (true) {
            long seen = runAndPartsLeft.get();
            int left = (int) seen;
            if (left == 0) {
                return false;
            }
            IntConsumer mine = work;
            if (runAndPartsLeft.compareAndSet(seen, seen - 1)) {
                try {
                    mine.accept(left - 1);
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                } finally {
                    if (unfinished.decrementAndGet() == 0) {
                        LockSupport.unpark(waiting);
                    }
                }
                return true;
            }
        }
    }

    private void awaitOthers() {
        long start = System.nanoTime();
        boolean interrupted = false;
        while (unfinished.get() != 0) {
            if (System.nanoTime() - start < SPIN_NANOS) {
                Thread.onSpinWait();
                continue;
            }
            waiting = Thread.currentThread();
            if (unfinished.get() != 0) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted(); // else park would return at once from now on
            }
            waiting = null;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the threads; waits for them. */
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Worker extends Thread {
        private volatile boolean asleep;

        Worker(String name) {
            super(name);
            setDaemon(true);
        }

        void wake() {
            if (asleep) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            long idleSince = System.nanoTime();
            while (!closed) {
                if (takePart()) {
                    idleSince = System.nanoTime();
                } else if (System.nanoTime() - idleSince < SPIN_NANOS) {
                    Thread.onSpinWait();
                } else {
                    asleep = true;
                    if ((int) runAndPartsLeft.get() == 0 && !closed) {
                        LockSupport.park(Workers.this);
                    }
                    asleep = false;
                    idleSince = System.nanoTime();
                }
            }
        }
    }
}
