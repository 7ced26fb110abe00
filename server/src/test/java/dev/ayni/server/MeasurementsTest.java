package dev.ayni.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.engine.generation.Load;
import dev.ayni.guard.Action;
import dev.ayni.guard.Stage;
import dev.ayni.guard.Verdict;
import dev.ayni.provenance.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What Prometheus is told. */
class MeasurementsTest {
    private static final Load LOAD = new Load(1, 2, 3, 4, 5, 6, 7, 0, 8, 9, 10, 11, 12);

    @Test
    void severalMayAskAtOnce() throws Exception {
        try (Measurements measurements = new Measurements(() -> 0, () -> Map.of("one", LOAD));
                ExecutorService askers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> told = IntStream.range(0, 150)
                    .mapToObj(i -> askers.submit(measurements::text))
                    .toList();
            for (Future<String> text : told) {
                assertThat(text.get()).containsOnlyOnce("ayni_engine_pages_used{model=\"one\"} 6.0");
            }
        }
    }

    @Test
    void ofTheGuardsDecisionsItIsToldHowManyWereRemembered() {
        Verdict verdict = new Verdict(Action.ALLOW, List.of(), List.of(), "", Digest.of(new byte[0]));
        try (Measurements measurements = new Measurements(() -> 0, Map::of)) {
            measurements.answered(answered(verdict, verdict.asRemembered(), verdict.asRemembered()));
            assertThat(measurements.text().lines().filter(line -> line.startsWith("ayni_guard_decisions_total{")))
                    .containsExactlyInAnyOrder(
                            "ayni_guard_decisions_total{action=\"allow\",category=\"none\",remembered=\"false\",stage=\"prompt\"} 1.0",
                            "ayni_guard_decisions_total{action=\"allow\",category=\"none\",remembered=\"true\",stage=\"prompt\"} 2.0");
        }
    }

    static Answered answered(Verdict... verdicts) {
        return new Answered(
                "id",
                Answered.Kind.REQUEST,
                "",
                Instant.EPOCH,
                "POST",
                "/v1/chat/completions",
                "/v1/chat/completions",
                "ana",
                "",
                200,
                "",
                1,
                1,
                1,
                1,
                List.of(),
                Stream.of(verdicts)
                        .map(verdict -> new Answered.Decided(Stage.PROMPT, verdict))
                        .toList(),
                null,
                null);
    }
}
