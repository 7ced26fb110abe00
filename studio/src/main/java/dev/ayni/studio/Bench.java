package dev.ayni.studio;

import com.sun.management.ThreadMXBean;
import dev.ayni.engine.LocalModel;
import dev.ayni.engine.machine.Machine;
import dev.ayni.engine.machine.MachineLimits;
import dev.ayni.engine.models.KvCache;
import dev.ayni.engine.models.ModelSpec;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.weights.Weights;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Reads and generates tokens drawn by chance, and notes how long it took. */
final class Bench implements AutoCloseable {
    private static final int TOKENS_AT_ONCE = 512;
    private static final double WARM_UP_SECONDS = 1.5;

    /**
     * What is measured.
     *
     * @param prompt tokens that each conversation reads
     * @param generate tokens that each conversation generates
     * @param depth tokens in each context before either
     * @param batch conversations at once
     */
    record Task(int prompt, int generate, int depth, int batch) {}

    private final LocalModel opened;
    private final String kernels;
    private final Task task;
    private final int[] tokens;
    private final List<KvCache> caches = new ArrayList<>();
    private List<float[][]> logits_CRV = new ArrayList<>(); // each conversation's latest, a row to be used again

    /** @param kernels how the model's kernels were chosen, so that their limits can be measured */
    Bench(LocalModel opened, String kernels, Task task) {
        this.opened = opened;
        this.kernels = kernels;
        this.task = task;
        int most = Math.max(task.depth(), Math.max(task.prompt(), task.generate()));
        tokens = new SplittableRandom(1)
                .ints(most, 0, opened.spec().vocabulary())
                .toArray();
        for (int i = 0; i < task.batch(); i++) {
            KvCache cache = opened.model().newCache();
            cache.expect(task.depth() + Math.max(task.prompt(), task.generate()));
            caches.add(cache);
            logits_CRV.add(new float[0][]);
        }
    }

    @Override
    public void close() {
        caches.forEach(KvCache::close);
    }

    BenchResult measure(int repetitions) {
        prefill(task.depth());
        warmUp();
        List<Double> prefill = new ArrayList<>();
        List<Double> decode = new ArrayList<>();
        long allocated = 0;
        long pauses = collections();
        for (int i = 0; i < repetitions; i++) {
            if (task.prompt() > 0) {
                prefill.add(task.batch() * task.prompt() / seconds(() -> prefill(task.prompt())));
            }
            long before = allocatedBytes();
            if (task.generate() > 0) {
                decode.add(task.batch() * task.generate() / seconds(this::decode));
            }
            allocated += allocatedBytes() - before;
        }
        pauses = collections() - pauses;
        OptionalLong peak = Machine.here().peakResidentBytes(); // before the buffer of the bandwidth
        int threads = opened.kernels().threads();
        return new BenchResult(
                opened.name(),
                opened.kernels().name(),
                threads,
                task,
                prefill,
                decode,
                peak,
                opened.weights().bytes(),
                bytesPerStep(),
                operationsPerToken(),
                allocated / Math.max(1L, (long) repetitions * task.batch() * task.generate()),
                pauses,
                caches.getFirst().type(),
                MachineLimits.measure(kernels, threads, mainType()));
    }

    /** The type that most numbers of the model's matrices have. */
    private DType mainType() {
        Map<DType, Long> values = new EnumMap<>(DType.class);
        for (String name : opened.weights().names()) {
            HostTensor tensor = opened.weights().tensor(name);
            if (tensor.rank() > 1) {
                values.merge(tensor.type(), tensor.values(), Long::sum);
            }
        }
        return Collections.max(values.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    /** The operations that reading a token takes in matrices, of which the output's is left out: a prompt needs it once. */
    private long operationsPerToken() {
        Weights weights = opened.weights();
        return weights.names().stream()
                .filter(name -> !isTable(name) && !isOutput(name))
                .map(weights::tensor)
                .filter(tensor -> tensor.rank() > 1)
                .mapToLong(tensor -> 2 * tensor.values())
                .sum();
    }

    private static boolean isTable(String name) {
        return Stream.of(
                        "token_embd",
                        "position_embd",
                        "embed_tokens",
                        "embed_positions",
                        "wte",
                        "wpe",
                        "word_embeddings")
                .anyMatch(table -> name.endsWith(table + ".weight"));
    }

    private static boolean isOutput(String name) {
        return name.equals("output.weight") || name.equals("lm_head.weight");
    }

    /** Runs both until the JVM has compiled them, at least once each. */
    private void warmUp() {
        repeat(task.prompt(), () -> prefill(task.prompt()));
        repeat(task.generate(), this::decode);
    }

    private static void repeat(int count, Runnable work) {
        long until = System.nanoTime() + (long) (WARM_UP_SECONDS * 1e9);
        while (count > 0) {
            work.run();
            if (System.nanoTime() > until) {
                return;
            }
        }
    }

    /** Each conversation in turn reads so many tokens behind its depth; only the last position's logits are computed. */
    private void prefill(int count) {
        for (KvCache cache : caches) {
            cache.rewind(Math.min(cache.length(), task.depth()));
            for (int from = 0; from < count; from += TOKENS_AT_ONCE) {
                int until = Math.min(from + TOKENS_AT_ONCE, count);
                Wanted wanted = until == count ? Wanted.LAST : Wanted.NONE;
                opened.model().forward(List.of(new Run(Arrays.copyOfRange(tokens, from, until), cache, wanted)));
            }
        }
    }

    private void decode() {
        caches.forEach(cache -> cache.rewind(Math.min(cache.length(), task.depth())));
        for (int i = 0; i < task.generate(); i++) {
            List<Run> step = new ArrayList<>(caches.size());
            for (int c = 0; c < caches.size(); c++) {
                step.add(new Run(new int[] {tokens[i]}, caches.get(c), Wanted.LAST, logits_CRV.get(c)));
            }
            logits_CRV = opened.model().forward(step);
        }
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    private static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getTotalThreadAllocatedBytes();
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }

    /**
     * The bytes that a step of all conversations reads: the weights once, of an embedding table that is not the output too
     * a row only; and each conversation's keys and values.
     */
    private long bytesPerStep() {
        Weights weights = opened.weights();
        boolean tied = opened.spec().tiedOutput() || weights.names().stream().noneMatch(Bench::isOutput);
        long bytes = 0;
        for (String name : weights.names()) {
            HostTensor tensor = weights.tensor(name);
            if (!isTable(name) || tied) {
                bytes += tensor.data().byteSize();
            }
        }
        List<ModelSpec.Layer> layers = opened.spec().layers();
        long perLayer = caches.getFirst().bytesPerPosition() / layers.size();
        int positions = task.depth() + task.generate() / 2;
        for (ModelSpec.Layer layer : layers) {
            int seen = layer.window() == 0 ? positions : Math.min(layer.window(), positions);
            bytes += perLayer * seen * task.batch();
        }
        return bytes;
    }
}
