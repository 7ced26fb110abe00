package dev.ayni.tokenizer;

import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Regular expressions of a tokenizer.json, which are written for Oniguruma, by Java's engine. */
final class Regex {
    /*
     * Oniguruma's Ruby syntax: classes go by Unicode, ^ and $ stand at every line, and a line ends with \n alone. What
     * Java reads otherwise is refused, so that no expression silently means something else.
     */
    private static final int FLAGS =
            Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNICODE_CASE | Pattern.MULTILINE | Pattern.UNIX_LINES;

    private static final Pattern OTHERWISE =
            Pattern.compile("\\\\[hHKgXyYOR]|\\[\\[:|\\(\\?[~(]|\\(\\?<[A-Za-z]|\\\\k<");
    private static final Pattern SCRIPT = Pattern.compile(
            "\\\\(p|P)\\{(\\^?)(Han|Hiragana|Katakana|Hangul|Latin|Greek|Cyrillic|Thai|Arabic|Hebrew|Devanagari)\\}");

    private Regex() {}

    static Pattern compile(String expression, Json where) {
        if (OTHERWISE.matcher(expression).find()) {
            throw where.refused("the expression %s".formatted(expression), "what Oniguruma and Java read alike");
        }
        try {
            return Pattern.compile(SCRIPT.matcher(expression).replaceAll("\\\\$1{Is$3}"), FLAGS);
        } catch (PatternSyntaxException e) {
            throw where.refused("the expression %s".formatted(expression), "what Oniguruma and Java read alike");
        }
    }

    /** Cuts at what the expression matches. */
    static Splitter splitter(Pattern pattern, Segments segments, boolean invert) {
        return (text, from, to, parts) -> {
            Segments.Collector collector = segments.collector(text, parts);
            Matcher matcher = pattern.matcher(new BoundedText(text, from, to, pattern));
            int rest = from;
            while (finds(matcher, to - from)) {
                if (matcher.end() > matcher.start()) {
                    collector.add(rest, from + matcher.start(), invert);
                    rest = from + matcher.end();
                    collector.add(from + matcher.start(), rest, !invert);
                }
            }
            collector.add(rest, to, invert);
            collector.finish();
        };
    }

    /** Puts a text in the place of all that the expression matches. */
    static UnaryOperator<String> replacing(Pattern pattern, String content) {
        return text -> {
            Matcher matcher = pattern.matcher(new BoundedText(text.toCharArray(), 0, text.length(), pattern));
            StringBuilder changed = new StringBuilder();
            int rest = 0;
            while (finds(matcher, text.length())) {
                changed.append(text, rest, matcher.start()).append(content);
                Growth.check(changed.length(), text.length());
                rest = matcher.end();
            }
            return changed.append(text, rest, text.length()).toString();
        };
    }

    private static boolean finds(Matcher matcher, int length) {
        try {
            return matcher.find();
        } catch (StackOverflowError e) {
            throw new TokenizerException(
                    "The expression %s repeats a group more often within %d characters of text than Java's engine can follow. Break the text up."
                            .formatted(
                                    TokenizerException.shortened(
                                            matcher.pattern().pattern()),
                                    length),
                    e);
        }
    }
}
