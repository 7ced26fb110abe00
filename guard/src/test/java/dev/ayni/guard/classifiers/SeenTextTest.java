package dev.ayni.guard.classifiers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
        assertThat(Manner.of(text)).hasSize(Manner.SIZE).doesNotContain(Float.NaN);
        assertThat(Windows.of(text)).hasSize(1);
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
    void oneWayToRefuseLooksLikeAnother() {
        float[] one = Manner.of("Sorry, but I can’t assist with that.");
        int cannot = 0; // the first wording, in the first sentence
        assertThat(one[cannot]).isEqualTo(1);
        assertThat(Manner.of("My apologies, but we won't provide that.")[cannot])
                .isEqualTo(1);
        assertThat(Manner.of("You can't do it in winter. First, wait for spring.")[cannot])
                .isZero();
    }
}
