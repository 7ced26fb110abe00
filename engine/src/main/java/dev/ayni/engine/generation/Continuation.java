package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.engine.generation.Step.Candidate;
import dev.ayni.engine.shape.ShapeCursor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How a generation comes about: tokens are drawn from what was read, and are what is read next. */
final class Continuation implements Work {
    private static final int[] NO_TOKENS = {};

    private final Generation reader;
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
    private float[][] rows_RV = {}; // logits after the last token, and after each guess
    private float[][] away_RV = {}; // the same after the negative prompt
    private float[][] room_RV = {}; // the most rows that there ever were, to be used again
    private int row;
    private int[] guesses = {};
    private long guessingNanos;
    private boolean asked;
    private int drawn;
    private boolean begun;
    private @Nullable Reason ended;
    private boolean over;

    Continuation(
            Generation reader,
            IdlePasts idle,
            Beginning beginning,
            @Nullable Beginning away,
            int answer,
            Settings settings,
            int context,
            Set<Integer> ends,
            long seed,
            Drafter drafter) {
        this.reader = reader;
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
        if (settings.promptProbabilities()) {
            beginning.addReader(reader);
        } else {
            begin(); // what a shape forces, or a limit of no tokens, needs no prompt
        }
    }

    /** Says what can be said before any token is drawn. */
    private void begin() {
        begun = true;
        if (settings.limits().maxTokens() == 0) {
            ended = Reason.LENGTH;
        } else {
            force();
        }
        tellEnd();
    }

    @Override
    public List<Past> texts() {
        if (over) {
            return List.of();
        }
        Past first = past == null ? beginning.past() : past;
        return awayBeginning == null
                ? List.of(first)
                : List.of(first, past == null ? awayBeginning.past() : Objects.requireNonNull(away));
    }

    @Override
    public boolean isWanted() {
        return reader.hasRoom();
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void tellProgress() {
        if (past == null) {
            int read = beginning.past().cache().length();
            if (awayBeginning != null) {
                read += awayBeginning.past().cache().length();
            }
            reader.reading(new Step.Reading(Math.min(read, promptLength + awayLength), promptLength + awayLength));
        }
    }

    @Override
    public boolean join() {
        if (past != null) {
            return true;
        }
        boolean read = beginning.isRead();
        if (awayBeginning != null) {
            read &= awayBeginning.isRead();
        }
        if (!read) {
            return false;
        }
        Beginning.Read all = beginning.take();
        past = all.past();
        rows_RV = new float[][] {all.logits_V()};
        if (awayBeginning != null) {
            Beginning.Read allAway = awayBeginning.take();
            away = allAway.past();
            away_RV = new float[][] {allAway.logits_V()};
        }
        return true;
    }

    @Override
    public boolean isItsOwn() {
        return true;
    }

    @Override
    public int goOn(Pass pass) {
        Past text = Objects.requireNonNull(past);
        int before = drawn;
        if (!begun) {
            begin();
        }
        if (asked) {
            asked = false;
            takeRows(text, pass);
        }
        while (ended == null && pending.isEmpty()) {
            draw(pass);
        }
        if (ended == null) {
            ask(text, pass);
        } else {
            settle(0, pass);
        }
        tellEnd();
        return drawn - before;
    }

    private void takeRows(Past text, Pass pass) {
        rows_RV = text.rows();
        away_RV = away == null ? rows_RV : away.rows();
        row = 0;
        if (guesses.length == 0 && pass.plain()) {
            pace.plain(pass.nanos());
        }
    }

    /** Adds the text's latest tokens to what is to be read, and guesses of what will follow them. */
    private void ask(Past text, Pass pass) {
        long start = System.nanoTime();
        int[] known = pending.stream().mapToInt(id -> id).toArray();
        pending.clear();
        room_RV = rows_RV.length > room_RV.length ? rows_RV : room_RV;
        text.add(known, 1, room_RV);
        int most = shape == null && pass.guesses()
                ? Math.min(Math.min(pace.guesses(), tokensLeft() - 1), text.roomForGuesses())
                : 0; // a shape forces tokens instead
        guesses = most <= 0 ? NO_TOKENS : drafter.draft(text.tokens(), text.length(), most);
        if (guesses.length > 0) {
            text.add(guesses, 1 + guesses.length, room_RV);
        }
        if (away != null) {
            away.add(known, 1, away_RV == rows_RV ? new float[0][] : away_RV);
            if (guesses.length > 0) {
                away.add(guesses, 1 + guesses.length, new float[0][]);
            }
        }
        guessingNanos = System.nanoTime() - start;
        asked = true;
    }

    private void draw(Pass pass) {
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
        boolean shapeBegun = free && shape != null;
        int right = guesses.length - (rows_RV.length - row); // guesses that came true before this one
        boolean guessed = right < guesses.length && guesses[right] == id;
        add(id, wanted ? logits_V[id] - normalizer : Double.NaN, alternatives, guessed);
        if (!guessed || ended != null) {
            settle(right, pass);
        } else if (shapeBegun) { // guesses for a free text say nothing about this one
            settle(right + 1, pass);
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
        reader.give(new Step.Token(id, logProbability, alternatives));
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
        for (int id : ended == null ? shape.force(tokensLeft()) : NO_TOKENS) {
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
    private void settle(int right, Pass pass) {
        if (past != null && guesses.length > 0) {
            pace.checked(guesses.length, right, guessingNanos + pass.nanos());
            past.rewind(past.length() - (guesses.length - right));
            if (away != null) {
                away.rewind(away.length() - (guesses.length - right));
            }
            guesses = NO_TOKENS;
        }
    }

    /** How many tokens may still be drawn. */
    private int tokensLeft() {
        int room = context - Math.max(promptLength, awayLength) - drawn;
        return Math.min(room, settings.limits().maxTokens() - drawn);
    }

    private void tellEnd() {
        if (ended != null && !over) {
            over = true;
            reader.end(ended);
        }
    }

    @Override
    public void end(Reason reason) {
        if (!over) {
            ended = reason;
            tellEnd();
        }
    }

    @Override
    public void fail(Throwable problem) {
        over = true;
        reader.fail(problem);
    }

    @Override
    public void leave() {
        over = true;
        drafter.close();
        if (awayBeginning != null) {
            rest(awayBeginning, away);
        }
        rest(beginning, past); // last, so that it is kept the longest
        reader.left();
    }

    private void rest(Beginning from, @Nullable Past read) {
        if (read == null) {
            from.leave();
        } else {
            if (guesses.length > 0) {
                read.rewind(read.length() - guesses.length);
            }
            idle.put(read);
        }
    }
}
