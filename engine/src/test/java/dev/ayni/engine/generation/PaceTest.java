package dev.ayni.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
    private final Pace pace = new Pace();

    @Test
    void guessesMoreWhileTheyComeTrueAndFewerWhenTheyDoNot() {
        assertThat(pace.guesses()).isZero();
        pace.plain(100);
        assertThat(pace.guesses()).isEqualTo(4);
        pace.checked(4, 4, 150);
        assertThat(pace.guesses()).isEqualTo(8);
        pace.checked(8, 8, 150);
        assertThat(pace.guesses()).isEqualTo(16);
        pace.checked(16, 3, 160);
        assertThat(pace.guesses()).isEqualTo(4);
    }

    @Test
    void isNotPutOffByAFirstPassInWhichTheDraftModelReadThePrompt() {
        pace.plain(100);
        pace.checked(4, 0, 5000);
        assertThat(pace.guesses()).isPositive();
        pace.checked(2, 0, 150);
        assertThat(pace.guesses()).as("the second pass counts").isZero();
    }

    @Test
    void restsLongerAndLongerWhereGuessingDoesNotPay() {
        pace.plain(100);
        assertThat(guessesOf(1000)).isLessThan(20);
    }

    /** How often guesses were made in so many passes, none of which came true. */
    private int guessesOf(int passes) {
        int made = 0;
        for (int i = 0; i < passes; i++) {
            int guesses = pace.guesses();
            if (guesses == 0) {
                pace.plain(100);
            } else {
                pace.checked(guesses, 0, 130);
                made++;
            }
        }
        return made;
    }
}
