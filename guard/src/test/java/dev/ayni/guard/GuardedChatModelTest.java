package dev.ayni.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.Tools;
import dev.ayni.guard.policy.Checks;
import dev.ayni.guard.policy.Policies;
import dev.ayni.guard.policy.PolicyGuard;
import dev.ayni.provenance.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GuardedChatModelTest {
    private static final String FORBIDDEN = "grimoire";

    private static final Checks CHECKS = Checks.shipped()
            .with(
                    "words",
                    new Words(Map.of(
                            FORBIDDEN,
                            "S9",
                            "ann.lee@example.org",
                            "EMAIL_ADDRESS",
                            "swordfish",
                            "secret",
                            "hmm",
                            "toxicity")));

    private static PolicyGuard guard(String stages) {
        String policy = """
            name: test
            message: I cannot go on with this.
            checks:
              words:
            stages:
            """ + stages.indent(2);
        return new PolicyGuard(new Policies(CHECKS).read(policy, "test.yaml"));
    }

    private static final PolicyGuard STRICT =
            guard("all: {S9: block, secret: rewrite, EMAIL_ADDRESS: {do: rewrite, with: pseudonym}, toxicity: flag}");

    private static Reader ask(Guard guard, SpeakingModel model, String question) {
        Reader reader = new Reader();
        new GuardedChatModel(model, guard).chat(ChatRequest.of(question), reader);
        return reader;
    }

    @Test
    void aHarmlessAnswerArrivesWholeInItsOrder() {
        String[] words = "The river runs on past the mill and under the old bridge, slow and brown. "
                .repeat(20)
                .splitWithDelimiters(" ", 0);

        Reader reader = ask(STRICT, SpeakingModel.saying(words), "Tell of a river.");

        assertThat(reader.text()).isEqualTo(String.join("", words));
        assertThat(reader.end()).isEqualTo(new ChatEvent.Finished(Reason.END, SpeakingModel.USAGE));
        assertThat(reader.ofKind(ChatEvent.Text.class)).as("it streams").hasSizeGreaterThan(100);
    }

    @Test
    void ofAForbiddenStringNoCharacterLeavesWhereverTheChunksEnd() {
        String before = "All of this may be read by anybody who likes to, and it is long enough to leave. ".repeat(3);
        String text = before + FORBIDDEN + " and the rest";
        for (int first = before.length() - 3; first <= before.length() + FORBIDDEN.length() + 3; first++) {
            for (int second = first; second <= before.length() + FORBIDDEN.length() + 3; second++) {
                Reader reader = ask(
                        STRICT,
                        SpeakingModel.saying(
                                text.substring(0, first), text.substring(first, second), text.substring(second)),
                        "Go on.");
                assertThat(before).startsWith(left(reader));
                assertThat(reader.end().reason()).isEqualTo(Reason.FILTERED);
            }
        }
    }

    /** What of the model's own words reached the reader. */
    private static String left(Reader reader) {
        return reader.text().replaceAll("(\n\n)?I cannot go on with this\\.$", "");
    }

    @Test
    void norWhenItComesInPiecesByChance() {
        Random random = new Random(7);
        for (int round = 0; round < 400; round++) {
            String before = "x y ".repeat(random.nextInt(200));
            String text = before + FORBIDDEN + " z".repeat(random.nextInt(100));
            List<String> pieces = new ArrayList<>();
            for (int at = 0; at < text.length(); ) {
                int end = Math.min(text.length(), at + 1 + random.nextInt(random.nextBoolean() ? 2 : 40));
                pieces.add(text.substring(at, end));
                at = end;
            }
            Reader reader = ask(STRICT, SpeakingModel.saying(pieces.toArray(String[]::new)), "Go on.");
            assertThat(before).startsWith(left(reader));
            assertThat(reader.end().reason()).isEqualTo(Reason.FILTERED);
        }
    }

    /** Replaces a run of digits by its length, however far it has grown, and holds back less than a run may have. */
    private static final Guard COUNTING = new Guard() {
        @Override
        public String name() {
            return "counting";
        }

        @Override
        public GuardSession begin(ChatRequest request) {
            return new GuardSession() {
                @Override
                public int holdBack() {
                    return 8;
                }

                @Override
                public Verdict check(Content content) {
                    List<Edit> edits = Pattern.compile("[0-9]+")
                            .matcher(content.text())
                            .results()
                            .map(run -> new Edit(
                                    run.start(), run.end(), "<" + run.group().length() + ">"))
                            .toList();
                    return new Verdict(
                            edits.isEmpty() ? Action.ALLOW : Action.REWRITE,
                            List.of(),
                            edits,
                            "",
                            Digest.of(new byte[0]));
                }

                @Override
                public GuardSession another() {
                    return this;
                }
            };
        }
    };

    @Test
    void anEditIsNotCutWhereTextMayAlreadyLeave() {
        String before = "All of this may be read by anybody who likes to. ";
        String text = before + "7".repeat(100) + " and so on, as long as it takes to let the rest of it go.";
        for (int piece = 1; piece < 40; piece++) {
            Reader reader = ask(COUNTING, SpeakingModel.saying(text.split("(?<=\\G.{" + piece + "})")), "Count.");
            assertThat(reader.text()).as("pieces of %d", piece).isEqualTo(text.replaceAll("7+", "<100>"));
        }
    }

    @Test
    void whatIsRewrittenArrivesRewrittenWhereverItStands() {
        Random random = new Random(8);
        for (int round = 0; round < 400; round++) {
            StringBuilder text = new StringBuilder();
            for (int word = 0; word < 60; word++) {
                text.append(random.nextInt(12) == 0 ? "swordfish" : "calm").append(random.nextBoolean() ? " " : "");
            }
            List<String> pieces = new ArrayList<>();
            for (int at = 0; at < text.length(); ) {
                int end = Math.min(text.length(), at + 1 + random.nextInt(25));
                pieces.add(text.substring(at, end));
                at = end;
            }
            Reader reader = ask(STRICT, SpeakingModel.saying(pieces.toArray(String[]::new)), "Go on.");
            assertThat(reader.text()).isEqualTo(text.toString().replace("swordfish", "<secret>"));
            assertThat(reader.end().reason()).isEqualTo(Reason.END);
        }
    }

    @Test
    void aCharacterOfTwoUnitsIsNeverHalved() {
        String text = "😀".repeat(300);
        Reader reader = ask(
                STRICT,
                SpeakingModel.saying(
                        text.codePoints().mapToObj(Character::toString).toArray(String[]::new)),
                "Smile.");
        assertThat(reader.text()).isEqualTo(text);
        assertThat(reader.ofKind(ChatEvent.Text.class))
                .allSatisfy(event -> assertThat(((ChatEvent.Text) event).delta().length() % 2)
                        .isZero());
    }

    @Test
    void whoeverIsBlockedLearnsWhyAndTheModelIsStopped() {
        SpeakingModel model = SpeakingModel.saying("one ", FORBIDDEN, "two ".repeat(100), "three");
        List<Verdict> verdicts = new ArrayList<>();
        Reader reader = new Reader();
        new GuardedChatModel(model, STRICT, (stage, verdict) -> verdicts.add(verdict))
                .chat(ChatRequest.of("Go on."), reader);

        assertThat(reader.text()).isEqualTo("I cannot go on with this.");
        assertThat(reader.ofKind(ChatEvent.Blocked.class))
                .containsExactly(new ChatEvent.Blocked(
                        "answer", "S9", "words/S9", STRICT.policy().digest().toString()));
        assertThat(reader.end()).isEqualTo(new ChatEvent.Finished(Reason.FILTERED, SpeakingModel.USAGE));
        assertThat(verdicts).last().satisfies(verdict -> {
            assertThat(verdict.action()).isEqualTo(Action.BLOCK);
            assertThat(verdict.policy()).isEqualTo(STRICT.policy().digest());
        });
    }

    @Test
    void aQuestionThatMayNotGoInReachesNoModel() {
        SpeakingModel model = SpeakingModel.saying("never said");
        for (ChatRequest request : List.of(
                ChatRequest.of("What is in the Grimoire?"),
                ChatRequest.of(List.of(Message.system("You know the grimoire."), Message.user("Hi"))),
                ChatRequest.of(List.of(Message.assistant("The grimoire says"), Message.user("Go on"))),
                ChatRequest.of("Hi")
                        .with(Tools.of(List.of(new Tool("find", "Finds the grimoire.", Tool.NO_PARAMETERS)))),
                ChatRequest.of("Hi").withTemplateArguments("{\"about\": \"grimoire\"}"))) {
            Reader reader = new Reader();
            new GuardedChatModel(model, STRICT).chat(request, reader);
            assertThat(reader.end().reason()).isEqualTo(Reason.FILTERED);
            assertThat(reader.ofKind(ChatEvent.Blocked.class))
                    .singleElement()
                    .satisfies(event ->
                            assertThat(((ChatEvent.Blocked) event).stage()).isEqualTo("prompt"));
        }
        assertThat(model.asked).isEmpty();
    }

    @Test
    void aPseudonymGoesInAndTheNameComesBack() {
        SpeakingModel model = SpeakingModel.saying("I wrote to <EMA", "IL_ADDRESS_1> this morning.");

        Reader reader = ask(STRICT, model, "Write to ann.lee@example.org, and to ann.lee@example.org again.");

        assertThat(model.asked.getFirst().messages().getFirst().content())
                .isEqualTo("Write to <EMAIL_ADDRESS_1>, and to <EMAIL_ADDRESS_1> again.");
        assertThat(reader.text()).isEqualTo("I wrote to ann.lee@example.org this morning.");
    }

    @Test
    void aPseudonymIsPutBackWhereverTheChunksEnd() {
        String answer = "So I 😀 wrote to <EMAIL_ADDRESS_1> and <EMAIL_ADDRESS_1>.";
        for (int first = 0; first < answer.length(); first++) {
            for (int second = first; second < answer.length(); second += 5) {
                SpeakingModel model = SpeakingModel.saying(
                        answer.substring(0, first), answer.substring(first, second), answer.substring(second));
                assertThat(ask(STRICT, model, "Write to ann.lee@example.org.").text())
                        .isEqualTo("So I 😀 wrote to ann.lee@example.org and ann.lee@example.org.");
            }
        }
    }

    @Test
    void thoughtsAreLookedAtAsWellAndLeaveBeforeTheAnswer() {
        SpeakingModel model = new SpeakingModel(List.of(
                new ChatEvent.Reasoning("I think about it"), new ChatEvent.Text("It is "), new ChatEvent.Text("so.")));
        Reader reader = ask(STRICT, model, "Is it so?");
        assertThat(reader.events.stream().filter(event -> !(event instanceof ChatEvent.Working)))
                .first()
                .isEqualTo(new ChatEvent.Reasoning("I think about it"));
        assertThat(reader.text()).isEqualTo("It is so.");

        SpeakingModel bad = new SpeakingModel(List.of(
                new ChatEvent.Reasoning("The gri"), new ChatEvent.Reasoning("moire says"), new ChatEvent.Text("Yes.")));
        Reader nothing = ask(STRICT, bad, "Is it so?");
        assertThat(nothing.everything()).isEqualTo("I cannot go on with this.");
    }

    private static SpeakingModel calling(String arguments) {
        return new SpeakingModel(List.of(
                new ChatEvent.Text("Let me see. "),
                new ChatEvent.ToolCallStarted("c1", "find"),
                new ChatEvent.ToolCallArguments("c1", arguments.substring(0, 5)),
                new ChatEvent.ToolCallArguments("c1", arguments.substring(5)),
                new ChatEvent.ToolCallFinished(new ToolCall("c1", "find", arguments))));
    }

    @Test
    void aCallOfAToolLeavesWholeOrNotAtAll() {
        Reader reader = ask(STRICT, calling("{\"word\": \"calm\"}"), "Find it.");
        assertThat(reader.ofKind(ChatEvent.ToolCallFinished.class))
                .containsExactly(new ChatEvent.ToolCallFinished(new ToolCall("c1", "find", "{\"word\": \"calm\"}")));
        assertThat(reader.text()).isEqualTo("Let me see. ");

        Reader rewritten = ask(STRICT, calling("{\"word\": \"swordfish\"}"), "Find it.");
        assertThat(rewritten.ofKind(ChatEvent.ToolCallFinished.class))
                .containsExactly(
                        new ChatEvent.ToolCallFinished(new ToolCall("c1", "find", "{\"word\": \"<secret>\"}")));

        Reader blocked = ask(STRICT, calling("{\"word\": \"grimoire\"}"), "Find it.");
        assertThat(blocked.everything()).doesNotContain("word");
        assertThat(blocked.ofKind(ChatEvent.Blocked.class))
                .singleElement()
                .satisfies(
                        event -> assertThat(((ChatEvent.Blocked) event).stage()).isEqualTo("tool call"));
        assertThat(blocked.end().reason()).isEqualTo(Reason.FILTERED);
    }

    @Test
    void whatAToolAnswersIsLookedAtOnItsWayIn() {
        ToolCall call = new ToolCall("c1", "find", "{}");
        Reader reader = new Reader();
        SpeakingModel model = SpeakingModel.saying("x");
        new GuardedChatModel(model, guard("tool-result: {S9: block}"))
                .chat(
                        ChatRequest.of(List.of(
                                Message.user("grimoire"),
                                Message.assistant("", List.of(call)),
                                Message.tool(call, "grimoire"))),
                        reader);
        assertThat(reader.ofKind(ChatEvent.Blocked.class))
                .singleElement()
                .satisfies(
                        event -> assertThat(((ChatEvent.Blocked) event).stage()).isEqualTo("tool result"));
    }

    @Test
    void aCallThatBrokeOffIsTextAndHeldLikeIt() {
        SpeakingModel model = new SpeakingModel(List.of(
                new ChatEvent.Text("gri"),
                new ChatEvent.ToolCallStarted("c1", "find"),
                new ChatEvent.ToolCallBroken("c1", "moire", "it broke off")));
        assertThat(ask(STRICT, model, "Find it.").everything()).isEqualTo("I cannot go on with this.");
    }

    @Test
    void probabilitiesLeaveWithTheirTextOnly() {
        List<ChatEvent> events = new ArrayList<>();
        for (String token : List.of("calm ", "sea ", "grim", "oire", " end")) {
            events.add(new ChatEvent.LogProbability(new ChatEvent.TokenProbability(1, token, -1), List.of()));
            events.add(new ChatEvent.Text(token));
        }
        Reader blocked = ask(STRICT, new SpeakingModel(events), "Go on.");
        assertThat(blocked.everything()).doesNotContain("grim").doesNotContain("oire");

        Reader allowed = ask(guard("prompt: {S9: block}"), new SpeakingModel(events), "Go on.");
        assertThat(allowed.ofKind(ChatEvent.LogProbability.class)).hasSize(5);
        assertThat(allowed.text()).isEqualTo("calm sea grimoire end");
    }

    private static List<ChatEvent> drawn(String... tokens) {
        List<ChatEvent> events = new ArrayList<>();
        for (String token : tokens) {
            events.add(new ChatEvent.LogProbability(new ChatEvent.TokenProbability(1, token, -1), List.of()));
            events.add(new ChatEvent.Text(token));
        }
        return events;
    }

    @Test
    void ofARewrittenTextNoTokenIsToldOf() {
        String before = "All of this may be read by anybody who likes to. ".repeat(4);
        List<ChatEvent> events = new ArrayList<>(drawn(before, "sword", "fish", " and the sea, "));
        events.addAll(drawn(before, before));
        Reader reader = ask(STRICT, new SpeakingModel(events), "Go on.");
        assertThat(reader.text()).isEqualTo(before + "<secret> and the sea, " + before + before);
        assertThat(reader.everything()).doesNotContain("sword").doesNotContain("fish");
        assertThat(reader.ofKind(ChatEvent.LogProbability.class)).hasSize(4);

        List<ChatEvent> long1 = new ArrayList<>();
        long1.add(new ChatEvent.LogProbability(new ChatEvent.TokenProbability(1, "swordfish", -1), List.of()));
        long1.add(new ChatEvent.Text("swordfish" + before));
        long1.addAll(drawn(before, before));
        assertThat(ask(STRICT, new SpeakingModel(long1), "Go on.").everything())
                .as("a token of a text that leaves in several parts")
                .doesNotContain("swordfish");
    }

    @Test
    void whatMightHaveComeInsteadIsNotToldWhereItCouldNotLeave() {
        for (String other : List.of("calm", "grimoire", "swordfish")) {
            LogProbabilities answer = new LogProbabilities(other);
            Reader reader = ask(STRICT, new SpeakingModel(answer.events), "Go on.");
            assertThat(reader.text()).isEqualTo("the sea");
            assertThat(reader.ofKind(ChatEvent.LogProbability.class))
                    .hasSize(3)
                    .allSatisfy(event -> assertThat(((ChatEvent.LogProbability) event).alternatives())
                            .hasSize(other.equals("calm") ? 1 : 0));
        }
    }

    /** An answer of three tokens, the last of which is no text, each of which might have been another. */
    private static final class LogProbabilities {
        final List<ChatEvent> events = new ArrayList<>();

        LogProbabilities(String other) {
            for (String token : List.of("the", " sea", "")) {
                events.add(new ChatEvent.LogProbability(
                        new ChatEvent.TokenProbability(1, token, -1),
                        List.of(new ChatEvent.TokenProbability(2, other, -2))));
                if (!token.isEmpty()) {
                    events.add(new ChatEvent.Text(token));
                }
            }
        }
    }

    @Test
    void escapesInArgumentsHideNothing() {
        Reader blocked = ask(STRICT, calling("{\"word\": \"gri\\u006doire\"}"), "Find it.");
        assertThat(blocked.end().reason()).isEqualTo(Reason.FILTERED);
        assertThat(blocked.everything()).doesNotContain("word");

        Reader rewritten = ask(STRICT, calling("{\"word\": \"sword\\u0066ish\", \"é\": 1.50}"), "Find it.");
        assertThat(rewritten.everything()).contains("{\"word\": \"<secret>\", \"é\": 1.50}");

        String harmless = "{\"word\": \"c\\u0061lm\"}";
        assertThat(ask(STRICT, calling(harmless), "Find it.").everything())
                .as("as the model wrote it")
                .contains(harmless);

        ToolCall call = new ToolCall("c1", "find", "{\"word\": \"gri\\u006doire\"}");
        SpeakingModel model = SpeakingModel.saying("x");
        new GuardedChatModel(model, STRICT)
                .chat(
                        ChatRequest.of(List.of(
                                Message.user("Hi"), Message.assistant("", List.of(call)), Message.tool(call, "none"))),
                        new Reader());
        assertThat(model.asked).isEmpty();
    }

    @Test
    void namesAreLookedAtAsWell() {
        ToolCall named = new ToolCall("c1", "grimoire", "{}");
        ToolCall identified = new ToolCall("the grimoire", "find", "{}");
        ToolCall secret = new ToolCall("c1", "swordfish", "{}");
        List<ChatRequest> requests = new ArrayList<>();
        requests.add(ChatRequest.of("Hi").with(Tools.of(List.of(new Tool("grimoire", "Finds.", Tool.NO_PARAMETERS)))));
        requests.add(ChatRequest.of("Hi").with(Tools.of(List.of(new Tool("swordfish", "It.", Tool.NO_PARAMETERS)))));
        for (ToolCall call : List.of(named, identified, secret)) {
            requests.add(ChatRequest.of(
                    List.of(Message.user("Hi"), Message.assistant("", List.of(call)), Message.tool(call, "none"))));
        }
        for (ChatRequest request : requests) {
            SpeakingModel model = SpeakingModel.saying("never said");
            Reader reader = new Reader();
            new GuardedChatModel(model, STRICT).chat(request, reader);
            assertThat(reader.end().reason()).as(request.toString()).isEqualTo(Reason.FILTERED);
            assertThat(model.asked).isEmpty();
        }

        Reader reader = ask(
                STRICT,
                new SpeakingModel(List.of(
                        new ChatEvent.ToolCallStarted("c1", "grimoire"), new ChatEvent.ToolCallFinished(named))),
                "Hi");
        assertThat(reader.end().reason()).isEqualTo(Reason.FILTERED);
        assertThat(reader.events.toString()).doesNotContain("grimoire");

        Reader broken = ask(
                STRICT,
                new SpeakingModel(List.of(
                        new ChatEvent.ToolCallStarted("c1", "grimoire"),
                        new ChatEvent.ToolCallBroken("c1", "{\"na", "it broke off"))),
                "Hi");
        assertThat(broken.events.toString()).doesNotContain("grimoire");
    }

    @Test
    void severalAnswersAreGuardedEachByItself() {
        SpeakingModel model = SpeakingModel.saying("calm");
        Reader one = new Reader();
        Reader two = new Reader();
        new GuardedChatModel(model, STRICT).chat(ChatRequest.of("Hi"), List.<ChatSink>of(one, two));
        assertThat(List.of(one.text(), two.text())).containsExactly("calm", "calm");
    }

    @Test
    void whileTextIsHeldTheReaderIsAskedWhetherHeStillWaits() {
        SpeakingModel model = SpeakingModel.saying("a", "b", "c");
        List<ChatEvent> events = new ArrayList<>();
        new GuardedChatModel(model, STRICT).chat(ChatRequest.of("Hi"), event -> {
            events.add(event);
            return !(event instanceof ChatEvent.Working);
        });
        assertThat(events)
                .containsExactly(
                        new ChatEvent.Working(), new ChatEvent.Finished(Reason.CANCELLED, SpeakingModel.USAGE));
    }

    @Test
    void aFlaggedTextGoesOnAndIsToldOf() {
        List<Verdict> verdicts = new ArrayList<>();
        Reader reader = new Reader();
        new GuardedChatModel(SpeakingModel.saying("hmm"), STRICT, (stage, verdict) -> verdicts.add(verdict))
                .chat(ChatRequest.of("Well?"), reader);
        assertThat(reader.text()).isEqualTo("hmm");
        assertThat(verdicts).extracting(Verdict::action).containsExactly(Action.ALLOW, Action.FLAG);
    }
}
