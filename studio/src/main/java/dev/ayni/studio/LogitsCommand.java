package dev.ayni.studio;

import dev.ayni.engine.LocalModel;
import java.io.IOException;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/** Shows what a model computes, number by number. */
@Command(
        name = "logits",
        description = "Show the numbers that a model gives each token after each position.",
        footer = {
            "",
            "Examples:",
            "  ayni logits smollm2 --ids 1,2,3 --json          {\"logits\": [[...], ...]}",
            "  ayni logits ./model.gguf --ids 1,2,3 --last 1   the best after the last one"
        })
final class LogitsCommand implements Callable<Integer> {
    private static final int SHOWN = 10;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Mixin
    private EngineFlags engine = new EngineFlags();

    @Parameters(paramLabel = "MODEL", description = "A name, reference, file or folder; needs no tokenizer.")
    private String model = "";

    @Option(names = "--ids", required = true, paramLabel = "ID,...", description = "The token ids.")
    private String ids = "";

    @Option(
            names = "--last",
            paramLabel = "N",
            description = "Only the rows of the last N positions; 0: all. Default: 0.")
    private int last;

    @Option(names = "--json", description = "All numbers as JSON, instead of the best few.")
    private boolean json;

    private final Streams streams;

    LogitsCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        int[] tokens = TokenIds.parse(ids);
        ModelFinder finder = new ModelFinder(streams, false);
        try (LocalModel opened = LocalModel.open(finder.find(model).path(), engine.options(finder, streams::remark))) {
            TokenIds.known(tokens, opened.spec().vocabulary());
            int first = last <= 0 ? 0 : Math.max(0, tokens.length - last);
            if (json) {
                writeJson(opened, tokens, first);
            } else {
                LogitRows.compute(
                        opened.model(), tokens, first, (position, row) -> show(position, tokens[position], row));
            }
        }
        return Failures.OK;
    }

    private void writeJson(LocalModel opened, int[] tokens, int first) {
        try (JsonGenerator out = Json.to(streams.out())) {
            out.writeStartObject();
            out.writeName("logits");
            out.writeStartArray();
            LogitRows.compute(opened.model(), tokens, first, (position, row) -> {
                out.writeStartArray();
                for (float logit : row) {
                    out.writeNumber(logit);
                }
                out.writeEndArray();
            });
            out.writeEndArray();
            out.writeEndObject();
        }
        streams.out().println();
    }

    private void show(int position, int id, float[] row) {
        streams.out().print("position %d (id %d):".formatted(position, id));
        IntStream.range(0, row.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -row[i]))
                .limit(SHOWN)
                .forEach(i -> streams.out().print(String.format(Locale.ROOT, "  %d %.3f", i, row[i])));
        streams.out().println();
    }
}
