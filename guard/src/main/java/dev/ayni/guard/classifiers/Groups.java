package dev.ayni.guard.classifiers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Puts near-duplicates together, so that none of them is measured by a model that has seen another. */
final class Groups {
    /** Words of a shingle: texts are near-duplicates that share half the shingles of the shorter one. */
    private static final int WORDS = 5;

    private static final int MOST_WITH_A_SHINGLE = 60;

    private final int[] parents;

    private Groups(int size) {
        parents = new int[size];
        for (int i = 0; i < size; i++) {
            parents[i] = i;
        }
    }

    /**
     * The group of each text: the place of its first text.
     *
     * @param texts an empty one has no words to share
     * @param same a name for each text; texts of one name are of one group; empty: of none
     */
    static int[] of(List<String> texts, List<String> same) {
        Groups groups = new Groups(texts.size());
        Map<String, Integer> named = new HashMap<>();
        Map<Integer, List<Integer>> having = new HashMap<>();
        List<Set<Integer>> shingles = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            if (!same.get(i).isEmpty()) {
                Integer first = named.putIfAbsent(same.get(i), i);
                if (first != null) {
                    groups.join(first, i);
                }
            }
            Set<Integer> mine = shingles(texts.get(i));
            shingles.add(mine);
            Map<Integer, Integer> shared = new HashMap<>();
            for (int shingle : mine) {
                List<Integer> others = having.computeIfAbsent(shingle, s -> new ArrayList<>());
                for (int other : others) {
                    shared.merge(other, 1, Integer::sum);
                }
                if (others.size() < MOST_WITH_A_SHINGLE) {
                    others.add(i);
                }
            }
            for (Map.Entry<Integer, Integer> other : shared.entrySet()) {
                int shorter = Math.min(mine.size(), shingles.get(other.getKey()).size());
                if (2 * other.getValue() >= shorter) {
                    groups.join(other.getKey(), i);
                }
            }
        }
        int[] result = new int[texts.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = groups.first(i);
        }
        return result;
    }

    private static Set<Integer> shingles(String text) {
        if (text.isEmpty()) {
            return Set.of();
        }
        String[] words = text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+", -1);
        Set<Integer> shingles = new HashSet<>();
        for (int i = 0; i == 0 || i + WORDS <= words.length; i++) {
            int hash = 7;
            for (int j = i; j < Math.min(words.length, i + WORDS); j++) {
                hash = 31 * hash + words[j].hashCode();
            }
            shingles.add(hash);
        }
        return shingles;
    }

    private void join(int one, int other) {
        int a = first(one);
        int b = first(other);
        parents[Math.max(a, b)] = Math.min(a, b);
    }

    private int first(int one) {
        int at = one;
        while (parents[at] != at) {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        return at;
    }

    /** The fold of each text, so that groups stay whole and folds are of about the same size; the same for the same seed. */
    static int[] folds(int[] groups, int count, long seed) {
        Map<Integer, Integer> sizes = new HashMap<>();
        for (int group : groups) {
            sizes.merge(group, 1, Integer::sum);
        }
        List<Integer> order = new ArrayList<>(sizes.keySet());
        order.sort((a, b) -> {
            int bySize = Integer.compare(sizes.getOrDefault(b, 0) / 8, sizes.getOrDefault(a, 0) / 8);
            return bySize != 0 ? bySize : Long.compare(shuffled(a, seed), shuffled(b, seed));
        });
        int[] load = new int[count];
        Map<Integer, Integer> foldOf = new HashMap<>();
        for (int group : order) {
            int least = 0;
            for (int i = 1; i < count; i++) {
                if (load[i] < load[least]) {
                    least = i;
                }
            }
            foldOf.put(group, least);
            load[least] += sizes.getOrDefault(group, 0);
        }
        int[] folds = new int[groups.length];
        for (int i = 0; i < folds.length; i++) {
            folds[i] = foldOf.getOrDefault(groups[i], 0);
        }
        return folds;
    }

    private static long shuffled(long number, long seed) {
        long mixed = (number + seed * 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 29) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 32;
    }
}
