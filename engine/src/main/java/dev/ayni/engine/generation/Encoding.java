package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Texts that are read for what stands for their tokens, and not continued. For one thread at a time. */
public final class Encoding extends Reader {
    private boolean isNews;
    private boolean over;
    private @Nullable Reason broken;

    /** Takes what stands for the tokens of texts. */
    public interface States {
        /**
         * The next token of a text.
         *
         * @param text which one, from 0 on
         * @param state_D after the last norm; it is the receiver's to keep
         */
        void accept(int text, float[] state_D);
    }

    Encoding(Scheduler scheduler) {
        super(scheduler);
    }

    /**
     * Waits until more was read; half a second at most.
     *
     * @return whether there is more to do
     * @throws ArithmeticException if the model's numbers overflow; the message names the layer
     * @throws IllegalStateException if the generator was closed
     * @throws CancellationException if the request's deadline has passed
     */
    public boolean step() {
        assert !isClosed() : "a closed encoding gives nothing";
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
            if (broken != null) {
                throw new CancellationException(
                        "The time for this request was over before all its texts were read. Allow more time, or send fewer texts.");
            }
            return !over;
        } finally {
            lock.unlock();
        }
    }

    void advanced() {
        change(() -> isNews = true);
    }

    void end(@Nullable Reason early) {
        change(() -> {
            broken = early;
            over = true;
        });
    }
}
