package dev.ayni.studio;

import dev.ayni.engine.machine.MachineLimits;
import dev.ayni.tensor.DType;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import tools.jackson.core.JsonGenerator;

/**
 * What a bench measured.
 *
 * @param prefill tokens a second of reading, one number for each repetition
 * @param decode tokens a second of generating, likewise
 * @param bytesPerStep what a step of generating reads of weights, keys and values
 * @param operationsPerToken what reading a token multiplies and adds in the model's matrices
 * @param allocatedPerToken bytes of Java objects made for each generated token
 * @param collections how often the JVM's garbage collector ran while it was measured
 * @param cacheType what keys and values are kept as
 * @param limits what the machine allows
 */
record BenchResult(
        String model,
        String kernels,
        int threads,
        Bench.Task task,
        List<Double> prefill,
        List<Double> decode,
        OptionalLong peakMemoryBytes,
        long fileBytes,
        long bytesPerStep,
        long operationsPerToken,
        long allocatedPerToken,
        long collections,
        DType cacheType,
        MachineLimits limits) {

    /** Bytes read a second while generating, as a share of what the memory gives. */
    double bandwidthShare() {
        return best(decode) / task.batch() * bytesPerStep / limits.bandwidth();
    }

    /** Operations a second while reading a prompt, as a share of what the kernels do on data that caches hold. */
    double multiplyShare() {
        return best(prefill) * operationsPerToken / limits.multiplyRate();
    }

    /** The largest, or 0. */
    static double best(List<Double> rates) {
        return rates.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    }

    void writeJson(OutputStream to) {
        try (JsonGenerator out = Json.to(to)) {
            out.writeStartObject();
            out.writeStringProperty("model", model);
            out.writeStringProperty("kernels", kernels);
            out.writeNumberProperty("threads", threads);
            out.writeNumberProperty("prompt", task.prompt());
            out.writeNumberProperty("generate", task.generate());
            out.writeNumberProperty("depth", task.depth());
            out.writeNumberProperty("batch", task.batch());
            array(out, "prefillTokensPerSecond", prefill);
            array(out, "decodeTokensPerSecond", decode);
            if (peakMemoryBytes.isPresent()) {
                out.writeNumberProperty("peakMemoryBytes", peakMemoryBytes.getAsLong());
            } else {
                out.writeNullProperty("peakMemoryBytes");
            }
            out.writeNumberProperty("fileBytes", fileBytes);
            out.writeNumberProperty("bytesPerStep", bytesPerStep);
            out.writeNumberProperty("allocatedBytesPerToken", allocatedPerToken);
            out.writeNumberProperty("collections", collections);
            out.writeStringProperty("cacheType", cacheType.name());
            out.writeNumberProperty("operationsPerToken", operationsPerToken);
            out.writeNumberProperty("bandwidthBytesPerSecond", Math.round(limits.bandwidth()));
            out.writeNumberProperty("bandwidthShare", thousandths(bandwidthShare()));
            out.writeStringProperty("multipliedType", limits.type().name());
            out.writeNumberProperty("multiplyOperationsPerSecond", Math.round(limits.multiplyRate()));
            out.writeNumberProperty(
                    "multiplyOperationsPerSecondOfOneThread", Math.round(limits.multiplyRateOfOneThread()));
            out.writeNumberProperty("multiplyShare", thousandths(multiplyShare()));
            out.writeEndObject();
        }
    }

    private static void array(JsonGenerator out, String name, List<Double> values) {
        out.writeName(name);
        out.writeStartArray();
        values.forEach(value -> out.writeNumber(thousandths(value)));
        out.writeEndArray();
    }

    private static double thousandths(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    void show(PrintStream out) {
        line(out, "model", model);
        line(out, "kernels", "%s, %d threads".formatted(kernels, threads));
        String where = (task.batch() > 1 ? ", %d conversations".formatted(task.batch()) : "")
                + (task.depth() > 0 ? ", behind %d".formatted(task.depth()) : "");
        if (!prefill.isEmpty()) {
            line(out, "read %d tokens%s".formatted(task.prompt(), where), rates(prefill));
        }
        if (!decode.isEmpty()) {
            line(out, "generate %d tokens%s".formatted(task.generate(), where), rates(decode));
            line(out, "Java objects for each token", Numbers.bytes(allocatedPerToken));
        }
        peakMemoryBytes.ifPresent(peak ->
                line(out, "peak memory", "%s (the file: %s)".formatted(Numbers.bytes(peak), Numbers.bytes(fileBytes))));
        line(out, "keys and values", cacheType.name());
        line(
                out,
                "memory bandwidth",
                Numbers.bytes((long) limits.bandwidth()) + "/s" + share(decode, "generating", bandwidthShare()));
        line(out, "multiply rate", limits.multiplyRateText() + share(prefill, "reading", multiplyShare()));
    }

    private static String share(List<Double> measured, String what, double share) {
        return measured.isEmpty() ? "" : ", of which %s uses %.0f %%".formatted(what, 100 * share);
    }

    private static void line(PrintStream out, String name, String value) {
        out.printf("%-34s %s%n", name, value);
    }

    private static String rates(List<Double> rates) {
        return rates.stream()
                        .map(rate -> String.format(Locale.ROOT, "%.1f", rate))
                        .collect(Collectors.joining(", "))
                + " tokens/s";
    }
}
