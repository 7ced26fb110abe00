package dev.ayni.engine.models;

import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What all decoder-only families share: rows in, layer after layer, states or logits out. A family gives the layers. */
abstract class Decoder implements Model {
    /** From so many tokens on, the embedding table's pages are given back: scattered rows would come to map all of it. */
    private static final int MANY_TOKENS = 16;

    /** Rows of logits computed together: with a large vocabulary more would take hundreds of megabytes. */
    private static final int LOGIT_ROWS = 32;

    private final ModelSpec spec;
    private final PlacedWeights weights;
    private final KvPages pages;
    private final int reach;
    private final HostTensor embedding_VD;
    private final Norm lastNorm;
    private final @Nullable Linear output;
    final Kernels kernels;

    /** @param lastNorm the norm after all layers: what comes out are the states */
    Decoder(ModelSpec spec, PlacedWeights weights, CacheType cache, Norm lastNorm) {
        this(spec, weights, cache, lastNorm, weights.output(spec.tiedOutput()));
    }

    /** @param output what makes logits of states; null for a model that was published to make vectors */
    Decoder(ModelSpec spec, PlacedWeights weights, CacheType cache, Norm lastNorm, @Nullable Linear output) {
        this.spec = spec;
        this.weights = weights;
        this.embedding_VD = weights.host("token_embd.weight");
        this.lastNorm = lastNorm;
        this.output = output;
        this.kernels = weights.kernels();
        this.pages = new KvPages(kernels, cache.pages(remembersExactly(weights), spec), spec);
        this.reach = spec.reach();
    }

    /**
     * A model published in 32 bits is remembered in 32 bits; every other in 16, half the memory for less than what its
     * weights have lost. The judge remembers exactly.
     */
    private static boolean remembersExactly(PlacedWeights weights) {
        return weights.kernels().exact() || weights.host("token_embd.weight").type() == DType.F32;
    }

    /** What stands for the tokens before the first layer: their rows of the embedding table, as wide as x. */
    void embed(Batch batch, Tensor x_TD) {
        kernels.embed(x_TD, embedding_VD, batch.ids());
    }

    /** One layer, in place. */
    abstract void layer(int number, Batch batch, Tensor x_TD);

    /** Logits of states, which may be overwritten. */
    void logits(Tensor out_TV, Tensor x_TD) {
        Linear.apply(kernels, x_TD, Objects.requireNonNull(output).to(out_TV));
    }

    @Override
    public final boolean writes() {
        return output != null;
    }

    @Override
    public ModelSpec spec() {
        return spec;
    }

    @Override
    public KvCache newCache() {
        return new KvCache(pages);
    }

    @Override
    public KvPages pages() {
        return pages;
    }

    @Override
    public List<float[][]> forward(List<Run> runs) {
        for (Run run : runs) {
            if (run.wanted().isLogits() && !writes()) {
                throw new WeightsException(
                        "%s was published without the matrix that makes words of what it has read: it writes no text. Ask it for vectors, or choose another model to write; `ayni models` lists some."
                                .formatted(spec.name()));
            }
            for (int id : run.tokens()) {
                if (id < 0 || id >= spec.vocabulary()) {
                    throw new IllegalArgumentException("Token id %d is outside the model's vocabulary of %d ids."
                            .formatted(id, spec.vocabulary()));
                }
            }
            long positions = (long) run.cache().length() + run.tokens().length;
            if (positions > reach) {
                throw new WeightsException(
                        "%s: nothing is computed for this model beyond the first %d positions, where what it was trained with ends or changes, and %d are asked for. Shorten the prompt or the conversation."
                                .formatted(spec.name(), reach, positions));
            }
            if (run.cache().length() == 0 && positions > spec.near()) {
                run.cache().expect((int) positions);
            }
            assert positions <= spec.near() || run.cache().isFar() : "a text became far without being expected to";
        }
        List<float[][]> results = compute(runs, false);
        if (results == null) {
            compute(runs, true);
            throw new ArithmeticException(
                    "A %s is not a finite number, though every layer's result is. The %s of the model file is damaged; get the file again."
                            .formatted(
                                    runs.stream().anyMatch(run -> run.wanted().isLogits()) ? "logit" : "state",
                                    runs.stream().anyMatch(run -> run.wanted().isLogits())
                                            ? "output matrix"
                                            : "last norm"));
        }
        return results;
    }

    /** @return null if a logit is not finite: then nothing counts as computed */
    private @Nullable List<float[][]> compute(List<Run> runs, boolean blame) {
        try (Batch batch = new Batch(kernels, runs)) {
            Tensor x_TD = batch.activation("x", spec.width());
            embed(batch, x_TD);
            if (batch.ids().length >= MANY_TOKENS) {
                weights.forgetRows("token_embd.weight");
            }
            for (int number = 0; number < spec.layers().size(); number++) {
                layer(number, batch, x_TD);
                if (blame && !finite(x_TD)) {
                    throw new ArithmeticException(
                            "Layer %d of %d gave a number that is not finite. The model file is damaged, or the model overflows: get the file again, or try another quantisation of it."
                                    .formatted(number + 1, spec.layers().size()));
                }
            }
            List<float[][]> results = runs.stream().map(run -> run.rowsOf(spec)).toList();
            readLogits(batch.wanted(x_TD, true), rows(runs, results, true));
            readStates(batch.wanted(x_TD, false), rows(runs, results, false));
            if (!results.stream().flatMap(Arrays::stream).allMatch(Decoder::finite)) {
                return null;
            }
            batch.advance();
            return results;
        }
    }

    private static List<float[]> rows(List<Run> runs, List<float[][]> results, boolean logits) {
        return IntStream.range(0, runs.size())
                .filter(i -> runs.get(i).wanted().isLogits() == logits)
                .mapToObj(results::get)
                .flatMap(Arrays::stream)
                .toList();
    }

    private void readLogits(@Nullable Tensor x_TD, List<float[]> rows) {
        if (x_TD == null) {
            return;
        }
        lastNorm.apply(kernels, x_TD, x_TD, spec.normEpsilon());
        for (long from = 0; from < x_TD.size(0); from += LOGIT_ROWS) {
            long to = Math.min(from + LOGIT_ROWS, x_TD.size(0));
            Tensor logits_TV = kernels.allocate(DType.F32, to - from, spec.vocabulary());
            try {
                logits(logits_TV, x_TD.rows(from, to));
                for (long row = 0; row < to - from; row++) {
                    kernels.read(logits_TV.rows(row, row + 1), MemorySegment.ofArray(rows.get((int) (from + row))));
                }
            } finally {
                kernels.release(logits_TV);
            }
        }
    }

    private void readStates(@Nullable Tensor x_TD, List<float[]> rows) {
        if (x_TD == null) {
            return;
        }
        lastNorm.apply(kernels, x_TD, x_TD, spec.normEpsilon());
        for (int row = 0; row < rows.size(); row++) {
            kernels.read(x_TD.rows(row, row + 1L), MemorySegment.ofArray(rows.get(row)));
        }
    }

    private float[] read(Tensor row) {
        float[] floats = new float[(int) row.values()];
        kernels.read(row, MemorySegment.ofArray(floats));
        return floats;
    }

    private boolean finite(Tensor x_TD) {
        return IntStream.range(0, (int) x_TD.size(0)).allMatch(row -> finite(read(x_TD.rows(row, row + 1L))));
    }

    private static boolean finite(float[] row) {
        for (float value : row) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        weights.close();
    }
}
