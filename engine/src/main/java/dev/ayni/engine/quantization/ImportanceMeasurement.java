package dev.ayni.engine.quantization;

import dev.ayni.engine.ModelFiles;
import dev.ayni.engine.models.Architecture;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.KvCache;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.ModelSpec;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.models.WeightNames;
import dev.ayni.engine.models.WeightShape;
import dev.ayni.engine.quantization.ObservedKernels.Matrix;
import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.Kernels;
import dev.ayni.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds out what matters in a model, by having it read a text: what {@code llama-imatrix} does. */
public final class ImportanceMeasurement {
    /** Tokens of a piece of text, which is read from an empty past. */
    public static final int CHUNK = 512;

    private static final Pattern EXPERT = Pattern.compile("(blk\\.(\\d+)\\.ffn_(?:gate|up|down))\\.(\\d+)\\.weight");

    private ImportanceMeasurement() {}

    /**
     * Has a model read a text in pieces of {@link #CHUNK} tokens. A model that expects a begin token sees it in place of each
     * piece's first.
     *
     * @param weights stay open
     * @param kernels compute, and are closed at the end
     * @param dataset what the text is called in the result
     * @param mostChunks how many pieces are read at most; 0: all
     * @param progress hears how many pieces of how many are read
     * @throws WeightsException if the model has no tokenizer, or the text is too short
     */
    public static ImportanceMatrix of(
            Weights weights,
            Kernels kernels,
            String text,
            String dataset,
            int mostChunks,
            BiConsumer<Integer, Integer> progress)
            throws IOException {
        ObservedKernels observed = new ObservedKernels(kernels, matrices(weights));
        try (Kernels watching = observed.kernels()) {
            Tokenizer tokenizer = ModelFiles.tokenizerIfThere(weights)
                    .orElseThrow(() -> new WeightsException(
                            "%s has no tokenizer, and so cannot read a text. Take a file that was converted with its vocabulary."
                                    .formatted(weights.path())));
            int[] ids = tokenizer.encode(text, false);
            int chunks = ids.length / CHUNK;
            if (chunks == 0) {
                throw new WeightsException(
                        "The text has %d tokens, and at least %d are needed. Give a longer one; some hundred thousand tokens of what the model is for are good."
                                .formatted(ids.length, CHUNK));
            }
            chunks = mostChunks == 0 ? chunks : Math.min(chunks, mostChunks);
            boolean begins =
                    tokenizer.roles().addBegin() && tokenizer.roles().begin().isPresent();
            try (Model model = Architectures.build(weights, watching)) {
                for (int chunk = 0; chunk < chunks; chunk++) {
                    int[] piece = Arrays.copyOfRange(ids, chunk * CHUNK, (chunk + 1) * CHUNK);
                    if (begins) {
                        piece[0] = tokenizer.roles().begin().getAsInt();
                    }
                    try (KvCache cache = model.newCache()) {
                        model.forward(List.of(new Run(piece, cache, Wanted.NONE)));
                    }
                    progress.accept(chunk + 1, chunks);
                }
            }
            return new ImportanceMatrix(observed.entries(), dataset, List.of(dataset), chunks, CHUNK);
        }
    }

    /** The matrices of the layers, by where they lie; those of experts by the name that their stack has in GGUF files. */
    private static Map<Long, Matrix> matrices(Weights weights) {
        Metadata metadata = weights.metadata();
        Architecture architecture = Architectures.of(metadata);
        ModelSpec spec = architecture.spec(metadata);
        WeightNames names = architecture.names().fitting(weights.names());
        Map<Long, Matrix> matrices = new HashMap<>();
        for (WeightShape weight : architecture.weights(spec)) {
            String file = names.in(metadata.dialect(), weight.name());
            if (weight.name().startsWith("blk.")
                    && weight.shape().length > 1
                    && weights.names().contains(file)) {
                matrices.put(weights.tensor(file).address(), matrix(weight.name(), spec));
            }
        }
        return matrices;
    }

    private static Matrix matrix(String name, ModelSpec spec) {
        if (name.contains("ffn_gate_up_exps")) {
            return new Matrix(
                    List.of(
                            name,
                            name.replace("ffn_gate_up_exps", "ffn_gate_exps"),
                            name.replace("ffn_gate_up_exps", "ffn_up_exps")),
                    0,
                    1);
        }
        Matcher expert = EXPERT.matcher(name);
        if (!expert.matches()) {
            return new Matrix(name);
        }
        int layer = Integer.parseInt(expert.group(2));
        return new Matrix(
                List.of(expert.group(1) + "_exps.weight"),
                Integer.parseInt(expert.group(3)),
                spec.layers().get(layer).experts());
    }
}
