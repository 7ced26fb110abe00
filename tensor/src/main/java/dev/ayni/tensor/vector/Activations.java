package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.INT;

import dev.ayni.tensor.Arithmetic;
import dev.ayni.tensor.Workers;
import dev.ayni.tensor.strips.Layout;
import dev.ayni.tensor.strips.Scratch;

/** The activations of one product, quantised: the first digit of all groups, and the second of those that are loud. */
final class Activations {
    /*
     * Few tokens, each by itself: cell groups * token + g of the first digit is group g; in the second digit the loud groups
     * follow one another from cell groups * token on.
     *
     * More tokens, tiles of eight: cell groups * tile + g of the first digit is group g of the tile's tokens. In the second
     * digit a group's cells hold the tokens for which it is loud, eight a cell, one group's after another's.
     */
    /** Tokens in a tile. */
    static final int TILE = 8;

    /** So many tokens are computed one by one: a strip's weights stay in the cache. */
    static final int FEW = 3;

    /** Below this, in work of the size of a copy, other threads are not woken. */
    private static final int WORTH_SHARING = 1 << 16;

    /** A group's floats, pairs and facts before they are spread, and the rest of it. */
    private static final long ROOM = 128 + 64 + 64 + 128;

    private final Digit first = new Digit();
    private final Digit second = new Digit();
    private final Scratch scales = new Scratch();
    private final Scratch room = new Scratch();
    private final Scratch secondTokens = new Scratch();
    private int groups;
    private int tokens;
    private long x;
    private boolean asPairs;
    private boolean asFloats;

    /** Of each token, its loud groups in order, and how many they are before each segment and in all. */
    private int[] loud = {};

    private int[] loudBefore = {};

    /** Of tiles: where each loud group of a token stands among the group's tokens, and each group's first cell. */
    private int[] place = {};

    private int[] firstCell = {};

    /**
     * Quantises x [tokens, width] at an address.
     *
     * @param asPairs whether the kernels for many tokens will read pairs of shorts; likewise floats
     */
    void quantize(long x, int tokens, int width, boolean asPairs, boolean asFloats, Workers workers) {
        this.x = x;
        this.tokens = tokens;
        this.asPairs = asPairs;
        this.asFloats = asFloats;
        groups = width / Arithmetic.GROUP;
        int columns = tokens <= FEW ? 1 : TILE;
        int tiles = (tokens + columns - 1) / columns;
        first.reserve((long) groups * tiles, columns);
        scales.reserve(4L * groups * tokens);
        room.reserve(ROOM * tokens);
        loud = atLeast(groups * tokens, loud);
        loudBefore = atLeast((segments() + 1) * tokens, loudBefore);
        if (columns == 1) {
            second.reserve((long) groups * tokens, 1);
            for (int token = 0; token < tokens; token++) {
                single(token);
            }
            return;
        }
        each(workers, this::firstDigit);
        for (int token = tokens; token < tiles * TILE; token++) {
            for (int group = 0; group < groups; group++) {
                first.clear((long) groups * (token / TILE) + group, token % TILE);
            }
        }
        placeSecondDigits();
        each(workers, this::secondDigit);
    }

    private interface Token {
        void accept(int token);
    }

    private void each(Workers workers, Token work) {
        if ((long) tokens * groups * Arithmetic.GROUP < WORTH_SHARING) {
            for (int token = 0; token < tokens; token++) {
                work.accept(token);
            }
        } else {
            workers.run(tokens, work::accept);
        }
    }

    private static int[] atLeast(int size, int[] array) {
        return array.length < size ? new int[size] : array;
    }

    private int segments() {
        return (groups + Layout.SEGMENT_GROUPS - 1) / Layout.SEGMENT_GROUPS;
    }

    Digit first() {
        return first;
    }

    Digit second() {
        return second;
    }

    /** The cell of a group of a tile, or of one of few tokens. */
    long firstCell(int tile, int group) {
        return (long) groups * tile + group;
    }

    /** The cell of one of few tokens' first loud group from a segment on. */
    long secondCell(int token, int segment) {
        return (long) groups * token + loudBefore[(segments() + 1) * token + segment];
    }

    /** The first of the cells that hold the tokens for which a group is loud; the next group's cells follow. */
    int secondCell(int group) {
        return firstCell[group];
    }

    /** Where the numbers of a cell's tokens stand; columns to spare have the number of tokens. */
    long secondTokens(int cell) {
        return secondTokens.address() + 4L * TILE * cell;
    }

    void free() {
        first.free();
        second.free();
        scales.free();
        room.free();
        secondTokens.free();
    }

    /** Both digits of one of few tokens. */
    private void single(int token) {
        long row = row(token);
        for (int group = 0; group < groups; group++) {
            long cell = firstCell(token, group);
            float scale =
                    Quantization.group(row + 128L * group, first.floats(cell), first.pairs(cell), first.facts(cell), 4);
            ALL.set(FLOAT, scale(token, group), scale);
            first.start(cell, group % Layout.SEGMENT_GROUPS);
        }
        findLoud(token);
        long rest = room(token);
        for (int i = 0; i < loudCount(token); i++) {
            int group = loud[groups * token + i];
            float scale = ALL.get(FLOAT, scale(token, group));
            Quantization.rest(row + 128L * group, first.floats(firstCell(token, group)), scale, rest);
            long cell = (long) groups * token + i;
            Quantization.group(rest, second.floats(cell), second.pairs(cell), second.facts(cell), 4);
            second.start(cell, group % Layout.SEGMENT_GROUPS);
        }
    }

    /** The first digit of a token of a tile. */
    private void firstDigit(int token) {
        long row = row(token);
        for (int group = 0; group < groups; group++) {
            float scale = column(row + 128L * group, token, first, firstCell(token / TILE, group), token % TILE);
            ALL.set(FLOAT, scale(token, group), scale);
        }
        findLoud(token);
    }

    /** Quantises 32 floats into a column of a cell. */
    private float column(long from, int token, Digit to, long cell, int column) {
        long floats = room(token);
        long pairs = floats + 128;
        float scale = Quantization.group(from, floats, pairs, to.facts(cell) + 4L * column, 4L * TILE);
        to.spread(pairs, asPairs ? 16 : 0, floats, asFloats ? 32 : 0, cell, column);
        return scale;
    }

    private void findLoud(int token) {
        float bound = Quantization.loudBound(scale(token, 0), groups, room(token));
        int before = (segments() + 1) * token;
        int count = 0;
        for (int group = 0; group < groups; group++) {
            if (group % Layout.SEGMENT_GROUPS == 0) {
                loudBefore[before + group / Layout.SEGMENT_GROUPS] = count;
            }
            float scale = ALL.get(FLOAT, scale(token, group));
            if (scale * scale > bound) {
                loud[groups * token + count++] = group;
            }
        }
        loudBefore[before + segments()] = count;
    }

    private int loudCount(int token) {
        return loudBefore[(segments() + 1) * token + segments()];
    }

    /** Gives each loud group of each token a column of a cell. */
    private void placeSecondDigits() {
        place = atLeast(groups * tokens, place);
        firstCell = new int[groups + 1];
        int[] count = new int[groups];
        for (int token = 0; token < tokens; token++) {
            for (int i = groups * token; i < groups * token + loudCount(token); i++) {
                place[i] = count[loud[i]]++;
            }
        }
        for (int group = 0; group < groups; group++) {
            firstCell[group + 1] = firstCell[group] + (count[group] + TILE - 1) / TILE;
        }
        second.reserve(firstCell[groups], TILE);
        secondTokens.reserve(4L * TILE * firstCell[groups]);
        for (int group = 0; group < groups; group++) {
            for (int column = count[group]; column % TILE != 0; column++) {
                int cell = firstCell[group] + column / TILE;
                second.clear(cell, column % TILE);
                ALL.set(INT, secondTokens(cell) + 4L * (column % TILE), tokens);
            }
        }
    }

    /** The second digit of a token of a tile. */
    private void secondDigit(int token) {
        long row = row(token);
        long floats = room(token);
        long pairs = floats + 128;
        long facts = pairs + 64;
        long rest = facts + 64;
        for (int i = groups * token; i < groups * token + loudCount(token); i++) {
            int group = loud[i];
            float scale = Quantization.group(row + 128L * group, floats, pairs, facts, 4);
            Quantization.rest(row + 128L * group, floats, scale, rest);
            int cell = firstCell[group] + place[i] / TILE;
            column(rest, token, second, cell, place[i] % TILE);
            ALL.set(INT, secondTokens(cell) + 4L * (place[i] % TILE), token);
        }
    }

    private long row(int token) {
        return x + 4L * groups * Arithmetic.GROUP * token;
    }

    private long scale(int token, int group) {
        return scales.address() + 4L * ((long) groups * token + group);
    }

    private long room(int token) {
        return room.address() + ROOM * token;
    }
}
