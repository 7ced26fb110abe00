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
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One continuation of one prompt, token by token. For one thread at a time. */
public final class Generation implements AutoCloseable {
    private final ForwardQueue queue;
    private final IdlePasts idle;
    private final Beginning beginning;
    private final @Nullable Beginning awayBeginning; // of the negative prompt, where there is guidance
    private final int promptLength;
    private final int awayLength;
    private final Settings settings;
    private final int context;
    private final Set<Integer> ends;
    private final Sampler sampler;
    private final Drafter drafter;
    private final Pace pace = new Pace();
    private @Nullable Past past; // once the prompt is read
    private @Nullable Past away; // the same text after the negative prompt
    private @Nullable ShapeCursor shape; // of the whole text, or of what was begun in it
    private final List<Integer> pending = new ArrayList<>(); // tokens of the text that the past lacks
    private final ArrayDeque<Integer> forced = new ArrayDeque<>(); // tokens that the shape leaves no choice about
    private final ArrayDeque<Step.Token> ready = new ArrayDeque<>(); // tokens that nobody has asked for yet
    private float[][] rows_RV = {}; // logits after the last token, and after each guess
    private float[][] away_RV = {}; // the same after the negative prompt
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
            @Nullable Beginning away,
            int answer,
            Settings settings,
            int context,
            Set<Integer> ends,
            long seed,
            Drafter drafter) {
        this.queue = queue;
        this.idle = idle;
        this.beginning = beginning;
        this.awayBeginning = away;
        this.promptLength = beginning.prompt().length;
        this.awayLength = away == null ? 0 : away.prompt().length;
        this.settings = settings;
        this.context = context;
        this.ends = ends;
        this.sampler = new Sampler(settings.sampling(), seed, answer, beginning.prompt(), settings.breaks());
        this.drafter = drafter;
        this.shape = settings.shape() == null ? null : settings.shape().start();
        if (settings.limits().maxTokens() == 0) {
            ended = Reason.LENGTH;
        } else {
            force();
        }
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
                if (read == promptLength && awayBeginning != null) {
                    read += awayBeginning.read();
                }
                if (read < promptLength + awayLength) {
                    return new Step.Reading(read, promptLength + awayLength);
                }
                Beginning.Read all = beginning.take();
                past = all.past();
                rows_RV = new float[][] {all.logits_V()};
                if (awayBeginning != null) {
                    Beginning.Read allAway = awayBeginning.take();
                    away = allAway.past();
                    away_RV = new float[][] {allAway.logits_V()};
                }
            }
            if (!pending.isEmpty()) {
                readOn(past);
            }
            draw();
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
        Wanted wanted = drafted.length == 0 ? Wanted.LAST : Wanted.ALL;
        List<Run> runs = new ArrayList<>();
        runs.add(new Run(tokens, past.cache(), wanted, room_RV));
        if (away != null) {
            away.note(tokens);
            runs.add(new Run(tokens, away.cache(), wanted));
        }
        List<float[][]> rows = queue.forward(runs);
        rows_RV = rows.getFirst();
        away_RV = rows.getLast();
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

    private void draw() {
        float[] logits_V = rows_RV[row];
        boolean wanted = settings.logProbabilities() >= 0;
        double normalizer = wanted ? Sampler.logSum(logits_V) : 0;
        List<Candidate> alternatives = wanted ? Sampler.alternatives(logits_V, settings.logProbabilities()) : List.of();
        boolean free = shape == null;
        int id;
        if (!forced.isEmpty()) {
            id = forced.remove();
            sampler.note(id);
        } else {
            id = sampler.draw(
                    drawnFrom(logits_V, wanted),
                    promptLength + drawn,
                    shape == null ? null : shape.allowed(tokensLeft()));
            follow(id);
        }
        row++;
        boolean begun = free && shape != null;
        int right = guesses.length - (rows_RV.length - row); // guesses that came true before this one
        boolean guessed = right < guesses.length && guesses[right] == id;
        add(id, wanted ? logits_V[id] - normalizer : Double.NaN, alternatives, guessed);
        if (!guessed || ended != null) {
            settle(right);
        } else if (begun) { // guesses for a free text say nothing about this one
            settle(right + 1);
            rows_RV = new float[][] {rows_RV[row]};
            away_RV = new float[][] {away_RV[row]};
            row = 0;
        }
        if (forced.isEmpty()) {
            force();
        }
    }

    /** What a token is drawn from, which the sampler changes. */
    private float[] drawnFrom(float[] logits_V, boolean wanted) {
        if (away != null) {
            return Sampler.guided(
                    logits_V, away_RV[row], settings.sampling().guidance().scale());
        }
        return wanted ? logits_V.clone() : logits_V;
    }

    private void follow(int id) {
        if (ends.contains(id) && (shape != null || !settings.limits().ignoreEnd())) {
            ended = Reason.END;
        } else if (shape != null) {
            shape.accept(id);
        } else if (settings.begun().containsKey(id)) {
            shape = Objects.requireNonNull(settings.begun().get(id)).start();
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
            ended = drawn >= settings.limits().maxTokens() ? Reason.LENGTH : Reason.CONTEXT_FULL;
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
        if (!forced.isEmpty()) {
            return;
        }
        if (settings.shape() != null && shape.isOver()) {
            ended = Reason.END; // also where the limit was reached by the last token
        } else if (settings.shape() == null && shape.isWhole()) {
            shape = null; // what was begun is complete, and the text is free again
        }
    }

    /** Notes that the first {@code right} guesses were what was drawn, and forgets the others. */
    private void settle(int right) {
        if (past != null && guesses.length > 0) {
            pace.checked(guesses.length, right, System.nanoTime() - guessedSince);
            past.cache().rewind(past.length() - (guesses.length - right));
            if (away != null) {
                away.cache().rewind(away.length() - (guesses.length - right));
            }
            guesses = new int[0];
        }
    }

    /** How many tokens may still be drawn. */
    private int tokensLeft() {
        int room = context - Math.max(promptLength, awayLength) - drawn;
        return Math.min(room, settings.limits().maxTokens() - drawn);
    }

    /** Lets the conversation rest: its past is kept for a next turn. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            settle(0);
            drafter.close();
            if (awayBeginning != null) {
                rest(awayBeginning, away);
            }
            rest(beginning, past); // last, so that it is kept the longest
        }
    }

    private void rest(Beginning from, @Nullable Past read) {
        if (read == null) {
            from.leave();
        } else {
            queue.whileFree(() -> idle.put(read));
        }
    }
}
