package dev.ayni.engine.toolcalls;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Chooses, by the format and an opening mark, who reads a call. */
final class CallOpenings {
    private static final String NAME = "([A-Za-z0-9_.-]{1,128})";
    private static final String SPACE = "[ \\t\\r\\n]{0,32}";
    private static final Pattern NOTHING = Pattern.compile(SPACE);
    private static final Pattern MISTRAL =
            Pattern.compile(SPACE + "(?:" + NAME + "(?:\\[CALL_ID\\]([A-Za-z0-9_-]{1,64}))?(?:\\[ARGS\\])?)?" + SPACE);
    private static final Pattern GEMMA = Pattern.compile(SPACE + "call:" + SPACE + NAME + SPACE);
    private static final Pattern DEEPSEEK = Pattern.compile(
            SPACE + NAME + ToolCallFormat.DEEPSEEK_SEPARATOR + SPACE + NAME + "?" + SPACE + "(?:```json)?" + SPACE);
    private static final Pattern FENCE =
            Pattern.compile("(json|tool_code|tool_call|python)?[ \\t]{0,8}\\r?\\n" + SPACE);

    private final ToolCallFormat format;
    private final Set<String> names;
    private final Findings out;

    CallOpenings(ToolCallFormat format, Set<String> names, Findings out) {
        this.format = format;
        this.names = names;
        this.out = out;
    }

    /** A reader for a call without a mark, from its first character on. */
    CallReader bare(CharSequence lead) {
        return new JsonCalls(out, names, true, lead);
    }

    /** A reader for what follows a mark. */
    CallReader after(CharSequence lead) {
        return switch (format) {
            case HERMES, LLAMA ->
                new HeadedCall(out, lead, NOTHING, (head, first, before) -> isJson(first) ? json(before) : null);
            case MISTRAL, MISTRAL_NAMED ->
                new HeadedCall(out, lead, MISTRAL, (head, first, before) -> {
                    if (head.group(1) == null) {
                        return isJson(first) ? json(before) : null;
                    }
                    return named(head.group(1), head.group(2), first, before);
                });
            case DEEPSEEK ->
                new HeadedCall(out, lead, DEEPSEEK, (head, first, before) -> {
                    String second = head.group(2); // since V3.1 the type that stood first is left out
                    return named(second == null ? head.group(1) : second, null, first, before);
                });
            case FUNCTION_GEMMA, GEMMA_4 -> gemma(lead, format.quote());
            case JSON ->
                new HeadedCall(out, lead, FENCE, (head, first, before) -> {
                    if (isJson(first)) {
                        return new JsonCalls(out, names, true, before);
                    }
                    return head.group(1) != null && !head.group(1).equals("json") ? python(before) : null;
                });
        };
    }

    private static boolean isJson(char first) {
        return first == '{' || first == '[';
    }

    private CallReader json(String lead) {
        return new JsonCalls(out, names, false, lead);
    }

    private @Nullable CallReader named(String name, @Nullable String id, char first, String lead) {
        return first == '{' ? new NamedCall(out, name, id, lead) : null;
    }

    private CallReader gemma(CharSequence mark, String quote) {
        return new HeadedCall(out, mark, GEMMA, (head, first, lead) -> {
            String name = head.group(1);
            return first != '{'
                    ? null
                    : new WholeCalls(out, lead, format.closings().get(0), body -> Literals.gemma(name, body, quote));
        });
    }

    private CallReader python(String lead) {
        return new WholeCalls(
                out, lead, "```", body -> body.isBlank() ? Optional.empty() : Literals.python(body, names));
    }
}
