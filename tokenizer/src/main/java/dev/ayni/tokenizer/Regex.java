package dev.ayni.tokenizer;

import java.nio.CharBuffer;
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
            Matcher matcher = pattern.matcher(CharBuffer.wrap(text, from, to - from));
            int rest = from;
            while (matcher.find()) {
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
}
