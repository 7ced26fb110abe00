package dev.ayni.server.http;

import dev.ayni.chat.Usage;
import dev.ayni.guard.Stage;
import dev.ayni.guard.Verdict;
import dev.ayni.server.access.Caller;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One request and the answer to it, as handlers see them: the library that speaks HTTP stays behind it. */
public interface Exchange {
    /** Names this request in logs, headers and errors. */
    String id();

    String method();

    String path();

    /** A header of the request by its name, whatever its case. */
    @Nullable
    String header(String name);

    /** A parameter of the request's query, decoded. */
    @Nullable
    String query(String name);

    /** What stands in the path in place of {@code {name}}. */
    String pathValue(String name);

    /**
     * The whole body.
     *
     * @throws ApiException (413) if it is larger than the server allows
     */
    byte[] body();

    /** The parts of a multipart body, each to be read once; empty if it is of another kind. */
    List<Part> parts();

    /** @param fileName null for a plain field */
    record Part(String name, @Nullable String fileName, InputStream content) {}

    /** Who asks. */
    Caller caller();

    /** Adds a header to the answer; before the answer begins. */
    void header(String name, String value);

    /** Answers whole. */
    void answer(int status, String contentType, byte[] body);

    /**
     * Answers with a content of that many bytes, which is not held in memory whole where the exchange can help it.
     *
     * @throws UncheckedIOException if the content cannot be read; what was sent of it then lacks its end
     */
    default void answer(int status, String contentType, long length, InputStream content) {
        try {
            answer(status, contentType, content.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Answers with status 200 and JSON: text, or anything that Jackson writes. */
    void json(Object value);

    /** Begins an answer of status 200 that is sent piece by piece. */
    EventStream stream(String contentType);

    /**
     * Whether the client is known to have gone: it has closed its side of the connection. Costs little, and may be asked at
     * every token, by any thread.
     */
    default boolean left() {
        return false;
    }

    /** Whether an answer has begun, so that an error can only be told within it. */
    boolean begun();

    /**
     * Says what was used: for the ledger, the log and the measurements. To be called before the end of the answer is sent,
     * once for each answer of a model.
     */
    void used(String model, Usage usage);

    /** Lets work go on after this request is answered. To be ended, or left out, by whoever asks for it. */
    Afterwards afterwards();

    /** Says what a guard decided about a text of this request or its answer: for the log and the measurements. Any thread may. */
    default void decided(Stage stage, Verdict verdict) {}
}
