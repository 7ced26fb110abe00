package dev.ayni.engine.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What llama-quantize chooses for a Llama of 32 layers with four query heads for each of keys and values. */
class MixtureTest {
    private static final Mixture.Facts LLAMA = new Mixture.Facts("llama", 32, 32, 4, 0, false, 32);

    /** The first and last eighth of the layers, and every third one between. */
    private static final List<Integer> MATTER = IntStream.range(0, 32)
            .filter(i -> i < 4 || i >= 28 || (i - 4) % 3 == 2)
            .boxed()
            .toList();

    @Test
    void aMediumFileHasMoreBitsWhereTheyMatter() {
        assertThat(layersOf(DType.Q6_K, FileType.Q4_K_M, "attn_v")).isEqualTo(MATTER);
        assertThat(layersOf(DType.Q6_K, FileType.Q4_K_M, "ffn_down")).isEqualTo(MATTER);
        assertThat(layersOf(DType.Q4_K, FileType.Q4_K_M, "attn_q")).hasSize(32);
        assertThat(layersOf(DType.Q5_K, FileType.Q4_K_S, "attn_v")).containsExactly(0, 1, 2, 3);
        assertThat(layersOf(DType.Q5_K, FileType.Q3_K_M, "attn_v")).containsExactly(0, 1);
        assertThat(layersOf(DType.Q4_K, FileType.Q3_K_M, "attn_v")).hasSize(30);
        assertThat(layersOf(DType.Q5_K, FileType.Q3_K_M, "ffn_down")).containsExactly(0, 1);
        assertThat(layersOf(DType.Q3_K, FileType.Q2_K, "attn_output")).hasSize(32);
    }

    @Test
    void theMatrixThatMakesLogitsHasMoreBits() {
        assertThat(one(LLAMA, FileType.Q4_K_M, "output.weight", 4096)).isEqualTo(DType.Q6_K);
        assertThat(one(LLAMA, FileType.Q4_K_M, "token_embd.weight", 4096)).isEqualTo(DType.Q4_K);
        assertThat(one(LLAMA, FileType.Q8_0, "output.weight", 4096)).isEqualTo(DType.Q8_0);
        Mixture.Facts tied = new Mixture.Facts("llama", 32, 32, 4, 0, true, 32);
        assertThat(one(tied, FileType.Q4_K_M, "token_embd.weight", 4096)).isEqualTo(DType.Q6_K);
    }

    @Test
    void rowsThatBlocksDoNotFillTakeATypeOfSmallerBlocks() {
        assertThat(one(LLAMA, FileType.Q4_K_M, "blk.0.attn_q.weight", 96)).isEqualTo(DType.Q5_0);
        assertThat(one(LLAMA, FileType.Q6_K, "blk.0.attn_q.weight", 96)).isEqualTo(DType.Q8_0);
        assertThat(one(LLAMA, FileType.Q6_K, "output.weight", 96)).isEqualTo(DType.Q8_0);
        assertThat(one(LLAMA, FileType.Q2_K, "blk.0.attn_q.weight", 96)).isEqualTo(DType.Q4_0);
        assertThat(one(LLAMA, FileType.Q4_0, "blk.0.attn_q.weight", 40)).isEqualTo(DType.F16);
    }

    @Test
    void normsAndWhatChoosesExpertsStayAsTheyAre() {
        assertThat(Mixture.canChange("blk.0.attn_norm.weight", List.of(64L))).isFalse();
        assertThat(Mixture.canChange("blk.0.ffn_gate_inp.weight", List.of(8L, 64L)))
                .isFalse();
        assertThat(Mixture.canChange("blk.0.attn_q.bias", List.of(64L, 64L))).isFalse();
        assertThat(Mixture.canChange("blk.0.attn_q.weight", List.of(64L, 64L))).isTrue();
    }

    @Test
    void namesAreThoseOfLlamaQuantizeAndAnUnknownOneIsALetter() {
        assertThat(FileType.of("q4_k")).isEqualTo(FileType.Q4_K_M);
        assertThat(FileType.of("Q5_K_S").number()).isEqualTo(16);
        assertThatThrownBy(() -> FileType.of("Q7"))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("Q4_K_M");
        assertThatThrownBy(() -> FileType.of("IQ2_XXS")).hasMessageContaining("read here, and not made");
    }

    private static DType one(Mixture.Facts facts, FileType file, String name, long width) {
        return new Mixture(file, facts, false).of(name, List.of(64L, width), false);
    }

    /** The layers in which a matrix takes a type. */
    private static List<Integer> layersOf(DType type, FileType file, String matrix) {
        Mixture mixture = new Mixture(file, LLAMA, false);
        List<Integer> layers = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            if (mixture.of("blk.%d.%s.weight".formatted(i, matrix), List.of(4096L, 4096L), false) == type) {
                layers.add(i);
            }
        }
        return layers;
    }
}
