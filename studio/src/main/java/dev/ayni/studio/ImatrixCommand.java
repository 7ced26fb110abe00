package dev.ayni.studio;

import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.quantization.ImportanceMatrix;
import dev.ayni.engine.quantization.ImportanceMeasurement;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.KernelChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Finds out what matters in a model, for quantising it. */
@Command(
        name = "imatrix",
        description = "Find out what matters in a model while it reads a text, for `ayni quantize --imatrix`.",
        footer = {
            "",
            "The text should be like what the model is for; some hundred thousand tokens",
            "are good. The file is one that llama.cpp's tools read and write, too.",
            "",
            "Examples:",
            "  ayni imatrix model.gguf text.txt                   writes model.imatrix.gguf",
            "  ayni imatrix model.gguf text.txt -o what-matters.gguf --chunks 100"
        })
final class ImatrixCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Mixin
    private EngineFlags engine = new EngineFlags();

    @Parameters(index = "0", paramLabel = "MODEL", description = "A name, reference, file or folder.")
    private String model = "";

    @Parameters(index = "1", paramLabel = "TEXT|-", description = "A file of text, as UTF-8; -: standard input.")
    private String text = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where to write. Default: NAME.imatrix.gguf, here.")
    private @Nullable String output;

    @Option(
            names = "--chunks",
            paramLabel = "N",
            description = "Read only the first N pieces of 512 tokens; 0: all. Default: 0.")
    private int chunks;

    private final Streams streams;

    ImatrixCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        if (chunks < 0) {
            throw new Letter("%d pieces cannot be read; give 1 or more, or 0 for all.".formatted(chunks));
        }
        String read = text.equals("-")
                ? streams.readAll()
                : Streams.utf8(Files.readAllBytes(Path.of(text)), "'%s'".formatted(text));
        ModelFinder finder = new ModelFinder(streams, false);
        EngineOptions options = engine.options(finder, streams::remark);
        Path path = finder.find(model).path();
        Path target = output == null ? Path.of(name(path) + ".imatrix.gguf") : Path.of(output);
        try (Weights weights = WeightsFiles.open(path)) {
            ImportanceMatrix matrix = ImportanceMeasurement.of(
                    weights,
                    KernelChoice.open(options.kernels(), options.computingThreads(), options.aloud()),
                    read,
                    text.equals("-")
                            ? "standard input"
                            : String.valueOf(Path.of(text).getFileName()),
                    chunks,
                    this::progress);
            matrix.write(target);
            streams.out()
                    .println("%s: what matters in %d matrices, from %d pieces of %d tokens"
                            .formatted(target, matrix.names().size(), matrix.chunks(), ImportanceMeasurement.CHUNK));
        }
        return Failures.OK;
    }

    private static String name(Path model) {
        String name = String.valueOf(Objects.requireNonNullElse(model.getFileName(), "model"));
        return name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
    }

    private void progress(int done, int all) {
        if (streams.errTerminal()) {
            streams.err().print(String.format(Locale.ROOT, "\r\033[K%d of %d pieces", done, all));
            streams.err().print(done == all ? "\r\033[K" : "");
            streams.err().flush();
        }
    }
}
