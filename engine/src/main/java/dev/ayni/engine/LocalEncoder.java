package dev.ayni.engine;

import dev.ayni.engine.machine.Cliff;
import dev.ayni.engine.machine.Jvm;
import dev.ayni.engine.machine.Machine;
import dev.ayni.engine.models.Encoder;
import dev.ayni.engine.models.Encoder.Text;
import dev.ayni.engine.models.EncoderSpec;
import dev.ayni.engine.models.Encoders;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import dev.ayni.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An encoder opened from its files: it turns texts into vectors, and shows its parts. Several threads may use it; their
 * passes take turns.
 */
public final class LocalEncoder implements LocalEmbedder {
    /*
     * A pass takes texts of any lengths, one after the other and without padding, up to so many tokens: enough to keep all
     * threads busy with each product, few enough for their activations to stay in the cache.
     */
    private static final int PASS = 1024;

    private final Weights weights;
    private final Kernels kernels;
    private final Encoder encoder;
    private final @Nullable Tokenizer tokenizer;
    private final Pooling pooling;
    private final int context;
    private final ReentrantLock pass = new ReentrantLock(true);

    private LocalEncoder(
            Weights weights,
            Kernels kernels,
            Encoder encoder,
            @Nullable Tokenizer tokenizer,
            Pooling pooling,
            int context) {
        this.weights = weights;
        this.kernels = kernels;
        this.encoder = encoder;
        this.tokenizer = tokenizer;
        this.pooling = pooling;
        this.context = context;
    }

    /**
     * Opens an encoder.
     *
     * @param path a .gguf file, or a folder with config.json, safetensors and tokenizer files; without tokenizer files only
     *     {@link #encode} and {@link #classify} work
     * @param options of which what concerns conversations counts for nothing
     * @throws WeightsException if the files are broken or of a family that is not computed; the letter says what to do
     */
    public static LocalEncoder open(Path path, EngineOptions options) throws IOException {
        Weights weights = WeightsFiles.open(path);
        Kernels kernels = null;
        Encoder encoder = null;
        try {
            int threads = options.computingThreads();
            Cliff.of(Jvm.here(), Machine.here(), new Cliff.Load(threads, weights.bytes()))
                    .forEach(cliff -> options.aloud().accept("slow: %s %s".formatted(cliff.problem(), cliff.cure())));
            kernels = KernelChoice.open(options.kernels(), threads, options.aloud());
            encoder = Encoders.build(weights, kernels);
            Tokenizer tokenizer = ModelFiles.tokenizerIfThere(weights).orElse(null);
            int most = Pooling.mostTokens(weights);
            int context = encoder.spec().context();
            return new LocalEncoder(
                    weights,
                    kernels,
                    encoder,
                    tokenizer,
                    Pooling.of(weights, Pooling.MEAN),
                    most > 0 ? Math.min(most, context) : context);
        } catch (Throwable e) {
            if (encoder != null) {
                encoder.close();
            }
            if (kernels != null) {
                kernels.close();
            }
            weights.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return encoder.spec().name();
    }

    public EncoderSpec spec() {
        return encoder.spec();
    }

    @Override
    public int width() {
        return encoder.spec().width();
    }

    /** The most tokens of a text that count, its marks included; what is beyond is left out. */
    @Override
    public int context() {
        return context;
    }

    /**
     * The model's tokenizer.
     *
     * @throws WeightsException if the model's folder has none
     */
    @Override
    public Tokenizer tokenizer() {
        if (tokenizer == null) {
            throw new WeightsException(
                    "%s has no tokenizer: neither tokenizer.json nor vocab.txt was found beside the weights. Get the whole model, or give token ids."
                            .formatted(weights.path()));
        }
        return tokenizer;
    }

    @Override
    public Embeddings embed(List<String> texts) {
        List<Text> tokens = texts.stream().map(this::tokens).toList();
        List<float[]> vectors = passes(
                tokens,
                batch -> encoder.encode(batch).stream().map(pooling::vector).toList());
        return new Embeddings(
                vectors, tokens.stream().mapToInt(text -> text.ids().length).sum());
    }

    @Override
    public int layerCount() {
        return encoder.spec().layers();
    }

    @Override
    public List<float[][]> layers(List<String> texts, int[] layers) {
        return passes(
                texts.stream().map(this::tokens).toList(),
                batch -> encoder.encode(batch, layers).stream()
                        .map(LocalEncoder::meanAndMax)
                        .toList());
    }

    /** [layer][T][D] becomes [layer][2D]. */
    private static float[][] meanAndMax(float[][][] text) {
        float[][] pooled = new float[text.length][];
        for (int layer = 0; layer < text.length; layer++) {
            float[][] rows_TD = text[layer];
            int width = rows_TD[0].length;
            float[] sums_D = new float[width];
            float[] largest_D = rows_TD[0].clone();
            for (float[] row_D : rows_TD) {
                for (int i = 0; i < width; i++) {
                    sums_D[i] += row_D[i];
                    largest_D[i] = Math.max(largest_D[i], row_D[i]);
                }
            }
            pooled[layer] = Arrays.copyOf(sums_D, 2 * width);
            for (int i = 0; i < width; i++) {
                pooled[layer][i] = sums_D[i] / rows_TD.length;
                pooled[layer][width + i] = largest_D[i];
            }
        }
        return pooled;
    }

    /** The tokens of a text with the marks that the model expects around it; a text that is too long loses its end. */
    public Text tokens(String text) {
        int[] ids = tokenizer().encode(text, false);
        Tokenizer.Frame frame = tokenizer().frame();
        int room = Math.max(0, context - frame.before().length - frame.after().length);
        return new Text(joined(frame.before(), Arrays.copyOf(ids, Math.min(ids.length, room)), frame.after()));
    }

    /**
     * The tokens of two texts with the marks that the model expects around and between them; where they are too long
     * together, the longer one loses its end first.
     */
    public Text tokens(String first, String second) {
        int[] one = tokenizer().encode(first, false);
        int[] two = tokenizer().encode(second, false);
        Tokenizer.Frame frame = tokenizer().frame();
        int room = Math.max(0, context - frame.before().length - frame.between().length - frame.after().length);
        boolean swapped = one.length > two.length;
        int shorter = Math.min(Math.min(one.length, two.length), room / 2);
        int longer = Math.min(Math.max(one.length, two.length), room - shorter);
        int[] head = joined(frame.before(), Arrays.copyOf(one, swapped ? longer : shorter), frame.between());
        int[] ids = joined(head, Arrays.copyOf(two, swapped ? shorter : longer), frame.after());
        int[] types = new int[ids.length];
        if (encoder.spec().types() > 1) {
            Arrays.fill(types, head.length, types.length, 1);
        }
        return new Text(ids, types);
    }

    static int[] joined(int[] before, int[] ids, int[] after) {
        int[] joined = Arrays.copyOf(before, before.length + ids.length + after.length);
        System.arraycopy(ids, 0, joined, before.length, ids.length);
        System.arraycopy(after, 0, joined, before.length + ids.length, after.length);
        return joined;
    }

    /** What stands for each token after the last layer: for each text [T][D]. */
    public List<float[][]> encode(List<Text> texts) {
        return passes(texts, encoder::encode);
    }

    /**
     * What the model's classifier says of each text, before any softmax or sigmoid: a number for each label.
     *
     * @throws IllegalStateException if it has no classifier
     */
    public List<float[]> classify(List<Text> texts) {
        return passes(texts, encoder::classify);
    }

    private <T> List<T> passes(List<Text> texts, Function<List<Text>, List<T>> compute) {
        List<T> results = new ArrayList<>(texts.size());
        for (int from = 0; from < texts.size(); ) {
            int to = from;
            for (int tokens = 0; to < texts.size() && (to == from || tokens + length(texts, to) <= PASS); to++) {
                tokens += length(texts, to);
            }
            pass.lock();
            try {
                results.addAll(compute.apply(texts.subList(from, to)));
            } finally {
                pass.unlock();
            }
            from = to;
        }
        return results;
    }

    private static int length(List<Text> texts, int i) {
        return texts.get(i).ids().length;
    }

    @Override
    public void close() {
        encoder.close();
        kernels.close();
        weights.close();
    }
}
