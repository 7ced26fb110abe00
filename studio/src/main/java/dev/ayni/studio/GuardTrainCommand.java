package dev.ayni.studio;

import dev.ayni.engine.LocalEncoder;
import dev.ayni.guard.classifiers.GuardTraining;
import dev.ayni.guard.classifiers.Quality;
import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes the weights of the guard's classifiers again, and measures them. */
@Command(
        name = "train",
        description = {
            "Make the weights of the guard's small classifiers from the sets that they name.",
            "The same data give the same file, to the byte, whatever the machine and its threads."
        },
        footer = {
            "",
            "Examples:",
            "  ayni guard train --data ../shared/data --out .",
            "  ayni guard train --data ../shared/data --tables guard-quality.md"
        })
final class GuardTrainCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--data", paramLabel = "DIR", required = true, description = "The folder of the sets.")
    private Path data = Path.of("");

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Where guard.weights and known-texts.bin are written. Default: nowhere; the digests are told.")
    private @Nullable Path out;

    @Option(
            names = "--tables",
            paramLabel = "FILE",
            description =
                    "Instead of making weights, measure the recipe on texts that training did not see, and write the"
                            + " tables.")
    private @Nullable Path tables;

    @Option(
            names = "--other-data",
            description = "Take files that are not those that the weights name; what comes out is then another guard.")
    private boolean otherData;

    @Option(
            names = "--encoder",
            paramLabel = "MODEL",
            description = "The encoder; none: n-grams and counts alone. Default: minilm.")
    private String encoder = "minilm";

    private final Streams streams;

    GuardTrainCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        if (encoder.equals("none")) {
            return made(null);
        }
        ModelFinder finder = new ModelFinder(streams, false);
        Path path = finder.find(encoder).path();
        try (LocalEncoder reader = LocalEncoder.open(path, new EngineFlags().options(finder, streams::remark))) {
            return made(reader);
        }
    }

    private int made(@Nullable LocalEncoder reader) throws IOException {
        Path table = tables;
        if (table != null) {
            Files.writeString(table, Quality.tables(data, reader, streams::remark));
            return Failures.OK;
        }
        Path folder = out;
        for (var file :
                GuardTraining.train(data, reader, otherData, streams::remark).entrySet()) {
            byte[] bytes = file.getValue();
            streams.out().println("%s: %d bytes, %s".formatted(file.getKey(), bytes.length, Digest.of(bytes)));
            if (folder != null) {
                Files.createDirectories(folder);
                Files.write(folder.resolve(file.getKey()), bytes);
            }
        }
        return Failures.OK;
    }
}
