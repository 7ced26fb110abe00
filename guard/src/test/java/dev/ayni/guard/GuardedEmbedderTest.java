package dev.ayni.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ayni.chat.Embedder;
import dev.ayni.chat.Scheduling;
import dev.ayni.guard.policy.Checks;
import dev.ayni.guard.policy.Policies;
import dev.ayni.guard.policy.PolicyGuard;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class GuardedEmbedderTest {
    private static final Scheduling PLACE = new Scheduling("ada", 3, OptionalLong.empty(), true);
    private static final String LONG = "a text of which three make a portion ".repeat(70);

    private final List<String> read = new ArrayList<>();
    private final List<Scheduling> places = new ArrayList<>();
    private final Embedder lengths = new Embedder() {
        @Override
        public String name() {
            return "lengths";
        }

        @Override
        public int width() {
            return 1;
        }

        @Override
        public Embeddings embed(List<String> texts) {
            return embed(texts, Scheduling.USUAL);
        }

        @Override
        public Embeddings embed(List<String> texts, Scheduling scheduling) {
            read.addAll(texts);
            places.add(scheduling);
            return new Embeddings(
                    texts.stream().map(text -> new float[] {text.length()}).toList(), texts.size());
        }
    };

    private final Embedder guarded = new GuardedEmbedder(
            lengths,
            new PolicyGuard(new Policies(Checks.shipped().with("words", new Words(Map.of("grimoire", "S9"))))
                    .read("""
                            name: test
                            message: I cannot go on with this.
                            checks: {words: {}}
                            stages:
                              all: {S9: block}
                            """, "test.yaml")),
            VerdictListener.NONE);

    @Test
    void aRequestKeepsItsPlaceBesideOthers() {
        assertThat(guarded.embed(List.of("calm"), PLACE).tokens()).isEqualTo(1);
        assertThat(guarded.embed(List.of("calm"), PLACE, () -> true).tokens()).isEqualTo(1);
        assertThat(places).containsExactly(PLACE, PLACE);
    }

    @Test
    void nothingIsReadIfOneTextMayNotGoIn() {
        List<String> texts = List.of(LONG, LONG, LONG, LONG, "the grimoire");
        assertThatExceptionOfType(BlockedException.class).isThrownBy(() -> guarded.embed(texts));
        assertThatExceptionOfType(BlockedException.class).isThrownBy(() -> guarded.embed(texts, PLACE));
        assertThatExceptionOfType(BlockedException.class).isThrownBy(() -> guarded.embed(texts, PLACE, () -> true));
        assertThat(read).isEmpty();
    }

    @Test
    void aReaderWhoLeavesEndsTheWorkAfterThePortionThatIsMade() {
        List<String> texts = List.of(LONG, LONG, LONG, LONG);
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> guarded.embed(texts, PLACE, () -> read.isEmpty()));
        assertThat(read).hasSize(3);
    }
}
