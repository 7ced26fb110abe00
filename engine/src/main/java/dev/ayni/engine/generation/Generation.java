package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One continuation of one prompt, token by token, for one thread at a time. The tokens are drawn by the engine's thread, a
 * few ahead of whoever reads them here; a reader who is slow holds up nobody else.
 */
public final class Generation extends Reader {
    /** From so many unread steps on the engine waits for the reader; once half of them are read it goes on. */
    private static final int MOST_UNREAD = 16;

    private final ArrayDeque<Step> ready = new ArrayDeque<>();
    private Step.Reading progress;
    private boolean isNews;
    private boolean paused;
    private @Nullable Reason ended;
    private int generated;

    /** @param total how many tokens there are to read before the first is drawn */
    Generation(Scheduler scheduler, int total) {
        super(scheduler);
        this.progress = new Step.Reading(0, total);
    }

    /** How many tokens were given so far, an end token included. */
    public int generated() {
        return generated;
    }

    /**
     * Waits for the next token, or for news of the prompt's being read: {@link Step.Reading} comes twice a second at least,
     * also while the request waits for others to end, so that a reader can look whether it is still wanted.
     *
     * @throws ArithmeticException if the model's numbers overflow; the message names the layer
     * @throws IllegalStateException if the generator was closed
     */
    public Step next() {
        assert !isClosed() : "a closed generation gives nothing";
        lock.lock();
        try {
            while (true) {
                scheduler.requireOpen();
                Step step = ready.poll();
                if (step != null) {
                    generated += step instanceof Step.Token ? 1 : 0;
                    if (paused && ready.size() <= MOST_UNREAD / 2) {
                        paused = false;
                        scheduler.wake();
                    }
                    return step;
                }
                requireSound();
                if (ended != null) {
                    return new Step.Ended(ended);
                }
                if (isNews) {
                    isNews = false;
                    return progress;
                }
                isNews = !await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether the engine may draw more; after a false not before half of the unread steps are read. */
    boolean hasRoom() {
        lock.lock();
        try {
            paused |= ready.size() >= MOST_UNREAD;
            return !paused;
        } finally {
            lock.unlock();
        }
    }

    void give(Step step) {
        change(() -> ready.add(step));
    }

    void reading(Step.Reading news) {
        if (!news.equals(progress)) { // only the engine's thread changes it
            change(() -> {
                progress = news;
                isNews = true;
            });
        }
    }

    void end(Reason reason) {
        change(() -> ended = reason);
    }
}
