package dev.ayni.studio;

import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.LocalModel;
import dev.ayni.engine.models.CacheType;
import dev.ayni.engine.quantization.Comparison;
import dev.ayni.engine.quantization.FileType;
import dev.ayni.engine.quantization.ImportanceMatrix;
import dev.ayni.engine.quantization.Quantization;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/** Writes a model into a GGUF file, its matrices in other types. */
@Command(
        name = "quantize",
        description = "Write a model into a GGUF file, its weights as smaller numbers.",
        footer = {
            "",
            "Types, the most exact ones first (names and mixtures are llama-quantize's):",
            "  F32 F16 BF16 Q8_0 Q6_K Q5_K_M Q5_K_S Q5_1 Q5_0 Q4_K_M Q4_K_S Q4_1 Q4_0",
            "  IQ4_NL IQ4_XS MXFP4_MOE Q3_K_L Q3_K_M Q3_K_S Q2_K Q2_K_S TQ2_0 TQ1_0",
            "",
            "The file is there as a whole or not at all. llama.cpp reads it too.",
            "",
            "Examples:",
            "  ayni quantize ./folder model.gguf --to F16          a folder of safetensors",
            "  ayni quantize model.gguf small.gguf --to Q4_K_M",
            "  ayni quantize model.gguf small.gguf --to Q3_K_M --imatrix model.imatrix.gguf",
            "  ayni quantize model.gguf small.gguf --to Q4_0 --report text.txt"
        })
final class QuantizeCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "IN", description = "A name, reference, file or folder.")
    private String in = "";

    @Parameters(index = "1", paramLabel = "OUT", description = "The GGUF file to write; replaced if it is there.")
    private String out = "";

    @Option(names = "--to", required = true, paramLabel = "TYPE", description = "What most matrices become.")
    private String to = "";

    @Option(names = "--pure", description = "All matrices become that type, and none a better one.")
    private boolean pure;

    @Option(
            names = "--imatrix",
            paramLabel = "FILE",
            description = "What matters in the model, as `ayni imatrix` or llama-imatrix found.")
    private @Nullable String imatrix;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "How many threads compute; 0: one for each core. Default: 0.")
    private int threads;

    @Option(
            names = "--report",
            paramLabel = "TEXT",
            description = "Then compare both on this file of text: perplexity, and how far predictions are apart. Also"
                    + " written to OUT.report.json and OUT.report.svg.")
    private @Nullable String report;

    @Option(
            names = "--windows",
            paramLabel = "N",
            description = "Compare on the first N windows of 512 tokens only; 0: all. Default: 0.")
    private int windows;

    private final Streams streams;

    QuantizeCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        if (threads < 0) {
            throw new Letter("%d threads cannot compute; give at least 1, or 0 for one each core.".formatted(threads));
        }
        if (windows < 0) {
            throw new Letter("%d windows cannot be read; give 1 or more, or 0 for all.".formatted(windows));
        }
        FileType type = FileType.of(to);
        String text =
                report == null ? null : Streams.utf8(Files.readAllBytes(Path.of(report)), "'%s'".formatted(report));
        ImportanceMatrix importance = imatrix == null ? null : ImportanceMatrix.read(Path.of(imatrix));
        int cores = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        Path model = new ModelFinder(streams, false).find(in).path();
        Quantization.Result result;
        long bytesBefore;
        try (Weights weights = WeightsFiles.open(model)) {
            bytesBefore = weights.bytes();
            result = Quantization.write(
                    weights, Path.of(out), new Quantization.Order(type, pure, cores, importance), new Progress());
            clear();
            streams.out().println(summary(bytesBefore, result));
            streams.out().flush();
        }
        if (text != null) {
            report(model, type, bytesBefore, result, text);
        }
        return Failures.OK;
    }

    /** Compares the model before and after, and keeps what came of it beside the file. */
    private void report(Path model, FileType type, long bytesBefore, Quantization.Result result, String text)
            throws IOException {
        EngineOptions options = new EngineOptions(
                "auto", threads, 0, EngineOptions.NO_DRAFT, CacheType.AUTO, line -> streams.remark(line));
        Comparison comparison;
        try (LocalModel before = LocalModel.open(model, options);
                LocalModel after = LocalModel.open(Path.of(out), options)) {
            comparison =
                    Comparison.of(before.model(), after.model(), before.tokenizer(), text, windows, this::compared);
        }
        QuantizationReport made =
                new QuantizationReport(in, out, type.name(), bytesBefore, result, String.valueOf(report), comparison);
        made.print(streams.out());
        try (OutputStream file = Files.newOutputStream(Path.of(out + ".report.json"));
                JsonGenerator json = Json.to(file)) {
            made.writeJson(json);
        }
        try (PrintStream file = new PrintStream(out + ".report.svg", StandardCharsets.UTF_8)) {
            made.draw(file);
        }
        streams.out().println("%s.report.json, %s.report.svg".formatted(out, out));
    }

    private void compared(int done, int all) {
        if (streams.errTerminal()) {
            streams.err().print(String.format(Locale.ROOT, "\r\033[K%d of %d windows compared", done, all));
            streams.err().print(done == all ? "\r\033[K" : "");
            streams.err().flush();
        }
    }

    private String summary(long before, Quantization.Result result) {
        String types = result.bytesByType().entrySet().stream()
                .sorted((a, b) -> Long.compare(b.getValue(), a.getValue()))
                .map(each -> each.getKey() + " " + Numbers.bytes(each.getValue()))
                .collect(Collectors.joining(", "));
        return "%s: %s, %d tensors (%s); before: %s"
                .formatted(out, Numbers.bytes(result.bytes()), result.tensors().size(), types, Numbers.bytes(before));
    }

    private void clear() {
        if (streams.errTerminal()) {
            streams.err().print("\r\033[K");
            streams.err().flush();
        }
    }

    /** One line that changes, on a terminal. */
    private final class Progress implements Quantization.Listener {
        @Override
        public void remark(String text) {
            clear();
            streams.remark(text);
        }

        @Override
        public void written(Quantization.Written last, long bytes, long total) {
            if (streams.errTerminal()) {
                streams.err()
                        .print(String.format(
                                Locale.ROOT,
                                "\r\033[K%3d %%  %s as %s",
                                100 * bytes / Math.max(1, total),
                                last.name(),
                                last.to()));
                streams.err().flush();
            }
        }
    }
}
