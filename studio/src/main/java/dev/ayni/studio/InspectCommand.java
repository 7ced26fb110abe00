package dev.ayni.studio;

import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.ModelFiles;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.CacheType;
import dev.ayni.engine.models.EncoderSpec;
import dev.ayni.engine.models.Encoders;
import dev.ayni.engine.models.ModelSpec;
import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.StoredTensor;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.hub.LocalModel;
import dev.ayni.tokenizer.Tokenizer;
import dev.ayni.tokenizer.TokenizerException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a model's files hold. */
@Command(
        name = "inspect",
        description = "Show what a model is made of: sizes, tokenizer, template, licence, memory needed.",
        footer = {
            "",
            "Examples:",
            "  ayni inspect smollm2",
            "  ayni inspect ./model.gguf --tensors --metadata",
            "  ayni inspect smollm2 --template > chat.jinja",
            "  ayni inspect smollm2 --context 2048 --cache-type q8_0"
        })
final class InspectCommand implements Callable<Integer> {
    private static final int SHOWN = 100;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "MODEL", description = "A name, reference, file or folder.")
    private String model = "";

    @Option(names = "--tensors", description = "List every tensor with its type and shape.")
    private boolean tensors;

    @Option(names = "--metadata", description = "List every key of the metadata.")
    private boolean metadata;

    @Option(names = "--template", description = "Print the chat template and nothing else.")
    private boolean template;

    @Option(
            names = "--context",
            paramLabel = "N",
            description = "Tell the memory for so many tokens. Default: the model's own, at most 8192.")
    private int context;

    @Option(
            names = "--cache-type",
            paramLabel = "TYPE",
            description = "Tell the memory for keys and values kept as f32, f16 or q8_0. Default: f16.")
    private String cacheType = "f16";

    private final Streams streams;

    InspectCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        CacheType cache = cache();
        LocalModel found = new ModelFinder(streams, false).find(model);
        try (Weights weights = WeightsFiles.open(found.path())) {
            if (template) {
                streams.out()
                        .print(ModelFiles.templateSource(weights)
                                .orElseThrow(
                                        () -> new Letter("%s has no chat template: it was trained to continue texts."
                                                .formatted(model))));
                return Failures.OK;
            }
            files(found, weights);
            sizes(weights, cache);
            words(found, weights);
            if (metadata) {
                metadata(weights.metadata());
            }
            if (tensors) {
                tensors(weights);
            }
        }
        return Failures.OK;
    }

    private void files(LocalModel found, Weights weights) {
        line("model", weights.metadata().optionalText("general.name").orElse(found.name()));
        line("path", found.path().toString());
        line(
                "size",
                "%s in %d file%s"
                        .formatted(
                                Numbers.bytes(found.bytes()),
                                found.files().size(),
                                found.files().size() == 1 ? "" : "s"));
        if (found.digest() != null) {
            line("SHA-256", found.digest().hex());
        }
        if (!found.source().equals(found.path().toString())) {
            line("from", found.source());
        }
        String stated = weights.metadata().optionalText("general.license").orElse(null);
        line("licence", licence(found, stated));
    }

    private static String licence(LocalModel found, @Nullable String stated) {
        if (found.licence() != null) {
            return found.licence().terms().replace("\n", "\n" + " ".repeat(14));
        }
        return stated == null ? "the file does not say" : stated + ", says the file";
    }

    private void sizes(Weights weights, CacheType cache) {
        Map<String, long[]> types = new TreeMap<>();
        long numbers = 0;
        for (String name : weights.names()) {
            StoredTensor tensor = weights.stored(name);
            long[] counted = types.computeIfAbsent(tensor.type(), type -> new long[2]);
            counted[0]++;
            counted[1] += tensor.bytes();
            numbers += tensor.shape().stream().reduce(1L, (a, b) -> a * b);
        }
        line(
                "weights",
                types.isEmpty()
                        ? "none"
                        : "%s numbers in %d tensors: %s"
                                .formatted(
                                        Numbers.count(numbers),
                                        weights.names().size(),
                                        types.entrySet().stream()
                                                .map(e -> "%d %s (%s)"
                                                        .formatted(
                                                                e.getValue()[0],
                                                                e.getKey(),
                                                                Numbers.bytes(e.getValue()[1])))
                                                .collect(Collectors.joining(", "))));
        if (Encoders.knows(weights.metadata())) {
            encoder(weights);
            return;
        }
        ModelSpec spec;
        try {
            spec = Architectures.of(weights.metadata()).spec(weights.metadata());
        } catch (WeightsException e) {
            line("family", String.valueOf(e.getMessage()));
            return;
        }
        line("family", spec.family());
        line(
                "layers",
                "%d of width %d, hidden %d, %d heads of width %d, %d for keys and values"
                        .formatted(
                                spec.layers().size(),
                                spec.width(),
                                spec.hidden(),
                                spec.heads(),
                                spec.headWidth(),
                                spec.kvHeads()));
        int longest = context > 0 ? context : Math.min(spec.context(), EngineOptions.USUAL_CONTEXT);
        line("context", "%d tokens".formatted(spec.context()));
        line(
                "memory",
                "%s for weights, %s for a conversation of %d tokens kept as %s, up to 300 MB for the program"
                        .formatted(
                                Numbers.bytes(weights.bytes()),
                                Numbers.bytes(spec.cacheBytes(longest, cache)),
                                longest,
                                cache));
    }

    private void encoder(Weights weights) {
        EncoderSpec spec;
        try {
            spec = Encoders.spec(weights);
        } catch (WeightsException e) {
            line("family", String.valueOf(e.getMessage()));
            return;
        }
        line("family", "%s, an encoder: it turns texts into vectors and writes none".formatted(spec.family()));
        line(
                "layers",
                "%d of width %d, hidden %d, %d heads"
                        .formatted(spec.layers(), spec.width(), spec.hidden(), spec.heads()));
        line("context", "%d tokens".formatted(spec.context()));
        if (spec.labels() > 0) {
            line("labels", spec.labels() == 1 ? "1: a cross-encoder, which ranks" : String.valueOf(spec.labels()));
        }
        line("memory", "%s for weights, up to 300 MB for the program".formatted(Numbers.bytes(weights.bytes())));
    }

    private CacheType cache() {
        try {
            return CacheType.of(cacheType);
        } catch (IllegalArgumentException e) {
            throw new Letter(String.valueOf(e.getMessage()), e);
        }
    }

    private void words(LocalModel found, Weights weights) throws IOException {
        try {
            Tokenizer tokenizer = ModelFiles.tokenizer(found.path());
            line("tokenizer", "%s, %d ids".formatted(tokenizer.description(), tokenizer.size()));
            line(
                    "end tokens",
                    tokenizer.roles().ends().stream()
                            .sorted()
                            .map(id -> "%s (%d)".formatted(tokenizer.piece(id), id))
                            .collect(Collectors.joining(", ")));
        } catch (TokenizerException e) {
            line("tokenizer", String.valueOf(e.getMessage()));
        }
        if (Encoders.knows(weights.metadata())) {
            return;
        }
        Optional<String> source = ModelFiles.templateSource(weights);
        line(
                "template",
                source.map(text -> "%d characters; --template prints it".formatted(text.length()))
                        .orElse("none: the model continues texts"));
    }

    private void metadata(Metadata metadata) {
        streams.out().println("%nMetadata".formatted());
        for (String key : metadata.keys()) {
            Object value = metadata.value(key);
            String shown = value instanceof List<?> list && list.size() > 8
                    ? "%d values: %s, ..."
                            .formatted(
                                    list.size(),
                                    list.subList(0, 4).stream()
                                            .map(String::valueOf)
                                            .collect(Collectors.joining(", ")))
                    : String.valueOf(value);
            String oneLine = shown.replace("\n", "\\n");
            streams.out()
                    .println("  %s = %s"
                            .formatted(key, oneLine.length() > SHOWN ? oneLine.substring(0, SHOWN) + "..." : oneLine));
        }
    }

    private void tensors(Weights weights) {
        streams.out().println("%nTensors".formatted());
        for (String name : weights.names()) {
            StoredTensor tensor = weights.stored(name);
            streams.out()
                    .println("  %-40s %s%s  %s"
                            .formatted(name, tensor.type(), tensor.shape(), Numbers.bytes(tensor.bytes())));
        }
    }

    private void line(String name, String value) {
        streams.out().println("%-13s %s".formatted(name, value));
    }
}
