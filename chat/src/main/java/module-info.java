/** The words that all rooms share about conversations with models; no logic. */
@org.jspecify.annotations.NullMarked
module dev.ayni.chat {
    requires static transitive org.jspecify;

    exports dev.ayni.chat;
}
