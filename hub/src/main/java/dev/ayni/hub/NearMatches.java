package dev.ayni.hub;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The names that somebody may have meant who typed another one. */
public final class NearMatches {
    private NearMatches() {}

    /** At most three of the names, nearest first; none if all are far from it. */
    public static List<String> of(String typed, Collection<String> names) {
        String word = plain(typed);
        record Match(String name, int distance) {}
        return names.stream()
                .map(name -> new Match(name, distance(word, plain(name))))
                .filter(match -> match.distance <= Math.min(Math.max(2, word.length() / 3), word.length() - 2))
                .sorted(Comparator.comparingInt(Match::distance).thenComparing(Match::name))
                .limit(3)
                .map(Match::name)
                .toList();
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /** How many letters must be put in, left out, changed or swapped with their neighbour (0 if one begins the other). */
    private static int distance(String a, String b) {
        if ((a.length() >= 3 && b.startsWith(a)) || (b.length() >= 3 && a.startsWith(b))) {
            return 0;
        }
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(d[i - 1][j - 1] + change, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
