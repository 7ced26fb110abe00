package dev.ayni.engine;

import dev.ayni.chat.Message;
import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.Tools;
import dev.ayni.engine.shape.FramedValues;
import dev.ayni.engine.toolcalls.AnswerParser.Expected;
import dev.ayni.engine.toolcalls.CallShape;
import dev.ayni.engine.toolcalls.PlainToolMessages;
import dev.ayni.engine.toolcalls.ReasoningTags;
import dev.ayni.engine.toolcalls.TemplateValues;
import dev.ayni.engine.toolcalls.TemplateValues.Style;
import dev.ayni.engine.toolcalls.ToolCallFormat;
import dev.ayni.template.ChatTemplate;
import dev.ayni.template.TemplateException;
import dev.ayni.tokenizer.Tokenizer;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns a conversation into the token ids that its model was trained on. */
final class ChatPrompt {
    /*
     * The template writes special tokens between the messages, and the rendered text is encoded with special tokens
     * recognised. One that a user, a tool or a model wrote into a message must stay text: it is broken by a noncharacter
     * before rendering, and the rendered text is cut there, so that no part holds the whole token.
     */
    private static final int FIRST_NONCHARACTER = 0xFDD0;
    private static final int LAST_NONCHARACTER = 0xFDEF;
    private static final List<String> OWN_NAMES =
            List.of("messages", "tools", "add_generation_prompt", "bos_token", "eos_token");
    private static final Pattern TOOLS = Pattern.compile("\\btools\\b");

    private final ChatTemplate template;
    private final String source;
    private final Tokenizer tokenizer;
    private final Consumer<String> length;
    private final ToolCallFormat format;

    ChatPrompt(String source, ChatTemplate template, Tokenizer tokenizer) {
        this(source, template, tokenizer, text -> {});
    }

    /** @param length looks at a prompt before it is cut into tokens, and throws if it is too long */
    ChatPrompt(String source, ChatTemplate template, Tokenizer tokenizer, Consumer<String> length) {
        this.source = source;
        this.template = template;
        this.tokenizer = tokenizer;
        this.length = length;
        this.format = ToolCallFormat.of(source);
    }

    /**
     * A prompt, and what its answer may be.
     *
     * @param text as the template wrote it; what a user wrote looks in it like what the template did
     * @param expected null if the answer is nothing but text
     * @param required what the answer has to be; null if that is free
     * @param begun what a call has to be that the model begins by itself; null if that is free
     */
    record Written(
            String text,
            int[] ids,
            @Nullable Expected expected,
            @Nullable FramedValues required,
            @Nullable FramedValues begun) {}

    /**
     * Writes a prompt.
     *
     * @param arguments further names that the template reads, as the text of a JSON object; empty: none
     * @throws IllegalArgumentException if the arguments are no JSON object, or have a name of the prompt's own
     * @throws TemplateException if the template refuses the conversation
     */
    Written write(List<Message> messages, Tools tools, String arguments, LocalDateTime now) {
        List<Tool> visible = tools.visible();
        char cut = cutFor(messages, visible, arguments);
        String rendered = rendered(messages, visible, arguments, cut, now);
        length.accept(rendered);
        @Nullable ReasoningTags reasoning = ReasoningTags.of(source).orElse(null);
        boolean opened = reasoning != null && reasoning.openAtEndOf(rendered);
        @Nullable
        Expected expected = visible.isEmpty() && reasoning == null
                ? null
                : new Expected(
                        visible.isEmpty() ? null : format,
                        visible.stream().map(Tool::name).collect(Collectors.toUnmodifiableSet()),
                        messages.stream()
                                .flatMap(message -> message.toolCalls().stream())
                                .map(ToolCall::id)
                                .collect(Collectors.toUnmodifiableSet()),
                        reasoning,
                        opened);
        List<int[]> parts = new ArrayList<>();
        for (String part : rendered.split(String.valueOf(cut), -1)) {
            parts.add(tokenizer.encode(part, true));
        }
        int[] ids = parts.stream().flatMapToInt(Arrays::stream).toArray();
        return new Written(
                rendered.replace(String.valueOf(cut), ""),
                ids,
                expected,
                CallShape.required(format, tools, opened && reasoning != null ? reasoning.close() + "\n\n" : "")
                        .orElse(null),
                CallShape.begun(format, tools).orElse(null));
    }

    /**
     * The text of a prompt.
     *
     * @param arguments as for {@link #write}
     * @param cut stands within every special token that the template did not write
     */
    String rendered(List<Message> messages, List<Tool> tools, String arguments, char cut, LocalDateTime now) {
        TemplateValues values = new TemplateValues(text -> broken(text, cut));
        Map<String, @Nullable Object> variables = new HashMap<>(ModelFiles.boundaries(tokenizer));
        variables.put("add_generation_prompt", true);
        for (Map.Entry<String, @Nullable Object> argument :
                values.arguments(arguments).entrySet()) {
            if (OWN_NAMES.contains(argument.getKey())) {
                throw new IllegalArgumentException(
                        "The template arguments have a member '%s', which the conversation itself decides. Leave it out; of any other name than %s there may be one."
                                .formatted(argument.getKey(), String.join(", ", OWN_NAMES)));
            }
            variables.put(argument.getKey(), argument.getValue());
        }
        boolean told = !tools.isEmpty() && !TOOLS.matcher(source).find();
        if (!tools.isEmpty() && !told) {
            variables.put("tools", values.tools(tools));
        }
        List<Message> known = source.contains("tool_calls") ? messages : PlainToolMessages.inWords(messages);
        boolean calls = known.stream().anyMatch(message -> !message.toolCalls().isEmpty());
        @Nullable TemplateException refusal = null;
        for (boolean hasSystem : told ? new boolean[] {true, false} : new boolean[] {true}) {
            List<Message> all = told ? PlainToolMessages.describing(tools, known, hasSystem) : known;
            for (Style style : calls ? Style.values() : new Style[] {Style.OBJECTS}) {
                variables.put("messages", values.messages(all, style));
                try {
                    return template.render(variables, now);
                } catch (TemplateException e) {
                    refusal = refusal == null ? e : refusal;
                }
            }
        }
        assert refusal != null : "a template renders or refuses";
        throw refusal;
    }

    /** The marks of a template's calls and reasoning. */
    static Set<String> marks(String template) {
        Set<String> marks = new HashSet<>(ToolCallFormat.of(template).marks());
        ReasoningTags.of(template).ifPresent(tags -> marks.addAll(Set.of(tags.open(), tags.close())));
        return marks;
    }

    /** The mark with which the model begins to call; empty if it has none. */
    String begins() {
        return format.begins();
    }

    /** Tells the special tokens that stand in an answer as their text from those that say nothing. */
    IntPredicate shownSpecials(@Nullable Expected expected) {
        if (expected == null) {
            return id -> false;
        }
        List<String> marks = new ArrayList<>();
        if (expected.calls() != null) {
            marks.addAll(expected.calls().marks());
        }
        if (expected.reasoning() != null) {
            marks.add(expected.reasoning().open());
            marks.add(expected.reasoning().close());
        }
        return id -> tokenizer.isSpecial(id)
                && !tokenizer.roles().ends().contains(id)
                && marks.stream().anyMatch(mark -> mark.startsWith(tokenizer.piece(id)));
    }

    /** A character that no message, no tool and no argument holds. */
    private static char cutFor(List<Message> messages, List<Tool> tools, String arguments) {
        List<String> texts = Stream.of(
                        messages.stream().flatMap(ChatPrompt::texts),
                        tools.stream().flatMap(tool -> Stream.of(tool.description(), tool.parameters())),
                        Stream.of(arguments))
                .flatMap(all -> all)
                .toList();
        return (char) IntStream.rangeClosed(FIRST_NONCHARACTER, LAST_NONCHARACTER)
                .filter(c -> texts.stream().noneMatch(text -> text.indexOf(c) >= 0))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "The messages hold all of Unicode's noncharacters U+FDD0 to U+FDEF. Remove one of them."));
    }

    private static Stream<String> texts(Message message) {
        return Stream.concat(
                Stream.of(message.content()),
                message.toolCalls().stream().flatMap(call -> Stream.of(call.name(), call.arguments())));
    }

    private String broken(String content, char cut) {
        String text = content;
        for (String special : tokenizer.specials().keySet()) {
            if (special.length() > 1 && text.contains(special)) {
                text = text.replace(special, special.charAt(0) + String.valueOf(cut) + special.substring(1));
            }
        }
        return text;
    }
}
