package dev.ayni.server.openai;

import dev.ayni.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Where answers of {@code /v1/responses} and conversations are kept, so that a later request can go on with them. Documents
 * are JSON; whose they are is part of their name, and nobody sees another's. May be called by several threads at once, and
 * by several servers where it is a database.
 */
public interface ResponseStore {
    /** What is kept. */
    enum Kind {
        /** An answer, with the input that it answers. */
        RESPONSE,
        /** What was said in a conversation. */
        CONVERSATION
    }

    /** Keeps a new document. */
    void add(Kind kind, String owner, String id, String json);

    /** Keeps a new answer that this program is still writing, until {@link #end}. */
    void begin(String owner, String id, String json);

    /** The document of that name; empty if there is none, or no longer. */
    Optional<String> get(Kind kind, String owner, String id);

    /**
     * Changes a document, wholly or not at all, whoever else changes it at the same time.
     *
     * @param change from what it is to what it is to be; may be called several times
     * @return what it is now; empty if there is none, or no longer
     */
    Optional<String> change(Kind kind, String owner, String id, UnaryOperator<String> change);

    /** Keeps the end of an answer that was begun; nothing if it was deleted meanwhile. */
    void end(String owner, String id, String json);

    /** Forgets a document; false if there is none. */
    boolean delete(Kind kind, String owner, String id);

    /** Asks whoever writes an answer, here or in another server, to stop. */
    void askToStop(String owner, String id);

    /** Whether an answer that is being written is still to be: nobody deleted it, or asked for it to stop. */
    boolean wanted(String owner, String id);

    /**
     * Ends the answers of which nobody writes any more, because their program died.
     *
     * @param here whether this program writes the answer of an id
     * @param failed from what an answer is to what it is to be
     */
    void endAbandoned(Predicate<String> here, UnaryOperator<String> failed);

    /** Forgets what nobody used for too long. */
    void forgetOld();

    /** A store that lasts as long as the program, and forgets what was not used for longest where it grows too large. */
    static ResponseStore inMemory() {
        return new MemoryResponses(64 << 20);
    }

    /**
     * A store that outlasts the program.
     *
     * @param database opened with {@link ResponseTables#SCHEMA}
     * @param keep how long a document is kept after it was last used; negative: for good
     */
    static ResponseStore in(Store database, Duration keep, Clock clock) {
        return new DatabaseResponses(database, keep, clock);
    }
}
