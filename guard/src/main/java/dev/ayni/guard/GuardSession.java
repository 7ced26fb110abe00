package dev.ayni.guard;

/** A guard at work on one request and its answer; used by one thread at a time. It keeps what the answer needs, such as pseudonyms to put back. */
public interface GuardSession {
    /**
     * How many UTF-16 units at the end of a text that is still being written are kept back until more has been checked, so
     * that nothing forbidden leaves in parts.
     */
    int holdBack();

    /** Decides about a text; a growing answer is shown whole each time, from its first unit on. */
    Verdict check(Content content);

    /**
     * A session for a further text that grows beside this one's (another answer to the same request, or the thoughts before
     * it), which knows what this one has learnt so far; it may be used by another thread.
     */
    GuardSession another();
}
