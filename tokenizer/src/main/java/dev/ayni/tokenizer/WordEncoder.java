package dev.ayni.tokenizer;

/** Turns one word, as the pre-tokenizer cuts it, into ids. Safe for use by several threads. */
interface WordEncoder {
    /** Adds the ids of the characters from {@code from} to {@code to}, which are at least one. */
    void encode(char[] text, int from, int to, Ids ids);
}
