package dev.ayni.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.guard.policy.Checks;
import dev.ayni.guard.policy.Policies;
import dev.ayni.guard.policy.PolicyGuard;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GuardedTextModelTest {
    private static final PolicyGuard GUARD = new PolicyGuard(new Policies(Checks.shipped()
                    .with("words", new Words(Map.of("grimoire", "S9", "swordfish", "secret", "anvil", "S2"))))
            .read(
                    "{name: t, checks: {words: {}}, stages: {prompt: {S2: block}, answer: {S9: block, secret: rewrite}}}",
                    "t"));

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

    private static Reader continued(String prompt, String... deltas) {
        List<ChatEvent> events = new ArrayList<>();
        for (String delta : deltas) {
            events.add(new ChatEvent.Text(delta));
        }
        return continued(prompt, events);
    }

    private static Reader continued(String prompt, List<ChatEvent> events) {
        TextModel model = new TextModel() {
            @Override
            public void complete(TextRequest request, ChatSink sink) {
                for (ChatEvent event : events) {
                    if (!sink.accept(event)) {
                        break;
                    }
                }
                sink.accept(new ChatEvent.Finished(Reason.END, SpeakingModel.USAGE));
            }

            @Override
            public void complete(TextRequest request, List<ChatSink> answers) {
                answers.forEach(answer -> complete(request, answer));
            }
        };
        Reader reader = new Reader();
        new GuardedTextModel(model, GUARD, VerdictListener.NONE, NO_TOKENS)
                .complete(
                        new TextRequest(
                                new TextRequest.Prompt.Text(prompt),
                                Sampling.DEFAULT,
                                Limits.NONE,
                                -1,
                                true,
                                null,
                                Scheduling.USUAL),
                        reader);
        return reader;
    }

    @Test
    void whatIsForbiddenMayNotBeginInThePromptAndEndInTheAnswer() {
        String whole = "It is all in the grimoire, they say.";
        int at = whole.indexOf("grimoire");
        for (int split = at + 1; split < at + "grimoire".length(); split++) {
            Reader reader = continued(whole.substring(0, split), whole.substring(split));
            assertThat(reader.everything()).as("from %d on", split).isEmpty();
            assertThat(reader.end().reason()).isEqualTo(Reason.FILTERED);
        }
    }

    @Test
    void whatIsRewrittenLosesItsEndWhereThePromptHadItsBeginning() {
        assertThat(continued("The word is sword", "fish, and ", "no other.").text())
                .isEqualTo(", and no other.");
        assertThat(continued("The word is ", "sword", "fish.").text()).isEqualTo("<secret>.");
    }

    @Test
    void aPromptThatCouldNotBeAnAnswerIsContinuedAllTheSame() {
        assertThat(continued("A grimoire is a book of ", "spells.").text()).isEqualTo("spells.");
        assertThat(continued("", "A book.").text()).isEqualTo("A book.");
        assertThat(continued("an anvil", "A book.").everything()).isEmpty();
    }

    @Test
    void ofThePromptsTokensNothingIsToldThatTheModelWouldHaveSaidInsteadIfItIsForbidden() {
        List<ChatEvent> events = new ArrayList<>();
        for (String other : List.of("calm", "grimoire")) {
            events.add(new ChatEvent.PromptToken(
                    new ChatEvent.TokenProbability(1, "sea", -1),
                    List.of(new ChatEvent.TokenProbability(2, other, -2))));
        }
        assertThat(continued("sea", events).ofKind(ChatEvent.PromptToken.class))
                .hasSize(2)
                .allSatisfy(event -> assertThat(((ChatEvent.PromptToken) event).alternatives())
                        .isEmpty());
        assertThat(continued("sea", events.subList(0, 1)).ofKind(ChatEvent.PromptToken.class))
                .containsExactly(events.getFirst());
    }
}
