package dev.ayni.guard.rules;

import dev.ayni.guard.Content;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A text inside another that a person does not read there and a model may: encoded, disguised or invisible.
 *
 * @param text what it says, and where in the other text each unit stands
 * @param encoding how it was hidden: {@code base64}, {@code tags}, {@code rot13}, ...
 * @param score how sure it is that somebody hid it; below that, it is an encoding with honest uses
 * @param reading the text as other checks read it, the same for all of them
 */
public record HiddenText(Derived text, String encoding, double score, Reading reading) {
    /** All texts hidden in one, in order of place. */
    public static final Reading.View<List<HiddenText>> VIEW = new Reading.View<>(HiddenText::in);

    /** The encoding's name of a text that letters in other dresses, or characters that nobody sees, make unlike what it says. */
    static final String LOOKS = "look-alikes";

    /** What was decoded, before it has a reading. */
    record Decoded(Derived text, String encoding, double score) {}

    private static List<HiddenText> in(Reading reading) {
        Content content = reading.content();
        List<Decoded> decoded = new ArrayList<>();
        EncodedBytes.find(content.text(), content.complete(), decoded);
        ExchangedLetters.find(content.text(), content.complete(), decoded);
        Derived visible = reading.view(PlainText.VISIBLE);
        if (!visible.text().equals(content.text()) && looksOtherwise(reading)) {
            decoded.add(new Decoded(visible, LOOKS, 0));
        }
        List<HiddenText> hidden = new ArrayList<>();
        for (Decoded one : decoded) {
            hidden.add(new HiddenText(
                    one.text(),
                    one.encoding(),
                    one.score(),
                    new Reading(
                            new Content(content.stage(), one.text().text(), content.before(), content.complete()))));
        }
        hidden.sort(Comparator.comparingInt(HiddenText::start));
        return List.copyOf(hidden);
    }

    private static boolean looksOtherwise(Reading reading) {
        return new InvisibleCharacters(InvisibleCharacters.Settings.DEFAULT)
                .find(reading).stream().anyMatch(finding -> finding.score() >= 0.5);
    }

    /** Its first unit in the other text. */
    public int start() {
        return text.origin(0);
    }

    /** The unit after its last in the other text. */
    public int end() {
        return text.origin(text.text().length());
    }

    /** What was found in this text, as a finding in the other one. */
    Finding outside(Finding inside) {
        int start = text.origin(inside.start());
        int end = text.origin(inside.end());
        if (end <= start) { // written backwards, or nothing narrower is known
            start = start();
            end = end();
        }
        return new Finding(
                inside.category(),
                inside.score(),
                start,
                end,
                inside.rule() + "+" + encoding,
                "hidden as %s: %s".formatted(encoding, inside.why()));
    }
}
