package dev.ayni.guard.rules;

import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Texts hidden in texts: Unicode's tags, variation selectors, bits without width, Base64, Base32, Ascii85, hexadecimal, decimal
 * and binary codes, percent and other escapes, rot13, atbash, digits for letters, words backwards or letter by letter, Morse,
 * Braille, spelling alphabets. What they say is read by other checks through {@link Unwrapped}.
 *
 * <p>Scores: 1 what nobody sees at all; 0.9 letters exchanged for others; 0.6 to 0.8 encodings that text is seldom written in;
 * 0.4 Braille, which people also read.
 */
public final class Smuggling implements Check {
    private static final String CATEGORY = "smuggling";
    private static final int REACH = 256;

    @Override
    public String name() {
        return "smuggling";
    }

    @Override
    public Set<String> categories() {
        return Set.of(CATEGORY);
    }

    @Override
    public int reach() {
        return REACH;
    }

    @Override
    public List<Finding> find(Reading reading) {
        List<Finding> findings = new ArrayList<>();
        for (HiddenText hidden : reading.view(HiddenText.VIEW)) {
            if (!hidden.encoding().equals(HiddenText.LOOKS)) {
                findings.add(new Finding(
                        CATEGORY,
                        hidden.score(),
                        hidden.start(),
                        hidden.end(),
                        "smuggling/" + hidden.encoding(),
                        "%d characters of text, hidden as %s"
                                .formatted(hidden.text().text().length(), hidden.encoding())));
            }
        }
        return List.copyOf(findings);
    }
}
