package dev.ayni.guard;

import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Message;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.Tools;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is asked, on its way into a model: every text that the model would read is looked at, whoever is said to have written
 * it, since all of it came from the same client.
 */
final class GuardedRequest {
    private static final Pattern PLAIN_ID = Pattern.compile("[A-Za-z0-9_-]{0,64}");

    private final GuardSession session;
    private final VerdictListener listener;
    private final Set<String> names = new HashSet<>();

    GuardedRequest(GuardSession session, VerdictListener listener) {
        this.session = session;
        this.listener = listener;
    }

    /**
     * The request as it may go on.
     *
     * @throws BlockedException if it may not
     */
    ChatRequest passed(ChatRequest request) {
        List<String> offered =
                request.tools().visible().stream().map(Tool::name).toList();
        name(Stage.PROMPT, String.join("\n", offered), List.of());
        names.addAll(offered);
        List<Message> messages = new ArrayList<>();
        for (Message message : request.messages()) {
            messages.add(passed(message, messages));
        }
        ChatRequest passed = request.with(messages);
        if (!request.tools().visible().isEmpty()) {
            List<Tool> tools = new ArrayList<>();
            for (Tool tool : request.tools().offered()) {
                tools.add(new Tool(
                        tool.name(),
                        text(Stage.PROMPT, tool.description(), List.of()),
                        json(Stage.PROMPT, tool.parameters(), List.of())));
            }
            passed = passed.with(new Tools(tools, request.tools().choice()));
        }
        if (!request.templateArguments().isBlank()) {
            passed = passed.withTemplateArguments(json(Stage.PROMPT, request.templateArguments(), List.of()));
        }
        return passed.with(passed(request.sampling()));
    }

    /** The negative prompt is one, too. */
    Sampling passed(Sampling sampling) {
        Sampling.Guidance guidance = sampling.guidance();
        if (!guidance.leads() || guidance.negative().isBlank()) {
            return sampling;
        }
        String negative = text(Stage.PROMPT, guidance.negative(), List.of());
        return sampling.but()
                .guidance(new Sampling.Guidance(guidance.scale(), negative))
                .build();
    }

    /** Where a message's text is looked at. */
    static Stage stage(Message message) {
        return message.role() == Message.Role.TOOL ? Stage.TOOL_RESULT : Stage.PROMPT;
    }

    private Message passed(Message message, List<Message> before) {
        String content = text(stage(message), message.content(), before);
        List<ToolCall> calls =
                message.toolCalls().stream().map(call -> passed(call, before)).toList();
        @Nullable ToolCall answered = message.answers();
        // the call that a result answers stands in an earlier message, where it was looked at
        return new Message(message.role(), content, calls, answered);
    }

    private ToolCall passed(ToolCall call, List<Message> before) {
        if (!PLAIN_ID.matcher(call.id()).matches()) { // some templates write it
            name(Stage.TOOL_CALL, call.id(), before);
        }
        name(Stage.TOOL_CALL, call.name(), before);
        return new ToolCall(call.id(), call.name(), json(Stage.TOOL_CALL, call.arguments(), before));
    }

    /** A text as it may go on. */
    String text(Stage stage, String text, List<Message> before) {
        if (text.isBlank()) {
            return text;
        }
        Verdict verdict = decided(stage, text, before);
        return verdict.edited(text);
    }

    /**
     * Looks at the name of something, which cannot be rewritten.
     *
     * @throws BlockedException if it may not go on as it is
     */
    void name(Stage stage, String name, List<Message> before) {
        if (!name.isBlank() && names.add(name)) {
            Verdict verdict = decided(stage, name, before);
            if (!verdict.edits().isEmpty()) {
                throw new BlockedException(stage, cannotRewrite(verdict));
            }
        }
    }

    /** One JSON object as it may go on. It is looked at with its characters as they are, not as escapes. */
    String json(Stage stage, String json, List<Message> before) {
        if (json.isBlank()) {
            return json;
        }
        String plain = JsonEscapes.undone(json);
        Verdict verdict = decided(stage, plain, before);
        if (verdict.edits().isEmpty()) {
            return json;
        }
        String edited = verdict.edited(plain);
        if (!isObject(edited)) {
            throw new BlockedException(stage, cannotRewrite(verdict));
        }
        return edited;
    }

    private Verdict decided(Stage stage, String text, List<Message> before) {
        Verdict verdict = session.check(new Content(stage, text, before, true));
        listener.decided(stage, verdict);
        if (verdict.blocks()) {
            throw new BlockedException(stage, verdict);
        }
        return verdict;
    }

    /** Whether a text is one JSON object, as arguments have to be. */
    static boolean isObject(String json) {
        try {
            return JsonMapper.shared().readTree(json).isObject();
        } catch (JacksonException e) {
            return false;
        }
    }

    /** The verdict that blocks what could not be rewritten without breaking it. */
    static Verdict cannotRewrite(Verdict verdict) {
        return new Verdict(Action.BLOCK, verdict.findings(), List.of(), verdict.message(), verdict.policy());
    }
}
