package dev.ayni.guard;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.chat.TextRequest.Prompt;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model that continues texts, behind a guard: as {@link GuardedChatModel}, but without the policy's message, which would
 * count as continuation.
 */
public final class GuardedTextModel implements TextModel {
    /** What token ids stand for. */
    public interface Tokens {
        /** The text of token ids, special ones as they are written. */
        String text(List<Integer> ids);

        /** The token ids of a text; special tokens in it are what they stand for. */
        List<Integer> ids(String text);
    }

    /** UTF-16 units of a prompt that are looked at again with its continuation. */
    private static final int LONGEST_LEAD = 1000;

    private final TextModel model;
    private final SupervisedGuard guard;
    private final VerdictListener listener;
    private final Tokens tokens;

    /**
     * @param listener hears every decision
     * @param tokens the model's, so that prompts of token ids can be read, too
     */
    public GuardedTextModel(TextModel model, Guard guard, VerdictListener listener, Tokens tokens) {
        this.model = model;
        this.guard = SupervisedGuard.of(guard);
        this.listener = listener;
        this.tokens = tokens;
    }

    @Override
    public void complete(TextRequest request, ChatSink sink) {
        complete(request, List.of(sink));
    }

    @Override
    public void complete(TextRequest request, List<ChatSink> answers) {
        String text = switch (request.prompt()) {
            case Prompt.Text(String prompt) -> prompt;
            case Prompt.Tokens(List<Integer> ids) -> tokens.text(ids);
        };
        GuardSession session = guard.begin(ChatRequest.of(text).with(request.scheduling()));
        Asking<TextRequest> asking = new Asking<>(() -> passed(request, text, session, answers), (passed, guarded) -> {
            if (guarded.size() == 1) {
                model.complete(passed, guarded.getFirst());
            } else {
                model.complete(passed, guarded);
            }
        });
        if (guard.looksFirst(Stage.PROMPT)) {
            asking.afterwards();
        } else {
            asking.meanwhile(request, answers.size(), guard.headStart(Stage.PROMPT));
        }
    }

    private Asking.@Nullable Passed<TextRequest> passed(
            TextRequest request, String text, GuardSession session, List<ChatSink> answers) {
        try {
            GuardedRequest checks = new GuardedRequest(session, listener);
            String edited = checks.text(Stage.PROMPT, text, List.of());
            GuardedAnswer.Asked asked =
                    new GuardedAnswer.Asked(List.of(Message.user(edited)), Set.of(), lead(edited, session), false);
            TextRequest passed = new TextRequest(
                    edited.equals(text) ? request.prompt() : prompt(request.prompt(), text, edited),
                    checks.passed(request.sampling()),
                    request.limits(),
                    request.logProbabilities(),
                    request.promptProbabilities(),
                    request.shape(),
                    request.scheduling());
            return new Asking.Passed<>(passed, GuardedChatModel.guarded(answers, session, listener, asked));
        } catch (BlockedException e) {
            answers.forEach(answer -> GuardedChatModel.refuse(answer, e, false));
            return null;
        }
    }

    /** The end of the prompt, as long as the guard holds an answer back. */
    private static String lead(String prompt, GuardSession session) {
        int length = Math.min(session.holdBack(), LONGEST_LEAD);
        int start = Math.max(0, prompt.length() - length);
        boolean within = start > 0 && start < prompt.length() && Character.isLowSurrogate(prompt.charAt(start));
        return prompt.substring(within ? start - 1 : start);
    }

    /** The prompt that was rewritten, in the form in which it came. */
    private Prompt prompt(Prompt asked, String text, String edited) {
        return switch (asked) {
            case Prompt.Text ignored -> new Prompt.Text(edited);
            case Prompt.Tokens(List<Integer> ids) -> {
                if (!tokens.ids(text).equals(ids)) {
                    throw new IllegalArgumentException(
                            "The policy wants this prompt rewritten, and its token ids are not those of its text, so that they cannot be. Send the prompt as text.");
                }
                yield new Prompt.Tokens(tokens.ids(edited));
            }
        };
    }
}
