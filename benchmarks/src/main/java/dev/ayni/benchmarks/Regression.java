package dev.ayni.benchmarks;

import dev.ayni.engine.machine.MachineLimits;
import dev.ayni.engine.machine.MemoryBandwidth;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.CacheType;
import dev.ayni.engine.models.KvCache;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Kernels.KvView;
import dev.ayni.tensor.Kernels.Product;
import dev.ayni.tensor.Tensor;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;

/**
 * Did something become slower? One thread; every speed is a ratio to a yardstick that is measured in turn with it, and is
 * compared with what is stored for the same kernels. {@code scripts/bench-regression} starts it.
 */
final class Regression {
    /** A ratio that fell by more than this share counts as slower. */
    private static final double TOLERANCE = 0.15;

    private static final int OK = 0;
    private static final int SLOWER = 1;
    private static final int NOT_COMPARED = 2;

    private static final int PAIRS = 7;
    private static final double WARM_UP_SECONDS = 2;
    private static final List<DType> TYPES = List.of(DType.Q4_0, DType.Q8_0, DType.Q4_K, DType.Q6_K, DType.BF16);
    private static final int WIDTH = 2048;
    private static final int PROMPT = 256;
    private static final int GENERATED = 8;
    private static final int PAST = 4096;
    private static final int HEADS = 32;
    private static final int KV_HEADS = 8;
    private static final int HEAD_WIDTH = 64;
    private static final int LAYERS = 8; // so many pasts, that no cache holds them

    private final String set;
    private final PrintStream out;
    private final String only;
    private final SortedMap<String, Double> measured = new TreeMap<>();

    private Regression(String set, String only, PrintStream out) {
        this.set = set;
        this.only = only;
        this.out = out;
    }

    /** {@code [--renew] [--kernels NAME] [--only WORD] FILE}; ends the JVM with 0, 1 (slower) or 2 (not compared). */
    public static void main(String[] arguments) throws IOException {
        System.exit(run(arguments, System.out));
    }

    private static int run(String[] arguments, PrintStream out) throws IOException {
        String set = KernelChoice.AUTO;
        String only = "";
        boolean renew = false;
        Path file = null;
        for (int i = 0; i < arguments.length; i++) {
            boolean last = i + 1 == arguments.length;
            if (arguments[i].equals("--renew")) {
                renew = true;
            } else if (arguments[i].equals("--kernels") && !last) {
                set = arguments[++i];
            } else if (arguments[i].equals("--only") && !last) {
                only = arguments[++i];
            } else if (last && !arguments[i].startsWith("--")) {
                file = Path.of(arguments[i]);
            }
        }
        if (file == null) {
            out.println("Usage: bench-regression [--renew] [--kernels NAME] [--only WORD]");
            return NOT_COMPARED;
        }
        String kernels;
        try (Kernels chosen = KernelChoice.open(set, 1, out::println)) {
            kernels = chosen.name();
        }
        Regression regression = new Regression(set, only, out);
        regression.measureAll();
        Ratios stored = Files.exists(file) ? Ratios.read(file) : new Ratios(new TreeMap<>());
        if (renew) {
            stored.with(kernels, regression.measured).write(file);
            out.println("Stored in " + file);
            return OK;
        }
        return judge(stored.compare(kernels, regression.measured), kernels, out);
    }

    /** Tells what became slower, and says so with the status. */
    static int judge(List<Ratios.Difference> differences, String kernels, PrintStream out) {
        if (differences.isEmpty()) {
            out.printf("Nothing is stored for the kernels '%s': store what was measured with --renew.%n", kernels);
            return NOT_COMPARED;
        }
        out.printf("%n%-28s %8s %8s%n", "", "stored", "now");
        differences.forEach(out::println);
        List<Ratios.Difference> slower =
                differences.stream().filter(one -> one.slower() > TOLERANCE).toList();
        if (slower.isEmpty()) {
            out.printf("%nNothing takes more than %.0f %% longer than stored.%n", 100 * TOLERANCE);
            return OK;
        }
        out.printf("%nSlower, by more than %.0f %%:%n", 100 * TOLERANCE);
        slower.forEach(one -> out.printf("- %s takes %.0f %% longer%n", one.name(), 100 * one.slower()));
        out.println(
                "Run it again on a machine at rest; what stays is to be mended, or renewed with a reason in the log.");
        return SLOWER;
    }

    private void measureAll() {
        for (DType type : TYPES) {
            products(type);
        }
        for (DType type : List.of(DType.F16, DType.Q8_0)) {
            attention(type);
        }
        for (DType type : List.of(DType.Q4_0, DType.Q4_K)) {
            model(type);
        }
    }

    /**
     * Notes the median of some pairs: the yardstick's seconds in one of what is measured, each in turn with the other.
     *
     * @param yardstick seconds of the same work, or of a fixed one, at the machine's own speed
     */
    private void note(String name, DoubleSupplier yardstick, Runnable work) {
        if (!name.contains(only)) {
            return;
        }
        long until = System.nanoTime() + (long) (WARM_UP_SECONDS * 1e9);
        do {
            work.run();
        } while (System.nanoTime() < until);
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            double expected = yardstick.getAsDouble();
            long start = System.nanoTime();
            work.run();
            ratios.add(expected * 1e9 / (System.nanoTime() - start));
        }
        ratios.sort(Double::compare);
        measured.put(name, ratios.get(PAIRS / 2));
        out.printf(
                Locale.ROOT,
                "%-28s %8.3f  (%.3f to %.3f)%n",
                name,
                ratios.get(PAIRS / 2),
                ratios.getFirst(),
                ratios.getLast());
    }

    private static double secondsToRead(long bytes) {
        return bytes / MemoryBandwidth.measure(1);
    }

    /** One token against a read of the same weights; many tokens, in the caches, against the processor's own pace. */
    private void products(DType type) {
        try (Arena arena = Arena.ofShared();
                Kernels kernels = KernelChoice.open(set, 1, line -> {})) {
            HostTensor large = RandomWeights.matrix(arena, type, 32_768, WIDTH);
            long bytes = large.data().byteSize();
            note("one token, " + type, () -> secondsToRead(bytes), multiply(kernels, large, 1));
            long operations = 2L * 256 * WIDTH * 128 * 8;
            Runnable small = multiply(kernels, RandomWeights.matrix(arena, type, 256, WIDTH), 128);
            note("many tokens, " + type, () -> Yardsticks.secondsOfStep() * operations, () -> {
                for (int i = 0; i < 8; i++) {
                    small.run();
                }
            });
        }
    }

    private static Runnable multiply(Kernels kernels, HostTensor weight, int tokens) {
        Tensor placed = kernels.place(weight);
        Tensor x = activations(kernels, tokens, weight.size(1));
        Tensor out = kernels.allocate(DType.F32, tokens, weight.size(0));
        return () -> kernels.matmul(x, new Product(out, placed));
    }

    private static Tensor activations(Kernels kernels, long... shape) {
        Random random = new Random(2);
        Tensor x = kernels.allocate(DType.F32, shape);
        float[] values = new float[Math.toIntExact(x.values())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        kernels.write(MemorySegment.ofArray(values), x);
        return x;
    }

    /** One token that attends to a long past, in one layer after another, against a read of the same keys and values. */
    private void attention(DType type) {
        try (Kernels kernels = KernelChoice.open(set, 1, line -> {})) {
            Tensor k = activations(kernels, PAST, KV_HEADS, HEAD_WIDTH);
            Tensor q = activations(kernels, 1, HEADS, HEAD_WIDTH);
            Tensor attended = kernels.allocate(DType.F32, 1, HEADS, HEAD_WIDTH);
            List<List<KvView>> layers = new ArrayList<>();
            for (int layer = 0; layer < LAYERS; layer++) {
                List<Tensor> keys = pages(kernels, type);
                List<Tensor> values = pages(kernels, type);
                kernels.append(List.of(new KvView(keys, values, 0, PAST, 0)), k, k);
                layers.add(List.of(new KvView(keys, values, 0, 1, PAST - 1)));
            }
            AttentionRule rule = new AttentionRule(0.125f, 0, 0);
            long bytes = 2L * LAYERS * type.bytes((long) PAST * KV_HEADS * HEAD_WIDTH);
            note("attention, " + type, () -> secondsToRead(bytes), () -> {
                layers.forEach(views -> kernels.attend(attended, q, views, rule));
            });
        }
    }

    private static List<Tensor> pages(Kernels kernels, DType type) {
        Tensor[] pages = new Tensor[PAST / KvView.PAGE];
        Arrays.setAll(pages, i -> kernels.allocate(type, KV_HEADS, KvView.PAGE, HEAD_WIDTH));
        return List.of(pages);
    }

    /** A whole model against the limits of this machine: what surrounds the products must not eat their speed. */
    private void model(DType type) {
        int[] prompt = new Random(3).ints(PROMPT, 0, SyntheticLlama.VOCABULARY).toArray();
        try (SyntheticLlama weights = new SyntheticLlama(type);
                Kernels kernels = KernelChoice.open(set, 1, line -> {});
                Model model = Architectures.build(weights, kernels, CacheType.F16);
                KvCache cache = model.newCache()) {
            note(
                    "prefill, " + type,
                    () -> PROMPT * weights.operationsPerToken() / MachineLimits.multiplyRate(set, 1, type),
                    () -> {
                        cache.rewind(0);
                        model.forward(List.of(new Run(prompt, cache, Wanted.LAST)));
                    });
            note("generating, " + type, () -> secondsToRead(GENERATED * weights.bytesPerToken()), () -> {
                cache.rewind(0);
                for (int i = 0; i < GENERATED; i++) {
                    model.forward(List.of(new Run(new int[] {prompt[i]}, cache, Wanted.LAST)));
                }
            });
        }
    }
}
