package dev.ayni.guard.personal;

/**
 * A piece of personal data that a recogniser saw, and how it came to its score.
 *
 * @param entity what it is, by Presidio's names: {@code EMAIL_ADDRESS}, {@code PERSON}, ...
 * @param start the first UTF-16 unit of it
 * @param end the unit after its last
 * @param score how sure the recogniser is, from 0 to 1, with all that it took into account
 * @param recognizer the name of who saw it
 * @param grounds how it came to that score
 */
public record Sighting(String entity, int start, int end, double score, String recognizer, Grounds grounds) {
    /**
     * @param form the name of the form that fits; empty where the recogniser has no forms
     * @param expression the regular expression of that form; empty where there is none
     * @param formScore what the form alone is worth, from 0 to 1
     * @param proof what the check digits say
     * @param contextWord the word beside it that speaks for it; empty where none does
     */
    public record Grounds(String form, String expression, double formScore, Proof proof, String contextWord) {}

    /** What the check digits of a number say about it. */
    public enum Proof {
        /** There are none, or they decide nothing. */
        NONE,
        RIGHT,
        WRONG
    }

    int length() {
        return end - start;
    }

    Sighting withEntity(String entity) {
        return new Sighting(entity, start, end, score, recognizer, grounds);
    }

    Sighting withScore(double score, String contextWord) {
        return new Sighting(
                entity,
                start,
                end,
                score,
                recognizer,
                new Grounds(grounds.form, grounds.expression, grounds.formScore, grounds.proof, contextWord));
    }
}
