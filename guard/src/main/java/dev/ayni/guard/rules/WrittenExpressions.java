package dev.ayni.guard.rules;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;

/**
 * Regular expressions that a user wrote, in RE2's syntax. RE2 matches in time linear in the text whatever they say, but writes
 * a repetition out as often as it counts: {@code ((a{100}){100}){100}} would be a million steps, and one repetition more
 * fills any memory. So their size is looked at first.
 */
public final class WrittenExpressions {
    /** Steps that an expression may become; the largest usual ones, lists of some hundred words, have a few thousand. */
    private static final long MOST_STEPS = 20_000;

    private static final int LONGEST_COUNT = 4; // digits; RE2 counts to 1000

    private WrittenExpressions() {}

    /**
     * An expression, ready to match.
     *
     * @param flags of {@link Pattern}
     * @throws PatternSyntaxException if it cannot be read, or would be too large
     */
    public static Pattern compile(String regex, int flags) {
        long steps = steps(regex);
        if (steps > MOST_STEPS) {
            throw new PatternSyntaxException(
                    "its repetitions, written out, are %s steps, and at most %d are made"
                            .formatted(steps == Long.MAX_VALUE ? "beyond counting, as" : steps, MOST_STEPS),
                    "");
        }
        return Pattern.compile(regex, flags);
    }

    /** About how many steps an expression becomes; what is no expression at all has any number. */
    static long steps(String regex) {
        ArrayDeque<Long> outer = new ArrayDeque<>(); // sizes of the groups that are open, without their last part
        long sum = 0;
        long last = 0;
        for (int at = 0; at < regex.length(); ) {
            char c = regex.charAt(at);
            switch (c) {
                case '(' -> {
                    outer.push(plus(sum, last));
                    sum = 0;
                    last = 0;
                    at++;
                }
                case ')' -> {
                    last = plus(plus(sum, last), 1);
                    sum = outer.isEmpty() ? 0 : outer.pop();
                    at++;
                }
                case '{' -> {
                    int end = regex.indexOf('}', at);
                    long times = end < 0 ? 0 : times(regex.substring(at + 1, end));
                    if (times > 0) {
                        last = times(last, times);
                        at = end + 1;
                    } else {
                        sum = plus(sum, last);
                        last = 1;
                        at++;
                    }
                }
                case '[' -> {
                    sum = plus(sum, last);
                    last = 1;
                    at = endOfClass(regex, at);
                }
                case '\\' -> {
                    sum = plus(sum, last);
                    last = 1;
                    at += 2;
                }
                default -> {
                    sum = plus(sum, last);
                    last = 1;
                    at++;
                }
            }
        }
        while (!outer.isEmpty()) {
            sum = plus(sum, outer.pop());
        }
        return plus(sum, last);
    }

    /** How often {@code 3}, {@code 3,} or {@code 3,5} repeats what is before it; 0 where that is no count. */
    private static long times(String count) {
        if (!count.matches("\\d{1,%d}(,\\d{0,%d})?".formatted(LONGEST_COUNT, LONGEST_COUNT))) {
            return 0;
        }
        long most = 1;
        for (String number : count.split(",")) {
            most = Math.max(most, Long.parseLong(number));
        }
        return most;
    }

    private static int endOfClass(String regex, int from) {
        int at = from + 1;
        at += at < regex.length() && regex.charAt(at) == '^' ? 2 : 1; // a first ] is one of the class
        while (at < regex.length() && regex.charAt(at) != ']') {
            at += regex.charAt(at) == '\\' ? 2 : 1;
        }
        return at + 1;
    }

    private static long plus(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    private static long times(long a, long b) {
        return a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
    }
}
