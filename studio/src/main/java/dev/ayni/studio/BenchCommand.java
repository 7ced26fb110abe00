package dev.ayni.studio;

import dev.ayni.engine.LocalModel;
import dev.ayni.engine.models.KvCache;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.weights.Weights;
import dev.ayni.tensor.HostTensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/** Measures how fast a model reads and writes on this machine. */
@Command(
        name = "bench",
        description = "Measure tokens a second: of reading a prompt, and of generating from an empty context.",
        footer = {
            "",
            "Tokens are drawn by chance, the same each time; a warm-up comes first.",
            "Generating is bound by the memory's bandwidth, of which the share is shown.",
            "",
            "Examples:",
            "  ayni bench smollm2",
            "  ayni bench ./model.gguf --prompt 512 --generate 32 --threads 2 --repeat 3 --json"
        })
final class BenchCommand implements Callable<Integer> {
    private static final int TOKENS_AT_ONCE = 512;
    private static final double WARM_UP_SECONDS = 1.5;

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

    @Option(names = "--repeat", paramLabel = "N", description = "How often to measure. Default: 2.")
    private int repeat = 2;

    @Option(names = "--json", description = "The result as JSON.")
    private boolean json;

    private final Streams streams;

    BenchCommand(Streams streams) {
        this.streams = streams;
    }

    /** What was measured. */
    private record Result(
            String model,
            String kernels,
            int threads,
            List<Double> prefill,
            List<Double> decode,
            OptionalLong peakMemoryBytes,
            long fileBytes,
            long bytesPerToken,
            double bandwidth) {

        /** Bytes of weights read a second while decoding, as a share of what the memory gives. */
        double bandwidthShare() {
            return decode.isEmpty() ? 0 : best(decode) * bytesPerToken / bandwidth;
        }
    }

    @Override
    public Integer call() throws IOException {
        if (prompt < 0 || generate < 0 || repeat < 1 || prompt + generate == 0) {
            throw new Letter(
                    "There is nothing to measure: --prompt %d, --generate %d, --repeat %d. Expected at least 1 token and 1 repetition."
                            .formatted(prompt, generate, repeat));
        }
        Result result;
        try (LocalModel opened =
                LocalModel.open(new ModelFinder(streams, false).find(model).path(), engine.options(streams::remark))) {
            int[] tokens = tokens(opened.spec().vocabulary());
            warmUp(opened, tokens);
            List<Double> prefill = new ArrayList<>();
            List<Double> decode = new ArrayList<>();
            for (int i = 0; i < repeat; i++) {
                if (prompt > 0) {
                    prefill.add(prompt / seconds(() -> prefill(opened, tokens, prompt)));
                }
                if (generate > 0) {
                    decode.add(generate / seconds(() -> decode(opened, tokens, generate)));
                }
            }
            OptionalLong peak = Machine.peakResidentBytes(); // before the buffer of the bandwidth
            result = new Result(
                    opened.name(),
                    opened.kernels().name(),
                    opened.kernels().threads(),
                    prefill,
                    decode,
                    peak,
                    opened.weights().bytes(),
                    bytesPerToken(opened),
                    MemoryBandwidth.measure(opened.kernels().threads()));
        }
        if (json) {
            writeJson(result);
        } else {
            show(result);
        }
        return Failures.OK;
    }

    private int[] tokens(int vocabulary) {
        return new SplittableRandom(1)
                .ints(Math.max(prompt, generate), 0, vocabulary)
                .toArray();
    }

    /** Runs both until the JVM has compiled them, at least once each. */
    private void warmUp(LocalModel opened, int[] tokens) {
        long until = System.nanoTime() + (long) (WARM_UP_SECONDS * 1e9);
        do {
            if (prompt > 0) {
                prefill(opened, tokens, prompt);
            }
        } while (prompt > 0 && System.nanoTime() < until);
        until = System.nanoTime() + (long) (WARM_UP_SECONDS * 1e9);
        do {
            if (generate > 0) {
                decode(opened, tokens, generate);
            }
        } while (generate > 0 && System.nanoTime() < until);
    }

    private static void prefill(LocalModel opened, int[] tokens, int count) {
        try (KvCache cache = opened.model().newCache()) {
            for (int from = 0; from < count; from += TOKENS_AT_ONCE) {
                int until = Math.min(from + TOKENS_AT_ONCE, count);
                Wanted wanted = until == count ? Wanted.LAST : Wanted.NONE;
                opened.model().forward(List.of(new Run(Arrays.copyOfRange(tokens, from, until), cache, wanted)));
            }
        }
    }

    private static void decode(LocalModel opened, int[] tokens, int count) {
        try (KvCache cache = opened.model().newCache()) {
            for (int i = 0; i < count; i++) {
                opened.model().forward(List.of(new Run(new int[] {tokens[i]}, cache, Wanted.LAST)));
            }
        }
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    /** What one token reads of the weights: all of them, but of an embedding table that is not the output too a row only. */
    private static long bytesPerToken(LocalModel opened) {
        Weights weights = opened.weights();
        boolean tied = opened.spec().tiedOutput()
                || !(weights.names().contains("output.weight")
                        || weights.names().contains("lm_head.weight"));
        long bytes = 0;
        for (String name : weights.names()) {
            HostTensor tensor = weights.tensor(name);
            boolean table = name.equals("token_embd.weight") || name.endsWith("embed_tokens.weight");
            if (!table || tied) {
                bytes += tensor.data().byteSize();
            }
        }
        return bytes;
    }

    private static double best(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    private void writeJson(Result result) {
        try (JsonGenerator out = Json.to(streams.out())) {
            out.writeStartObject();
            out.writeStringProperty("model", result.model());
            out.writeStringProperty("kernels", result.kernels());
            out.writeNumberProperty("threads", result.threads());
            out.writeNumberProperty("prompt", prompt);
            out.writeNumberProperty("generate", generate);
            array(out, "prefillTokensPerSecond", result.prefill());
            array(out, "decodeTokensPerSecond", result.decode());
            if (result.peakMemoryBytes().isPresent()) {
                out.writeNumberProperty(
                        "peakMemoryBytes", result.peakMemoryBytes().getAsLong());
            } else {
                out.writeNullProperty("peakMemoryBytes");
            }
            out.writeNumberProperty("fileBytes", result.fileBytes());
            out.writeNumberProperty("bytesPerToken", result.bytesPerToken());
            out.writeNumberProperty("bandwidthBytesPerSecond", Math.round(result.bandwidth()));
            out.writeNumberProperty("bandwidthShare", Math.round(result.bandwidthShare() * 1000) / 1000.0);
            out.writeEndObject();
        }
        streams.out().println();
    }

    private static void array(JsonGenerator out, String name, List<Double> values) {
        out.writeName(name);
        out.writeStartArray();
        values.forEach(value -> out.writeNumber(Math.round(value * 1000) / 1000.0));
        out.writeEndArray();
    }

    private void show(Result result) {
        String format = "%-34s %s%n";
        streams.out().printf(format, "model", result.model());
        streams.out().printf(format, "kernels", "%s, %d threads".formatted(result.kernels(), result.threads()));
        if (!result.prefill().isEmpty()) {
            streams.out().printf(format, "read %d tokens".formatted(prompt), rates(result.prefill()));
        }
        if (!result.decode().isEmpty()) {
            streams.out().printf(format, "generate %d tokens".formatted(generate), rates(result.decode()));
        }
        result.peakMemoryBytes()
                .ifPresent(peak -> streams.out()
                        .printf(
                                format,
                                "peak memory",
                                "%s (the file: %s)".formatted(Numbers.bytes(peak), Numbers.bytes(result.fileBytes()))));
        streams.out()
                .printf(
                        format,
                        "memory bandwidth",
                        "%s/s, of which generating uses %.0f %%"
                                .formatted(Numbers.bytes((long) result.bandwidth()), 100 * result.bandwidthShare()));
    }

    private static String rates(List<Double> rates) {
        return String.join(
                        ", ",
                        rates.stream()
                                .map(rate -> String.format(Locale.ROOT, "%.1f", rate))
                                .toList()) + " tokens/s";
    }
}
