package dev.ayni.engine.shape;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How far one answer has come in its shape. For one thread at a time. */
public final class ShapeCursor {
    /** So many bytes that can only be these are written at once. */
    private static final int MOST_FORCED = 4096;

    private static final int[] NO_TOKENS = {};

    private final CompiledShape lock;
    private final TokenVocabulary vocabulary;
    private final TokenMasks masks;
    private ShapeState state;
    private boolean first = true;

    ShapeCursor(CompiledShape lock, ShapeAutomaton automaton, TokenVocabulary vocabulary, TokenMasks masks) {
        this.lock = lock;
        this.vocabulary = vocabulary;
        this.masks = masks;
        this.state = automaton.start();
    }

    private ShapeCursor(ShapeCursor other) {
        this.lock = other.lock;
        this.vocabulary = other.vocabulary;
        this.masks = other.masks;
        this.state = other.state;
        this.first = other.first;
    }

    /** Another one at the same place, which goes its own way from here. */
    public ShapeCursor fork() {
        return new ShapeCursor(this);
    }

    /**
     * The tokens that may come next, one bit each: those after which the text can still be ended, and the end tokens where
     * it may end. Not to be changed.
     *
     * @param tokensLeft how many more tokens there may be, this one included; where that is few, only tokens after which the
     *     text can be ended in time, if there are any
     */
    public long[] allowed(int tokensLeft) {
        synchronized (lock) {
            return masks.within(state, tokensLeft);
        }
    }

    /** Whether a token is set in a mask. */
    public static boolean contains(long[] mask, int id) {
        return id >> 6 < mask.length && (mask[id >> 6] >>> id & 1) != 0;
    }

    /**
     * Goes on by an allowed token.
     *
     * @throws IllegalArgumentException if the token is not allowed here
     */
    public void accept(int id) {
        synchronized (lock) {
            if (vocabulary.ends().contains(id)) {
                return;
            }
            byte[] piece = vocabulary.bytes(id);
            ShapeState at = read(state, piece, dropsSpace(piece) ? 1 : 0);
            if (at == null || piece.length == 0) {
                throw new IllegalArgumentException(
                        "The token %d does not follow in this shape. Take one that is allowed.".formatted(id));
            }
            state = at;
            first = false;
        }
    }

    private static @Nullable ShapeState read(ShapeState from, byte[] bytes, int start) {
        ShapeState at = from;
        for (int i = start; i < bytes.length && at != null; i++) {
            at = at.next(bytes[i] & 0xFF);
        }
        return at;
    }

    /** Whether the text has the shape as it stands. */
    public boolean isWhole() {
        synchronized (lock) {
            return state.accepts();
        }
    }

    /** Whether the text has the shape, and nothing can be added to it. */
    public boolean isOver() {
        synchronized (lock) {
            return state.isOver();
        }
    }

    /** At least so many tokens are needed to end the text. */
    public int tokensToEnd() {
        synchronized (lock) {
            return masks.tokensLeft(state);
        }
    }

    /**
     * Goes on by the tokens that must come next because only one text can follow, and gives them; often none. They are those
     * by which the tokenizer writes that text; one that could also be a longer token, which reaches into what is free again,
     * is left to the model.
     *
     * @param tokensLeft how many more tokens there may be; none is forced where they would not suffice then to end the text
     */
    public int[] force(int tokensLeft) {
        synchronized (lock) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            ShapeState end = state;
            for (int b = end.onlyByte(); b >= 0 && text.size() < MOST_FORCED; b = end.onlyByte()) {
                text.write(b);
                end = Objects.requireNonNull(end.next(b));
            }
            byte[] forced = text.toByteArray();
            int[] ids = forced.length == 0 ? null : vocabulary.canonical(forced, first);
            if (ids == null) {
                return NO_TOKENS;
            }
            ShapeState before = state;
            boolean beforeFirst = first;
            int count = 0;
            int from = 0;
            while (count < ids.length && !mayReachOver(forced, from, end)) {
                byte[] piece = vocabulary.bytes(ids[count]);
                from += piece.length - (dropsSpace(piece) ? 1 : 0);
                accept(ids[count++]);
            }
            if (count > 0 && masks.tokensLeft(state) > tokensLeft - count) {
                state = before;
                first = beforeFirst;
                return NO_TOKENS;
            }
            return Arrays.copyOf(ids, count);
        }
    }

    private boolean dropsSpace(byte[] piece) {
        return first && vocabulary.dropsFirstSpace() && piece.length > 0 && piece[0] == ' ';
    }

    /** Whether some token begins with all the rest of a forced text and goes on beyond it as the shape allows. */
    private boolean mayReachOver(byte[] forced, int from, ShapeState end) {
        boolean[] found = new boolean[1];
        vocabulary.all().continuations(forced, from, forced.length, b -> found[0] |= end.next(b) != null);
        return found[0];
    }
}
