package dev.ayni.server.answers;

import dev.ayni.server.http.EventStream;
import dev.ayni.server.http.Exchange;
import org.jspecify.annotations.Nullable;

/** A stream that begins with its first piece, so that what goes wrong before is answered with a status of its own. */
public final class LateStream implements EventStream {
    private static final long QUIET_NANOS = 1_000_000_000;

    private final Exchange exchange;
    private final String contentType;
    private @Nullable EventStream begun;
    private long lastNanos = System.nanoTime();

    public LateStream(Exchange exchange, String contentType) {
        this.exchange = exchange;
        this.contentType = contentType;
    }

    @Override
    public void send(String piece) {
        if (begun == null) {
            begun = exchange.stream(contentType);
        }
        begun.send(piece);
        lastNanos = System.nanoTime();
    }

    /** Sends a sign of life if nothing was sent for a second: it tells the reader that work goes on, and us if he left. */
    public void alive(String piece) {
        if (System.nanoTime() - lastNanos >= QUIET_NANOS) {
            send(piece);
        }
    }
}
