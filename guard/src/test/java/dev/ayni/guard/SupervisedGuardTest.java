package dev.ayni.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatRequest;
import dev.ayni.guard.policy.Checks;
import dev.ayni.guard.policy.Policies;
import dev.ayni.guard.policy.PolicyGuard;
import dev.ayni.provenance.Digest;
import java.time.Duration;
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

/** Whatever a guard does in place of deciding, nothing leaves. */
class SupervisedGuardTest {
    private static final Digest NO_POLICY = Digest.of(new byte[0]);
    private static final Duration SHORT = Duration.ofMillis(60);

    /** A guard that does as it is told once an answer comes; prompts it lets pass. */
    private record Odd(Function<Content, @Nullable Verdict> answer, int holds) implements Guard {
        @Override
        public String name() {
            return "odd";
        }

        @Override
        public Duration patience() {
            return SHORT;
        }

        @Override
        public GuardSession begin(ChatRequest request) {
            return new GuardSession() {
                @Override
                public int holdBack() {
                    if (holds == -2) {
                        throw new IllegalStateException("no");
                    }
                    return holds;
                }

                @Override
                @SuppressWarnings("NullAway") // an odd guard
                public Verdict check(Content content) {
                    return content.stage() == Stage.ANSWER
                            ? answer.apply(content)
                            : new Verdict(Action.ALLOW, List.of(), List.of(), "", NO_POLICY);
                }

                @Override
                public GuardSession another() {
                    return this;
                }
            };
        }
    }

    private static Verdict edits(Edit... edits) {
        return new Verdict(Action.REWRITE, List.of(), List.of(edits), "", NO_POLICY);
    }

    private static @Nullable Verdict forEver(Content content) {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return null;
    }

    static Stream<Arguments> odd() {
        return Stream.of(
                Arguments.of("throws", 0, (Function<Content, Verdict>) content -> {
                    throw new IllegalStateException(content.text());
                }),
                Arguments.of("recurses without end", 0, (Function<Content, Verdict>) content -> {
                    throw new StackOverflowError();
                }),
                Arguments.of("hangs", 0, (Function<Content, @Nullable Verdict>) SupervisedGuardTest::forEver),
                Arguments.of("says nothing", 0, (Function<Content, @Nullable Verdict>) content -> null),
                Arguments.of("edits beyond the text", 0, (Function<Content, Verdict>)
                        content -> edits(new Edit(0, content.text().length() + 1, ""))),
                Arguments.of("edits out of order", 0, (Function<Content, Verdict>)
                        content -> edits(new Edit(3, 4, ""), new Edit(0, 2, ""))),
                Arguments.of("rewrites without an edit", 0, (Function<Content, Verdict>) content -> edits()),
                Arguments.of("finds something after the end", 0, (Function<Content, Verdict>) content -> new Verdict(
                        Action.ALLOW,
                        List.of(new Finding("S1", 1, 0, content.text().length() + 1, "odd", "")),
                        List.of(),
                        "",
                        NO_POLICY)),
                Arguments.of("gives a score that is no number", 0, (Function<Content, Verdict>) content -> new Verdict(
                        Action.ALLOW,
                        List.of(new Finding("S1", Double.NaN, 0, 1, "odd", "")),
                        List.of(),
                        "",
                        NO_POLICY)));
    }

    @ParameterizedTest(name = "a guard that {0}")
    @MethodSource("odd")
    void letsNothingOut(String what, int holds, Function<Content, @Nullable Verdict> answer) {
        Reader reader = new Reader();
        String[] words = "word ".repeat(50).splitWithDelimiters(" ", 0);
        new GuardedChatModel(SpeakingModel.saying(words), new Odd(answer, holds)).chat(ChatRequest.of("Hi"), reader);

        assertThat(reader.everything()).isEmpty();
        assertThat(reader.end().reason()).isEqualTo(Reason.FILTERED);
        assertThat(reader.ofKind(ChatEvent.Blocked.class))
                .singleElement()
                .satisfies(event ->
                        assertThat(((ChatEvent.Blocked) event).category()).isEqualTo(Finding.UNDECIDED));
    }

    @Test
    void aGuardThatCannotSayHowMuchToHoldHasAllHeld() {
        for (int holds : List.of(-1, -2)) {
            Reader reader = new Reader();
            Odd guard = new Odd(
                    content -> content.text().contains("last")
                            ? new Verdict(Action.BLOCK, List.of(), List.of(), "", NO_POLICY)
                            : new Verdict(Action.ALLOW, List.of(), List.of(), "", NO_POLICY),
                    holds);
            new GuardedChatModel(SpeakingModel.saying("word ".repeat(100), "last"), guard)
                    .chat(ChatRequest.of("Hi"), reader);
            assertThat(reader.everything()).isEmpty();
        }
    }

    @Test
    void aGuardThatCannotBeginBlocksTheQuestion() {
        SpeakingModel model = SpeakingModel.saying("word");
        Guard guard = new Guard() {
            @Override
            public String name() {
                throw new IllegalStateException("not even a name");
            }

            @Override
            public GuardSession begin(ChatRequest request) {
                throw new IllegalStateException("no");
            }
        };
        Reader reader = new Reader();
        new GuardedChatModel(model, guard).chat(ChatRequest.of("Hi"), reader);
        assertThat(reader.everything()).isEmpty();
        assertThat(model.asked).isEmpty();
    }

    private static Check check(Function<Reading, List<Finding>> find) {
        return new Check() {
            @Override
            public String name() {
                return "odd";
            }

            @Override
            public Set<String> categories() {
                return Set.of("S1");
            }

            @Override
            public int reach() {
                return 0;
            }

            @Override
            public List<Finding> find(Reading reading) {
                return find.apply(reading);
            }
        };
    }

    static Stream<Arguments> oddChecks() {
        return Stream.of(
                Arguments.of("throws", check(reading -> {
                    throw new IllegalStateException(reading.text());
                })),
                Arguments.of("hangs", check(reading -> {
                    forEver(reading.content());
                    return List.of();
                })),
                Arguments.of(
                        "finds something outside of the text",
                        check(reading ->
                                List.of(new Finding("S1", 1, 0, reading.text().length() + 1, "odd", "")))),
                Arguments.of(
                        "is sure by a number that is none",
                        check(reading -> List.of(new Finding("S1", Double.NaN, 0, 1, "odd", "")))));
    }

    private static PolicyGuard policy(Check check, String failure) {
        Policies policies = new Policies(Checks.shipped().with("odd", check));
        return new PolicyGuard(policies.read(
                "{name: t, message: No., checks: {odd: {}}, stages: {answer: {S1: block}}, failure: {seconds: 0.06, do: %s}}"
                        .formatted(failure),
                "t"));
    }

    @ParameterizedTest(name = "a check that {0}")
    @MethodSource("oddChecks")
    void blocksUnlessThePolicySaysOtherwise(String what, Check check) {
        Reader reader = new Reader();
        new GuardedChatModel(SpeakingModel.saying("word ".repeat(50)), policy(check, "block"))
                .chat(ChatRequest.of("Hi"), reader);
        assertThat(reader.everything()).isEqualTo("No.");
        assertThat(reader.end().reason()).isEqualTo(Reason.FILTERED);

        Reader lenient = new Reader();
        List<Verdict> verdicts = new java.util.ArrayList<>();
        new GuardedChatModel(
                        SpeakingModel.saying("word"), policy(check, "flag"), (stage, verdict) -> verdicts.add(verdict))
                .chat(ChatRequest.of("Hi"), lenient);
        assertThat(lenient.text()).isEqualTo("word");
        assertThat(verdicts).last().extracting(Verdict::action).isEqualTo(Action.FLAG);
    }

    @Test
    void editsThatHalveACharacterAreNoDecision() {
        Odd odd = new Odd(content -> edits(new Edit(1, 3, "")), 0);
        Guard patient = new Guard() {
            @Override
            public String name() {
                return odd.name();
            }

            @Override
            public GuardSession begin(ChatRequest request) {
                return odd.begin(request);
            }
        };
        Verdict verdict =
                SupervisedGuard.of(patient).begin(ChatRequest.of("Hi")).check(Content.of(Stage.ANSWER, "😀😀😀"));
        assertThat(verdict.blocks()).isTrue();
        assertThat(verdict.findings().getFirst().why()).contains("halve a character");
    }

    @Test
    void whyItFailedDoesNotRepeatTheText() {
        PolicyGuard guard = policy(
                check(reading -> {
                    throw new IllegalStateException("could not read " + reading.text());
                }),
                "block");
        Verdict verdict = SupervisedGuard.of(guard)
                .begin(ChatRequest.of("Hi"))
                .check(Content.of(Stage.ANSWER, "a private matter"));
        assertThat(verdict.findings())
                .allSatisfy(finding -> assertThat(finding.why()).doesNotContain("private"));
    }

    @Test
    void whatNobodyWaitsForIsComputedNoFurther() throws InterruptedException {
        Guard patient = new Guard() {
            @Override
            public String name() {
                return "patient";
            }

            @Override
            public Duration patience() {
                return Duration.ofHours(1);
            }

            @Override
            public GuardSession begin(ChatRequest request) {
                throw new UnsupportedOperationException();
            }
        };
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Thread asking = Thread.ofVirtual()
                .start(() -> SupervisedGuard.of(patient)
                        .inTime(
                                () -> {
                                    begun.countDown();
                                    try {
                                        new CountDownLatch(1).await();
                                    } finally {
                                        stopped.countDown();
                                    }
                                    return "";
                                },
                                why -> why));
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        asking.interrupt();
        assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
        asking.join();
    }
}
