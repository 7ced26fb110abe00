package dev.ayni.engine.generation;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Where somebody waits for what the engine's thread makes of a request. */
abstract sealed class Reader implements AutoCloseable permits Generation, BeamSearch, Encoding {
    private static final long PULSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    final Scheduler scheduler;
    final ReentrantLock lock = new ReentrantLock(); // guards all that a subclass adds
    private final Condition changed = lock.newCondition();
    private @Nullable Throwable problem; // guarded by lock
    private boolean left; // guarded by lock
    private @Nullable Work work;
    private boolean closed;
    private final long asked = System.nanoTime();
    private volatile int reused;
    private volatile long waitedNanos = -1; // until something was read; -1: nothing was yet

    Reader(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** Who works for it. */
    void doneBy(Work working) {
        this.work = working;
    }

    /** How many tokens of the prompt were still remembered; known once all of it is read. */
    public int reused() {
        return reused;
    }

    /** How long the request waited until any of its prompt was read. */
    public long waitedNanos() {
        return waitedNanos < 0 ? System.nanoTime() - asked : waitedNanos;
    }

    /** Its prompt is begun, after so many tokens that others have read. */
    void begun(int tokens) {
        reused = tokens;
        waitedNanos = System.nanoTime() - asked;
    }

    boolean isClosed() {
        return closed;
    }

    /** Changes something that a reader may wait for. */
    void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends it with an exception. */
    void fail(Throwable thrown) {
        change(() -> problem = thrown);
    }

    /** The engine has nothing more to do with it. */
    void left() {
        change(() -> left = true);
    }

    /** Throws what it ended with, if it was an exception. */
    void requireSound() {
        switch (problem) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    /** Waits for a change, half a second at most. Returns false if none came. The lock must be held. */
    boolean await() {
        boolean interrupted = false;
        long until = System.nanoTime() + PULSE_NANOS;
        try {
            while (true) {
                try {
                    return changed.awaitNanos(until - System.nanoTime()) > 0;
                } catch (InterruptedException e) {
                    interrupted = true; // who interrupts a reader is heard once there is something to read
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Ends the work, once the step that runs is over, and lets the conversation rest: its past is kept for a next turn. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        lock.lock();
        try {
            if (work != null && !left) {
                scheduler.leave(work);
                while (!left && scheduler.isOpen()) {
                    await();
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
