package dev.ayni.guard;

/**
 * Something seen in a text, with no opinion about what is to be done.
 *
 * @param category what it is, by the name that policies use: {@code S1} to {@code S14}, {@code prompt-attack},
 *     {@code secret}, {@code EMAIL_ADDRESS}, ...
 * @param score how sure the check is, from 0 to 1; a probability where the check is a classifier
 * @param start the first UTF-16 unit of it in the text
 * @param end the unit after its last; the whole text where the finding has no narrower place
 * @param rule the check and, within it, what fired: {@code personal/iban}, {@code classifier/S10}
 * @param why what was seen, in words for a reviewer; does not repeat the text
 */
public record Finding(String category, double score, int start, int end, String rule, String why) {
    /** The category of a text about which a guard could not decide. */
    public static final String UNDECIDED = "undecided";

    public Finding {
        if (!(score >= 0 && score <= 1)) {
            throw new IllegalArgumentException("%s has a score of %s: expected 0 to 1.".formatted(rule, score));
        }
        if (start < 0 || end < start) {
            throw new IllegalArgumentException(
                    "%s has a span from %d to %d: expected 0 <= start <= end.".formatted(rule, start, end));
        }
    }

    /** That no decision came about a text of that length. */
    static Finding undecided(int length, String why) {
        return new Finding(UNDECIDED, 1, 0, length, "guard/" + UNDECIDED, why);
    }
}
