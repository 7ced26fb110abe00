package dev.ayni.studio;

import dev.ayni.chat.Sampling;
import dev.ayni.engine.LocalModel;
import dev.ayni.engine.generation.Generation;
import dev.ayni.engine.generation.Settings;
import dev.ayni.engine.generation.Step;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/** Continues token ids, without text on either side. */
@Command(
        name = "generate",
        description = "Continue token ids with token ids; an end token that was drawn is among them.",
        footer = {
            "",
            "Examples:",
            "  ayni generate smollm2 --ids 1,2,3 --greedy --max-tokens 16 --json",
            "  ayni generate ./model.gguf --ids 1 --temperature 1 --seed 7 --max-tokens 32",
            "",
            "For text see: ayni chat MODEL --continue"
        })
final class GenerateCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private EngineFlags engine = new EngineFlags();

    @Parameters(paramLabel = "MODEL", description = "A name, reference, file or folder; needs no tokenizer.")
    private String model = "";

    @Option(names = "--ids", required = true, paramLabel = "ID,...", description = "The token ids to continue.")
    private String ids = "";

    @Option(names = "--greedy", description = "Always the most probable token: no penalty, no chance.")
    private boolean greedy;

    @Option(names = "--ignore-end", description = "Go on after an end token, for measuring.")
    private boolean ignoreEnd;

    @Option(names = "--json", description = "As JSON: {\"ids\": [...]}.")
    private boolean json;

    private final Streams streams;

    GenerateCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        int[] prompt = TokenIds.parse(ids);
        Settings settings =
                new Settings(greedy ? Sampling.GREEDY : sampling.sampling(), sampling.limits(ignoreEnd), -1);
        if (!settings.limits().stop().isEmpty()) {
            throw new Letter(
                    "--stop needs text, and generate works on token ids. Use: ayni chat MODEL --continue --stop ...");
        }
        IntStream.Builder drawn = IntStream.builder();
        ModelFinder finder = new ModelFinder(streams, false);
        try (LocalModel opened = LocalModel.open(finder.find(model).path(), engine.options(finder, streams::remark));
                Generation generation = opened.generator().start(prompt, settings)) {
            @Nullable Step step = null;
            while (!(step instanceof Step.Ended)) {
                step = generation.next();
                if (step instanceof Step.Token token) {
                    drawn.add(token.id());
                }
            }
        }
        int[] answer = drawn.build().toArray();
        if (json) {
            try (JsonGenerator out = Json.to(streams.out())) {
                Json.writeIds(out, answer);
            }
            streams.out().println();
        } else {
            streams.out().println(TokenIds.text(answer));
        }
        return Failures.OK;
    }
}
