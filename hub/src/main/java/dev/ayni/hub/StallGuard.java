package dev.ayni.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** Closes a stream from which nothing comes for too long, so that its reader wakes up. */
final class StallGuard implements AutoCloseable {
    private final InputStream stream;
    private final Duration patience;
    private final Thread watcher;
    private volatile long lastNanos = System.nanoTime();
    private volatile boolean stalled;

    StallGuard(InputStream stream, Duration patience) {
        this.stream = stream;
        this.patience = patience;
        this.watcher = Thread.ofVirtual().start(this::watch);
    }

    /** Reads from the guarded stream; an end that this guard has brought about is told as such. */
    int read(byte[] buffer) throws IOException {
        int n;
        try {
            n = stream.read(buffer);
        } catch (IOException e) {
            check();
            throw e;
        }
        check();
        lastNanos = System.nanoTime();
        return n;
    }

    private void check() throws IOException {
        if (stalled) {
            throw new IOException("no byte in %d s".formatted(patience.toSeconds()));
        }
    }

    private void watch() {
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
