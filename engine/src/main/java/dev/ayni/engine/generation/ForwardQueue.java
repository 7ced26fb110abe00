package dev.ayni.engine.generation;

import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Brings the runs of several conversations together into one forward pass. Whoever waits for its run and finds the model
 * free computes for all that are waiting (flat combining: Hendler, Incze, Shavit, Tzafrir 2010).
 */
final class ForwardQueue {
    /** So many new tokens go through the layers together: enough to keep the arithmetic busy, few enough for its memory. */
    static final int MAX_TOKENS = 512;

    private record Waiting(Run run, CompletableFuture<float[][]> result) {}

    private final Model model;
    private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final ReentrantLock free = new ReentrantLock();
    private boolean closed; // guarded by free

    ForwardQueue(Model model) {
        this.model = model;
    }

    /** Does something with caches, whose memory the model's kernels own, while no pass runs. */
    void whileFree(Runnable work) {
        free.lock();
        try {
            work.run();
        } finally {
            free.unlock();
        }
    }

    /** Waits for the pass that runs; every later one is refused. */
    void close() {
        whileFree(() -> closed = true);
    }

    /**
     * The rows of logits that a run wants; other runs may share the pass.
     *
     * @throws IllegalStateException if the queue was closed
     */
    float[][] forward(Run run) {
        return forward(List.of(run)).getFirst();
    }

    /**
     * The rows of logits that each run wants, of as few passes as hold them.
     *
     * @throws IllegalStateException if the queue was closed
     */
    List<float[][]> forward(List<Run> runs) {
        List<Waiting> mine = runs.stream()
                .map(run -> new Waiting(run, new CompletableFuture<>()))
                .toList();
        waiting.addAll(mine);
        whileFree(() -> {
            while (!mine.stream().allMatch(one -> one.result.isDone())) {
                computeSome();
            }
        });
        try {
            return mine.stream().map(one -> one.result.join()).toList();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private void computeSome() {
        List<Waiting> together = new ArrayList<>();
        int tokens = 0;
        for (Waiting next = waiting.peek(); next != null; next = waiting.peek()) {
            tokens += next.run.tokens().length;
            if (!together.isEmpty() && tokens > MAX_TOKENS) {
                break;
            }
            together.add(waiting.remove());
        }
        try {
            if (closed) {
                throw new IllegalStateException(
                        "The model was closed while a generation went on. Close it after the last answer has ended.");
            }
            List<float[][]> results =
                    model.forward(together.stream().map(Waiting::run).toList());
            for (int i = 0; i < together.size(); i++) {
                together.get(i).result.complete(results.get(i));
            }
        } catch (RuntimeException | Error e) {
            if (together.size() == 1 || closed) {
                together.forEach(one -> one.result.completeExceptionally(e));
            } else {
                // one conversation's trouble is not the others': each alone
                together.forEach(one -> alone(one));
            }
        }
    }

    private void alone(Waiting one) {
        try {
            one.result.complete(model.forward(List.of(one.run)).getFirst());
        } catch (RuntimeException | Error e) {
            one.result.completeExceptionally(e);
        }
    }
}
