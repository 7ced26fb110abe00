package dev.ayni.guard.personal;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What is looked for in a text.
 *
 * @param entities by Presidio's names; empty: all
 * @param threshold the least score of what counts, from 0 to 1
 * @param own recognisers that are asked beside those that Ayni ships
 * @param ownThreshold the least score of what those see
 * @param allowed texts that are no personal data though they look so, such as one's own support address
 * @param beside words, in small letters, that are known to belong to the text, such as the name of its column
 * @param language an ISO 639-1 code: recognisers for other languages are not asked; empty: all are
 */
public record Wanted(
        Set<String> entities,
        double threshold,
        List<Recognizer> own,
        double ownThreshold,
        Allowed allowed,
        Set<String> beside,
        String language) {
    /** What a check finds unless it is told otherwise: everything that is more likely so than not. */
    public static final Wanted ALL = new Wanted(Set.of(), 0.5, List.of(), 0.5, Allowed.NOTHING, Set.of(), "");

    public Wanted {
        entities = Set.copyOf(entities);
        own = List.copyOf(own);
        beside = Set.copyOf(beside);
        check(threshold);
        check(ownThreshold);
    }

    private static void check(double threshold) {
        if (!(threshold >= 0 && threshold <= 1)) {
            throw new IllegalArgumentException(
                    "The threshold for personal data is %s. Expected a number from 0 to 1.".formatted(threshold));
        }
    }

    public Wanted withEntities(Set<String> entities) {
        return new Wanted(entities, threshold, own, ownThreshold, allowed, beside, language);
    }

    /** The same from another score on, whoever sees it. */
    public Wanted withThreshold(double threshold) {
        return new Wanted(entities, threshold, own, threshold, allowed, beside, language);
    }

    public Wanted withOwn(List<Recognizer> own) {
        return new Wanted(entities, threshold, own, ownThreshold, allowed, beside, language);
    }

    public Wanted withAllowed(Allowed allowed) {
        return new Wanted(entities, threshold, own, ownThreshold, allowed, beside, language);
    }

    boolean wants(String entity) {
        return entities.isEmpty() || entities.contains(entity);
    }

    boolean wants(Recognizer recognizer) {
        boolean speaks = language.isEmpty()
                || recognizer.languages().isEmpty()
                || recognizer.languages().contains(language);
        return speaks && recognizer.entities().stream().anyMatch(this::wants);
    }

    /**
     * Texts that are no personal data.
     *
     * @param texts compared whole, letter for letter
     * @param patterns of which one fits somewhere in the piece; linear in the text
     */
    public record Allowed(Set<String> texts, List<com.google.re2j.Pattern> patterns) {
        public static final Allowed NOTHING = new Allowed(Set.of(), List.of());

        public Allowed {
            texts = Set.copyOf(texts);
            patterns = List.copyOf(patterns);
        }

        /** These texts. */
        public static Allowed texts(Set<String> texts) {
            return new Allowed(texts, List.of());
        }

        /**
         * What fits one of these regular expressions, in RE2's syntax.
         *
         * @param flags of {@code com.google.re2j.Pattern}
         */
        public static Allowed patterns(List<String> expressions, int flags) {
            List<com.google.re2j.Pattern> patterns = new ArrayList<>();
            for (String expression : expressions) {
                patterns.add(((Form.Written)
                                Form.written(expression, 1, expression, flags).expression())
                        .pattern());
            }
            return new Allowed(Set.of(), patterns);
        }

        boolean allows(String piece) {
            return texts.contains(piece)
                    || patterns.stream()
                            .anyMatch(pattern -> pattern.matcher(piece).find());
        }
    }
}
