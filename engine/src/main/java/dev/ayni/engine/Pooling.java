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

    private static final String MODULES = "modules.json";
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
            String key = ggufKey(metadata);
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
        Path modules = folder.resolve(MODULES);
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
        Pooled pooled = new Pooled();
        for (float[] row_D : rows_TD) {
            pooled.add(row_D);
        }
        return pooled.vector();
    }

    /** Whether a model's files say how vectors are made: it was trained to make them. */
    static boolean isStated(Weights weights) {
        Metadata metadata = weights.metadata();
        return metadata.dialect() == Dialect.GGUF
                ? metadata.optionalInteger(ggufKey(metadata)).orElse(0) > 0
                : Files.exists(folder(weights).resolve(MODULES));
    }

    private static String ggufKey(Metadata metadata) {
        return metadata.text("general.architecture") + ".pooling_type";
    }

    /** The vector of one text, whose rows come one after another. */
    final class Pooled {
        private int rows;
        private double[] sum_D = {};
        private float[] row_D = {};

        void add(float[] next_D) {
            rows++;
            if (Pooling.this == MEAN) {
                sum_D = rows == 1 ? new double[next_D.length] : sum_D;
                for (int i = 0; i < sum_D.length; i++) {
                    sum_D[i] += next_D[i];
                }
            } else if (Pooling.this == LAST || rows == 1) {
                row_D = next_D;
            }
        }

        /** Of length 1. */
        float[] vector() {
            float[] vector_D = Pooling.this == MEAN ? new float[sum_D.length] : row_D.clone();
            for (int i = 0; i < sum_D.length; i++) {
                vector_D[i] = (float) (sum_D[i] / rows);
            }
            return ofLengthOne(vector_D);
        }
    }

    private static float[] ofLengthOne(float[] vector) {
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
}
