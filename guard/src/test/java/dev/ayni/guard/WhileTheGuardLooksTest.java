package dev.ayni.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Message;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.chat.ToolCall;
import dev.ayni.guard.policy.Checks;
import dev.ayni.guard.policy.Policies;
import dev.ayni.guard.policy.PolicyGuard;
import dev.ayni.provenance.Digest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A model may read what a guard still looks at, and nobody sees anything of it before the guard has decided. */
class WhileTheGuardLooksTest {
    private static final Verdict ALLOWED = verdict(Action.ALLOW);
    private static final Verdict FORBIDDEN = verdict(Action.BLOCK);

    private static Verdict verdict(Action action, Edit... edits) {
        return new Verdict(action, List.of(), List.of(edits), "", Digest.of(new byte[0]));
    }

    /**
     * A guard that decides about questions as it is told, and lets all answers pass.
     *
     * @param looksFirst what it says of itself
     * @param headStart what it says of itself
     */
    private record Asked(Function<Content, @Nullable Verdict> prompts, boolean looksFirst, Duration headStart)
            implements Guard {
        Asked(Function<Content, @Nullable Verdict> prompts, boolean looksFirst) {
            this(prompts, looksFirst, Duration.ZERO);
        }

        @Override
        public Duration headStart(Stage stage) {
            return headStart;
        }

        @Override
        public String name() {
            return "asked";
        }

        @Override
        public boolean looksFirst(Stage stage) {
            return looksFirst;
        }

        @Override
        public Duration patience() {
            return Duration.ofMillis(300);
        }

        @Override
        public GuardSession begin(ChatRequest request) {
            return new GuardSession() {
                @Override
                public int holdBack() {
                    return 0;
                }

                @Override
                @SuppressWarnings("NullAway") // a guard may be odd
                public Verdict check(Content content) {
                    return content.stage() == Stage.PROMPT ? prompts.apply(content) : ALLOWED;
                }

                @Override
                public GuardSession another() {
                    return this;
                }
            };
        }
    }

    /** Everything that a model can say. */
    private static final List<ChatEvent> EVERYTHING = List.of(
            new ChatEvent.Working(),
            new ChatEvent.PromptToken(new TokenProbability(1, "Hi", -1), List.of()),
            new ChatEvent.Reasoning("Hm. "),
            new ChatEvent.Text("Yes. "),
            new ChatEvent.LogProbability(new TokenProbability(2, "So", -1), List.of()),
            new ChatEvent.Text("So be it. "),
            new ChatEvent.ToolCallStarted("c1", "clock"),
            new ChatEvent.ToolCallArguments("c1", "{}"),
            new ChatEvent.ToolCallFinished(new ToolCall("c1", "clock", "{}")));

    /** Says everything, and lets a test know when it was asked, and when its first words are waiting. */
    private static final class Model implements ChatModel {
        final SpeakingModel speaking = new SpeakingModel(EVERYTHING);
        final CountDownLatch asked = new CountDownLatch(1);

        @Override
        public String name() {
            return "model";
        }

        @Override
        public void chat(ChatRequest request, ChatSink sink) {
            asked.countDown();
            speaking.chat(request, sink);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void theModelHasBegunBeforeTheVerdictAndNothingHasLeft() {
        Model model = new Model();
        Reader reader = new Reader();
        List<ChatEvent> before = new ArrayList<>();
        Guard guard = new Asked(
                content -> {
                    await(model.asked); // for ever, if the model had to wait for this verdict
                    sleep(Duration.ofMillis(50)); // in which the model would have said everything
                    before.addAll(reader.events);
                    return ALLOWED;
                },
                false);

        new GuardedChatModel(model, guard).chat(ChatRequest.of("Hi"), reader);

        assertThat(before).isEmpty();
        assertThat(reader.text()).isEqualTo("Yes. So be it. ");
        assertThat(reader.ofKind(ChatEvent.ToolCallFinished.class)).hasSize(1);
        assertThat(reader.end().reason()).isEqualTo(Reason.END);
        assertThat(model.speaking.asked).hasSize(1);
    }

    private static void sleep(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static Stream<Arguments> refusing() {
        return Stream.of(
                Arguments.of("blocks", (Function<Content, @Nullable Verdict>) content -> FORBIDDEN),
                Arguments.of("throws", (Function<Content, @Nullable Verdict>) content -> {
                    throw new IllegalStateException("no");
                }),
                Arguments.of("hangs", (Function<Content, @Nullable Verdict>) content -> {
                    sleep(Duration.ofHours(1));
                    return ALLOWED;
                }),
                Arguments.of("says nothing", (Function<Content, @Nullable Verdict>) content -> null),
                Arguments.of("edits beyond the text", (Function<Content, @Nullable Verdict>)
                        content -> verdict(Action.REWRITE, new Edit(0, 100, ""))));
    }

    @ParameterizedTest(name = "a guard that {0}")
    @MethodSource("refusing")
    void letsAReaderSeeWhatHeWouldSeeHadItLookedFirst(String what, Function<Content, @Nullable Verdict> prompts) {
        Reader first = new Reader();
        Model afterwards = new Model();
        new GuardedChatModel(afterwards, new Asked(prompts, true)).chat(ChatRequest.of("Hi"), first);
        assertThat(afterwards.speaking.asked).isEmpty();

        Reader reader = new Reader();
        Model meanwhile = new Model();
        new GuardedChatModel(
                        meanwhile,
                        new Asked(
                                content -> {
                                    await(meanwhile.asked);
                                    return prompts.apply(content);
                                },
                                false))
                .chat(ChatRequest.of("Hi"), reader);

        assertThat(reader.events).isEqualTo(first.events);
        assertThat(reader.end().reason()).isEqualTo(Reason.FILTERED);
    }

    @Test
    void whoeverIsRefusedNeedNotWaitForTheModelToStop() {
        Reader reader = new Reader();
        CountDownLatch refused = new CountDownLatch(1);
        ChatModel slow = new ChatModel() {
            @Override
            public String name() {
                return "slow";
            }

            @Override
            public void chat(ChatRequest request, ChatSink sink) {
                await(refused); // reads a long prompt, and looks only then whether anybody wants more
                sink.accept(new ChatEvent.Finished(Reason.CANCELLED, SpeakingModel.USAGE));
            }
        };
        ChatSink told = event -> {
            boolean wanted = reader.accept(event);
            if (event instanceof ChatEvent.Finished) {
                refused.countDown();
            }
            return wanted;
        };

        new GuardedChatModel(slow, new Asked(content -> FORBIDDEN, false)).chat(ChatRequest.of("Hi"), told);

        assertThat(reader.events).hasSize(2);
        assertThat(reader.end().reason()).isEqualTo(Reason.FILTERED);
    }

    @Test
    void aModelThatMayGetNothingButRewrittenTextsWaits() {
        Checks checks = Checks.shipped().with("words", new Words(java.util.Map.of("swordfish", "secret")));
        PolicyGuard guard = new PolicyGuard(
                new Policies(checks).read("{name: t, checks: {words: {}}, stages: {prompt: {secret: rewrite}}}", "t"));
        SpeakingModel model = SpeakingModel.saying("Good.");

        new GuardedChatModel(model, guard).chat(ChatRequest.of("It is swordfish."), new Reader());

        assertThat(guard.looksFirst(Stage.PROMPT)).isTrue();
        assertThat(guard.looksFirst(Stage.TOOL_RESULT)).isFalse();
        assertThat(model.asked)
                .singleElement()
                .satisfies(request -> assertThat(request.messages()).containsExactly(Message.user("It is <secret>.")));
    }

    @Test
    void whatIsSoonDecidedTheModelGetsAfterwardsOrNotAtAll() {
        Duration minute = Duration.ofMinutes(1);
        SpeakingModel model = SpeakingModel.saying("Good.");
        Reader refused = new Reader();
        new GuardedChatModel(model, new Asked(content -> FORBIDDEN, false, minute)).chat(ChatRequest.of("Hi"), refused);
        assertThat(model.asked).isEmpty();
        assertThat(refused.end().reason()).isEqualTo(Reason.FILTERED);

        Reader reader = new Reader();
        Guard rewriting = new Asked(content -> verdict(Action.REWRITE, new Edit(0, 2, "Ho")), false, minute);
        new GuardedChatModel(model, rewriting).chat(ChatRequest.of("Hi"), reader);
        assertThat(model.asked)
                .singleElement()
                .satisfies(request -> assertThat(request.messages()).containsExactly(Message.user("Ho")));
        assertThat(reader.text()).isEqualTo("Good.");
    }

    @Test
    void whatTakesLongerThanTheHeadStartTheModelReadsMeanwhile() {
        Model model = new Model();
        Reader reader = new Reader();
        Guard guard = new Asked(
                content -> {
                    await(model.asked);
                    return ALLOWED;
                },
                false,
                Duration.ofMillis(10));
        new GuardedChatModel(model, guard).chat(ChatRequest.of("Hi"), reader);
        assertThat(reader.text()).isEqualTo("Yes. So be it. ");
    }

    @Test
    void aPolicyLooksAloneForAWhileWhereItStopsSomething() {
        PolicyGuard guard = new PolicyGuard(new Policies(Checks.shipped()).find("general"));
        assertThat(guard.headStart(Stage.PROMPT)).isZero();
        assertThat(guard.headStart(Stage.TOOL_RESULT)).isPositive();
        assertThat(guard.looksFirst(Stage.TOOL_RESULT)).isFalse();
    }

    /** A check that reads all of a text, as models that judge do. */
    private record Judge(Runnable judging) implements Check {
        @Override
        public String name() {
            return "judge";
        }

        @Override
        public Set<String> categories() {
            return Set.of("S1");
        }

        @Override
        public int reach() {
            return Integer.MAX_VALUE;
        }

        @Override
        public List<Finding> find(Reading reading) {
            judging.run();
            return List.of();
        }
    }

    @Test
    void aModelThatJudgesIsNotHeldUpByTheOneThatAnswers() {
        SpeakingModel model = SpeakingModel.saying("Good.");
        List<Integer> asked = new ArrayList<>();
        Checks checks = Checks.shipped().with("judge", new Judge(() -> asked.add(model.asked.size())));
        PolicyGuard guard = new PolicyGuard(
                new Policies(checks).read("{name: t, checks: {judge: {}}, stages: {prompt: {S1: block}}}", "t"));

        new GuardedChatModel(model, guard).chat(ChatRequest.of("Hi"), new Reader());

        assertThat(asked).containsExactly(0);
        assertThat(model.asked).hasSize(1);
    }

    @Test
    void ofWhatIsRewrittenAllTheSameTheModelIsAskedAgain() {
        Model model = new Model();
        Reader reader = new Reader();
        Guard guard = new Asked(
                content -> {
                    await(model.asked);
                    return verdict(Action.REWRITE, new Edit(0, 2, "Ho"));
                },
                false);

        new GuardedChatModel(model, guard).chat(ChatRequest.of("Hi"), reader);

        assertThat(model.speaking.asked)
                .extracting(request -> request.messages().getFirst().content())
                .containsExactly("Hi", "Ho");
        assertThat(reader.text()).isEqualTo("Yes. So be it. ");
        assertThat(reader.ofKind(ChatEvent.Finished.class)).hasSize(1);
    }

    @Test
    void thatAModelFailsIsToldUnlessTheRequestMayNotGoOn() {
        ChatModel failing = new ChatModel() {
            @Override
            public String name() {
                return "failing";
            }

            @Override
            public void chat(ChatRequest request, ChatSink sink) {
                throw new IllegalArgumentException("too long");
            }
        };
        assertThatThrownBy(() -> new GuardedChatModel(failing, new Asked(content -> ALLOWED, false))
                        .chat(ChatRequest.of("Hi"), new Reader()))
                .hasMessage("too long");

        Reader reader = new Reader();
        new GuardedChatModel(failing, new Asked(content -> FORBIDDEN, false)).chat(ChatRequest.of("Hi"), reader);
        assertThat(reader.end().reason()).isEqualTo(Reason.FILTERED);
    }

    @Test
    void aListenerThatWantsNoMoreEndsTheAnswer() {
        Model model = new Model();
        Reader reader = new Reader();
        VerdictListener gone = (stage, verdict) -> {
            await(model.asked);
            throw new IllegalStateException("the reader has left");
        };

        assertThatThrownBy(() -> new GuardedChatModel(model, new Asked(content -> ALLOWED, false), gone)
                        .chat(ChatRequest.of("Hi"), reader))
                .hasMessage("the reader has left");
        assertThat(reader.events).isEmpty();
    }

    @Test
    void whoeverIsInterruptedGetsNothingAndStaysInterrupted() {
        Model model = new Model();
        Reader reader = new Reader();
        Guard guard = new Asked(
                content -> {
                    sleep(Duration.ofHours(1));
                    return ALLOWED;
                },
                false);
        Thread.currentThread().interrupt();

        new GuardedChatModel(model, guard).chat(ChatRequest.of("Hi"), reader);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(reader.everything()).isEmpty();
        assertThat(reader.end().reason()).isEqualTo(Reason.FILTERED);
    }

    @Test
    void eachOfSeveralAnswersWaits() {
        Model model = new Model();
        List<Reader> readers = List.of(new Reader(), new Reader());
        List<ChatEvent> before = new ArrayList<>();
        Guard guard = new Asked(
                content -> {
                    await(model.asked);
                    sleep(Duration.ofMillis(50));
                    readers.forEach(reader -> before.addAll(reader.events));
                    return ALLOWED;
                },
                false);

        new GuardedChatModel(model, guard).chat(ChatRequest.of("Hi"), List.copyOf(readers));

        assertThat(before).isEmpty();
        assertThat(readers).allSatisfy(reader -> assertThat(reader.text()).isEqualTo("Yes. So be it. "));
    }

    @Test
    void textsThatAreContinuedWaitAsWell() {
        CountDownLatch asked = new CountDownLatch(1);
        List<ChatEvent> before = new ArrayList<>();
        Reader reader = new Reader();
        TextModel model = new TextModel() {
            @Override
            public void complete(TextRequest request, ChatSink sink) {
                asked.countDown();
                new SpeakingModel(EVERYTHING).chat(ChatRequest.of(""), sink);
            }

            @Override
            public void complete(TextRequest request, List<ChatSink> answers) {
                answers.forEach(answer -> complete(request, answer));
            }
        };
        Function<Content, @Nullable Verdict> prompts = content -> {
            await(asked);
            sleep(Duration.ofMillis(50));
            before.addAll(reader.events);
            return content.text().contains("evil") ? FORBIDDEN : ALLOWED;
        };
        GuardedTextModel guarded =
                new GuardedTextModel(model, new Asked(prompts, false), VerdictListener.NONE, NO_TOKENS);

        guarded.complete(text("It was"), reader);
        assertThat(before).isEmpty();
        assertThat(reader.text()).isEqualTo("Yes. So be it. ");

        Reader refused = new Reader();
        guarded.complete(text("It was evil"), refused);
        assertThat(refused.everything()).isEmpty();
        assertThat(refused.end().reason()).isEqualTo(Reason.FILTERED);
    }

    private static TextRequest text(String prompt) {
        return new TextRequest(
                new TextRequest.Prompt.Text(prompt),
                Sampling.GREEDY,
                new Limits(10, List.of(), false),
                -1,
                false,
                null,
                Scheduling.USUAL);
    }

    private static final GuardedTextModel.Tokens NO_TOKENS = new GuardedTextModel.Tokens() {
        @Override
        public String text(List<Integer> ids) {
            return "";
        }

        @Override
        public List<Integer> ids(String text) {
            return List.of();
        }
    };
}
