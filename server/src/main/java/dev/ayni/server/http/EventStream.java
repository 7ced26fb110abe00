package dev.ayni.server.http;

/** An answer that is sent piece by piece. For one thread at a time. */
public interface EventStream {
    /**
     * Sends a piece at once.
     *
     * @throws ReaderLeft if the client has gone
     */
    void send(String piece);

    /**
     * Says that the work goes on though there is nothing to send: a client that has gone is noticed, and one that waits for
     * long gets a comment where the kind of stream knows such. For {@code ChatEvent.Working}, as often as it comes.
     *
     * @throws ReaderLeft if the client has gone
     */
    default void working() {}

    /** Sends a server-sent event without a name: {@code data: ...} and an empty line. */
    default void data(String json) {
        send("data: " + json + "\n\n");
    }

    /** Sends a server-sent event with a name. */
    default void event(String name, String json) {
        send("event: " + name + "\ndata: " + json + "\n\n");
    }
}
