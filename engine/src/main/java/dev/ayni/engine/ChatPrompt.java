package dev.ayni.engine;

import dev.ayni.chat.Message;
import dev.ayni.template.ChatTemplate;
import dev.ayni.tokenizer.Tokenizer;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Turns a conversation into the token ids that its model was trained on. */
final class ChatPrompt {
    /*
     * The template writes special tokens between the messages, and the rendered text is encoded with special tokens
     * recognised. One that a user wrote into a message must stay text: it is broken by a noncharacter before rendering,
     * and the rendered text is cut there, so that no part holds the whole token.
     */
    private static final int FIRST_NONCHARACTER = 0xFDD0;
    private static final int LAST_NONCHARACTER = 0xFDEF;

    private final ChatTemplate template;
    private final Tokenizer tokenizer;

    ChatPrompt(ChatTemplate template, Tokenizer tokenizer) {
        this.template = template;
        this.tokenizer = tokenizer;
    }

    int[] encode(List<Message> messages, LocalDateTime now) {
        char cut = cutFor(messages);
        List<Map<String, String>> values = messages.stream()
                .map(message -> Map.of("role", message.role().wireName(), "content", broken(message.content(), cut)))
                .toList();
        Map<String, Object> variables = new HashMap<>(ModelFiles.boundaries(tokenizer));
        variables.put("messages", values);
        variables.put("add_generation_prompt", true);
        String rendered = template.render(variables, now);
        List<int[]> parts = new ArrayList<>();
        for (String part : rendered.split(String.valueOf(cut), -1)) {
            parts.add(tokenizer.encode(part, true));
        }
        return parts.stream().flatMapToInt(Arrays::stream).toArray();
    }

    /** A character that no message holds. */
    private static char cutFor(List<Message> messages) {
        return (char) IntStream.rangeClosed(FIRST_NONCHARACTER, LAST_NONCHARACTER)
                .filter(c ->
                        messages.stream().noneMatch(message -> message.content().indexOf(c) >= 0))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "The messages hold all of Unicode's noncharacters U+FDD0 to U+FDEF. Remove one of them."));
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
