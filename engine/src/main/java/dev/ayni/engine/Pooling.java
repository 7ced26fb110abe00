package dev.ayni.engine;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How the rows of a text's tokens become the one vector of the text. */
enum Pooling {
    /** Their mean. */
    MEAN,
    /** The first token's, which stands for the text in models trained so: [CLS]. */
    FIRST,
    /** The last token's, the only one that has seen everything in a model that reads from left to right. */
    LAST;

    private static final JsonMapper JSON = new JsonMapper();

    /**
     * What the model's files say: GGUF's pooling_type, or the files that sentence-transformers writes.
     *
     * @param otherwise where they say nothing
     * @throws WeightsException if it is another way than these
     */
    static Pooling of(Weights weights, Pooling otherwise) throws IOException {
        Metadata metadata = weights.metadata();
        if (metadata.dialect() == Dialect.GGUF) {
            String key = metadata.text("general.architecture") + ".pooling_type";
            int type = metadata.optionalInteger(key).orElse(0);
            return switch (type) {
                case 0, 4 -> otherwise; // none, or that of a classifier
                case 1 -> MEAN;
                case 2 -> FIRST;
                case 3 -> LAST;
                default -> throw unknown(metadata.source(), key + " = " + type);
            };
        }
        Path folder = folder(weights);
        Path modules = folder.resolve("modules.json");
        if (!Files.exists(modules)) {
            return otherwise;
        }
        Pooling pooling = otherwise;
        for (JsonNode module : json(modules)) {
            String type = module.path("type").asString("");
            String kind = type.substring(type.lastIndexOf('.') + 1);
            switch (kind) {
                case "Transformer", "Normalize" -> {}
                case "Pooling" ->
                    pooling = stated(
                            folder.resolve(module.path("path").asString("")).resolve("config.json"));
                default -> throw unknown(modules.toString(), kind);
            }
        }
        return pooling;
    }

    private static Pooling stated(Path file) {
        JsonNode config = json(file);
        String mode = config.path("pooling_mode").asString("").toLowerCase(Locale.ROOT);
        if (mode.isEmpty()) {
            for (String key : config.propertyNames()) {
                if (key.startsWith("pooling_mode_") && config.path(key).asBoolean(false)) {
                    mode += (mode.isEmpty() ? "" : " + ") + key.substring("pooling_mode_".length());
                }
            }
        }
        return switch (mode) {
            case "mean", "mean_tokens" -> MEAN;
            case "cls", "cls_token" -> FIRST;
            case "lasttoken", "last_token" -> LAST;
            default -> throw unknown(file.toString(), "pooling_mode " + mode);
        };
    }

    /** How many tokens of a text the model was made to read, by the files that sentence-transformers writes; 0: they say nothing. */
    static int mostTokens(Weights weights) {
        if (weights.metadata().dialect() == Dialect.GGUF) {
            return 0;
        }
        Path file = folder(weights).resolve("sentence_bert_config.json");
        return Files.exists(file) ? json(file).path("max_seq_length").asInt(0) : 0;
    }

    private static Path folder(Weights weights) {
        return Files.isDirectory(weights.path())
                ? weights.path()
                : Objects.requireNonNull(weights.path().toAbsolutePath().getParent());
    }

    private static JsonNode json(Path file) {
        try {
            return JSON.readTree(Files.readString(file));
        } catch (JacksonException e) {
            throw new WeightsException(
                    "%s is not JSON: %s. Get the file again.".formatted(file, e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new WeightsException(
                    "%s cannot be read: %s. It belongs to the model's folder; get the whole model."
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    private static WeightsException unknown(String source, String found) {
        return new WeightsException(
                "%s: vectors are made by '%s', which this version does not compute. It computes the mean, the first or the last token, of length 1. Choose another model; `ayni models` lists some."
                        .formatted(source, found));
    }

    /** The vector of a text, of length 1. */
    float[] vector(float[][] rows_TD) {
        float[] vector = switch (this) {
            case MEAN -> mean(rows_TD);
            case FIRST -> rows_TD[0].clone();
            case LAST -> rows_TD[rows_TD.length - 1].clone();
        };
        double squares = 0;
        for (float x : vector) {
            squares += (double) x * x;
        }
        double length = Math.sqrt(squares);
        for (int i = 0; i < vector.length && length > 0; i++) {
            vector[i] = (float) (vector[i] / length);
        }
        return vector;
    }

    private static float[] mean(float[][] rows_TD) {
        double[] sum = new double[rows_TD[0].length];
        for (float[] row : rows_TD) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += row[i];
            }
        }
        float[] mean = new float[sum.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (sum[i] / rows_TD.length);
        }
        return mean;
    }
}
