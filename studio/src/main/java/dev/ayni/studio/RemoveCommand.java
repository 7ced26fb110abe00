package dev.ayni.studio;

import dev.ayni.hub.Hub;
import dev.ayni.hub.HubException;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Removes a model from the library. */
@Command(
        name = "remove",
        description = "Remove a model from the library, with what an interrupted pull of it has left.",
        footer = {"", "Example:", "  ayni remove smollm2"})
final class RemoveCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "MODEL", description = "A name or reference, as `ayni models` shows it.")
    private String model = "";

    private final Streams streams;

    RemoveCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() {
        Hub hub = Hub.ofThisUser();
        if (hub.created().remove(model)) {
            streams.out().println("%s is removed; what it was made of stays.".formatted(model));
            return Failures.OK;
        }
        OptionalLong freed = hub.library().removeListed(model);
        if (freed.isEmpty()) {
            freed = hub.library().remove(hub.parse(model));
        }
        if (freed.isEmpty()) {
            throw new HubException("'%s' is not in the library. `ayni models` shows what is.".formatted(model));
        }
        streams.out().println("%s is removed; %s are free again.".formatted(model, Numbers.bytes(freed.getAsLong())));
        return Failures.OK;
    }
}
