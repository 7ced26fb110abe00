package dev.ayni.studio;

import dev.ayni.hub.Hub;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Talks with a model as Ollama's users type it: the prompt stands behind the model. */
@Command(
        name = "run",
        description = "Talk with a model as Ollama's users type it: `ayni chat`, with the prompt behind the model.",
        footer = {
            "",
            "Examples:",
            "  ayni run smollm2",
            "  ayni run smollm2 \"Name three rivers.\"",
            "  ayni run gemma3:1b --accept-licence"
        })
final class RunCommand extends ChatCommand {
    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "PROMPT",
            description = "Answer this and leave; several words are one prompt.")
    private List<String> words = new ArrayList<>();

    RunCommand(Streams streams) {
        super(streams);
    }

    @Override
    public Integer call() throws IOException {
        if (model != null) {
            model = meant(model, Hub.ofThisUser());
        }
        if (!words.isEmpty()) {
            prompt = String.join(" ", words);
        }
        return super.call();
    }

    /** What is meant by a name with a tag: {@code gemma3:1b} is the catalogue's {@code gemma3-1b}. */
    private static String meant(String name, Hub hub) {
        String plain = name.endsWith(":latest") ? name.substring(0, name.length() - ":latest".length()) : name;
        String catalogued = plain.replace(':', '-');
        return hub.created().find(name).isPresent()
                        || hub.catalogue().find(catalogued).isEmpty()
                ? plain
                : catalogued;
    }
}
