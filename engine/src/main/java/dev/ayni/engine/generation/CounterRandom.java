package dev.ayni.engine.generation;

/**
 * Random numbers that are a function of what they are for, not of what was drawn before: the same seed, choice, position
 * and draw give the same number, in whatever order they are asked for. So a batch, a resumed run or a speculated token
 * draws as the run alone would.
 */
final class CounterRandom {
    /*
     * SplitMix64's finalizer (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014) over a running
     * sum of the keys; each key is mixed in before the next, so that (1, 2) and (2, 1) differ.
     */
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private CounterRandom() {}

    /** A number of 53 random bits, from 0 (included) to 1 (excluded). */
    static double uniform(long seed, int choice, int position, int draw) {
        long bits = mix(seed + GOLDEN);
        bits = mix(bits + GOLDEN + choice);
        bits = mix(bits + GOLDEN + position);
        bits = mix(bits + GOLDEN + draw);
        return (bits >>> 11) * 0x1p-53;
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
