/** HTTP: the protocols that clients already speak, around any model. */
@org.jspecify.annotations.NullMarked
module dev.ayni.server {
    requires static transitive org.jspecify;
    requires transitive dev.ayni.chat;
    requires dev.ayni.engine;
    requires dev.ayni.hub;
    requires dev.ayni.template;
    requires io.javalin;
    requires org.slf4j;
    requires transitive tools.jackson.databind;

    exports dev.ayni.server.access;
    exports dev.ayni.server.answers;
    exports dev.ayni.server.http;
    exports dev.ayni.server.models;
}
