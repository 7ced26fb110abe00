package dev.ayni.studio;

import dev.ayni.engine.LocalModel;
import dev.ayni.guard.policy.GuardModels;
import dev.ayni.guard.policy.PolicyGuard;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures how fast a model reads and writes on this machine. */
@Command(
        name = "bench",
        description = "Measure tokens a second: of reading a prompt, and of generating.",
        footer = {
            "",
            "Tokens are drawn by chance, the same each time; a warm-up comes first.",
            "Generating is bound by the memory's bandwidth, reading a prompt by how fast the",
            "kernels multiply what the caches hold: the share of either is shown.",
            "",
            "Examples:",
            "  ayni bench smollm2",
            "  ayni bench ./model.gguf --prompt 512 --generate 32 --threads 2 --repeat 3 --json",
            "  ayni bench ./model.gguf --depth 4096      how it slows down in a long conversation",
            "  ayni bench ./model.gguf --batch 8         eight conversations at once",
            "  ayni bench ./model.gguf --guard general --repeat 9    what a guard adds"
        })
final class BenchCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Mixin
    private EngineFlags engine = new EngineFlags();

    @Parameters(paramLabel = "MODEL", description = "A name, reference, file or folder.")
    private String model = "";

    @Option(names = "--prompt", paramLabel = "N", description = "Tokens to read; 0: none. Default: 512.")
    private int prompt = 512;

    @Option(names = "--generate", paramLabel = "N", description = "Tokens to generate; 0: none. Default: 32.")
    private int generate = 32;

    @Option(
            names = "--depth",
            paramLabel = "N",
            description = "Tokens that are in the context before either is measured. Default: 0.")
    private int depth;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Conversations at once; their tokens are added up. Default: 1.")
    private int batch = 1;

    @Option(names = "--repeat", paramLabel = "N", description = "How often to measure. Default: 2.")
    private int repeat = 2;

    @Option(
            names = "--guard",
            paramLabel = "POLICY",
            description = "Measure what this policy adds to answers of --generate tokens, and nothing else.")
    private @Nullable String guard;

    @Option(names = "--json", description = "The result as JSON.")
    private boolean json;

    @Option(names = "--svg", paramLabel = "FILE", description = "Also draw a picture of the result.")
    private @Nullable Path picture;

    private final Streams streams;

    BenchCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        if (prompt < 0 || generate < 0 || depth < 0 || batch < 1 || repeat < 1 || prompt + generate == 0) {
            throw new Letter(
                    "There is nothing to measure: --prompt %d, --generate %d, --depth %d, --batch %d, --repeat %d. Expected at least 1 token, 1 conversation and 1 repetition."
                            .formatted(prompt, generate, depth, batch, repeat));
        }
        BenchResult result;
        ModelFinder finder = new ModelFinder(streams, false);
        if (guard != null) {
            return guard(finder, guard);
        }
        try (LocalModel opened = LocalModel.open(finder.find(model).path(), engine.options(finder, streams::remark))) {
            try (Bench bench = new Bench(opened, engine.kernels, new Bench.Task(prompt, generate, depth, batch))) {
                result = bench.measure(repeat);
            }
        }
        if (picture != null) {
            try (PrintStream out = new PrintStream(Files.newOutputStream(picture), false, StandardCharsets.UTF_8)) {
                BenchPicture.draw(result, out);
            }
            streams.remark("picture: " + picture);
        }
        if (json) {
            result.writeJson(streams.out());
            streams.out().println();
        } else {
            result.show(streams.out());
        }
        return Failures.OK;
    }

    /** With the encoder, if it is on this machine, and without it. */
    private int guard(ModelFinder finder, String policy) throws IOException {
        try (LocalModel opened = LocalModel.open(finder.find(model).path(), engine.options(finder, streams::remark));
                LibraryModels models = new LibraryModels(finder.hub(), streams::remark)) {
            Map<String, PolicyGuard> guards = new LinkedHashMap<>();
            guards.put(
                    policy + ", no encoder",
                    new PolicyGuard(GuardCommand.policies(GuardModels.NONE).find(policy)));
            if (models.encoder() != null) {
                guards.put(
                        policy + ", encoder",
                        new PolicyGuard(GuardCommand.policies(models).find(policy)));
            }
            new GuardBench(opened, GuardOption.tokens(opened), guards).measure(repeat, generate, streams.out());
        }
        return Failures.OK;
    }
}
