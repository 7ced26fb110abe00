package dev.ayni.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.Limits;
import dev.ayni.chat.OverloadedException;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Sampling.Guidance;
import dev.ayni.chat.Scheduling;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests beside others: the same bits as alone, in as few passes as hold them, with the memory there is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class SchedulerTest {
    private static final int CONTEXT = 600; // three pages
    private static final Sampling WARM = Sampling.DEFAULT.withTemperature(1.5).withSeed(11);

    private Weights weights;
    private Kernels kernels;
    private Model placed;
    private WatchedModel model;
    private ExecutorService threads;

    @BeforeAll
    void open(@TempDir Path folder) throws IOException {
        weights = WeightsFiles.open(TinyLlama.write(folder, DType.Q4_0));
        kernels = KernelChoice.open("portable", 1, line -> {});
        placed = Architectures.build(weights, kernels);
    }

    @BeforeEach
    void watch() {
        model = new WatchedModel(placed);
        threads = Executors.newVirtualThreadPerTaskExecutor();
    }

    @AfterEach
    void noPageIsLeft() {
        model.open();
        threads.close();
        assertThat(placed.pages().held()).isZero();
    }

    @AfterAll
    void close() {
        placed.close();
        kernels.close();
        weights.close();
    }

    private Generator generator(Capacity capacity) {
        return new Generator(model, CONTEXT, Set.of(), Drafting.LOOKUP, capacity);
    }

    private Generator generator() {
        return generator(Capacity.USUAL);
    }

    private static int[] prompt(int seed, int length) {
        return new Random(seed).ints(length, 0, TinyLlama.VOCABULARY).toArray();
    }

    private static int[] concat(int[] first, int[] then) {
        return IntStream.concat(Arrays.stream(first), Arrays.stream(then)).toArray();
    }

    private static Settings settings(int maxTokens) {
        return new Settings(WARM, Limits.tokens(maxTokens), -1);
    }

    private static Settings of(String principal, int priority, int maxTokens) {
        return settings(maxTokens).with(new Scheduling(principal, priority, OptionalLong.empty(), true));
    }

    /** All that a reader saw of an answer. */
    private record Answer(List<Step> steps, int reused) {
        Reason reason() {
            return ((Step.Ended) steps.getLast()).reason();
        }
    }

    private static Answer read(Generation opened) {
        List<Step> steps = new ArrayList<>();
        try (Generation generation = opened) {
            do {
                Step step = generation.next();
                if (!(step instanceof Step.Reading)) {
                    steps.add(step);
                }
            } while (steps.isEmpty() || !(steps.getLast() instanceof Step.Ended));
            return new Answer(steps, generation.reused());
        }
    }

    private List<Answer> readAll(List<Generation> generations) throws InterruptedException, ExecutionException {
        List<Future<Answer>> reading = generations.stream()
                .map(generation -> threads.submit(() -> read(generation)))
                .toList();
        List<Answer> answers = new ArrayList<>();
        for (Future<Answer> one : reading) {
            answers.add(one.get());
        }
        return answers;
    }

    /** Requests as different as may be, some of which begin alike. */
    private static List<Map.Entry<int[], Settings>> mixture() {
        Random random = new Random(3);
        int[] system = prompt(1, 290);
        List<Map.Entry<int[], Settings>> mixture = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int[] prompt = i % 2 == 0
                    ? concat(system, prompt(i, 1 + random.nextInt(100)))
                    : prompt(i, 1 + random.nextInt(350));
            Sampling sampling = switch (i % 5) {
                case 0 -> Sampling.GREEDY;
                case 1 -> WARM.withSeed(i);
                case 2 -> WARM.withSeed(i).but().repetitionPenalty(1.3).build();
                case 3 -> WARM.withSeed(i).but().mirostat(4, 0.1).build();
                default ->
                    WARM.withSeed(i).but().guidance(new Guidance(1.7, "")).build();
            };
            int[] away = i % 5 == 4 ? prompt(50 + i, 40) : new int[0];
            int alternatives = i % 3 - 1;
            mixture.add(Map.entry(
                    prompt,
                    new Settings(
                                    sampling,
                                    Limits.tokens(20 + random.nextInt(30)),
                                    alternatives,
                                    id -> false,
                                    null,
                                    Map.of(),
                                    away)
                            .withPromptProbabilities(i == 5)));
        }
        return mixture;
    }

    @Test
    void everyRequestGetsUnderLoadWhatItGetsAloneToTheBit() throws Exception {
        List<Map.Entry<int[], Settings>> mixture = mixture();
        List<List<Step>> alone = new ArrayList<>();
        for (Map.Entry<int[], Settings> one : mixture) {
            try (Generator generator = generator()) {
                alone.add(read(generator.start(one.getKey(), one.getValue())).steps);
            }
        }
        long fivePages = 5 * placed.pages().bytesPerPage();
        try (Generator generator = generator(new Capacity(fivePages, 64, 64))) {
            model.hold();
            List<Generation> started = new ArrayList<>();
            for (Map.Entry<int[], Settings> one : mixture) {
                started.add(generator.start(one.getKey(), one.getValue()));
            }
            model.open();
            List<Answer> together = readAll(started);
            for (int i = 0; i < alone.size(); i++) {
                assertThat(together.get(i).steps).isEqualTo(alone.get(i));
            }
            await(() -> generator.load().preemptions() > 0 && generator.load().reusedTokens() > 0);
            assertThat(model.passes()).anyMatch(pass -> pass.size() > 3);
        }
    }

    @Test
    void aLowerLimitOfMemoryHoldsAtOnceAndChangesNoAnswer() throws Exception {
        long page = placed.pages().bytesPerPage();
        int[] prompt = prompt(5, 300);
        List<Step> alone;
        try (Generator generator = generator()) {
            alone = read(generator.start(prompt, settings(30))).steps;
        }
        try (Generator generator = generator(new Capacity(12 * page, 64, 64))) {
            generator.limitCache(10 * page);
            assertThat(generator.load().pagesBudget()).isEqualTo(10);
            assertThat(read(generator.start(prompt, settings(30))).steps).isEqualTo(alone);
            assertThat(placed.pages().held()).isEqualTo(2);
            generator.limitCache(page);
            assertThat(placed.pages().held()).isEqualTo(1); // the end of what rested was forgotten
            model.hold();
            List<Generation> two =
                    List.of(generator.start(prompt, settings(30)), generator.start(prompt(6, 300), settings(30)));
            model.open();
            assertThat(readAll(two).getFirst().steps).isEqualTo(alone);
            generator.limitCache(3 * page);
            assertThat(generator.load().pagesBudget()).isEqualTo(3);
        }
    }

    @Test
    void answersGoThroughTheModelTogetherOnePassAStep() throws Exception {
        try (Generator generator = new Generator(model, CONTEXT, Set.of(), Drafting.NONE)) {
            model.hold();
            List<Generation> answers = generator.start(prompt(1, 20), settings(40), 8);
            model.open();
            readAll(answers);
            assertThat(model.passes()).hasSize(40); // the prompt, and 39 tokens of each answer
            assertThat(model.passes().subList(1, 40)).allMatch(pass -> pass.size() == 8);
        }
    }

    @Test
    void aLongPromptIsReadInPartsWhileAnAnswerGoesOn() throws Exception {
        try (Generator generator = new Generator(model, CONTEXT, Set.of(), Drafting.NONE)) {
            Generation stream = generator.start(prompt(1, 20), settings(120));
            stream.next();
            Future<Answer> streaming = threads.submit(() -> read(stream));
            Answer late = read(generator.start(prompt(2, 500), settings(1)));
            assertThat(late.reason()).isEqualTo(Reason.LENGTH);
            streaming.get();
            List<List<Integer>> mixed =
                    model.passes().stream().filter(pass -> pass.size() == 2).toList();
            assertThat(mixed).hasSizeGreaterThan(1);
            // none reads the prompt at once, and the answer has its token in each
            assertThat(mixed).allMatch(pass -> pass.contains(1) && Collections.max(pass) < 400);
        }
    }

    @Test
    void aShortPromptDoesNotWaitForALongOneThatCameBefore() throws Exception {
        try (Generator generator = generator()) {
            model.hold();
            List<Generation> slow = new ArrayList<>(List.of(generator.start(prompt(1, 590), settings(1))));
            await(model::isHeld); // a pass with its beginning
            slow.add(generator.start(prompt(2, 590), settings(1)));
            Generation quick = generator.start(prompt(3, 40), settings(1));
            model.open();
            read(quick);
            readAll(slow);
            assertThat(model.passes().getFirst()).containsExactly(512);
            assertThat(model.passes().get(1)).containsExactlyInAnyOrder(590 - 512, 40, 512 - (590 - 512) - 40);
        }
    }

    @Test
    void whatRequestsHaveInCommonIsReadOnceAlsoWhenTheyComeTogether() throws Exception {
        int[] system = prompt(1, 500); // nearly two pages
        try (Generator generator = generator()) {
            model.hold();
            List<Generation> together = IntStream.range(0, 20)
                    .mapToObj(i -> generator.start(concat(system, prompt(100 + i, 8)), settings(4)))
                    .toList();
            model.open();
            List<Answer> answers = readAll(together);
            int most = 508 + 19 * (8 + 8) + 20 * 30; // beginnings alike by chance, answers, guesses
            assertThat(model.tokens()).isLessThan(most);
            assertThat(answers.stream().filter(answer -> answer.reused >= 500)).hasSize(19);
            await(() -> generator.load().reusedTokens() >= 19 * 500);
            int before = model.tokens();
            read(generator.start(concat(system, prompt(7, 8)), settings(1)));
            assertThat(model.tokens() - before).isLessThan(20);
        }
    }

    @Test
    void aRequestThatSharesNothingNeitherUsesNorLeavesAnything() throws Exception {
        Settings secret = settings(5).with(new Scheduling("", 0, OptionalLong.empty(), false));
        int[] prompt = prompt(1, 300);
        try (Generator generator = generator()) {
            assertThat(read(generator.start(prompt, secret)).reused).isZero();
            await(() -> generator.load().pagesCached() == 0 && generator.load().pagesUsed() == 0);
            assertThat(read(generator.start(prompt, settings(5))).reused).isZero();
            assertThat(read(generator.start(prompt, secret)).reused).isZero();
            assertThat(read(generator.start(prompt, settings(5))).reused).isEqualTo(299);
        }
    }

    @Test
    void whatIsKeptMakesRoomForWhatIsNeededTheLongestUnusedFirst() throws Exception {
        long fivePages = 5 * placed.pages().bytesPerPage();
        try (Generator generator = generator(new Capacity(fivePages, 64, 64))) {
            for (int i = 0; i < 6; i++) {
                read(generator.start(prompt(i, 270), settings(3)));
                assertThat(placed.pages().held()).isLessThanOrEqualTo(5);
            }
            assertThat(read(generator.start(prompt(5, 270), settings(1))).reused)
                    .isEqualTo(269);
            assertThat(read(generator.start(prompt(1, 270), settings(1))).reused)
                    .isZero();
        }
    }

    @Test
    void pagesThatNobodyHasAreTold() throws Exception {
        try (Generator generator = generator();
                KvCache lost = placed.newCache()) {
            Generation whole = generator.start(prompt(1, 300), settings(3));
            generator.start(prompt(2, 300), settings(300)).close(); // left
            read(whole);
            await(() -> generator.load().pagesUsed() == 0
                    && generator.load().pagesCached() > 0
                    && generator.load().pagesCached() == placed.pages().held());
            assertThat(generator.load().pagesLost()).isZero();
            placed.forward(List.of(new Run(prompt(3, 300), lost, Wanted.NONE)));
            read(generator.start(prompt(4, 5), settings(1)));
            await(() -> generator.load().pagesLost() == 2);
        }
    }

    @Test
    void aRequestLargerThanTheBudgetIsDoneAllTheSame() throws Exception {
        try (Generator generator = generator(new Capacity(1, 64, 64))) {
            List<Answer> answers = readAll(List.of(
                    generator.start(prompt(1, 400), settings(30)), generator.start(prompt(2, 400), settings(30))));
            assertThat(answers).allMatch(answer -> answer.steps.size() == 31);
        }
    }

    @Test
    void beyondTheQueueRequestsAreRefusedUntouchedAndTellWhenToComeAgain() throws Exception {
        try (Generator generator = generator(new Capacity(0, 1, 3))) {
            model.hold();
            Generation running = generator.start(prompt(1, 9), settings(5));
            await(model::isHeld);
            List<Generation> waiting = IntStream.range(0, 3)
                    .mapToObj(i -> generator.start(prompt(i, 9), settings(5)))
                    .toList();
            assertThatThrownBy(() -> generator.start(prompt(1, 9), settings(5)))
                    .isInstanceOfSatisfying(
                            OverloadedException.class,
                            e -> assertThat(e.retryAfterMillis()).isBetween(1000L, 60_000L))
                    .hasMessageContaining("3 requests wait");
            model.open();
            assertThat(readAll(waiting)).allMatch(answer -> answer.reason() == Reason.LENGTH);
            read(running);
            assertThat(read(generator.start(prompt(1, 9), settings(5))).reason())
                    .isEqualTo(Reason.LENGTH);
        }
    }

    @Test
    void howLongARequestWaitedForItsTurnIsKnown() throws Exception {
        try (Generator generator = generator(new Capacity(0, 1, 3))) {
            model.hold();
            Generation first = generator.start(prompt(1, 9), settings(5));
            await(model::isHeld);
            Generation second = generator.start(prompt(2, 9), settings(5));
            Thread.sleep(30);
            long waitedNanos = second.waitedNanos();
            assertThat(waitedNanos).isGreaterThan(30_000_000);
            model.open();
            read(first);
            read(second);
            assertThat(first.waitedNanos()).isLessThan(waitedNanos);
            assertThat(second.waitedNanos()).isGreaterThan(waitedNanos);
            assertThat(second.waitedNanos())
                    .as("it does not grow once the prompt is read")
                    .isEqualTo(second.waitedNanos());
        }
    }

    private static void await(BooleanSupplier there) throws InterruptedException {
        for (int i = 0; i < 2000 && !there.getAsBoolean(); i++) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        assertThat(there.getAsBoolean()).isTrue();
    }

    @Test
    void timeThatIsOverEndsAnAnswerAlsoWhileItWaits() throws Exception {
        try (Generator generator = generator(new Capacity(0, 1, 9))) {
            long now = System.nanoTime();
            Settings soon = settings(500).with(new Scheduling("", 0, OptionalLong.of(now + 50_000_000), true));
            Generation running = generator.start(prompt(1, 9), settings(550));
            Future<Answer> reading = threads.submit(() -> read(running));
            Answer late = read(generator.start(prompt(2, 9), soon));
            assertThat(late.reason()).isEqualTo(Reason.DEADLINE);
            assertThat(reading.get().reason()).isEqualTo(Reason.LENGTH);
            Settings past = settings(5).with(new Scheduling("", 0, OptionalLong.of(System.nanoTime() - 1), true));
            assertThat(read(generator.start(prompt(2, 9), past)).steps).hasSize(1);
        }
    }

    @Test
    void whoHasHadLeastComesNextAndPriorityComesFirst() throws Exception {
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        try (Generator generator = new Generator(model, CONTEXT, Set.of(), Drafting.NONE, new Capacity(0, 1, 64))) {
            model.hold();
            List<Future<?>> reading = new ArrayList<>();
            for (String who : List.of("a", "a", "a", "a", "b", "c", "b")) {
                Generation one = generator.start(prompt(order.size() + 1, 9), of(who, 0, 20));
                await(model::isHeld);
                reading.add(threads.submit(() -> note(one, who, order)));
            }
            Generation urgent = generator.start(prompt(77, 9), of("a", 5, 20));
            reading.add(threads.submit(() -> note(urgent, "urgent", order)));
            model.open();
            for (Future<?> one : reading) {
                one.get();
            }
            assertThat(order.subList(0, 2)).containsExactly("a", "urgent");
            assertThat(order.subList(2, 4)).containsExactlyInAnyOrder("b", "c");
            assertThat(order.subList(6, 8)).containsExactly("a", "a"); // those of whoever asked for much
        }
    }

    private static void note(Generation generation, String who, List<String> order) {
        try (generation) {
            Step step;
            do {
                step = generation.next();
            } while (step instanceof Step.Reading);
            order.add(who);
            while (!(step instanceof Step.Ended)) {
                step = generation.next();
            }
        }
    }

    @Test
    void aSlowReaderHoldsUpOnlyItself() throws Exception {
        try (Generator generator = generator(new Capacity(2 * placed.pages().bytesPerPage(), 1, 9))) {
            Generation slow = generator.start(prompt(1, 9), settings(90));
            slow.next();
            List<Answer> others = readAll(IntStream.range(2, 6)
                    .mapToObj(i -> generator.start(prompt(i, 260), settings(10)))
                    .toList());
            assertThat(others).allMatch(answer -> answer.reason() == Reason.LENGTH);
            int unread = model.tokens();
            TimeUnit.MILLISECONDS.sleep(50);
            assertThat(model.tokens()).isEqualTo(unread); // nobody computes what nobody reads
            List<Step> all = read(slow).steps;
            assertThat(all.getLast()).isEqualTo(new Step.Ended(Reason.LENGTH));
            Answer alone = read(generator.start(prompt(1, 9), settings(90)));
            assertThat(alone.steps).endsWith(all.toArray(Step[]::new));
        }
    }

    @Test
    void aReaderWhoLeavesIsOutAtTheNextStep() throws Exception {
        try (Generator generator = generator()) {
            for (int i = 0; i < 30; i++) {
                Generation leaving = generator.start(prompt(i, 40), settings(500));
                if (i % 2 == 0) {
                    leaving.next();
                }
                leaving.close();
            }
            int done = model.tokens();
            TimeUnit.MILLISECONDS.sleep(50);
            assertThat(model.tokens()).isEqualTo(done).isLessThan(30 * 120);
            generator.forget();
            assertThat(placed.pages().held()).isZero();
        }
    }

    @Test
    void oneRequestsTroubleIsNotTheOthers() throws Exception {
        try (Generator generator = new Generator(model, CONTEXT, Set.of(), Drafting.NONE)) {
            Sampling never = WARM.but().logitBias(Map.of(96, -100.0)).build();
            Settings harmless = new Settings(never, Limits.tokens(30), -1);
            List<Step> alone = read(generator.start(prompt(1, 9), harmless)).steps;
            generator.forget();
            model.hold();
            model.failAt(96);
            Generation good = generator.start(prompt(1, 9), harmless);
            Generation bad = generator.start(new int[] {5, 96, 5}, settings(30));
            model.open();
            assertThatThrownBy(() -> read(bad)).isInstanceOf(ArithmeticException.class);
            assertThat(read(good).steps).isEqualTo(alone);
            model.failAt(-1);
            assertThat(read(generator.start(new int[] {5, 96, 5}, settings(3))).reason())
                    .isEqualTo(Reason.LENGTH);
        }
    }

    @Test
    void promptsTellTheirOwnProbabilities() {
        int[] prompt = prompt(4, 300);
        Settings echo = new Settings(WARM, Limits.tokens(0), 2).withPromptProbabilities(true);
        KvCache cache = placed.newCache();
        float[][] rows =
                placed.forward(List.of(new Run(prompt, cache, Wanted.ALL))).getFirst();
        cache.close();
        try (Generator generator = generator()) {
            List<Step> steps = read(generator.start(prompt, echo)).steps;
            assertThat(steps).hasSize(301);
            assertThat(steps.getLast()).isEqualTo(new Step.Ended(Reason.LENGTH));
            for (int i = 0; i < 300; i++) {
                Step.PromptToken token = (Step.PromptToken) steps.get(i);
                assertThat(token.id()).isEqualTo(prompt[i]);
                if (i == 0) {
                    assertThat(token.logProbability()).isNaN();
                } else {
                    assertThat(token.logProbability()).isEqualTo(rows[i - 1][prompt[i]] - Sampler.logSum(rows[i - 1]));
                    assertThat(token.alternatives()).isEqualTo(Sampler.alternatives(rows[i - 1], 2));
                }
            }
        }
    }

    @Test
    void anEngineThatIsAskedNothingHasNoThread() {
        long before = engines();
        try (Generator generator = generator()) {
            generator.forget();
            assertThat(engines()).isEqualTo(before);
            read(generator.start(prompt(1, 3), settings(1)));
            assertThat(engines()).isEqualTo(before + 1);
        }
        assertThat(engines()).isEqualTo(before);
    }

    private static long engines() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("ayni-engine"))
                .count();
    }
}
