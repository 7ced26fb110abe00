/** HTTP: the protocols that clients already speak, around any model. */
@org.jspecify.annotations.NullMarked
module dev.ayni.server {
    requires static transitive org.jspecify;
    requires transitive dev.ayni.chat;
    requires transitive dev.ayni.engine;
    requires transitive dev.ayni.guard;
    requires transitive dev.ayni.hub;
    requires dev.ayni.template;
    requires io.opentelemetry.api;
    requires io.opentelemetry.context;
    requires io.opentelemetry.sdk;
    requires io.opentelemetry.sdk.autoconfigure;
    requires io.opentelemetry.sdk.autoconfigure.spi;
    requires io.opentelemetry.sdk.common;
    requires io.opentelemetry.sdk.trace;
    requires jdk.jfr;
    requires micrometer.core;
    requires micrometer.registry.prometheus;
    requires org.eclipse.jetty.io;
    requires org.eclipse.jetty.http;
    requires org.eclipse.jetty.server;
    requires org.eclipse.jetty.util;
    requires transitive dev.ayni.store;
    requires com.nimbusds.jose.jwt;
    requires org.slf4j;
    requires transitive tools.jackson.databind;

    exports dev.ayni.server;
    exports dev.ayni.server.access;
    exports dev.ayni.server.answers;
    exports dev.ayni.server.anthropic;
    exports dev.ayni.server.guarding;
    exports dev.ayni.server.http;
    exports dev.ayni.server.jobs;
    exports dev.ayni.server.llamacpp;
    exports dev.ayni.server.models;
    exports dev.ayni.server.ollama;
    exports dev.ayni.server.openai;
    exports dev.ayni.server.presidio;
    exports dev.ayni.server.traces;
}
