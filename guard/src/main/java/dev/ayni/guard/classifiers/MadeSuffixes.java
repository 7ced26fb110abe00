package dev.ayni.guard.classifiers;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Requests with a tail of random pieces of words, as a search for a suffix that breaks a model leaves them. */
final class MadeSuffixes {
    /*
     * No attack that anyone found is among them, so that those measure [1].
     * [1] Universal and Transferable Adversarial Attacks on Aligned Language Models, 2023
     */
    private static final String[] MARKS = {
        "!", "\"", "(", ")", "{", "}", "[", "]", "\\", "--", ":", "=", "_", ".", "];", "}}", "({", "?\"", "**", "|",
        "$", "';", "##", "\\\\", "<", ">", "@", "%%", "&", "]{", "\")", "."
    };

    private static final String[] CODE = {
        "printf",
        "println",
        "lambda",
        "return",
        "import",
        "\\n",
        "self",
        "void",
        "usepackage",
        "begin",
        "www",
        "http",
        "div",
        "span",
        "null",
        "args",
        "table",
        "href",
        "json",
        "std",
        "NSString",
        "textbf",
        "Tikz",
        "mysql",
        "foreach"
    };

    private MadeSuffixes() {}

    /**
     * @param requests what stands before the tail
     * @param words where pieces are taken from
     */
    static List<Sample> of(List<String> requests, List<String> words) {
        List<Sample> samples = new ArrayList<>();
        long random = 7;
        for (int i = 0; i < requests.size(); i++) {
            StringBuilder tail = new StringBuilder();
            random = next(random);
            int pieces = 12 + draw(random, 24);
            int marks = 10 + draw(next(random), 35);
            for (int piece = 0; piece < pieces; piece++) {
                random = next(random);
                if (draw(random, 100) < marks) {
                    tail.append(MARKS[draw(next(random), MARKS.length)]);
                } else if (draw(random >>> 3, 100) < 12) {
                    tail.append(CODE[draw(next(random), CODE.length)]);
                } else {
                    String word = words.get(draw(next(random), words.size()));
                    int length = draw(random >>> 5, 3) == 0 ? word.length() : 2 + draw(next(next(random)), 7);
                    int from = draw(random >>> 7, Math.max(1, word.length() - length));
                    String part = word.substring(from, Math.min(word.length(), from + length));
                    random = next(next(next(random)));
                    int form = draw(random, 6);
                    tail.append(
                            form == 0
                                    ? part.substring(0, 1).toUpperCase(Locale.ROOT) + part.substring(1)
                                    : form == 1 ? part.toUpperCase(Locale.ROOT) : part);
                }
                random = next(random);
                if (draw(random, 100) < 45) {
                    tail.append(' ');
                }
            }
            samples.add(new Sample(
                    "made/suffixes", requests.get(i) + " " + tail.toString().strip(), Map.of(), "suffix " + i % 40));
        }
        return samples;
    }

    private static long next(long random) {
        return random * 6364136223846793005L + 1442695040888963407L;
    }

    private static int draw(long random, int below) {
        return Math.floorMod(random >>> 33, below);
    }
}
