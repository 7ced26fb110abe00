package dev.ayni.server.openai;

import dev.ayni.server.http.EventStream;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.ReaderLeft;
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
        return send("event: " + name + "\ndata: " + json + "\n\n");
    }

    /** Sends what clients pass over: it keeps the connection awake, and shows whether somebody reads. */
    synchronized boolean working() {
        return send(": working\n\n");
    }

    /** Says that there is no more, as clients of completions expect it. */
    synchronized boolean done() {
        return send("data: [DONE]\n\n");
    }

    private boolean send(String piece) {
        if (left != null) {
            return false;
        }
        try {
            if (stream == null) {
                stream = exchange.stream("text/event-stream");
            }
            stream.send(piece);
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
