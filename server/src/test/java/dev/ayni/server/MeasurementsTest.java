package dev.ayni.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.engine.generation.Load;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
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
}
