package dev.ayni.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PromptLookupTest {
    private final PromptLookup lookup = new PromptLookup();

    @Test
    void guessesWhatFollowedTheLatestTokensBefore() {
        int[] text = {1, 2, 3, 4, 5, 9, 1, 2, 3};
        assertThat(lookup.draft(text, 9, 3)).containsExactly(4, 5, 9);
        assertThat(lookup.draft(text, 9, 10)).containsExactly(4, 5, 9, 1, 2, 3);
    }

    @Test
    void threeTokensCountBeforeTwoAndTheLatestPlaceBeforeEarlierOnes() {
        assertThat(lookup.draft(new int[] {1, 2, 3, 7, 8, 2, 3, 6, 1, 2, 3}, 11, 1))
                .containsExactly(7);
        assertThat(new PromptLookup().draft(new int[] {1, 2, 3, 7, 1, 2, 3, 6, 1, 2, 3}, 11, 1))
                .containsExactly(6);
        assertThat(new PromptLookup().draft(new int[] {5, 2, 3, 7, 8, 9, 2, 3}, 8, 1))
                .containsExactly(7);
    }

    @Test
    void theTextGrowsBetweenCalls() {
        int[] text = {1, 2, 3, 4, 1, 2, 3, 4};
        assertThat(lookup.draft(text, 3, 2)).isEmpty();
        assertThat(lookup.draft(text, 6, 2)).containsExactly(3, 4);
        assertThat(lookup.draft(text, 8, 2)).containsExactly(1, 2);
    }

    @Test
    void aTextThatIsTooShortOrNewHasNoGuess() {
        assertThat(lookup.draft(new int[] {1}, 1, 4)).isEmpty();
        assertThat(lookup.draft(new int[] {1, 2, 3, 4, 5}, 5, 4)).isEmpty();
    }
}
