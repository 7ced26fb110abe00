package dev.ayni.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    @Test
    void aStopAcrossThePartsOfAStreamIsFoundAndNeverShown() {
        StopStrings stops = new StopStrings(List.of("END", "\n\n"));
        assertThat(stops.accept("text E")).isEqualTo("text ");
        assertThat(stops.accept("N")).isEmpty();
        assertThat(stops.found()).isFalse();
        assertThat(stops.accept("D more")).isEmpty();
        assertThat(stops.found()).isTrue();
        assertThat(stops.finish()).isEmpty();
    }

    @Test
    void whatOnlyLookedLikeAStopIsShown() {
        StopStrings stops = new StopStrings(List.of("aab"));
        assertThat(stops.accept("a") + stops.accept("a") + stops.accept("a")).isEqualTo("a");
        assertThat(stops.accept("c")).isEqualTo("aac");
        assertThat(stops.accept("a")).isEmpty();
        assertThat(stops.finish()).isEqualTo("a");
    }

    @Test
    void theFirstOfSeveralStopsCounts() {
        StopStrings stops = new StopStrings(List.of("two", "one"));
        assertThat(stops.accept("zero one two")).isEqualTo("zero ");
        assertThat(stops.which()).isEqualTo("one");
    }
}
