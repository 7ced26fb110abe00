package dev.ayni.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class WorkersTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void eachPartIsDoneOnceInEveryRun(int threads) {
        try (Workers workers = new Workers(threads)) {
            assertThat(workers.threads()).isEqualTo(threads);
            for (int run = 0; run < 20_000; run++) {
                int parts = run % 17;
                AtomicIntegerArray calls = new AtomicIntegerArray(17);
                workers.run(parts, calls::incrementAndGet);
                for (int i = 0; i < 17; i++) {
                    assertThat(calls.get(i)).isEqualTo(i < parts ? 1 : 0);
                }
            }
        }
    }

    @Test
    void workersThatFellAsleepWakeUp() throws InterruptedException {
        try (Workers workers = new Workers(3)) {
            for (int run = 0; run < 10; run++) {
                Thread.sleep(5);
                AtomicInteger done = new AtomicInteger();
                workers.run(3, part -> {
                    done.incrementAndGet();
                    while (done.get() < 3) { // ends only if all three run side by side
                        Thread.onSpinWait();
                    }
                });
                assertThat(done).hasValue(3);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anExceptionReachesTheCallerAfterTheOtherPartsRan(int threads) {
        try (Workers workers = new Workers(threads)) {
            AtomicInteger done = new AtomicInteger();
            assertThatThrownBy(() -> workers.run(8, part -> {
                        done.incrementAndGet();
                        if (part == 3) {
                            throw new IllegalArgumentException("part three");
                        }
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("part three");
            assertThat(done).hasValue(8);
            workers.run(8, part -> done.incrementAndGet());
            assertThat(done).hasValue(16);
        }
    }

    @Test
    void aRunInsideARunIsRefused() {
        try (Workers workers = new Workers(2)) {
            assertThatThrownBy(() -> workers.run(2, part -> workers.run(2, inner -> {})))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("one run at a time");
        }
    }

    @Test
    void anInterruptedCallerStillGetsWholeResultsAndStaysInterrupted() {
        try (Workers workers = new Workers(2)) {
            Thread.currentThread().interrupt();
            AtomicInteger done = new AtomicInteger();
            workers.run(50, part -> done.incrementAndGet());
            assertThat(done).hasValue(50);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void closedWorkersEndTheirThreadsAndRefuseWork() {
        Workers workers = new Workers(4);
        workers.run(4, part -> {});
        workers.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("ayni-worker-"));
        assertThatThrownBy(() -> workers.run(1, part -> {})).hasMessageContaining("closed");
        workers.close();
    }
}
