package dev.ayni.hub;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;

/** Closes a stream from which nothing comes for too long, so that its reader wakes up. */
final class StallGuard implements AutoCloseable {
    private final Duration patience;
    private final Thread watcher;
    private volatile long lastNanos = System.nanoTime();
    private volatile boolean stalled;

    StallGuard(Closeable stream, Duration patience) {
        this.patience = patience;
        this.watcher = Thread.ofVirtual().start(() -> watch(stream));
    }

    /** Bytes have come. */
    void alive() {
        lastNanos = System.nanoTime();
    }

    /** Says whether the stream ended because this guard has closed it. */
    void check() throws IOException {
        if (stalled) {
            throw new IOException("no byte for %d seconds".formatted(Math.max(1, patience.toSeconds())));
        }
    }

    private void watch(Closeable stream) {
        try {
            while (System.nanoTime() - lastNanos < patience.toNanos()) {
                Thread.sleep(patience.dividedBy(4));
            }
            stalled = true;
            stream.close();
        } catch (InterruptedException e) {
            // the reader is done
        } catch (IOException e) {
            // the reader hears of it by itself
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
