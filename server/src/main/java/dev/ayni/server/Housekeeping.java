package dev.ayni.server;

import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Small work that a server does now and then until it is closed, at the start first. What fails is tried again next time. */
public final class Housekeeping implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private final Duration every;
    private final Map<String, Runnable> chores;
    private final Thread thread;

    /** @param chores what is to be done, by a name for the log */
    public Housekeeping(Duration every, Map<String, Runnable> chores) {
        this.every = every;
        this.chores = Map.copyOf(chores);
        this.thread = Thread.ofVirtual().name("housekeeping").start(this::work);
    }

    private void work() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                chores.forEach(Housekeeping::attempt);
                Thread.sleep(every);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private static void attempt(String name, Runnable chore) {
        try {
            chore.run();
        } catch (RuntimeException e) {
            LOG.warn("{}: {}", name, e.getMessage());
        }
    }

    /** Stops, and waits until what was begun is done. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
