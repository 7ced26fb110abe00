package dev.ayni.engine.generation;

import dev.ayni.engine.models.KvCache;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A text that a model reads: its tokens, and the cache that remembers the first of them. What the cache lacks is read when
 * the scheduler has room for it. For the engine's thread.
 */
final class Past {
    private KvCache cache;
    private final boolean shared;
    private final @Nullable Consumer<float[]> states;
    private int handed; // tokens up to here have their states handed over
    private int[] tokens = new int[256];
    private int length;
    private int expected; // tokens that are sure to come
    private int wanted; // how many of the last tokens' logits or states
    private float[][] room_RV = {};
    private float[][] rows_RV = {};

    /** @param shared whether it may begin with what others have read, and others with what it has read */
    Past(KvCache cache, boolean shared) {
        this(cache, shared, null);
    }

    private Past(KvCache cache, boolean shared, @Nullable Consumer<float[]> states) {
        this.cache = cache;
        this.shared = shared;
        this.states = states;
    }

    /**
     * A text that nobody continues: what stands for its tokens is handed over as soon as they are read, in their order.
     *
     * @param onlyLast whether only the last token's is
     */
    static Past toHandOver(KvCache cache, int[] tokens, boolean onlyLast, Consumer<float[]> states) {
        Past text = new Past(cache, false, states);
        text.add(tokens, onlyLast ? 1 : tokens.length, NO_ROWS);
        return text;
    }

    /** Says that so many tokens in all are sure to come, so that the first ones are read as those of a text that long. */
    void expect(int tokens) {
        expected = tokens;
    }

    /** Another text of the same tokens, of which everything is read; it goes its own way from here. */
    Past fork() {
        assert lacking() == 0;
        Past other = new Past(cache.fork(), shared);
        other.tokens = tokens.clone();
        other.length = length;
        return other;
    }

    KvCache cache() {
        return cache;
    }

    boolean isShared() {
        return shared;
    }

    /** How many tokens there are, read or not. */
    int length() {
        return length;
    }

    /** The tokens; what stands behind the length may be anything. */
    int[] tokens() {
        return tokens;
    }

    /** How many tokens are still to be read. */
    int lacking() {
        return length - cache.length();
    }

    /** How many tokens at its start are read and also at the start of another text. */
    int commonWith(Past other) {
        return common(other, cache.length());
    }

    /** How many tokens at its start, read or not, are also at the start of another text. */
    int alikeWith(Past other) {
        return common(other, length);
    }

    private int common(Past other, int most) {
        if (cache.isFar() != other.cache.isFar()) {
            return 0;
        }
        int mismatch = Arrays.mismatch(tokens, 0, most, other.tokens, 0, other.length);
        return mismatch < 0 ? Math.min(most, other.length) : mismatch;
    }

    /**
     * Adds tokens that are to be read.
     *
     * @param wanted of how many of the last ones the logits are wanted
     * @param room rows that nobody needs any more, to be used again
     */
    void add(int[] next, int wanted, float[][] room) {
        int needed = length + next.length;
        if (needed > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(needed, tokens.length * 2));
        }
        System.arraycopy(next, 0, tokens, length, next.length);
        length = needed;
        cache.expect(Math.max(length, expected));
        this.wanted = wanted;
        this.room_RV = room;
    }

    /** How many tokens may be added that are perhaps taken away again: not so many that all would be read anew for them. */
    int roomForGuesses() {
        return cache.isFar() ? Integer.MAX_VALUE : cache.untilFar() - lacking();
    }

    /** Forgets all but the first tokens. */
    void rewind(int tokens) {
        length = tokens;
        cache.rewind(Math.min(cache.length(), tokens));
    }

    /** How many tokens another's cache may lend it: logits that are wanted have to be computed. */
    int mostLent() {
        return length - wanted;
    }

    /** Begins with a cache that remembers its first tokens. */
    void beginWith(KvCache lent) {
        assert cache.length() == 0;
        cache.close();
        cache = lent;
    }

    /** Gives what was read away, as a text of its own, and has to read everything again. */
    Past surrender(KvCache empty) {
        Past read = new Past(cache, shared);
        read.tokens = tokens.clone();
        read.length = cache.length();
        cache = empty;
        cache.expect(Math.max(length, expected));
        return read;
    }

    /** At most so many of the lacking tokens, for a forward pass; all whose logits are wanted go together. */
    Run run(int most) {
        int from = cache.length();
        int first = length - wanted;
        int until = Math.min(length, from + most);
        if (wanted > 1 && states == null) {
            until = from < first ? Math.min(until, first) : length;
        }
        Wanted rows = until <= first ? Wanted.NONE : wantedRows();
        return new Run(Arrays.copyOfRange(tokens, from, until), cache, rows, rows == Wanted.NONE ? NO_ROWS : room_RV);
    }

    private static final float[][] NO_ROWS = {};

    private Wanted wantedRows() {
        if (states == null) {
            return wanted == 1 ? Wanted.LAST : Wanted.ALL;
        }
        return wanted == 1 ? Wanted.LAST_STATE : Wanted.ALL_STATES;
    }

    /** Notes the logits of a pass, or hands its states over; some may be computed again after a surrender. */
    void computed(float[][] rows) {
        if (states != null) {
            for (int i = 0; i < rows.length; i++) {
                if (cache.length() - rows.length + i >= handed) {
                    states.accept(rows[i]);
                }
            }
            handed = Math.max(handed, cache.length());
        } else if (lacking() == 0) {
            rows_RV = rows;
        }
    }

    /** The logits of the last tokens, as many as were wanted, once nothing is lacking. */
    float[][] rows() {
        return rows_RV;
    }
}
