package dev.ayni.guard.personal;

import dev.ayni.guard.rules.WrittenExpressions;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a piece of personal data is written: a regular expression, and how sure one may be of what fits it.
 *
 * @param score where nothing but the form speaks, from 0 to 1
 * @param provenScore where check digits are right as well; as high as few other numbers of this form have them right
 */
public record Form(String name, Expression expression, double score, double provenScore) {
    /** A form that Ayni ships; where its expression has a group called {@code it}, that group is the piece. */
    static Form of(String name, double score, double provenScore, String regex) {
        return new Form(name, new Shipped(Pattern.compile(regex)), score, provenScore);
    }

    /**
     * A form that a user wrote. It is matched in time linear in the text whatever it says, and therefore knows no look-around
     * and no back references.
     *
     * @param flags of {@code com.google.re2j.Pattern}
     * @throws IllegalArgumentException if the expression cannot be read, or would be too large
     */
    public static Form written(String name, double score, String regex, int flags) {
        if (!(score >= 0 && score <= 1)) {
            throw new IllegalArgumentException(
                    "The pattern '%s' has a score of %s. Expected a number from 0 to 1.".formatted(name, score));
        }
        try {
            return new Form(name, new Written(WrittenExpressions.compile(regex, flags)), score, score);
        } catch (com.google.re2j.PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "The pattern '%s' cannot be read: %s. Expected a regular expression in the syntax of RE2, which has neither look-around nor back references, so that no text can make it slow."
                            .formatted(name, e.getMessage()),
                    e);
        }
    }

    /** A form that consists of these words, whatever their case, standing apart from others. */
    public static Form listed(String name, double score, List<String> words) {
        return new Form(name, new Listed(words.stream().map(ContextWords::small).toList()), score, score);
    }

    /** What receives the places where an expression fits. */
    @FunctionalInterface
    interface Places {
        void accept(int start, int end);
    }

    /** A regular expression, of one of the two kinds. */
    sealed interface Expression permits Shipped, Written, Listed {
        /** Calls back for each place, from left to right, no two overlapping. */
        void each(String text, Places places);

        String text();
    }

    record Shipped(Pattern pattern) implements Expression {
        @Override
        public void each(String text, Places places) {
            Matcher matcher = pattern.matcher(text);
            boolean part = pattern.namedGroups().containsKey("it");
            while (matcher.find()) {
                if (part) {
                    places.accept(matcher.start("it"), matcher.end("it"));
                } else {
                    places.accept(matcher.start(), matcher.end());
                }
            }
        }

        @Override
        public String text() {
            return pattern.pattern();
        }
    }

    record Written(com.google.re2j.Pattern pattern) implements Expression {
        @Override
        public void each(String text, Places places) {
            com.google.re2j.Matcher matcher = pattern.matcher(text);
            while (matcher.find()) {
                if (matcher.end() > matcher.start()) {
                    places.accept(matcher.start(), matcher.end());
                }
            }
        }

        @Override
        public String text() {
            return pattern.pattern();
        }
    }

    record Listed(List<String> words) implements Expression {
        public Listed {
            words = words.stream().filter(word -> !word.isEmpty()).toList();
        }

        @Override
        public void each(String text, Places places) {
            String small = ContextWords.small(text);
            for (String word : words) {
                for (int at = small.indexOf(word); at >= 0; at = small.indexOf(word, at + word.length())) {
                    int end = at + word.length();
                    boolean begins = at == 0 || !isLetter(small.charAt(at - 1));
                    if (begins && (end == small.length() || !isLetter(small.charAt(end)))) {
                        places.accept(at, end);
                    }
                }
            }
        }

        private static boolean isLetter(char c) {
            return Character.isLetterOrDigit(c) || c == '_';
        }

        @Override
        public String text() {
            return String.join("|", words);
        }
    }
}
