package dev.ayni.guard;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.chat.Tool;
import dev.ayni.chat.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model behind a guard: what may not go in does not reach it, what may not come out does not leave, and in place of either
 * comes the policy's message, {@link ChatEvent.Blocked} and an end for {@link ChatEvent.Reason#FILTERED}.
 */
public final class GuardedChatModel implements ChatModel {
    private static final Usage NOTHING = new Usage(0, 0, 0, 0, 0, 0);

    private final ChatModel model;
    private final SupervisedGuard guard;
    private final VerdictListener listener;

    public GuardedChatModel(ChatModel model, Guard guard) {
        this(model, guard, VerdictListener.NONE);
    }

    /** @param listener hears every decision */
    public GuardedChatModel(ChatModel model, Guard guard, VerdictListener listener) {
        this.model = model;
        this.guard = SupervisedGuard.of(guard);
        this.listener = listener;
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public void chat(ChatRequest request, ChatSink sink) {
        chat(request, List.of(sink));
    }

    @Override
    public void chat(ChatRequest request, List<ChatSink> answers) {
        GuardSession session = guard.begin(request);
        Asking<ChatRequest> asking = new Asking<>(() -> passed(request, session, answers), (passed, guarded) -> {
            if (guarded.size() == 1) {
                model.chat(passed, guarded.getFirst());
            } else {
                model.chat(passed, guarded);
            }
        });
        Set<Stage> stages = stages(request);
        if (stages.stream().anyMatch(guard::looksFirst)) {
            asking.afterwards();
        } else {
            Duration headStart = stages.stream()
                    .map(guard::headStart)
                    .max(Comparator.naturalOrder())
                    .orElse(Duration.ZERO);
            asking.meanwhile(request, answers.size(), headStart);
        }
    }

    /** The stages of its texts. */
    private static Set<Stage> stages(ChatRequest request) {
        Set<Stage> stages = EnumSet.of(Stage.PROMPT);
        for (Message message : request.messages()) {
            stages.add(GuardedRequest.stage(message));
            if (!message.toolCalls().isEmpty()) {
                stages.add(Stage.TOOL_CALL);
            }
        }
        return stages;
    }

    private Asking.@Nullable Passed<ChatRequest> passed(
            ChatRequest request, GuardSession session, List<ChatSink> answers) {
        boolean speaks = request.shape() == null;
        ChatRequest passed;
        try {
            passed = new GuardedRequest(session, listener).passed(request);
        } catch (BlockedException e) {
            answers.forEach(answer -> refuse(answer, e, speaks));
            return null;
        }
        Set<String> names = passed.tools().visible().stream().map(Tool::name).collect(Collectors.toUnmodifiableSet());
        GuardedAnswer.Asked asked = new GuardedAnswer.Asked(passed.messages(), names, "", speaks);
        return new Asking.Passed<>(passed, guarded(answers, session, listener, asked));
    }

    /** The same answers, of which nothing leaves that was not looked at. */
    static List<ChatSink> guarded(
            List<ChatSink> answers, GuardSession session, VerdictListener listener, GuardedAnswer.Asked asked) {
        List<ChatSink> guarded = new ArrayList<>();
        for (ChatSink answer : answers) {
            GuardSession own = answers.size() == 1 ? session : session.another();
            guarded.add(new GuardedAnswer(answer, own, listener, asked));
        }
        return guarded;
    }

    /** Answers in place of the model. */
    static void refuse(ChatSink answer, BlockedException e, boolean speaks) {
        boolean wanted = true;
        if (speaks && !e.verdict().message().isEmpty()) {
            wanted = answer.accept(new ChatEvent.Text(e.verdict().message()));
        }
        if (wanted) {
            answer.accept(GuardedAnswer.blocked(e.stage(), e.verdict()));
        }
        answer.accept(new ChatEvent.Finished(ChatEvent.Reason.FILTERED, NOTHING));
    }
}
