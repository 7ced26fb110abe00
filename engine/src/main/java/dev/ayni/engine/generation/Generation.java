package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.engine.generation.Step.Candidate;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.shape.ShapeCursor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
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
    private final @Nullable ShapeCursor shape;
    private final List<Integer> pending = new ArrayList<>(); // tokens of the text that the past lacks
    private final ArrayDeque<Integer> forced = new ArrayDeque<>(); // tokens that the shape leaves no choice about
    private final ArrayDeque<Step.Token> ready = new ArrayDeque<>(); // tokens that nobody has asked for yet
    private float[][] rows_RV = {}; // logits after the last token, and after each guess
    private float[][] room_RV = {}; // the most rows that there ever were, to be used again
    private int row;
    private int[] guesses = {};
    private long guessedSince;
    private int drawn;
    private int generated;
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
        this.shape = settings.shape() == null ? null : settings.shape().start();
        force();
    }

    /** How many tokens of the prompt were still remembered. */
    public int reused() {
        return beginning.reused();
    }

    /** How many tokens were given so far, an end token included. */
    public int generated() {
        return generated;
    }

    /**
     * Reads some of the prompt, or gives the next token.
     *
     * @throws ArithmeticException if the model's numbers overflow; the message names the layer
     */
    public Step next() {
        assert !closed : "a closed generation gives nothing";
        if (ready.isEmpty()) {
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
            }
            if (!pending.isEmpty()) {
                readOn(past);
            }
            draw(rows_RV[row++]);
        }
        generated++;
        return ready.remove();
    }

    /** Reads the text's latest tokens, and guesses of what will follow them. */
    private void readOn(Past past) {
        guessedSince = System.nanoTime();
        int known = pending.size();
        past.note(tokens(pending, new int[0])); // for the drafter; the pass notes them again
        int most = shape == null ? Math.min(pace.guesses(), tokensLeft() - 1) : 0; // a shape forces tokens instead
        int[] drafted = most <= 0 ? new int[0] : drafter.draft(past.tokens(), past.length() + known, most);
        int[] tokens = tokens(pending, drafted);
        past.note(tokens);
        room_RV = rows_RV.length > room_RV.length ? rows_RV : room_RV;
        rows_RV = queue.forward(new Run(tokens, past.cache(), drafted.length == 0 ? Wanted.LAST : Wanted.ALL, room_RV));
        row = drafted.length == 0 ? 0 : known - 1;
        guesses = drafted;
        pending.clear();
        if (drafted.length == 0) {
            pace.plain(System.nanoTime() - guessedSince);
        }
    }

    private static int[] tokens(List<Integer> first, int[] then) {
        return IntStream.concat(first.stream().mapToInt(id -> id), Arrays.stream(then))
                .toArray();
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
            id = sampler.draw(logits_V, promptLength + drawn, shape == null ? null : shape.allowed(tokensLeft()));
            follow(id);
        }
        int right = guesses.length - (rows_RV.length - row); // guesses that came true before this one
        boolean guessed = right < guesses.length && guesses[right] == id;
        add(id, wanted ? own[id] - normalizer : Double.NaN, alternatives, guessed);
        if (!guessed || ended != null) {
            settle(right);
        }
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

    private void add(int id, double logProbability, List<Candidate> alternatives, boolean read) {
        drawn++;
        if (!read) {
            pending.add(id);
        }
        ready.add(new Step.Token(id, logProbability, alternatives));
        if (ended == null && tokensLeft() == 0) {
            int most = settings.limits().maxTokens();
            ended = most > 0 && drawn >= most ? Reason.LENGTH : Reason.CONTEXT_FULL;
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
            add(id, Double.NaN, List.of(), false);
        }
        if (forced.isEmpty() && shape.isOver()) {
            ended = Reason.END; // also where the limit was reached by the last token
        }
    }

    /** Notes that the first {@code right} guesses were what was drawn, and forgets the others. */
    private void settle(int right) {
        if (past != null && guesses.length > 0) {
            pace.checked(guesses.length, right, System.nanoTime() - guessedSince);
            past.cache().rewind(past.length() - (guesses.length - right));
            guesses = new int[0];
        }
    }

    /** How many tokens may still be drawn. */
    private int tokensLeft() {
        int room = context - promptLength - drawn;
        int most = settings.limits().maxTokens();
        return most == 0 ? room : Math.min(room, most - drawn);
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
