package dev.ayni.guard.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.ayni.chat.ChatRequest;
import dev.ayni.guard.Action;
import dev.ayni.guard.Check;
import dev.ayni.guard.Content;
import dev.ayni.guard.Edit;
import dev.ayni.guard.Finding;
import dev.ayni.guard.GuardSession;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import dev.ayni.guard.SupervisedGuard;
import dev.ayni.guard.Verdict;
import dev.ayni.guard.Words;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class PolicyGuardTest {
    private static PolicyGuard guard(Check check, String policy) {
        return new PolicyGuard(new Policies(Checks.shipped().with("words", check))
                .read("name: t\nmessage: General.\nchecks: {words: {}}\n" + policy, "t.yaml"));
    }

    private static final Words WORDS = new Words(Map.of("red", "S1", "blue", "S2", "redder", "S10"));

    private static Verdict check(PolicyGuard guard, String text) {
        return guard.begin(ChatRequest.of("")).check(Content.of(Stage.ANSWER, text));
    }

    @Test
    void belowItsThresholdAFindingChangesNothing() {
        PolicyGuard guard =
                guard(WORDS, "stages: {answer: {S1: {do: block, threshold: 0.95}, S2: {do: block, threshold: 0.9}}}");
        assertThat(check(guard, "a red one").action()).isEqualTo(Action.ALLOW);
        assertThat(check(guard, "a red one").findings()).hasSize(1);
        assertThat(check(guard, "a blue one").action()).isEqualTo(Action.BLOCK);
    }

    @Test
    void aRuleForSomeLanguagesLetsTextsInOthersToTheWiderRule() {
        PolicyGuard guard = guard(WORDS, "stages: {answer: {S1: {do: block, languages: [en]}, '*': flag}}");
        String english = "The red house by the river was sold last summer to a family from the north of the country.";
        String german =
                "Das Haus am Fluss wurde im letzten Sommer verkauft, und die neuen Eigentümer haben es gleich red"
                        + " gestrichen, was den Nachbarn nicht gefiel, aber verboten ist es ja nicht.";
        assertThat(check(guard, english).action()).isEqualTo(Action.BLOCK);
        assertThat(check(guard, german).action()).isEqualTo(Action.FLAG);
        assertThat(check(guard, "red").action()).as("too short to tell").isEqualTo(Action.BLOCK);
    }

    @Test
    void theHardestActionCountsAndItsFindingComesFirst() {
        PolicyGuard guard = guard(WORDS, "stages: {answer: {S1: rewrite, S2: {do: block, message: Not blue.}}}");
        Verdict verdict = check(guard, "red and blue");
        assertThat(verdict.action()).isEqualTo(Action.BLOCK);
        assertThat(verdict.findings().getFirst().category()).isEqualTo("S2");
        assertThat(verdict.message()).isEqualTo("Not blue.");
    }

    @Test
    void aTextOfNothingButFindingsIsRewrittenInTimeThatGrowsAsItsLength() {
        PolicyGuard guard = guard(WORDS, "stages: {prompt: {S1: rewrite}}");
        String text = "red ".repeat(150_000);
        Verdict verdict = assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> guard.begin(ChatRequest.of("")).check(Content.of(Stage.PROMPT, text)));
        assertThat(verdict.edited(text)).isEqualTo("<S1> ".repeat(150_000));
    }

    @Test
    void whoeverHearsThatNothingWasDecidedHearsWhatToSet() {
        PolicyGuard guard = guard(WORDS, "stages: {prompt: {S1: block}}");
        assertThat(guard.undecided(Stage.PROMPT, 9, "it took longer than 5000 ms")
                        .findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.why())
                        .startsWith("it took longer than 5000 ms. ")
                        .contains("'failure'", "{seconds: 20, do: block}"));
    }

    @Test
    void overlappingFindingsAreRewrittenAsOneByTheLongest() {
        PolicyGuard guard = guard(WORDS, "stages: {answer: {'*': rewrite}}");
        Verdict verdict = check(guard, "a redder red");
        assertThat(verdict.edits()).containsExactly(new Edit(2, 8, "<S10>"), new Edit(9, 12, "<S1>"));
        assertThat(verdict.edited("a redder red")).isEqualTo("a <S10> <S1>");
    }

    @Test
    void everyMannerOfRewritingRewrites() {
        for (Map.Entry<String, String> manner : Map.of(
                        "replace", "a <S1> one", "mask", "a *** one", "remove", "a  one", "pseudonym", "a <S1_1> one")
                .entrySet()) {
            PolicyGuard guard =
                    guard(WORDS, "stages: {prompt: {S1: {do: rewrite, with: %s}}}".formatted(manner.getKey()));
            Verdict verdict = guard.begin(ChatRequest.of("")).check(Content.of(Stage.PROMPT, "a red one"));
            assertThat(verdict.edited("a red one")).isEqualTo(manner.getValue());
        }
        GuardSession session = guard(WORDS, "stages: {prompt: {S1: {do: rewrite, with: hash}}}")
                .begin(ChatRequest.of(""));
        String twice = "red red";
        String[] hashes =
                session.check(Content.of(Stage.PROMPT, twice)).edited(twice).split(" ");
        assertThat(hashes[0]).matches("<S1-[0-9a-f]{12}>").isEqualTo(hashes[1]);
    }

    @Test
    void whatIsFoundInALongTextIsWhatIsFoundInAShortOne() {
        PolicyGuard windows = guard(WORDS, "stages: {answer: {'*': rewrite}}\nwindows: {size: 200, overlap: 20}");
        PolicyGuard whole = guard(WORDS, "stages: {answer: {'*': rewrite}}");
        Random random = new Random(3);
        for (int round = 0; round < 50; round++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < 1500) {
                text.append(List.of("red", "blue", "redder", "calm ", "x").get(random.nextInt(5)));
            }
            assertThat(check(windows, text.toString()).edits())
                    .isEqualTo(check(whole, text.toString()).edits());
        }
    }

    private static Check check(String name, int reach, Function<Reading, List<Finding>> find) {
        return new Check() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Set<String> categories() {
                return Set.of("S1");
            }

            @Override
            public int reach() {
                return reach;
            }

            @Override
            public List<Finding> find(Reading reading) {
                return find.apply(reading);
            }
        };
    }

    /** As a classifier does: it judges a text part by part, and its finding is the part. */
    private static List<Finding> partsWithRed(Reading reading) {
        List<Finding> findings = new ArrayList<>();
        String text = reading.text();
        for (int start = 0; start == 0 || start + 200 < text.length(); start += 800) {
            int end = Math.min(text.length(), start + 1000);
            if (text.substring(start, end).contains("red")) {
                findings.add(new Finding("S1", 1, start, end, "parts", "red"));
            }
        }
        return findings;
    }

    @Test
    void noPlaceOfALongTextIsOverlookedByAClassifier() {
        PolicyGuard guard = guard(check("words", 200, PolicyGuardTest::partsWithRed), "stages: {answer: {S1: block}}");
        for (int place = 0; place < 13_000; place += 97) {
            String text = "x".repeat(place) + " red " + "x".repeat(13_000 - place);
            assertThat(check(guard, text).action()).as("at %d", place).isEqualTo(Action.BLOCK);
        }
    }

    @Test
    void aJudgeOfWholeTextsGetsThemWholeAndOthersTheirWindows() {
        List<Integer> whole = new ArrayList<>();
        Counting counting = new Counting();
        Checks checks = Checks.shipped()
                .with("words", counting)
                .with("judge", check("judge", Integer.MAX_VALUE, reading -> {
                    whole.add(reading.text().length());
                    return List.of();
                }));
        Policy policy = new Policies(checks)
                .read("{name: t, checks: {words: {}, judge: {}}, stages: {prompt: {S1: block}}}", "t");
        new PolicyGuard(policy).begin(ChatRequest.of("")).check(Content.of(Stage.PROMPT, "x".repeat(20_000)));
        assertThat(whole).containsExactly(20_000);
        assertThat(counting.lengths).hasSizeGreaterThan(2).allMatch(length -> length <= 6000);
    }

    @Test
    void aDecisionThatNobodyWaitsForAnyMoreIsGivenUp() throws InterruptedException {
        AtomicInteger windows = new AtomicInteger();
        Check slow = check("words", 10, reading -> {
            windows.incrementAndGet();
            long end = System.nanoTime() + 20_000_000;
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            return List.of();
        });
        PolicyGuard guard = guard(slow, "stages: {prompt: {S1: block}}\nfailure: {seconds: 0.1}");
        Verdict verdict = SupervisedGuard.of(guard)
                .begin(ChatRequest.of(""))
                .check(Content.of(Stage.PROMPT, "x".repeat(1_000_000)));
        assertThat(verdict.action()).isEqualTo(Action.BLOCK);
        Thread.sleep(100);
        int seen = windows.get();
        Thread.sleep(200);
        assertThat(windows.get()).isEqualTo(seen).isLessThan(100);
    }

    @Test
    void aFindingThatHalvesCharactersIsAboutWholeOnes() {
        Check halving = check("words", 10, reading -> List.of(new Finding("S1", 1, 2, 4, "halves", "")));
        Verdict verdict = check(guard(halving, "stages: {answer: {S1: rewrite}}"), "a😀😀b");
        assertThat(verdict.edited("a😀😀b")).isEqualTo("a<S1>b");
    }

    /** Says how much text it was shown. */
    private static final class Counting implements Check {
        private final List<Integer> lengths = new ArrayList<>();

        @Override
        public String name() {
            return "words";
        }

        @Override
        public Set<String> categories() {
            return Set.of("S1");
        }

        @Override
        public int reach() {
            return 10;
        }

        @Override
        public List<Finding> find(Reading reading) {
            lengths.add(reading.text().length());
            return List.of();
        }
    }

    @Test
    void aGrowingAnswerIsNotReadFromItsBeginningEachTime() {
        Counting counting = new Counting();
        PolicyGuard guard = guard(counting, "stages: {answer: {S1: block}}\nwindows: {overlap: 100}");
        GuardSession session = guard.begin(ChatRequest.of(""));
        for (int length = 50; length <= 5000; length += 50) {
            session.check(new Content(Stage.ANSWER, "x".repeat(length), List.of(), false));
        }
        assertThat(counting.lengths).hasSize(100).allMatch(length -> length <= 160);
    }

    @Test
    void aCheckThatOnlyFlagsLooksAtAnAnswerOnceItHasEnded() {
        Counting counting = new Counting();
        PolicyGuard guard = guard(counting, "stages: {answer: {S1: flag}}");
        GuardSession session = guard.begin(ChatRequest.of(""));
        assertThat(session.holdBack()).as("nothing is held for it").isZero();
        for (int length = 50; length < 5000; length += 50) {
            session.check(new Content(Stage.ANSWER, "x".repeat(length), List.of(), false));
        }
        assertThat(counting.lengths).isEmpty();
        session.check(new Content(Stage.ANSWER, "x".repeat(5000), List.of(), true));
        assertThat(counting.lengths).containsExactly(5000);
    }

    @Test
    void allChecksOfAnAnswerThatComesWholeShareOneReading() {
        List<Reading> readings = new ArrayList<>();
        Checks checks = Checks.shipped()
                .with("words", check("words", 10, reading -> {
                    readings.add(reading);
                    return List.of();
                }))
                .with("other", new Check() {
                    @Override
                    public String name() {
                        return "other";
                    }

                    @Override
                    public Set<String> categories() {
                        return Set.of("S2");
                    }

                    @Override
                    public int reach() {
                        return 10;
                    }

                    @Override
                    public List<Finding> find(Reading reading) {
                        readings.add(reading);
                        return List.of();
                    }
                });
        PolicyGuard guard = new PolicyGuard(new Policies(checks)
                .read("{name: t, checks: {words: {}, other: {}}, stages: {answer: {S1: block, S2: flag}}}", "t"));
        check(guard, "a whole answer");
        assertThat(readings).hasSize(2);
        assertThat(readings.getFirst()).isSameAs(readings.getLast());
    }

    @Test
    void aCheckThatChangesNothingAtAStageIsNotRunThere() {
        Counting counting = new Counting();
        PolicyGuard guard = guard(counting, "stages: {answer: {S1: block}, prompt: {S1: allow}}");
        guard.begin(ChatRequest.of("")).check(Content.of(Stage.PROMPT, "text"));
        guard.begin(ChatRequest.of("")).check(Content.of(Stage.RETRIEVED, "text"));
        assertThat(counting.lengths).isEmpty();
        guard.explain(Content.of(Stage.PROMPT, "text"));
        assertThat(counting.lengths).hasSize(1);
    }

    @Test
    void explainTellsTheRuleOfEveryFinding() {
        PolicyGuard guard = guard(WORDS, "stages: {answer: {illicit-criminal: block}}");
        PolicyGuard.Explained explained = guard.explain(Content.of(Stage.ANSWER, "redder"));
        assertThat(explained.decisions())
                .extracting(PolicyGuard.Decision::pattern, PolicyGuard.Decision::action)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("illicit-criminal", Action.BLOCK),
                        org.assertj.core.groups.Tuple.tuple("", Action.ALLOW));
    }

    @Test
    void whatStandsAtTheEndOfAGrowingTextWaitsForWhatItBecomes() {
        PolicyGuard guard = guard(WORDS, "stages: {answer: {S1: block}}");
        GuardSession session = guard.begin(ChatRequest.of(""));
        assertThat(session.check(new Content(Stage.ANSWER, "it is red", List.of(), false))
                        .action())
                .isEqualTo(Action.ALLOW);
        assertThat(session.check(new Content(Stage.ANSWER, "it is red", List.of(), true))
                        .action())
                .isEqualTo(Action.BLOCK);
    }
}
