package dev.ayni.engine.shape;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * A set of Unicode code points, surrogates never among them.
 *
 * @param bounds the first and last code point of each run, rising, runs not touching
 */
record CodePoints(int[] bounds) {
    static final int LAST = Character.MAX_CODE_POINT;
    static final CodePoints NONE = new CodePoints(new int[0]);
    static final CodePoints ALL = of(0, LAST);

    static CodePoints of(int first, int last) {
        return normal(new int[] {first, last});
    }

    /** The code points of several runs, which may overlap and come in any order. */
    static CodePoints normal(int[] runs) {
        long[] sorted = new long[runs.length / 2];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = ((long) runs[2 * i] << 32) | runs[2 * i + 1];
        }
        Arrays.sort(sorted);
        int[] merged = new int[runs.length + 2];
        int n = 0;
        for (long run : sorted) {
            n = append(merged, n, (int) (run >> 32), (int) run);
        }
        return new CodePoints(withoutSurrogates(Arrays.copyOf(merged, n)));
    }

    private static int append(int[] merged, int n, int first, int last) {
        if (first > last) {
            return n;
        }
        if (n > 0 && first <= merged[n - 1] + 1) {
            merged[n - 1] = Math.max(merged[n - 1], last);
            return n;
        }
        merged[n] = first;
        merged[n + 1] = last;
        return n + 2;
    }

    private static int[] withoutSurrogates(int[] bounds) {
        int[] cut = new int[bounds.length + 2];
        int n = 0;
        for (int i = 0; i < bounds.length; i += 2) {
            if (bounds[i] < Character.MIN_SURROGATE) {
                cut[n++] = bounds[i];
                cut[n++] = Math.min(bounds[i + 1], Character.MIN_SURROGATE - 1);
            }
            if (bounds[i + 1] > Character.MAX_SURROGATE) {
                cut[n++] = Math.max(bounds[i], Character.MAX_SURROGATE + 1);
                cut[n++] = bounds[i + 1];
            }
        }
        return Arrays.copyOf(cut, n);
    }

    /** The code points of which something holds. */
    static CodePoints where(IntPredicate holds) {
        int[] runs = new int[64];
        int n = 0;
        for (int c = 0; c <= LAST; c++) {
            if (holds.test(c)) {
                if (n > 0 && runs[n - 1] == c - 1) {
                    runs[n - 1] = c;
                } else {
                    runs = n == runs.length ? Arrays.copyOf(runs, 2 * n) : runs;
                    runs[n++] = c;
                    runs[n++] = c;
                }
            }
        }
        return normal(Arrays.copyOf(runs, n));
    }

    CodePoints or(CodePoints other) {
        int[] both = Arrays.copyOf(bounds, bounds.length + other.bounds.length);
        System.arraycopy(other.bounds, 0, both, bounds.length, other.bounds.length);
        return normal(both);
    }

    CodePoints not() {
        int[] gaps = new int[bounds.length + 2];
        int n = 0;
        int from = 0;
        for (int i = 0; i < bounds.length; i += 2) {
            if (from < bounds[i]) {
                gaps[n++] = from;
                gaps[n++] = bounds[i] - 1;
            }
            from = bounds[i + 1] + 1;
        }
        if (from <= LAST) {
            gaps[n++] = from;
            gaps[n++] = LAST;
        }
        return normal(Arrays.copyOf(gaps, n));
    }

    CodePoints and(CodePoints other) {
        return not().or(other.not()).not();
    }

    boolean contains(int c) {
        for (int i = 0; i < bounds.length; i += 2) {
            if (c >= bounds[i] && c <= bounds[i + 1]) {
                return true;
            }
        }
        return false;
    }

    boolean isEmpty() {
        return bounds.length == 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CodePoints(int[] theirs) && Arrays.equals(bounds, theirs);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        return "CodePoints" + Arrays.toString(bounds);
    }
}
