package dev.ayni.engine.toolcalls;

/** Reads what follows the opening of a call. Whatever happens, the text that it was given ends up in the findings, once. */
interface CallReader {
    /** The most characters of one call; a longer one counts as broken. */
    int LONGEST = 1 << 20;

    /** What becomes of a character. */
    enum Next {
        /** It was taken, and the next one is wanted. */
        MORE,
        /** It was taken, and was the last. */
        OVER,
        /** It was not taken: it is to be read as what follows. */
        NOT_MINE
    }

    Next accept(char c);

    /** The answer ends here. */
    void end();
}
