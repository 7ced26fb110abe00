package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.Sampling.Beams;
import java.util.List;

/** The most probable continuations of one prompt, as far as a beam search finds them. For one thread at a time. */
public final class BeamSearch extends Reader {
    private List<Found> found = List.of();
    private boolean isNews;
    private boolean over;

    /**
     * A continuation.
     *
     * @param ids its tokens, the end token included
     * @param logProbabilities natural logarithms of the model's own probabilities, one for each token
     * @param score their sum, divided by the number of tokens to the power of {@link Beams#lengthPenalty}
     */
    public record Found(int[] ids, double[] logProbabilities, double score, Reason reason) {}

    BeamSearch(Scheduler scheduler) {
        super(scheduler);
    }

    /** What was found, the best first; empty until {@link #step} gives false. */
    public List<Found> found() {
        lock.lock();
        try {
            return found;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until some of the prompt was read, or the beams have grown; half a second at most.
     *
     * @return whether there is more to do
     * @throws ArithmeticException if the model's numbers overflow; the message names the layer
     * @throws IllegalStateException if the generator was closed
     */
    public boolean step() {
        assert !isClosed() : "a closed search gives nothing";
        lock.lock();
        try {
            scheduler.requireOpen();
            requireSound();
            if (!over && !isNews) {
                await();
                scheduler.requireOpen();
                requireSound();
            }
            isNews = false;
            return !over;
        } finally {
            lock.unlock();
        }
    }

    void advanced() {
        change(() -> isNews = true);
    }

    void end(List<Found> all) {
        change(() -> {
            found = List.copyOf(all);
            over = true;
        });
    }
}
