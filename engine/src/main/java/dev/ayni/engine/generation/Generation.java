package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.engine.generation.Step.Candidate;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.shape.ShapeCursor;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One continuation of one prompt, token by token. For one thread at a time. */
public final class Generation implements AutoCloseable {
    private final ForwardQueue queue;
    private final IdlePasts idle;
    private final int[] prompt;
    private final Settings settings;
    private final int context;
    private final Set<Integer> ends;
    private final Sampler sampler;
    private final Past past;
    private final int reused;
    private final @Nullable ShapeCursor shape;
    /** The prompt and all that follows it, of which the past remembers the beginning. */
    private int[] text;

    private int length;
    private final ArrayDeque<Integer> forced = new ArrayDeque<>(); // tokens that the shape leaves no choice about
    private final ArrayDeque<Step.Token> ready = new ArrayDeque<>(); // tokens that nobody has asked for yet
    private int generated;
    private @Nullable Reason ended;
    private boolean closed;

    Generation(
            ForwardQueue queue,
            IdlePasts idle,
            int[] prompt,
            Settings settings,
            int context,
            Set<Integer> ends,
            long seed) {
        this.queue = queue;
        this.idle = idle;
        this.prompt = prompt;
        this.settings = settings;
        this.context = context;
        this.ends = ends;
        this.sampler = new Sampler(settings.sampling(), seed, prompt);
        this.past = idle.take(prompt);
        this.reused = past.length();
        this.shape = settings.shape() == null ? null : settings.shape().start();
        this.text = Arrays.copyOf(prompt, prompt.length + 64);
        this.length = prompt.length;
        force();
    }

    /** How many tokens of the prompt were still remembered. */
    public int reused() {
        return reused;
    }

    /** How many tokens were drawn so far, an end token included. */
    public int generated() {
        return generated;
    }

    /**
     * Reads some of the prompt, or draws the next token.
     *
     * @throws ArithmeticException if the model's numbers overflow; the message names the layer
     */
    public Step next() {
        assert !closed : "a closed generation gives nothing";
        if (!ready.isEmpty()) {
            generated++;
            return ready.remove();
        }
        if (ended != null) {
            return new Step.Ended(ended);
        }
        int until = Math.min(past.length() + ForwardQueue.MAX_TOKENS, length);
        int[] chunk = Arrays.copyOfRange(text, past.length(), until);
        if (until < length) {
            forward(chunk, Wanted.NONE);
            return new Step.Reading(Math.min(until, prompt.length), prompt.length);
        }
        draw(forward(chunk, Wanted.LAST)[0]);
        generated++;
        return ready.remove();
    }

    private float[][] forward(int[] tokens, Wanted wanted) {
        past.note(tokens);
        return queue.forward(new Run(tokens, past.cache(), wanted));
    }

    private void draw(float[] logits_V) {
        boolean wanted = settings.logProbabilities() >= 0;
        double normalizer = wanted ? Sampler.logSum(logits_V) : 0;
        List<Candidate> alternatives = wanted ? Sampler.alternatives(logits_V, settings.logProbabilities()) : List.of();
        float[] own = wanted ? logits_V.clone() : logits_V; // the sampler changes what it draws from
        int id;
        if (!forced.isEmpty()) {
            id = forced.remove();
            sampler.note(id);
        } else {
            id = sampler.draw(logits_V, past.length(), shape == null ? null : shape.allowed(tokensLeft()));
            follow(id);
        }
        add(id, wanted ? own[id] - normalizer : Double.NaN, alternatives);
        if (forced.isEmpty()) {
            force();
        }
    }

    private void follow(int id) {
        if (ends.contains(id) && (shape != null || !settings.limits().ignoreEnd())) {
            ended = Reason.END;
        } else if (shape != null) {
            shape.accept(id);
        }
    }

    private void add(int id, double logProbability, List<Candidate> alternatives) {
        if (length == text.length) {
            text = Arrays.copyOf(text, 2 * length);
        }
        text[length++] = id;
        ready.add(new Step.Token(id, logProbability, alternatives));
        if (ended == null && tokensLeft() == 0) {
            ended = settings.limits().maxTokens() == 0
                            || length - prompt.length < settings.limits().maxTokens()
                    ? Reason.CONTEXT_FULL
                    : Reason.LENGTH;
        }
    }

    /**
     * Adds the tokens that the shape leaves no choice about, and ends where it leaves nothing to add. They need no pass of
     * their own but go with the next one, unless their log-probabilities are wanted.
     */
    private void force() {
        if (shape == null || ended == Reason.END) {
            return;
        }
        for (int id : ended == null ? shape.force(tokensLeft()) : new int[0]) {
            forced.add(id);
        }
        while (settings.logProbabilities() < 0 && !forced.isEmpty()) {
            int id = forced.remove();
            sampler.note(id);
            add(id, Double.NaN, List.of());
        }
        if (forced.isEmpty() && shape.isOver()) {
            ended = Reason.END; // also where the limit was reached by the last token
        }
    }

    private int tokensLeft() {
        int most = settings.limits().maxTokens();
        int room = context - length;
        return most == 0 ? room : Math.min(room, most - (length - prompt.length));
    }

    /** Lets the conversation rest: its past is kept for a next turn. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            queue.whileFree(() -> idle.put(past));
        }
    }
}
