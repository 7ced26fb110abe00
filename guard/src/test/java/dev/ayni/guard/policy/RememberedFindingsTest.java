package dev.ayni.guard.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Message;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.ToolCall;
import dev.ayni.guard.Action;
import dev.ayni.guard.Check;
import dev.ayni.guard.Content;
import dev.ayni.guard.Finding;
import dev.ayni.guard.GuardSession;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import dev.ayni.guard.Verdict;
import dev.ayni.guard.Words;
import dev.ayni.provenance.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Texts that come again are not looked at again, for whoever sent them, and for nobody else. */
class RememberedFindingsTest {
    /** Notes what it looks at, and fails as long as it is told to. */
    private static final class Looking implements Check {
        private final Words words = new Words(Map.of("red", "S1", "ann", "PERSON"));
        final List<String> looked = new ArrayList<>();
        boolean fails;
        boolean stopsHalfWay;

        @Override
        public String name() {
            return "words";
        }

        @Override
        public Set<String> categories() {
            return words.categories();
        }

        @Override
        public int reach() {
            return 0;
        }

        @Override
        public List<Finding> find(Reading reading) {
            looked.add(reading.text());
            if (fails) {
                throw new IllegalStateException("no");
            }
            if (stopsHalfWay) {
                Thread.currentThread()
                        .interrupt(); // as whoever supervises a guard does, and the check has found nothing yet
                return List.of();
            }
            return words.find(reading);
        }
    }

    private final Looking check = new Looking();
    private final PolicyGuard guard = guard("{S1: block, PERSON: {do: rewrite, with: pseudonym}}");

    private PolicyGuard guard(String rules) {
        return new PolicyGuard(new Policies(Checks.shipped().with("words", check))
                .read("{name: t, message: No., checks: {words: {}}, stages: {all: " + rules + "}}", "t"));
    }

    private static GuardSession session(PolicyGuard guard, String principal) {
        return guard.begin(ChatRequest.of("").with(new Scheduling(principal, 0, OptionalLong.empty(), true)));
    }

    private static Content text(Stage stage, String text, Message... before) {
        return new Content(stage, text, List.of(before), true);
    }

    @Test
    void whatWasFoundIsUsedAgainAndWhatIsDoneAboutItIsTheSame() {
        Content content = text(Stage.PROMPT, "A red house.", Message.system("Be brief."));
        Verdict first = session(guard, "ana").check(content);
        Verdict again = session(guard, "ana").check(content);

        assertThat(check.looked).hasSize(1);
        assertThat(first.remembered()).isFalse();
        assertThat(again).isEqualTo(first.asRemembered());
        assertThat(again.action()).isEqualTo(Action.BLOCK);
    }

    @Test
    void nobodyLearnsHowSoonTheTextOfAnotherIsDecided() {
        Content content = text(Stage.PROMPT, "A red house.");
        for (String principal : List.of("ana", "ben", "", "")) { // nobody's are not kept
            assertThat(session(guard, principal).check(content).remembered()).isFalse();
        }
        assertThat(check.looked).hasSize(4);
        PolicyGuard other = guard("{S1: flag}");
        assertThat(session(other, "ana").check(content).remembered()).isFalse();
    }

    @Test
    void aTextIsAnotherOneAtAnotherPlaceInAConversation() {
        ToolCall call = new ToolCall("1", "clock", "{}");
        List<Content> contents = List.of(
                text(Stage.PROMPT, "a house"),
                text(Stage.TOOL_RESULT, "a house"),
                text(Stage.RETRIEVED, "a house"),
                text(Stage.PROMPT, "a house", Message.user("Hi")),
                text(Stage.PROMPT, "a house", Message.assistant("Hi")),
                text(Stage.PROMPT, "a house", Message.user("Hi"), Message.user("Hi")),
                text(Stage.PROMPT, "a house", Message.user("HiHi")),
                text(Stage.PROMPT, "a house", Message.assistant("Hi", List.of(call))),
                text(Stage.PROMPT, "a house", Message.assistant("Hi", List.of(call)), Message.tool(call, "noon")),
                text(Stage.PROMPT, "a house\uD800"),
                text(Stage.PROMPT, "a house?"));
        for (Content content : contents) {
            assertThat(session(guard, "ana").check(content).remembered()).isFalse();
        }
        for (Content content : contents) {
            assertThat(session(guard, "ana").check(content).remembered()).isTrue();
        }
    }

    @Test
    void aChatThatGrowsIsLookedAtWhereItHasGrown() {
        List<Message> chat = new ArrayList<>();
        for (int turn = 0; turn < 5; turn++) {
            chat.add(Message.user("Question " + turn));
            GuardSession session = session(guard, "ana");
            for (int i = 0; i < chat.size(); i++) {
                session.check(text(
                        Stage.PROMPT, chat.get(i).content(), chat.subList(0, i).toArray(Message[]::new)));
            }
        }
        assertThat(check.looked).containsExactly("Question 0", "Question 1", "Question 2", "Question 3", "Question 4");
    }

    @Test
    void namesArePutBackInTheAnswerToAQuestionThatCameBefore() {
        String question = "Write to ann.";
        for (int turn = 0; turn < 2; turn++) {
            GuardSession session = session(guard, "ana");
            Verdict verdict = session.check(text(Stage.PROMPT, question));
            assertThat(verdict.remembered()).isEqualTo(turn == 1);
            assertThat(verdict.edited(question)).isEqualTo("Write to <PERSON_1>.");
            String answer = "Dear <PERSON_1>,";
            assertThat(session.check(text(Stage.ANSWER, answer)).edited(answer)).isEqualTo("Dear ann,");
        }
    }

    @Test
    void whatCouldNotBeDecidedIsTriedAgain() {
        Content content = text(Stage.PROMPT, "a house");
        check.fails = true;
        assertThat(session(guard, "ana").check(content).blocks()).isTrue();
        check.fails = false;
        Verdict verdict = session(guard, "ana").check(content);
        assertThat(verdict.remembered()).isFalse();
        assertThat(verdict.action()).isEqualTo(Action.ALLOW);
    }

    @Test
    void whatWasInterruptedIsLookedAtAgain() {
        Content content = text(Stage.PROMPT, "A red house.");
        check.stopsHalfWay = true;
        session(guard, "ana").check(content);
        assertThat(Thread.interrupted()).isTrue();
        check.stopsHalfWay = false;
        Verdict verdict = session(guard, "ana").check(content);
        assertThat(verdict.remembered()).isFalse();
        assertThat(verdict.blocks()).isTrue();
    }

    @Test
    void whatHasNotComeForLongIsForgottenFirst() {
        RememberedFindings known = new RememberedFindings(10_000);
        List<Finding> findings = List.of(new Finding("S1", 1, 0, 1, "words/S1", "why"));
        Digest first = Digest.of(new byte[] {0, 0});
        known.keep(first, findings);
        for (int i = 1; i < 200; i++) {
            assertThat(known.found(first)).as("asked for all the time").isEqualTo(findings);
            known.keep(Digest.of(new byte[] {1, (byte) i}), findings);
            assertThat(known.bytes()).isLessThanOrEqualTo(10_000);
        }
        assertThat(known.found(Digest.of(new byte[] {1, 1}))).isNull();
        assertThat(known.found(Digest.of(new byte[] {1, (byte) 199}))).isEqualTo(findings);
        assertThat(known.size()).isBetween(10, 40);
        known.keep(first, findings);
        assertThat(known.size()).isBetween(10, 40);
    }
}
