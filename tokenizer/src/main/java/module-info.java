/** Text to token ids and back. */
@org.jspecify.annotations.NullMarked
module dev.ayni.tokenizer {
    requires static transitive org.jspecify;
    requires tools.jackson.core;

    exports dev.ayni.tokenizer;
}
