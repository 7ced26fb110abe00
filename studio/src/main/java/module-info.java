/** The program that people start. */
@org.jspecify.annotations.NullMarked
module dev.ayni.studio {
    requires static transitive org.jspecify;
    requires dev.ayni.chat;
    requires dev.ayni.engine;
    requires dev.ayni.guard;
    requires dev.ayni.hub;
    requires dev.ayni.library;
    requires dev.ayni.server;
    requires dev.ayni.store;
    requires dev.ayni.template;
    requires dev.ayni.tensor;
    requires dev.ayni.tokenizer;
    requires info.picocli;
    requires io.modelcontextprotocol.sdk.mcp.core;
    requires io.modelcontextprotocol.sdk.mcp.json.jackson3;
    requires java.logging;
    requires java.management;
    requires java.net.http;
    requires jdk.management;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires reactor.core;
    requires tools.jackson.core;
    requires tools.jackson.databind;

    opens dev.ayni.studio to
            info.picocli;
}
