package dev.ayni.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ayni.chat.Sampling;
import dev.ayni.chat.Sampling.Dry;
import dev.ayni.chat.Sampling.Stage;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
    private static final int DRAWS = 20_000;

    /** Probabilities 0.5, 0.25, 0.125, 0.0625, 0.0625 at temperature 1. */
    private static final float[] HALVES = {4, 3, 2, 1, 1};

    private static final Sampling PLAIN = Sampling.plain().seed(1).build();

    private static double[] shares(Sampling sampling, float... logitsInBits) {
        int[] counts = new int[logitsInBits.length];
        for (int position = 0; position < DRAWS; position++) {
            float[] logits = new float[logitsInBits.length];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = logitsInBits[i] * (float) Math.log(2);
            }
            counts[new Sampler(sampling, 0, 0, new int[0], id -> false).draw(logits, position, null)]++;
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
        assertThat(new Sampler(Sampling.GREEDY, 0, 0, new int[0], id -> false).draw(new float[] {1, 7, 3, 7}, 0, null))
                .isEqualTo(1);
    }

    @Test
    void topKKeepsTheMostProbable() {
        Sampling two = Sampling.plain().topK(2).seed(1).build();
        assertThat(shares(two, HALVES)).containsExactly(new double[] {2 / 3.0, 1 / 3.0, 0, 0, 0}, within(0.015));
    }

    @Test
    void topPKeepsTheFewestThatReachIt() {
        Sampling half = Sampling.plain().topP(0.5).seed(1).build();
        assertThat(shares(half, HALVES)[0]).isEqualTo(1);
        Sampling more = Sampling.plain().topP(0.51).seed(1).build();
        assertThat(shares(more, HALVES)).containsExactly(new double[] {2 / 3.0, 1 / 3.0, 0, 0, 0}, within(0.015));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.3, 1, 4})
    void topPAloneNeedNotPutAllInOrderAndKeepsTheSame(double temperature) {
        Sampling alone =
                Sampling.plain().topP(0.9).temperature(temperature).seed(1).build();
        Sampling beside = alone.but().minP(1e-12).build(); // cuts nothing, but has to see all
        Random random = new Random(5);
        for (int position = 0; position < 200; position++) {
            float[] logits = new float[3000];
            for (int id = 0; id < logits.length; id++) {
                logits[id] = (float) (3 * random.nextGaussian());
            }
            assertThat(new Sampler(alone, 0, 0, new int[0], id -> false).draw(logits.clone(), position, null))
                    .isEqualTo(new Sampler(beside, 0, 0, new int[0], id -> false).draw(logits.clone(), position, null));
        }
    }

    @Test
    void minPKeepsWhatIsNotTooFarFromTheBest() {
        Sampling quarter = Sampling.plain().minP(0.24).seed(1).build();
        assertThat(shares(quarter, HALVES))
                .containsExactly(new double[] {4 / 7.0, 2 / 7.0, 1 / 7.0, 0, 0}, within(0.015));
    }

    @Test
    void typicalPKeepsWhatSurprisesAsExpected() {
        // the entropy of HALVES is 1.875 bits: nearest are 0.25 (2 bits), then 0.5 and 0.125 (off by 0.875 and 1.125)
        Sampling quarter = Sampling.plain().typicalP(0.2).seed(1).build();
        assertThat(shares(quarter, HALVES)[1]).isEqualTo(1);
        Sampling more = Sampling.plain().typicalP(0.7).seed(1).build();
        assertThat(shares(more, HALVES)).containsExactly(new double[] {2 / 3.0, 1 / 3.0, 0, 0, 0}, within(0.015));
    }

    @Test
    void topNSigmaKeepsLogitsNearTheLargest() {
        // in bits: mean 2.2, deviation 1.166
        Sampling one = Sampling.plain().topNSigma(1).seed(1).build();
        assertThat(shares(one, HALVES)).containsExactly(new double[] {2 / 3.0, 1 / 3.0, 0, 0, 0}, within(0.015));
    }

    @Test
    void xtcLeavesOutTopChoicesButTheLeastOfThem() {
        Sampling always = Sampling.plain().xtc(1, 0.2).seed(1).build();
        assertThat(shares(always, HALVES)).containsExactly(new double[] {0, 0.5, 0.25, 0.125, 0.125}, within(0.015));
        Sampling half = Sampling.plain().xtc(0.5, 0.2).seed(1).build();
        assertThat(shares(half, HALVES)[0]).isCloseTo(0.25, within(0.015));
        Sampling unreached = Sampling.plain().xtc(1, 0.4).seed(1).build();
        assertThat(shares(unreached, HALVES)[0]).isCloseTo(0.5, within(0.015)); // one top choice: none is left out
    }

    @Test
    void dynamicTemperatureIsLowForASureModelAndHighForAnUnsureOne() {
        Sampling dynamic = Sampling.plain().dynamicTemperature(0.9, 1).seed(1).build();
        assertThat(shares(dynamic, 10, 0)[0]).isEqualTo(1); // T near 0.1
        assertThat(shares(dynamic, 1, 1)[0]).isCloseTo(0.5, within(0.015));
        // 0.5 bits apart: entropy 0.9776 bits of 1, T = 0.1 + 1.8 * 0.9776 = 1.860
        assertThat(shares(dynamic, 0.5f, 0)[0]).isCloseTo(1 / (1 + Math.pow(2, -0.5 / 1.860)), within(0.015));
    }

    @Test
    void mirostatHoldsTheSurpriseNearItsTarget() {
        Sampler sampler = new Sampler(Sampling.plain().mirostat(3, 0.1).seed(1).build(), 0, 0, new int[0], id -> false);
        double sum = 0;
        for (int position = 0; position < 4000; position++) {
            float[] logits = new float[1000];
            for (int id = 0; id < logits.length; id++) {
                logits[id] = (float) (-1.1 * Math.log(id + 1)); // Zipf
            }
            double all = 0;
            for (float logit : logits) {
                all += Math.exp(logit);
            }
            int id = sampler.draw(logits, position, null);
            sum -= Math.log(Math.exp(-1.1 * Math.log(id + 1)) / all) / Math.log(2);
        }
        // the target holds for the distribution that is left; over all tokens a little more
        assertThat(sum / 4000).isBetween(3.0, 4.2);
    }

    @Test
    void dryWeighsAgainstGoingOnWithARepeatedSequence() {
        Dry dry = new Dry(1, 2, 2, 0, List.of());
        Sampling sampling = Sampling.plain().temperature(0).dry(dry).build();
        // 1 2 3 4 ... 1 2 3: going on with 4 repeats three tokens: 1 * 2 ^ (3 - 2) less
        int[] prompt = {1, 2, 3, 4, 7, 1, 2, 3};
        assertThat(new Sampler(sampling, 0, 0, prompt, id -> false).draw(new float[] {3.1f, 0, 0, 0, 5}, 0, null))
                .isEqualTo(0);
        assertThat(new Sampler(sampling, 0, 0, prompt, id -> false).draw(new float[] {2.9f, 0, 0, 0, 5}, 0, null))
                .isEqualTo(4);
        // over a 2 no sequence goes on: what repeats is 3 alone, less than is allowed
        assertThat(new Sampler(sampling, 0, 0, prompt, id -> id == 2).draw(new float[] {4.9f, 0, 0, 0, 5}, 0, null))
                .isEqualTo(4);
    }

    @Test
    void stagesApplyInTheOrderAskedFor() {
        // top-p 0.6 of all keeps two; of the best two at half temperature (0.8, 0.2) only one
        Sampling.Builder both =
                Sampling.plain().temperature(0.5).topP(0.6).topK(2).seed(1);
        assertThat(shares(both.order(List.of(Stage.TOP_P, Stage.TOP_K)).build(), HALVES))
                .containsExactly(new double[] {2 / 3.0, 1 / 3.0, 0, 0, 0}, within(0.015));
        assertThat(shares(
                        both.order(List.of(Stage.TOP_K, Stage.TEMPERATURE, Stage.TOP_P))
                                .build(),
                        HALVES)[0])
                .isEqualTo(1);
        assertThat(shares(both.order(List.of()).build(), HALVES))
                .containsExactly(new double[] {0.5, 0.25, 0.125, 0.0625, 0.0625}, within(0.015));
    }

    @Test
    void boundsOverALargeVocabularyKeepAllThatTheyShould() {
        // 2000 equal tokens: top-p 0.5 keeps the first 1000, more than are looked at first
        Sampling half = Sampling.plain().topP(0.5).seed(1).build();
        int largest = -1;
        for (int position = 0; position < 3000; position++) {
            largest = Math.max(
                    largest, new Sampler(half, 0, 0, new int[0], id -> false).draw(new float[2000], position, null));
        }
        assertThat(largest).isBetween(980, 999);
    }

    @Test
    void biasAddsToALogit() {
        Sampling biased = Sampling.plain()
                .temperature(0)
                .logitBias(Map.of(2, 5.0))
                .seed(1)
                .build();
        assertThat(new Sampler(biased, 0, 0, new int[0], id -> false).draw(new float[] {4, 0, 0}, 0, null))
                .isEqualTo(2);
    }

    @Test
    void repetitionPenaltyWeighsWhatThePromptOrTheAnswerHolds() {
        Sampling penalized =
                Sampling.plain().temperature(0).repetitionPenalty(2).seed(1).build();
        Sampler sampler = new Sampler(penalized, 0, 0, new int[] {0}, id -> false);
        assertThat(sampler.draw(new float[] {5, 3, 2}, 0, null)).isEqualTo(1); // 2.5, 3, 2
        assertThat(sampler.draw(new float[] {5, 3, 2}, 1, null)).isEqualTo(0); // 2.5, 1.5, 2
        assertThat(sampler.draw(new float[] {-1, -3, -1.5f}, 2, null)).isEqualTo(2); // -2, -6, -1.5
    }

    @Test
    void frequencyAndPresencePenaltiesCountOnlyTheAnswer() {
        Sampling penalized = Sampling.plain()
                .temperature(0)
                .frequencyPenalty(1)
                .presencePenalty(0.5)
                .seed(1)
                .build();
        Sampler sampler = new Sampler(penalized, 0, 0, new int[] {0, 0, 0}, id -> false);
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
        int[] all = Candidates.top(logits, logits.length);
        for (int count : new int[] {1, 2, 40, 256, 2048}) {
            assertThat(Candidates.top(logits, count)).containsExactly(java.util.Arrays.copyOf(all, count));
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
