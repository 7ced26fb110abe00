package dev.ayni.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Sampling.Beams;
import dev.ayni.engine.generation.BeamSearch.Found;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import dev.ayni.engine.models.TinyLlama;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BeamSearchTest {
    private static final int[] PROMPT = {5, 17, 40, 3, 3, 88};
    private static final Set<Integer> ENDS = Set.of(2, 11, 30, 31, 32, 47, 60, 61, 75, 90);

    private Weights weights;
    private Kernels kernels;
    private Model model;

    @BeforeAll
    void open(@TempDir Path folder) throws IOException {
        weights = WeightsFiles.open(TinyLlama.write(folder, DType.Q4_0));
        kernels = KernelChoice.open("portable", 2, line -> {});
        model = Architectures.build(weights, kernels);
    }

    @AfterAll
    void close() {
        model.close();
        kernels.close();
        weights.close();
    }

    /** A continuation of the twin's. */
    private record Plain(List<Integer> ids, double sum, double score) {}

    /** The same search in plain words: all texts read anew for each token, all ways to go on in one sorted list. */
    private List<Plain> plainly(int[] prompt, Beams beams, int length, Set<Integer> ends) {
        List<Plain> live = List.of(new Plain(List.of(), 0, 0));
        List<Plain> ended = new ArrayList<>();
        for (int n = 1; n <= length && !(beams.stopEarly() && ended.size() >= beams.width()); n++) {
            List<Plain> ways = new ArrayList<>();
            for (Plain text : live) {
                int[] all = IntStream.concat(
                                Arrays.stream(prompt), text.ids.stream().mapToInt(id -> id))
                        .toArray();
                float[] logits = model.forward(List.of(new Run(all, model.newCache(), Wanted.LAST)))
                        .getFirst()[0];
                double total = 0;
                for (float logit : logits) {
                    total += Math.exp(logit);
                }
                for (int id = 0; id < logits.length; id++) {
                    List<Integer> ids = new ArrayList<>(text.ids);
                    ids.add(id);
                    double sum = text.sum + logits[id] - Math.log(total);
                    ways.add(new Plain(ids, sum, sum / Math.pow(n, beams.lengthPenalty())));
                }
            }
            ways.sort(Comparator.comparingDouble(way -> -way.sum));
            List<Plain> next = new ArrayList<>();
            for (int rank = 0; next.size() < beams.width(); rank++) {
                boolean end = ends.contains(ways.get(rank).ids.getLast());
                if (end && rank < beams.width()) {
                    ended.add(ways.get(rank));
                } else if (!end) {
                    next.add(ways.get(rank));
                }
            }
            live = next;
            if (n == length) {
                ended.addAll(live);
            }
        }
        ended.sort(Comparator.comparingDouble(text -> -text.score));
        return ended.subList(0, Math.min(beams.width(), ended.size()));
    }

    private static Settings settings(Beams beams, int tokens) {
        return new Settings(Sampling.plain().beams(beams).build(), Limits.tokens(tokens), -1);
    }

    private static List<Found> found(Generator generator, int[] prompt, Settings settings) {
        try (BeamSearch search = generator.search(prompt, settings, ids -> false)) {
            while (search.step()) {
                // until all is found
            }
            return search.found();
        }
    }

    private static void assertSame(List<Found> found, List<Plain> plain) {
        assertThat(found).hasSameSizeAs(plain);
        for (int i = 0; i < plain.size(); i++) {
            assertThat(Arrays.stream(found.get(i).ids()).boxed()).isEqualTo(plain.get(i).ids);
            assertThat(found.get(i).score()).isCloseTo(plain.get(i).score, within(1e-4));
            assertThat(Arrays.stream(found.get(i).logProbabilities()).sum()).isCloseTo(plain.get(i).sum, within(1e-4));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, false",
        "2, 0, false",
        "4, 1, false",
        "4, 1, true",
        "5, -1, false",
        "5, 2.5, false",
        "8, 0.3, true"
    })
    void itFindsWhatAPlainSearchFinds(int width, double penalty, boolean early) {
        Beams beams = new Beams(width, penalty, early);
        for (Set<Integer> ends : List.of(Set.<Integer>of(), Set.of(2), ENDS)) {
            try (Generator generator = new Generator(model, 300, ends, Drafting.NONE)) {
                assertSame(found(generator, PROMPT, settings(beams, 7)), plainly(PROMPT, beams, 7, ends));
            }
        }
    }

    @Test
    void pagesThatAreSharedStayEachBeamsOwn() {
        int[] prompt = new Random(3).ints(253, 0, TinyLlama.VOCABULARY).toArray(); // the page ends within the answers
        Beams beams = new Beams(6, 1, false);
        try (Generator generator = new Generator(model, 400, Set.of(), Drafting.NONE)) {
            List<Plain> plain = plainly(prompt, beams, 6, Set.of());
            assertSame(found(generator, prompt, settings(beams, 6)), plain);
            assertSame(found(generator, prompt, settings(beams, 6)), plain); // and with the prompt remembered
        }
    }

    @Test
    void oneBeamIsTheGreedyAnswer() {
        try (Generator generator = new Generator(model, 300, Set.of(), Drafting.NONE);
                Generation greedy = generator.start(PROMPT, new Settings(Sampling.GREEDY, Limits.tokens(12), -1))) {
            List<Integer> ids = new ArrayList<>();
            while (greedy.next() instanceof Step.Token(int id, double probability, List<Step.Candidate> others)) {
                ids.add(id);
            }
            List<Found> found = found(generator, PROMPT, settings(new Beams(1, 1, false), 12));
            assertThat(found).hasSize(1);
            assertThat(Arrays.stream(found.getFirst().ids()).boxed()).isEqualTo(ids);
            assertThat(found.getFirst().reason()).isEqualTo(Reason.LENGTH);
        }
    }

    @Test
    void aFullContextEndsTheSearchAndAStopEndsABeam() {
        try (Generator generator = new Generator(model, PROMPT.length + 5, Set.of(), Drafting.NONE)) {
            assertThat(found(generator, PROMPT, settings(new Beams(3, 1, false), Limits.UNLIMITED)))
                    .allSatisfy(one -> {
                        assertThat(one.ids()).hasSize(5);
                        assertThat(one.reason()).isEqualTo(Reason.CONTEXT_FULL);
                    });
            try (BeamSearch search = generator.search(
                    PROMPT, settings(new Beams(3, 1, true), Limits.UNLIMITED), ids -> ids.length == 2)) {
                while (search.step()) {
                    // until all is found
                }
                assertThat(search.found()).hasSize(3).allSatisfy(one -> {
                    assertThat(one.ids()).hasSize(2);
                    assertThat(one.reason()).isEqualTo(Reason.STOP);
                });
            }
        }
    }

    @Test
    void whatWasReadRestsUntilANextTurnAlsoWhereTheSearchIsBrokenOff() {
        try (Generator generator = new Generator(model, 300, Set.of(), Drafting.NONE)) {
            generator
                    .search(PROMPT, settings(new Beams(3, 1, false), 9), ids -> false)
                    .close();
            try (BeamSearch search = generator.search(PROMPT, settings(new Beams(3, 1, false), 9), ids -> false)) {
                search.step();
                search.step();
            }
            try (BeamSearch search = generator.search(PROMPT, settings(new Beams(3, 1, false), 9), ids -> false)) {
                while (search.step()) {
                    // until all is found
                }
                assertThat(search.reused()).isEqualTo(PROMPT.length - 1);
            }
        }
    }

    @Test
    void whatCannotBeSearchedIsALetter() {
        assertThatThrownBy(() -> Sampling.plain()
                        .beams(new Beams(2, 1, false))
                        .repetitionPenalty(1.1)
                        .build())
                .hasMessageContaining("penalties");
        assertThatThrownBy(() -> new Beams(65, 1, false)).hasMessageContaining("number of beams");
        assertThatThrownBy(() -> new Beams(2, Double.NaN, false)).hasMessageContaining("length penalty");
        try (Generator generator = new Generator(model, 6, Set.of(), Drafting.NONE)) {
            assertThatThrownBy(() -> generator.search(PROMPT, settings(new Beams(2, 1, false), 1), ids -> false))
                    .isInstanceOf(PromptException.class)
                    .hasMessageContaining("6 tokens");
        }
    }
}
