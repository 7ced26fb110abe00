package dev.ayni.server.openai;

import dev.ayni.server.http.EventStream;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.ReaderLeft;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Events on one connection, sent by any thread. The answer begins with the first of them: until then an error can still be
 * answered with its status.
 */
final class ServerSentEvents {
    private final Exchange exchange;
    private @Nullable EventStream stream;
    private @Nullable ReaderLeft left;

    ServerSentEvents(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Sends an event; false if nobody reads any more. */
    synchronized boolean data(JsonNode json) {
        return send("data: " + json + "\n\n");
    }

    /** Sends an event with a name; false if nobody reads any more. */
    synchronized boolean event(String name, JsonNode json) {
        return event(name, json.toString());
    }

    /** The same for an event that is written already. */
    synchronized boolean event(String name, String json) {
        return send("event: " + name + "\ndata: " + json + "\n\n");
    }

    /** Says that the work goes on; false if nobody waits for it any more. */
    synchronized boolean working() {
        return send(EventStream::working);
    }

    /** Says that there is no more, as clients of completions expect it. */
    synchronized boolean done() {
        return send("data: [DONE]\n\n");
    }

    private boolean send(String piece) {
        return send(to -> to.send(piece));
    }

    private boolean send(Consumer<EventStream> piece) {
        if (left != null) {
            return false;
        }
        try {
            if (stream == null) {
                stream = exchange.stream("text/event-stream");
            }
            piece.accept(stream);
            return true;
        } catch (ReaderLeft gone) {
            left = gone;
            return false;
        }
    }

    /** @throws ReaderLeft if nobody has read to the end */
    synchronized void end() {
        if (left != null) {
            throw left;
        }
    }

    /** Whether an error can only be told within the stream. */
    synchronized boolean begun() {
        return stream != null;
    }
}
