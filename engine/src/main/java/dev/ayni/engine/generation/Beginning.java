package dev.ayni.engine.generation;

import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import java.util.Arrays;

/** A prompt that is read once for one or more answers, each of which then goes its own way. */
final class Beginning {
    private final ForwardQueue queue;
    private final IdlePasts idle;
    private final int[] prompt;
    private final Past past;
    private final int reused;
    private int waiting;
    private float[] logits_V = {};

    Beginning(ForwardQueue queue, IdlePasts idle, int[] prompt, int answers) {
        this.queue = queue;
        this.idle = idle;
        this.prompt = prompt;
        this.past = idle.take(prompt);
        this.reused = past.length();
        this.waiting = answers;
    }

    int[] prompt() {
        return prompt;
    }

    /** How many tokens were remembered from an earlier conversation. */
    int reused() {
        return reused;
    }

    /** Reads some more, unless another answer has. Returns how many tokens have been read. */
    synchronized int read() {
        if (past.length() < prompt.length) {
            int until = Math.min(past.length() + ForwardQueue.MAX_TOKENS, prompt.length);
            int[] chunk = Arrays.copyOfRange(prompt, past.length(), until);
            past.note(chunk);
            float[][] rows =
                    queue.forward(new Run(chunk, past.cache(), until < prompt.length ? Wanted.NONE : Wanted.LAST));
            logits_V = until < prompt.length ? logits_V : rows[0];
        }
        return past.length();
    }

    /** What an answer goes on from, once all is read. */
    record Read(Past past, float[] logits_V) {}

    /** Called once by each answer, after all is read. */
    synchronized Read take() {
        waiting--;
        if (waiting == 0) {
            return new Read(past, logits_V);
        }
        Past[] own = new Past[1];
        queue.whileFree(() -> own[0] = past.fork());
        return new Read(own[0], logits_V.clone());
    }

    /** Called by an answer that ends before it could take anything. */
    synchronized void leave() {
        waiting--;
        if (waiting == 0) {
            queue.whileFree(() -> idle.put(past));
        }
    }
}
