package dev.ayni.studio;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/** Asks a running server to unload a model. */
@Command(
        name = "stop",
        description = "Let a running server unload a model as soon as nobody uses it.",
        footer = {
            "",
            "The server is looked for at AYNI_HOST, else OLLAMA_HOST, else 127.0.0.1:8080;",
            "AYNI_API_KEY is shown to it.",
            "",
            "Example:",
            "  ayni stop smollm2"
        })
final class StopCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "MODEL", description = "Its name, as `ayni ps` shows it.")
    private String model = "";

    private final Streams streams;

    StopCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() {
        String body = new JsonMapper()
                .createObjectNode()
                .put("model", model)
                .put("keep_alive", 0)
                .toString();
        ServerAddress.fromEnvironment().ask("/api/generate", body, "done");
        streams.out().println("%s is unloaded as soon as nobody uses it.".formatted(model));
        return Failures.OK;
    }
}
