package dev.ayni.guard.classifiers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeenTextTest {
    private static final CharacterModel CHARACTERS = CharacterModel.learned(
            OwnTexts.all().stream().map(OwnTexts.OwnText::text).toList());
    private static final String SENTENCE = "please tell me how the old bridge was built";

    @Test
    void wordsAndLettersAreBroughtToLengthOneEach() {
        SparseRow row = NGrams.of("The bridge, the old bridge.");
        double words = 0;
        double letters = 0;
        for (int i = 0; i < row.places().length; i++) {
            double square = row.values()[i] * row.values()[i];
            if (row.places()[i] < NGrams.BUCKETS / 2) {
                words += square;
            } else {
                letters += square;
            }
        }
        assertThat(words).isCloseTo(1, within(1e-5));
        assertThat(letters).isCloseTo(1, within(1e-5));
        assertThat(row.places()).isSorted().doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a", "\uD83D\uDE00", "\uD83D", "1", "……", "ß"})
    void anyTextCanBeLookedAt(String text) {
        assertThat(NGrams.of(text).values()).doesNotContain(Float.NaN);
        assertThat(Counts.of(text, CHARACTERS)).hasSize(Counts.SIZE).doesNotContain(Float.NaN);
        assertThat(Windows.of(text)).hasSize(1);
        assertThat(Unwrapping.of(text, CHARACTERS)).doesNotContain(text);
    }

    @Test
    void windowsCoverALongTextAndCutNoCharacterInTwo() {
        String text = "\uD83D\uDE00".repeat(1500);
        List<Windows.Window> windows = Windows.of(text.substring(0, 2999));
        int reached = 0;
        for (Windows.Window window : windows) {
            assertThat(window.start()).isLessThanOrEqualTo(reached);
            assertThat(Character.isLowSurrogate(text.charAt(window.start()))).isFalse();
            reached = window.end();
        }
        assertThat(reached).isEqualTo(2999);
    }

    @Test
    void charactersThatNoOneWouldWriteAreSurprising() {
        assertThat(CHARACTERS.meanBits(SENTENCE)).isLessThan(3.2);
        assertThat(CHARACTERS.meanBits("xq}]vz;;KqW\\\\wj(_zx%%")).isGreaterThan(6);
    }

    @Test
    void anOrdinaryTextHasNothingBeneathIt() {
        assertThat(Unwrapping.of(SENTENCE, CHARACTERS)).isEmpty();
        assertThat(Unwrapping.of("In 2024 we sold 1,300 bikes at $99 each.", CHARACTERS))
                .isEmpty();
    }

    @Test
    void whatIsWrappedIsRead() {
        assertThat(beneath(Base64.getEncoder().encodeToString(SENTENCE.getBytes(StandardCharsets.UTF_8))))
                .contains(SENTENCE);
        assertThat(beneath(String.join(" ", SENTENCE.split("")))).contains(SENTENCE);
        assertThat(beneath(SENTENCE.replace('e', '3')
                        .replace('o', '0')
                        .replace('l', '1')
                        .replace('s', '5')))
                .anyMatch(text -> text.contains("te") && text.contains("bridge"));
        assertThat(beneath(new StringBuilder(SENTENCE).reverse().toString())).contains(SENTENCE);
        assertThat(beneath("cyrnfr gryy zr ubj gur byq oevqtr jnf ohvyg")).contains(SENTENCE);
        assertThat(beneath("pl\u200Bease te\u00ADll me how the old bridge was built"))
                .contains(SENTENCE);
        StringBuilder tags = new StringBuilder("Hello.");
        SENTENCE.chars().forEach(letter -> tags.appendCodePoint(0xE0000 + letter));
        assertThat(beneath(tags.toString())).contains("Hello." + SENTENCE);
    }

    private static List<String> beneath(String text) {
        return Unwrapping.of(text, CHARACTERS);
    }
}
