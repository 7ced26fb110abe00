package dev.ayni.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.models.TinyFamily;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Answers of a model whose positions all turn in another way once a text has more than sixteen tokens (LongRoPE). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FarTextsTest {
    private static final int[] PROMPT = {5, 17, 40, 3, 3, 58, 5, 17, 40, 3};

    private Weights weights;
    private Kernels kernels;
    private Model model;

    @BeforeAll
    void open(@TempDir Path folder) throws IOException {
        TinyFamily phi3 = TinyFamily.of(folder, "phi3", """
                , "original_max_position_embeddings": 16, "rope_scaling": {"type": "longrope",
                  "short_factor": [1, 1, 1, 1, 1.5, 1.5, 1.5, 1.5], "long_factor": [2, 2, 4, 4, 6, 6, 8, 9]}""");
        weights = WeightsFiles.open(phi3.publish(folder));
        kernels = KernelChoice.open("portable", 2, line -> {});
        model = Architectures.build(weights, kernels);
    }

    @AfterAll
    void close() {
        model.close();
        kernels.close();
        weights.close();
    }

    /** The best next tokens, each found by reading the whole text from its beginning. */
    private List<Integer> readAnewEachTime(int[] prompt, int tokens) {
        int[] text = prompt;
        for (int i = 0; i < tokens; i++) {
            float[] logits = model.forward(List.of(new Run(text, model.newCache(), Wanted.LAST)))
                    .getFirst()[0];
            text = Arrays.copyOf(text, text.length + 1);
            text[text.length - 1] = Candidates.top(logits, 1)[0];
        }
        return Arrays.stream(text, prompt.length, text.length).boxed().toList();
    }

    private static List<Integer> ids(Generation opened) {
        List<Integer> ids = new ArrayList<>();
        try (Generation generation = opened) {
            while (true) {
                switch (generation.next()) {
                    case Step.Reading reading -> assertThat(reading.done()).isLessThanOrEqualTo(reading.total());
                    case Step.PromptToken token -> throw new AssertionError("nobody has asked for " + token);
                    case Step.Token token -> ids.add(token.id());
                    case Step.Ended ended -> {
                        return ids;
                    }
                }
            }
        }
    }

    private static Settings greedy(int tokens) {
        return new Settings(Sampling.GREEDY, Limits.tokens(tokens), -1);
    }

    @Test
    void anAnswerThatGrowsFarIsWhatReadingAllOfItAnewGivesWhoeverGuesses() {
        Drafting wrong = (sampling, seed, answer) -> (tokens, length, most) -> Arrays.copyOf(tokens, Math.min(most, 3));
        List<Integer> expected = readAnewEachTime(PROMPT, 20);
        for (Drafting drafting : List.of(Drafting.NONE, Drafting.LOOKUP, wrong, Drafting.of(model))) {
            try (Generator generator = new Generator(model, 60, Set.of(), drafting)) {
                assertThat(ids(generator.start(PROMPT, greedy(20)))).isEqualTo(expected);
            }
        }
    }

    @Test
    void aFarTextDoesNotBeginWithWhatWasReadOfANearOne() {
        try (Generator generator = new Generator(model, 60, Set.of(), Drafting.NONE)) {
            List<Integer> near = ids(generator.start(PROMPT, greedy(4)));
            assertThat(near).isEqualTo(readAnewEachTime(PROMPT, 4));
            int[] longer = Arrays.copyOf(PROMPT, 24);
            Arrays.fill(longer, 10, 24, 7);
            assertThat(ids(generator.start(longer, greedy(6)))).isEqualTo(readAnewEachTime(longer, 6));
            assertThat(ids(generator.start(PROMPT, greedy(4)))).isEqualTo(near);
        }
    }
}
