package dev.ayni.engine.generation;

import dev.ayni.engine.models.KvCache;
import dev.ayni.engine.models.KvPages;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.ModelSpec;
import dev.ayni.engine.models.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A model whose passes are noted, and can be held up. */
final class WatchedModel implements Model {
    private final Model model;
    private final List<List<Integer>> passes = new ArrayList<>(); // the number of tokens of each run of each pass
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile boolean held;
    private volatile int failing = -1;

    WatchedModel(Model model) {
        this.model = model;
    }

    /** Lets no pass begin until {@link #open}. */
    void hold() {
        gate = new CountDownLatch(1);
    }

    /** Whether a pass is held up. */
    boolean isHeld() {
        return held && gate.getCount() > 0;
    }

    void open() {
        gate.countDown();
    }

    /** Lets every pass fail that reads this token. */
    void failAt(int token) {
        failing = token;
    }

    /** How many tokens each run of each pass had. */
    synchronized List<List<Integer>> passes() {
        return List.copyOf(passes);
    }

    synchronized int tokens() {
        return passes.stream().flatMap(List::stream).mapToInt(tokens -> tokens).sum();
    }

    @Override
    public ModelSpec spec() {
        return model.spec();
    }

    @Override
    public boolean writes() {
        return model.writes();
    }

    @Override
    public KvCache newCache() {
        return model.newCache();
    }

    @Override
    public KvPages pages() {
        return model.pages();
    }

    @Override
    public List<float[][]> forward(List<Run> batch) {
        held = true;
        try {
            gate.await();
            held = false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        for (Run run : batch) {
            for (int token : run.tokens()) {
                if (token == failing) {
                    throw new ArithmeticException("Layer 1 of 2 gave a number that is not finite.");
                }
            }
        }
        synchronized (this) {
            passes.add(batch.stream().map(run -> run.tokens().length).toList());
        }
        return model.forward(batch);
    }

    @Override
    public void close() {}
}
