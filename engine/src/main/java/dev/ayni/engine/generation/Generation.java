package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.engine.generation.Step.Candidate;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One continuation of one prompt, token by token. For one thread at a time. */
public final class Generation implements AutoCloseable {
    private final ForwardQueue queue;
    private final IdlePasts idle;
    private final Beginning beginning;
    private final int promptLength;
    private final Settings settings;
    private final int context;
    private final Set<Integer> ends;
    private final Sampler sampler;
    private final Drafter drafter;
    private final Pace pace = new Pace();
    private @Nullable Past past; // once the prompt is read
    private float[][] rows_RV = {}; // logits after the last token, and after each guess
    private int row;
    private int[] guesses = {};
    private long guessedSince;
    private int generated;
    private int last;
    private @Nullable Reason ended;
    private boolean closed;

    Generation(
            ForwardQueue queue,
            IdlePasts idle,
            Beginning beginning,
            int answer,
            Settings settings,
            int context,
            Set<Integer> ends,
            long seed,
            Drafter drafter) {
        this.queue = queue;
        this.idle = idle;
        this.beginning = beginning;
        this.promptLength = beginning.prompt().length;
        this.settings = settings;
        this.context = context;
        this.ends = ends;
        this.sampler = new Sampler(settings.sampling(), seed, answer, beginning.prompt(), settings.breaks());
        this.drafter = drafter;
    }

    /** How many tokens of the prompt were still remembered. */
    public int reused() {
        return beginning.reused();
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
        if (ended != null) {
            return new Step.Ended(ended);
        }
        if (past == null) {
            int read = beginning.read();
            if (read < promptLength) {
                return new Step.Reading(read, promptLength);
            }
            Beginning.Read all = beginning.take();
            past = all.past();
            rows_RV = new float[][] {all.logits_V()};
            row = 0;
        } else if (row == rows_RV.length) {
            readOn(past);
        }
        return draw(rows_RV[row++]);
    }

    /** Reads the last token, and guesses of what will follow it. */
    private void readOn(Past past) {
        guessedSince = System.nanoTime();
        past.note(new int[] {last}); // for the drafter; the pass notes it again
        int most = Math.min(pace.guesses(), mostTokens() - generated - 1);
        int[] drafted = most <= 0 ? new int[0] : drafter.draft(past.tokens(), past.length() + 1, most);
        int[] tokens = new int[1 + drafted.length];
        tokens[0] = last;
        System.arraycopy(drafted, 0, tokens, 1, drafted.length);
        past.note(tokens);
        rows_RV = queue.forward(new Run(tokens, past.cache(), drafted.length == 0 ? Wanted.LAST : Wanted.ALL));
        row = 0;
        guesses = drafted;
        if (guesses.length == 0) {
            pace.plain(System.nanoTime() - guessedSince);
        }
    }

    /** Notes that the first {@code right} guesses were what was drawn, and forgets the others. */
    private void settle(int right) {
        if (past != null && guesses.length > 0) {
            pace.checked(guesses.length, right, System.nanoTime() - guessedSince);
            past.cache().rewind(past.length() - (guesses.length - right));
            guesses = new int[0];
        }
        row = rows_RV.length;
    }

    private Step draw(float[] logits_V) {
        boolean wanted = settings.logProbabilities() >= 0;
        double normalizer = wanted ? Sampler.logSum(logits_V) : 0;
        List<Candidate> alternatives = wanted ? Sampler.alternatives(logits_V, settings.logProbabilities()) : List.of();
        float[] own = wanted ? logits_V.clone() : logits_V; // the sampler changes what it draws from
        last = sampler.draw(logits_V, promptLength + generated);
        generated++;
        if (ends.contains(last) && !settings.limits().ignoreEnd()) {
            ended = Reason.END;
        } else {
            limitReached();
        }
        if (ended != null || row > guesses.length || guesses[row - 1] != last) {
            settle(row - 1);
        }
        return new Step.Token(last, wanted ? own[last] - normalizer : Double.NaN, alternatives);
    }

    /** How many tokens may be drawn, all told. */
    private int mostTokens() {
        int room = context - promptLength;
        int most = settings.limits().maxTokens();
        return most > 0 ? Math.min(most, room) : room;
    }

    /** Notes why no further token may be drawn, if so. */
    private boolean limitReached() {
        int most = settings.limits().maxTokens();
        if (most > 0 && generated >= most) {
            ended = Reason.LENGTH;
        } else if (promptLength + generated >= context) {
            ended = Reason.CONTEXT_FULL;
        }
        return ended != null;
    }

    /** Lets the conversation rest: its past is kept for a next turn. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            settle(0);
            drafter.close();
            Past mine = past;
            if (mine == null) {
                beginning.leave();
            } else {
                queue.whileFree(() -> idle.put(mine));
            }
        }
    }
}
