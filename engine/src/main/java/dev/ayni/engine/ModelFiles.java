package dev.ayni.engine;

import dev.ayni.engine.weights.GgufVocabularies;
import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tokenizer.Tokenizer;
import dev.ayni.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What lies beside a model's weights: its tokenizer and its chat template, each readable without the rest. */
public final class ModelFiles {
    private static final JsonMapper JSON = new JsonMapper();

    private ModelFiles() {}

    /**
     * The tokenizer of a model.
     *
     * @param path a GGUF file, perhaps with a vocabulary only; a folder; a tokenizer.json; or a tokenizer.model
     */
    public static Tokenizer tokenizer(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return Tokenizers.fromFolder(path);
        }
        if (!isGguf(path)) {
            return Tokenizers.fromFile(path);
        }
        try (Weights weights = WeightsFiles.open(path)) {
            return tokenizer(weights);
        }
    }

    static Tokenizer tokenizer(Weights weights) throws IOException {
        Metadata metadata = weights.metadata();
        return switch (metadata.dialect()) {
            case GGUF -> Tokenizers.fromGguf(GgufVocabularies.of(metadata));
            case HUGGING_FACE -> Tokenizers.fromFolder(folder(weights.path()));
        };
    }

    /** The tokenizer of a model; empty if its files hold none. */
    public static Optional<Tokenizer> tokenizerIfThere(Weights weights) throws IOException {
        boolean there = switch (weights.metadata().dialect()) {
            case GGUF ->
                weights.metadata()
                        .optionalText("tokenizer.ggml.model")
                        .filter(kind -> !kind.equals("none") && !kind.equals("no_vocab")) // how converters say it
                        .isPresent();
            case HUGGING_FACE -> hasTokenizer(weights.path());
        };
        return there ? Optional.of(tokenizer(weights)) : Optional.empty();
    }

    /** Whether a folder (or the folder of a file in it) holds a tokenizer. */
    static boolean hasTokenizer(Path path) {
        return Stream.of("tokenizer.json", "tokenizer.model", "vocab.txt")
                .anyMatch(name -> Files.exists(folder(path).resolve(name)));
    }

    private static boolean isGguf(Path path) throws IOException {
        try (var in = Files.newInputStream(path)) {
            return new String(in.readNBytes(4), StandardCharsets.ISO_8859_1).equals("GGUF");
        }
    }

    /** The source of a model's chat template; empty for a model that was not trained to converse. */
    public static Optional<String> templateSource(Weights weights) throws IOException {
        if (weights.metadata().dialect() == Dialect.GGUF) {
            return weights.metadata().optionalText("tokenizer.chat_template");
        }
        Path folder = folder(weights.path());
        Path own = folder.resolve("chat_template.jinja");
        if (Files.exists(own)) {
            return Optional.of(Files.readString(own));
        }
        Path config = folder.resolve("tokenizer_config.json");
        if (!Files.exists(config)) {
            return Optional.empty();
        }
        try {
            return template(JSON.readTree(Files.readString(config)).path("chat_template"));
        } catch (JacksonException e) {
            throw new WeightsException(
                    "%s is not JSON: %s. Get the file again.".formatted(config, e.getOriginalMessage()), e);
        }
    }

    /** A template, or a list of named ones, of which the one named "default" is meant for conversations. */
    private static Optional<String> template(JsonNode node) {
        if (node.isString()) {
            return Optional.of(node.stringValue());
        }
        for (JsonNode named : node) {
            if (named.path("name").asString("").equals("default")) {
                return Optional.of(named.path("template").asString(""));
            }
        }
        return Optional.empty();
    }

    private static Path folder(Path path) {
        // a file always has a folder
        return Files.isDirectory(path)
                ? path
                : Objects.requireNonNull(path.toAbsolutePath().getParent());
    }

    /** Whether a model was trained to make vectors: its files say how, though every model that reads can. */
    public static boolean isMadeToEmbed(Weights weights) {
        return Pooling.isStated(weights);
    }

    /** What templates call the texts that begin and end a text. */
    static Map<String, String> boundaries(Tokenizer tokenizer) {
        return Map.of(
                "bos_token",
                        tokenizer.roles().begin().isPresent()
                                ? tokenizer.piece(tokenizer.roles().begin().getAsInt())
                                : "",
                "eos_token",
                        tokenizer.roles().end().isPresent()
                                ? tokenizer.piece(tokenizer.roles().end().getAsInt())
                                : "");
    }
}
