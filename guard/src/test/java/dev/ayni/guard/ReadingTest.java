package dev.ayni.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReadingTest {
    @Test
    void whatTwoChecksNeedIsComputedOnce() {
        AtomicInteger times = new AtomicInteger();
        Reading.View<String> small = new Reading.View<>(reading -> {
            times.incrementAndGet();
            return reading.text().toLowerCase(Locale.ROOT);
        });
        Reading.View<Integer> length =
                new Reading.View<>(reading -> reading.view(small).length());
        Reading reading = new Reading(Content.of(Stage.PROMPT, "ABC"));

        assertThat(reading.view(length)).isEqualTo(3);
        assertThat(reading.view(small)).isEqualTo("abc");
        assertThat(times).hasValue(1);
    }
}
