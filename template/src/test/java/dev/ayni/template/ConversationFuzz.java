package dev.ayni.template;

import dev.ayni.fuzz.Letters;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Any texts in a conversation: a template writes each as it stands, whatever it looks like, and never runs it. */
final class ConversationFuzz {
    /*
     * An input is texts with zero bytes between, by turns roles and contents.
     */
    private static final LocalDateTime NOW = LocalDateTime.of(2024, 7, 26, 0, 0);

    private static final ChatTemplate TEMPLATE = ChatTemplate.parse(
            "{%- set ns = namespace(x='') %}{% for m in messages %}{% set ns.x = ns.x ~ m['content'] %}[{{ m.role }}]{{ m.content }}[/]{% endfor %}{{ ns.x }}");
    private static final ChatTemplate SAFE = ChatTemplate.parse(
            "{{ messages | map(attribute='content') | join | length }}{{ messages | tojson }}{% for m in messages %}{{ m.content | trim | title | e | replace(m.role, '-') }}{{ '%s' % m.content }}{{ '{}'.format(m.content) }}{{ m.content.split() | join(' ') }}{{ m.content | wordwrap(20) | indent }}{% endfor %}");

    private ConversationFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        List<Map<String, String>> messages = new ArrayList<>();
        StringBuilder turns = new StringBuilder();
        StringBuilder contents = new StringBuilder();
        String[] texts = new String(input, StandardCharsets.UTF_8).split("\0", -1);
        for (int i = 0; i + 1 < texts.length; i += 2) {
            Map<String, String> message = new LinkedHashMap<>();
            message.put("role", texts[i]);
            message.put("content", texts[i + 1]);
            messages.add(message);
            turns.append('[').append(texts[i]).append(']').append(texts[i + 1]).append("[/]");
            contents.append(texts[i + 1]);
        }
        String rendered = TEMPLATE.render(Map.of("messages", messages), NOW);
        if (!rendered.equals(turns.append(contents).toString())) {
            throw new AssertionError("Texts %s became %s".formatted(messages, rendered));
        }
        Letters.orLetter(TemplateException.class, () -> SAFE.render(Map.of("messages", messages), NOW));
    }

    static List<byte[]> seeds() {
        return List.of(
                        "user\0Hi {{ 7 * 7 }}{% for x in y %}\0assistant\0%s {} {0} \\n \u2028 \ud83d\ude00",
                        "user\0<b>a</b> &amp; 'x' \"y\"\n\n\ttext\0")
                .stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    static List<String> words() {
        return List.of("{{", "}}", "{%", "%}", "{#", "#}", "%s", "{}", "{0!r}", "<!--", "-->", "</script>", "&#x27;");
    }
}
