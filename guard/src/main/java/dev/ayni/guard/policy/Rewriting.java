package dev.ayni.guard.policy;

/** How a part of a text is rewritten. */
public enum Rewriting {
    /** By the name of its category: {@code <EMAIL_ADDRESS>}. */
    REPLACE,
    /** By as many stars as it has characters. */
    MASK,
    /** By nothing. */
    REMOVE,
    /** By its category and a digest of it, the same for the same text within one session: {@code <EMAIL_ADDRESS-3f2a91c0>}. */
    HASH,
    /** By a name that stands for it in this conversation, {@code <EMAIL_ADDRESS_1>}, and is put back in the answer. */
    PSEUDONYM
}
