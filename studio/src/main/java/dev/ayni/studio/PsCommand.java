package dev.ayni.studio;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** Lists what a running server has in memory. */
@Command(
        name = "ps",
        description = "List the models that a running server has in memory.",
        footer = {
            "",
            "The server is looked for at AYNI_HOST, else OLLAMA_HOST, else 127.0.0.1:8080;",
            "AYNI_API_KEY is shown to it.",
            "",
            "Example:",
            "  ayni ps"
        })
final class PsCommand implements Callable<Integer> {
    private static final int FOREVER_DAYS = 10_000;

    @Mixin
    CommonOptions common = new CommonOptions();

    private final Streams streams;

    PsCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() {
        ServerAddress server = ServerAddress.fromEnvironment();
        JsonNode models = server.ask("/api/ps", null, "models").path("models");
        if (models.isEmpty()) {
            streams.out().println("No model is in memory.");
        }
        for (JsonNode model : models) {
            streams.out()
                    .println("%-40s  %7s  %7d tokens  %s"
                            .formatted(
                                    model.path("name").asString(""),
                                    Numbers.bytes(model.path("size").asLong()),
                                    model.path("context_length").asInt(),
                                    until(model.path("expires_at").asString(""), server)));
        }
        return Failures.OK;
    }

    private static String until(String expires, ServerAddress server) {
        Duration left;
        try {
            left = Duration.between(Instant.now(), Instant.parse(expires));
        } catch (DateTimeParseException | ArithmeticException e) {
            throw server.unknown(e);
        }
        return left.toDays() > FOREVER_DAYS
                ? "for good"
                : left.isNegative() ? "leaving" : "for %d more minutes".formatted(left.toMinutes() + 1);
    }
}
