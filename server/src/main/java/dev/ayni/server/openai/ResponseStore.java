package dev.ayni.server.openai;

import java.util.Optional;

/**
 * Where answers of {@code /v1/responses} and conversations are kept, so that a later request can go on with them. Documents
 * are JSON; whose they are is part of their name, and nobody sees another's. May be called by several threads at once.
 */
public interface ResponseStore {
    /** What is kept. */
    enum Kind {
        /** An answer, with the input that it answers. */
        RESPONSE,
        /** What was said in a conversation. */
        CONVERSATION
    }

    /** Keeps a document, in place of one of the same name. */
    void put(Kind kind, String owner, String id, String json);

    /** The document of that name; empty if there is none, or no longer. */
    Optional<String> get(Kind kind, String owner, String id);

    /** Forgets a document; false if there is none. */
    boolean delete(Kind kind, String owner, String id);

    /** A store that lasts as long as the program, and forgets what was not used for longest where it grows too large. */
    static ResponseStore inMemory() {
        return new MemoryResponses(64 << 20);
    }
}
