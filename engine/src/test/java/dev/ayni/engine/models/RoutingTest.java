package dev.ayni.engine.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.engine.models.Routing.Choice;
import dev.ayni.engine.models.Routing.Score;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Which experts a token goes through, by hand. */
class RoutingTest {
    private static final Offset<Float> NEAR = Offset.offset(1e-6f);

    @Test
    void theBestExpertsAreChosenAndStandInOrderOfTheirNumbers() {
        Choice choice = new Routing(2, Score.SOFTMAX, false, 1)
                .choose(new float[] {0, (float) Math.log(3), -50, (float) Math.log(4)});
        assertThat(choice.experts_P()).containsExactly(1, 3);
        assertThat(choice.weights_P()[0]).isCloseTo(3 / 8f, NEAR);
        assertThat(choice.weights_P()[1]).isCloseTo(4 / 8f, NEAR);
    }

    @Test
    void normalizedWeightsAddUpToTheScale() {
        Choice choice = new Routing(2, Score.SOFTMAX, true, 2.5)
                .choose(new float[] {0, (float) Math.log(3), -50, (float) Math.log(4)});
        assertThat(choice.weights_P()[0]).isCloseTo(2.5f * 3 / 7, NEAR);
        assertThat(choice.weights_P()[1]).isCloseTo(2.5f * 4 / 7, NEAR);
    }

    @Test
    void ofEqualExpertsTheFirstIsChosen() {
        assertThat(new Routing(2, Score.SIGMOID, false, 1)
                        .choose(new float[] {1, 2, 2, 2, 0})
                        .experts_P())
                .containsExactly(1, 2);
    }

    @Test
    void aBiasChangesTheChoiceAndNotTheWeight() {
        Choice choice = new Routing(1, Score.SIGMOID, false, 1, new float[] {0, 0, 0.5f}, 1, 1, 1)
                .choose(new float[] {0.1f, 1, 0});
        assertThat(choice.experts_P()).containsExactly(2);
        assertThat(choice.weights_P()[0]).isCloseTo(0.5f, NEAR);
    }

    @Test
    void expertsAreTakenFromTheBestGroupsOnly() {
        float[] logits = {5, -9, -9, 3, 3, -9}; // the groups' two best: 5 - 9, 3 - 9, 3 - 9
        assertThat(new Routing(2, Score.SOFTMAX, false, 1, null, 3, 1, 1)
                        .choose(logits)
                        .experts_P())
                .containsExactly(0, 1);
        float[] twoGood = {2, -9, 1.5f, 1.5f, -9, -9};
        assertThat(new Routing(2, Score.SIGMOID, false, 1, null, 3, 1, 2)
                        .choose(twoGood)
                        .experts_P())
                .containsExactly(2, 3);
        assertThat(new Routing(2, Score.SIGMOID, false, 1, null, 3, 2, 2)
                        .choose(twoGood)
                        .experts_P())
                .containsExactly(0, 2);
    }

    @Test
    void logitsThatAreNoNumbersMakeWeightsThatAreNone() {
        Choice choice = new Routing(2, Score.SOFTMAX, true, 1).choose(new float[] {Float.NaN, 1, 2, 3});
        assertThat(choice.experts_P()).hasSize(2);
        assertThat(choice.weights_P()).containsOnly(Float.NaN);
    }
}
