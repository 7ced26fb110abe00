/** The five-line door for Java programs. */
@org.jspecify.annotations.NullMarked
module dev.ayni.library {
    requires static transitive org.jspecify;
    requires transitive dev.ayni.chat;
    requires transitive dev.ayni.engine;
    requires transitive dev.ayni.guard;
    requires transitive dev.ayni.hub;
    requires tools.jackson.databind;

    exports dev.ayni.library;
    exports dev.ayni.library.tools;
}
