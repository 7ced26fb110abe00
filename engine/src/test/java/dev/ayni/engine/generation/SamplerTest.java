package dev.ayni.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ayni.chat.Sampling;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final int DRAWS = 20_000;

    /** Probabilities 0.5, 0.25, 0.125, 0.0625, 0.0625 at temperature 1. */
    private static final float[] HALVES = {4, 3, 2, 1, 1};

    private static final Sampling PLAIN = new Sampling(1, 0, 1, 0, 1, 0, 0, Map.of(), OptionalLong.of(1));

    private static double[] shares(Sampling sampling, float... logitsInBits) {
        int[] counts = new int[logitsInBits.length];
        for (int position = 0; position < DRAWS; position++) {
            float[] logits = new float[logitsInBits.length];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = logitsInBits[i] * (float) Math.log(2);
            }
            counts[new Sampler(sampling, 0, new int[0]).draw(logits, position, null)]++;
        }
        return IntStream.of(counts).mapToDouble(count -> count / (double) DRAWS).toArray();
    }

    @Test
    void temperatureOneDrawsFromTheModelsOwnDistribution() {
        assertThat(shares(PLAIN, HALVES))
                .containsExactly(new double[] {0.5, 0.25, 0.125, 0.0625, 0.0625}, within(0.015));
    }

    @Test
    void temperatureSharpensAndFlattens() {
        assertThat(shares(PLAIN.withTemperature(0.5), 1, 0)).containsExactly(new double[] {0.8, 0.2}, within(0.015));
        assertThat(shares(PLAIN.withTemperature(2), 2, 0))
                .containsExactly(new double[] {2 / 3.0, 1 / 3.0}, within(0.015));
    }

    @Test
    void temperatureZeroTakesTheBestAndOfEqualsTheFirst() {
        assertThat(new Sampler(Sampling.GREEDY, 0, new int[0]).draw(new float[] {1, 7, 3, 7}, 0, null))
                .isEqualTo(1);
    }

    @Test
    void topKKeepsTheMostProbable() {
        Sampling two = new Sampling(1, 2, 1, 0, 1, 0, 0, Map.of(), OptionalLong.of(1));
        assertThat(shares(two, HALVES)).containsExactly(new double[] {2 / 3.0, 1 / 3.0, 0, 0, 0}, within(0.015));
    }

    @Test
    void topPKeepsTheFewestThatReachIt() {
        Sampling half = new Sampling(1, 0, 0.5, 0, 1, 0, 0, Map.of(), OptionalLong.of(1));
        assertThat(shares(half, HALVES)[0]).isEqualTo(1);
        Sampling more = new Sampling(1, 0, 0.51, 0, 1, 0, 0, Map.of(), OptionalLong.of(1));
        assertThat(shares(more, HALVES)).containsExactly(new double[] {2 / 3.0, 1 / 3.0, 0, 0, 0}, within(0.015));
    }

    @Test
    void minPKeepsWhatIsNotTooFarFromTheBest() {
        Sampling quarter = new Sampling(1, 0, 1, 0.24, 1, 0, 0, Map.of(), OptionalLong.of(1));
        assertThat(shares(quarter, HALVES))
                .containsExactly(new double[] {4 / 7.0, 2 / 7.0, 1 / 7.0, 0, 0}, within(0.015));
    }

    @Test
    void boundsOverALargeVocabularyKeepAllThatTheyShould() {
        // 2000 equal tokens: top-p 0.5 keeps the first 1000, more than are looked at first
        Sampling half = new Sampling(1, 0, 0.5, 0, 1, 0, 0, Map.of(), OptionalLong.of(1));
        int largest = -1;
        for (int position = 0; position < 3000; position++) {
            largest = Math.max(largest, new Sampler(half, 0, new int[0]).draw(new float[2000], position, null));
        }
        assertThat(largest).isBetween(980, 999);
    }

    @Test
    void biasAddsToALogit() {
        Sampling biased = new Sampling(0, 0, 1, 0, 1, 0, 0, Map.of(2, 5.0), OptionalLong.of(1));
        assertThat(new Sampler(biased, 0, new int[0]).draw(new float[] {4, 0, 0}, 0, null))
                .isEqualTo(2);
    }

    @Test
    void repetitionPenaltyWeighsWhatThePromptOrTheAnswerHolds() {
        Sampling penalized = new Sampling(0, 0, 1, 0, 2, 0, 0, Map.of(), OptionalLong.of(1));
        Sampler sampler = new Sampler(penalized, 0, new int[] {0});
        assertThat(sampler.draw(new float[] {5, 3, 2}, 0, null)).isEqualTo(1); // 2.5, 3, 2
        assertThat(sampler.draw(new float[] {5, 3, 2}, 1, null)).isEqualTo(0); // 2.5, 1.5, 2
        assertThat(sampler.draw(new float[] {-1, -3, -1.5f}, 2, null)).isEqualTo(2); // -2, -6, -1.5
    }

    @Test
    void frequencyAndPresencePenaltiesCountOnlyTheAnswer() {
        Sampling penalized = new Sampling(0, 0, 1, 0, 1, 1, 0.5, Map.of(), OptionalLong.of(1));
        Sampler sampler = new Sampler(penalized, 0, new int[] {0, 0, 0});
        assertThat(sampler.draw(new float[] {5, 4}, 0, null)).isEqualTo(0);
        assertThat(sampler.draw(new float[] {5, 4}, 1, null)).isEqualTo(1); // 5 - 1.5, 4
        assertThat(sampler.draw(new float[] {5, 4}, 2, null)).isEqualTo(0); // 3.5, 2.5
        assertThat(sampler.draw(new float[] {5, 4}, 3, null)).isEqualTo(0); // 5 - 2.5, 4 - 1.5: equal
    }

    @Test
    void theOrderOfCandidatesIsTheSameHoweverManyAreAskedFor() {
        Random random = new Random(4);
        float[] logits = new float[5000];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = random.nextInt(40) - 20; // many equals
        }
        int[] all = Sampler.top(logits, logits.length);
        for (int count : new int[] {1, 2, 40, 256, 2048}) {
            assertThat(Sampler.top(logits, count)).containsExactly(java.util.Arrays.copyOf(all, count));
        }
    }

    @Test
    void aDrawDependsOnSeedPositionAndNothingElse() {
        assertThat(CounterRandom.uniform(1, 0, 5, 0))
                .isEqualTo(CounterRandom.uniform(1, 0, 5, 0))
                .isBetween(0.0, 1.0);
        assertThat(IntStream.range(0, 1000)
                        .mapToDouble(i -> CounterRandom.uniform(1, 0, i, 0))
                        .distinct()
                        .count())
                .isEqualTo(1000);
        assertThat(CounterRandom.uniform(1, 2, 1, 0)).isNotEqualTo(CounterRandom.uniform(1, 1, 2, 0));
    }
}
