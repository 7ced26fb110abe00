package dev.ayni.studio;

import dev.ayni.engine.LocalModel;
import dev.ayni.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/** Measures how well a model foresees a text. */
@Command(
        name = "perplexity",
        description = "Measure how well a model foresees a text: lower is better, 1 would be certainty.",
        footer = {
            "",
            "The text is cut into windows of 512 tokens without overlap; the last 255",
            "predictions of each are scored, as llama-perplexity does. A model that expects",
            "a begin token sees it in place of each window's first.",
            "",
            "Examples:",
            "  ayni perplexity smollm2 text.txt",
            "  ayni perplexity ./model.gguf text.txt --kernels reference --json"
        })
final class PerplexityCommand implements Callable<Integer> {
    private static final int WINDOW = 512;
    private static final int FIRST_SCORED = 256;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Mixin
    private EngineFlags engine = new EngineFlags();

    @Parameters(index = "0", paramLabel = "MODEL", description = "A name, reference, file or folder.")
    private String model = "";

    @Parameters(index = "1", paramLabel = "FILE|-", description = "The text, as UTF-8; -: standard input.")
    private String file = "";

    @Option(names = "--json", description = "The result as JSON.")
    private boolean json;

    private final Streams streams;

    PerplexityCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        String text = file.equals("-")
                ? streams.readAll()
                : Streams.utf8(Files.readAllBytes(Path.of(file)), "'%s'".formatted(file));
        ModelFinder finder = new ModelFinder(streams, false);
        try (LocalModel opened = LocalModel.open(finder.find(model).path(), engine.options(finder, streams::remark))) {
            Tokenizer tokenizer = opened.tokenizer();
            boolean begins =
                    tokenizer.roles().addBegin() && tokenizer.roles().begin().isPresent();
            int[] ids = tokenizer.encode(text, false);
            int windows = ids.length / WINDOW;
            if (windows == 0) {
                throw new Letter("'%s' has %d tokens, and at least %d are needed for one window. Give a longer text."
                        .formatted(file, ids.length, WINDOW));
            }
            Score score = new Score();
            for (int w = 0; w < windows; w++) {
                int[] window = Arrays.copyOfRange(ids, w * WINDOW, (w + 1) * WINDOW);
                if (begins) {
                    window[0] = tokenizer.roles().begin().getAsInt();
                }
                // the last position's prediction is of the next window's first token, and not scored
                int[] read = Arrays.copyOf(window, WINDOW - 1);
                LogitRows.compute(
                        opened.model(),
                        read,
                        FIRST_SCORED,
                        (position, logits_V) -> score.add(logits_V, window[position + 1]));
                progress(w + 1, windows, score);
            }
            show(score, ids.length, windows);
        }
        return Failures.OK;
    }

    private void progress(int done, int windows, Score score) {
        if (streams.errTerminal()) {
            streams.err()
                    .print(String.format(
                            Locale.ROOT,
                            "\r\033[K%d of %d windows, perplexity so far %.4f",
                            done,
                            windows,
                            score.perplexity()));
            streams.err().print(done == windows ? "\r\033[K" : "");
            streams.err().flush();
        }
    }

    private void show(Score score, int tokens, int windows) {
        if (json) {
            try (JsonGenerator out = Json.to(streams.out())) {
                out.writeStartObject();
                out.writeNumberProperty("negativeLogLikelihood", score.mean());
                out.writeNumberProperty("perplexity", score.perplexity());
                out.writeNumberProperty("tokens", tokens);
                out.writeNumberProperty("windows", windows);
                out.writeNumberProperty("scored", score.count);
                out.writeEndObject();
            }
            streams.out().println();
            return;
        }
        streams.out()
                .println(String.format(
                        Locale.ROOT,
                        "perplexity %.4f, negative log-likelihood %.6f a token (%d tokens, %d windows, %d predictions scored)",
                        score.perplexity(),
                        score.mean(),
                        tokens,
                        windows,
                        score.count));
    }

    /** The sum so far, in natural logarithms. */
    private static final class Score {
        private double negativeLogLikelihood;
        private long count;

        void add(float[] logits_V, int token) {
            double most = Double.NEGATIVE_INFINITY;
            for (float logit : logits_V) {
                most = Math.max(most, logit);
            }
            double sum = 0;
            for (float logit : logits_V) {
                sum += Math.exp(logit - most);
            }
            negativeLogLikelihood += most + Math.log(sum) - logits_V[token];
            count++;
        }

        double mean() {
            return negativeLogLikelihood / count;
        }

        double perplexity() {
            return Math.exp(mean());
        }
    }
}
