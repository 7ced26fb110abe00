package dev.ayni.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Sampling.Guidance;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.KvCache;
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
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GeneratorTest {
    private static final int[] PROMPT = {5, 17, 40, 3, 3, 88};
    private static final Sampling WARM = Sampling.DEFAULT.withTemperature(1.5).withSeed(11);

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

    private Generator generator(int context, Integer... ends) {
        return new Generator(model, context, Set.of(ends), Drafting.NONE);
    }

    private static Settings settings(Sampling sampling, int maxTokens) {
        return new Settings(sampling, Limits.tokens(maxTokens), -1);
    }

    /** All tokens, and why there are no more. */
    private record Continued(List<Integer> ids, Reason reason, int reused) {}

    private static Continued run(Generator generator, int[] prompt, Settings settings) {
        return run(generator.start(prompt, settings));
    }

    private static Continued run(Generation opened) {
        List<Integer> ids = new ArrayList<>();
        try (Generation generation = opened) {
            while (true) {
                switch (generation.next()) {
                    case Step.Reading reading -> assertThat(reading.done()).isLessThanOrEqualTo(reading.total());
                    case Step.PromptToken token -> throw new AssertionError("nobody has asked for " + token);
                    case Step.Token token -> ids.add(token.id());
                    case Step.Ended ended -> {
                        return new Continued(ids, ended.reason(), generation.reused());
                    }
                }
            }
        }
    }

    @Test
    void greedyTakesTheLargestLogitOfEachForwardPass() {
        Continued continued = run(generator(64), PROMPT, settings(Sampling.GREEDY, 8));
        KvCache cache = model.newCache();
        int[] next = PROMPT;
        for (int id : continued.ids) {
            float[] logits =
                    model.forward(List.of(new Run(next, cache, Wanted.LAST))).getFirst()[0];
            assertThat(id).isEqualTo(Candidates.top(logits, 1)[0]);
            next = new int[] {id};
        }
        assertThat(continued.ids).hasSize(8);
        assertThat(continued.reason).isEqualTo(Reason.LENGTH);
    }

    @Test
    void severalAnswersReadTheirPromptOnceAndAreWhatEachWouldBeAlone() throws Exception {
        int[] prompt = new Random(9).ints(700, 0, TinyLlama.VOCABULARY).toArray();
        List<Continued> alone = new ArrayList<>();
        for (int answer = 0; answer < 4; answer++) {
            try (Generator one = generator(1000)) {
                List<Generation> answers = one.start(prompt, settings(WARM, 30), answer + 1);
                alone.add(run(answers.get(answer)));
                answers.forEach(Generation::close);
            }
        }
        assertThat(alone.stream().map(Continued::ids).distinct().count()).isEqualTo(4);

        try (Generator generator = generator(1000);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Continued>> together = generator.start(prompt, settings(WARM, 30), 4).stream()
                    .map(generation -> threads.submit(() -> run(generation)))
                    .toList();
            for (int answer = 0; answer < 4; answer++) {
                assertThat(together.get(answer).get()).isEqualTo(alone.get(answer));
            }
            // what was read rests until a next turn
            assertThat(run(generator, prompt, settings(Sampling.GREEDY, 1)).reused)
                    .isEqualTo(prompt.length - 1);
        }
    }

    @Test
    void answersThatAreClosedUnreadLeaveTheOthersAlone() {
        try (Generator generator = generator(300)) {
            List<Integer> expected = run(generator, PROMPT, settings(WARM, 5)).ids;
            List<Generation> answers = generator.start(PROMPT, settings(WARM, 5), 3);
            answers.get(2).close();
            answers.get(1).close();
            assertThat(run(answers.get(0)).ids).isEqualTo(expected);
            generator.start(PROMPT, settings(WARM, 5), 2).forEach(Generation::close);
        }
    }

    @Test
    void guessesChangeNothing() {
        Sampling tuned = WARM.but()
                .repetitionPenalty(1.2)
                .dry(new Sampling.Dry(0.5, 1.5, 2, 0, List.of()))
                .mirostat(4, 0.1)
                .build();
        List<Integer> warm = run(generator(300), PROMPT, settings(WARM, 120)).ids;
        List<Sampling> samplings = List.of(Sampling.GREEDY, WARM, tuned);
        AtomicInteger made = new AtomicInteger();
        Random random = new Random(4);
        Drafting wrong = (sampling, seed, answer) -> (tokens, length, most) -> {
            made.addAndGet(most);
            return random.ints(random.nextInt(most + 1), 0, TinyLlama.VOCABULARY)
                    .toArray();
        };
        Drafting oftenRight = (sampling, seed, answer) -> (tokens, length, most) -> {
            made.addAndGet(most);
            int from = length - PROMPT.length;
            int[] guesses =
                    warm.stream().mapToInt(id -> id).skip(from).limit(most).toArray();
            if (guesses.length > 1 && random.nextInt(3) == 0) {
                guesses[random.nextInt(guesses.length)]++;
            }
            return Arrays.stream(guesses).map(id -> id % TinyLlama.VOCABULARY).toArray();
        };
        for (Sampling sampling : samplings) {
            Continued plain = run(generator(300), PROMPT, settings(sampling, 120));
            Continued full = run(generator(PROMPT.length + 40), PROMPT, settings(sampling, Limits.UNLIMITED));
            for (Drafting drafting : List.of(Drafting.LOOKUP, wrong, oftenRight, Drafting.of(model))) {
                try (Generator guessing = new Generator(model, 300, Set.of(), drafting)) {
                    assertThat(run(guessing, PROMPT, settings(sampling, 120))).isEqualTo(plain);
                    assertThat(run(guessing, PROMPT, settings(sampling, 7)).ids).isEqualTo(plain.ids.subList(0, 7));
                }
            }
            try (Generator guessing = new Generator(model, PROMPT.length + 40, Set.of(), wrong)) {
                assertThat(run(guessing, PROMPT, settings(sampling, Limits.UNLIMITED)))
                        .isEqualTo(full);
            }
        }
        assertThat(made.get()).isPositive();
    }

    private static Settings guided(Sampling sampling, double scale, int[] away, int maxTokens) {
        Sampling led = sampling.but().guidance(new Guidance(scale, "")).build();
        return new Settings(led, Limits.tokens(maxTokens), -1, id -> false, null, Map.of(), away);
    }

    private static double[] logProbabilities(Model model, int[] text) {
        float[] logits = model.forward(List.of(new Run(text, model.newCache(), Wanted.LAST)))
                .getFirst()[0];
        double total = 0;
        for (float logit : logits) {
            total += Math.exp(logit);
        }
        double[] logged = new double[logits.length];
        for (int id = 0; id < logged.length; id++) {
            logged[id] = logits[id] - Math.log(total);
        }
        return logged;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 1.7, 6})
    void guidanceTakesTheBestOfTwoForwardPassesPutTogether(double scale) {
        int[] away = {9, 9, 70};
        Continued continued = run(generator(64), PROMPT, guided(Sampling.GREEDY, scale, away, 12));
        List<Integer> said = new ArrayList<>();
        for (int id : continued.ids) {
            double[] towards = logProbabilities(model, concat(PROMPT, said));
            double[] from = logProbabilities(model, concat(away, said));
            int best = 0;
            for (int other = 0; other < from.length; other++) {
                double led = from[other] + scale * (towards[other] - from[other]);
                best = led > from[best] + scale * (towards[best] - from[best]) ? other : best;
            }
            assertThat(id).isEqualTo(best);
            said.add(id);
        }
        assertThat(said).hasSize(12);
    }

    @Test
    void guidanceGoesWithPenaltiesGuessesAndSeveralAnswers() {
        int[] away = new Random(2).ints(530, 0, TinyLlama.VOCABULARY).toArray(); // more than one pass reads
        Sampling tuned = WARM.but().repetitionPenalty(1.2).build();
        for (Sampling sampling : List.of(Sampling.GREEDY, WARM, tuned)) {
            Settings settings = guided(sampling, 1.5, away, 40);
            List<Integer> plain = run(generator(600), PROMPT, settings).ids;
            assertThat(plain).isNotEqualTo(run(generator(600), PROMPT, settings(sampling, 40)).ids);
            Random random = new Random(4);
            Drafting sometimesRight = (s, seed, answer) -> (tokens, length, most) -> plain.stream()
                    .mapToInt(id -> random.nextInt(4) == 0 ? 1 : id)
                    .skip(length - PROMPT.length)
                    .limit(most)
                    .toArray();
            for (Drafting drafting : List.of(Drafting.LOOKUP, sometimesRight)) {
                try (Generator guessing = new Generator(model, 600, Set.of(), drafting)) {
                    assertThat(run(guessing, PROMPT, settings).ids).isEqualTo(plain);
                }
            }
            try (Generator generator = generator(600)) {
                List<Generation> answers = generator.start(PROMPT, settings, 3);
                answers.get(1).close();
                assertThat(run(answers.get(0)).ids).isEqualTo(plain);
                assertThat(run(answers.get(2)).ids).hasSize(40);
            }
        }
        assertThat(run(generator(540), PROMPT, guided(WARM, 1.5, away, Limits.UNLIMITED)).ids)
                .hasSize(10); // the longer prompt counts
    }

    @Test
    void guidanceThatCannotLeadIsALetter() {
        for (int[] away : List.of(PROMPT, new int[0], new int[] {97}, new int[64])) {
            assertThatThrownBy(() -> generator(64).start(PROMPT, guided(WARM, 2, away, 1)))
                    .isInstanceOf(PromptException.class)
                    .hasMessageContaining("negative prompt");
        }
        for (double scale : new double[] {-1, 101, Double.NaN}) {
            assertThatThrownBy(() -> new Guidance(scale, "")).hasMessageContaining("scale of the guidance");
        }
        assertThat(run(generator(64), PROMPT, guided(WARM, 1, PROMPT, 9)))
                .isEqualTo(run(generator(64), PROMPT, settings(WARM, 9)));
    }

    @Test
    void anEndTokenEndsAndIsTheLastTokenUnlessItIsToBeIgnored() {
        List<Integer> free = run(generator(64), PROMPT, settings(WARM, 20)).ids;
        int end = free.get(4);
        int at = free.indexOf(end);
        Continued ended = run(generator(64, end), PROMPT, settings(WARM, 20));
        assertThat(ended.ids).isEqualTo(free.subList(0, at + 1));
        assertThat(ended.reason).isEqualTo(Reason.END);
        Settings on = new Settings(WARM, new Limits(20, List.of(), true), -1);
        assertThat(run(generator(64, end), PROMPT, on).ids).isEqualTo(free);
    }

    @Test
    void aFullContextIsAReasonNotASilentCut() {
        Continued continued = run(generator(10), PROMPT, settings(WARM, Limits.UNLIMITED));
        assertThat(continued.ids).hasSize(4);
        assertThat(continued.reason).isEqualTo(Reason.CONTEXT_FULL);
    }

    @Test
    void aLimitOfNoTokensEndsAtOnce() {
        Continued continued = run(generator(10), PROMPT, settings(WARM, 0));
        assertThat(continued.ids).isEmpty();
        assertThat(continued.reason).isEqualTo(Reason.LENGTH);
    }

    @Test
    void aPromptThatLeavesNoRoomIsALetter() {
        assertThatThrownBy(() -> generator(6).start(PROMPT, settings(WARM, 1)))
                .isInstanceOf(PromptException.class)
                .hasMessageContaining("6 tokens")
                .hasMessageContaining("larger context");
        assertThatThrownBy(() -> generator(6).start(new int[0], settings(WARM, 1)))
                .isInstanceOf(PromptException.class);
        assertThatThrownBy(() -> generator(6).start(new int[] {97}, settings(WARM, 1)))
                .isInstanceOf(PromptException.class)
                .hasMessageContaining("97");
    }

    @Test
    void theSameSeedGivesTheSameTokensAndAnotherSeedOthers() {
        List<Integer> first = run(generator(64), PROMPT, settings(WARM, 20)).ids;
        assertThat(run(generator(64), PROMPT, settings(WARM, 20)).ids).isEqualTo(first);
        assertThat(run(generator(64), PROMPT, settings(WARM.withSeed(12), 20)).ids)
                .isNotEqualTo(first);
    }

    @Test
    void aNextTurnReusesWhatItsConversationAlreadySaid() {
        try (Generator generator = generator(400)) {
            Continued first = run(generator, PROMPT, settings(WARM, 20));
            int[] turn = concat(PROMPT, first.ids, 9, 9, 9);
            Continued second = run(generator, turn, settings(WARM, 5));
            // the last drawn token was never computed
            assertThat(second.reused).isEqualTo(PROMPT.length + 19);
            assertThat(second.ids).isEqualTo(run(generator(400), turn, settings(WARM, 5)).ids);
            Continued other = run(generator, new int[] {90, 91}, settings(WARM, 1));
            assertThat(other.reused).isZero();
            assertThat(run(generator, turn, settings(WARM, 5)).ids).isEqualTo(second.ids);
            generator.forget();
            assertThat(run(generator, turn, settings(WARM, 1)).reused).isZero();
        }
    }

    @Test
    void aLongPromptIsReadInChunksWithTheSameResult() {
        int[] prompt = new Random(5).ints(560, 0, TinyLlama.VOCABULARY).toArray();
        KvCache cache = model.newCache();
        float[] logits =
                model.forward(List.of(new Run(prompt, cache, Wanted.LAST))).getFirst()[0];
        Continued continued = run(generator(600), prompt, settings(Sampling.GREEDY, 1));
        assertThat(continued.ids).containsExactly(Candidates.top(logits, 1)[0]);
    }

    @Test
    void conversationsSideBySideGetWhatEachWouldGetAlone() throws InterruptedException, ExecutionException {
        List<int[]> prompts = new Random(9)
                .ints(12, 1, 80)
                .mapToObj(n -> new Random(n).ints(n, 0, TinyLlama.VOCABULARY).toArray())
                .toList();
        List<List<Integer>> alone = prompts.stream()
                .map(prompt -> run(generator(200), prompt, settings(WARM, 12)).ids)
                .toList();
        try (Generator together = generator(200);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Continued>> running = prompts.stream()
                    .map(prompt -> threads.submit(() -> run(together, prompt, settings(WARM, 12))))
                    .toList();
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(running.get(i).get().ids).isEqualTo(alone.get(i));
            }
        }
    }

    @Test
    void oneThreadAtATimeIsInTheKernelsHoweverManyConversationsComeAndGo()
            throws InterruptedException, ExecutionException {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Kernels watched = (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    try {
                        if (method.getName().equals("release")) {
                            Thread.sleep(0, 200_000); // long enough to be met
                        }
                        return method.invoke(kernels, arguments);
                    } finally {
                        inside.decrementAndGet();
                    }
                });
        Generator together = new Generator(Architectures.build(weights, watched), 300, Set.of(), Drafting.NONE);
        try (var threads = Executors.newFixedThreadPool(8)) {
            List<Future<Continued>> running = IntStream.range(1, 40)
                    .mapToObj(n -> threads.submit(() -> run(together, prompt(n), settings(WARM, 3))))
                    .toList();
            for (Future<Continued> one : running) {
                one.get();
            }
        }
        together.close();
        assertThat(most).hasValue(1);
    }

    private static int[] prompt(int n) {
        return new Random(n).ints(n, 0, TinyLlama.VOCABULARY).toArray();
    }

    @Test
    void aClosedGeneratorSaysSoInsteadOfTouchingMemoryThatIsGone() {
        Generator generator = generator(64);
        Generation generation = generator.start(PROMPT, settings(WARM, 5));
        generation.next();
        generator.close();
        assertThatThrownBy(generation::next)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        generation.close();
    }

    @Test
    void aBiasForATokenThatThereIsNotIsALetter() {
        Sampling biased = Sampling.plain().logitBias(Map.of(97, 1.0)).seed(1).build();
        assertThatThrownBy(() -> generator(64).start(PROMPT, settings(biased, 1)))
                .isInstanceOf(PromptException.class)
                .hasMessageContaining("97");
    }

    @Test
    void logProbabilitiesAreTheModelsOwn() {
        Settings settings = new Settings(Sampling.GREEDY, Limits.tokens(1), 3);
        float[] logits = model.forward(List.of(new Run(PROMPT, model.newCache(), Wanted.LAST)))
                .getFirst()[0];
        try (Generation generation = generator(64).start(PROMPT, settings)) {
            Step.Token token = (Step.Token) generation.next();
            assertThat(token.alternatives()).hasSize(3);
            assertThat(token.alternatives().getFirst().id()).isEqualTo(token.id());
            assertThat(token.alternatives().getFirst().logProbability()).isEqualTo(token.logProbability());
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp((double) logit - logits[token.id()]);
            }
            assertThat(token.logProbability()).isCloseTo(-Math.log(sum), within(1e-9));
        }
    }

    private static int[] concat(int[] prompt, List<Integer> answer, int... more) {
        int[] all = Arrays.copyOf(prompt, prompt.length + answer.size() + more.length);
        for (int i = 0; i < answer.size(); i++) {
            all[prompt.length + i] = answer.get(i);
        }
        System.arraycopy(more, 0, all, prompt.length + answer.size(), more.length);
        return all;
    }
}
