package dev.ayni.template;

import dev.ayni.fuzz.Letters;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Any text as a chat template, over any values: a letter, or a text within its bounds, the same each time. */
final class TemplateFuzz {
    /*
     * An input is the template, a zero byte, and the values as a JSON object; other values if there is none.
     */
    private static final LocalDateTime NOW = LocalDateTime.of(2024, 7, 26, 0, 0);

    private static final Map<String, Object> VALUES = Map.of(
            "messages",
            List.of(
                    Map.of("role", "system", "content", "Be brief."),
                    Map.of("role", "user", "content", "Hi <b>{{ 7 * 7 }}</b>\n"),
                    Map.of("role", "assistant", "content", "", "tool_calls", List.of(Map.of("name", "f", "n", 1.5)))),
            "tools",
            List.of(),
            "add_generation_prompt",
            true,
            "bos_token",
            "<s>",
            "n",
            3);

    private TemplateFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        String text = new String(input, StandardCharsets.UTF_8);
        int end = text.indexOf('\0');
        String source = end < 0 ? text : text.substring(0, end);
        Map<String, Object> values = end < 0 ? VALUES : values(text.substring(end + 1));
        Optional<ChatTemplate> template = Letters.orLetter(TemplateException.class, () -> ChatTemplate.parse(source));
        if (template.isPresent()) {
            Letters.orLetter(TemplateException.class, () -> {
                String rendered = template.get().render(values, NOW);
                if (rendered.length() > Budget.TEXT) {
                    throw new AssertionError("%d characters were rendered".formatted(rendered.length()));
                }
                return rendered;
            });
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> values(String json) {
        try {
            Object read = JsonMapper.shared().readValue(json, Object.class);
            return read instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of("messages", read);
        } catch (JacksonException | IllegalArgumentException | NullPointerException e) {
            return VALUES;
        }
    }

    static List<byte[]> seeds() {
        return List.of(
                        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m['content'] | trim }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
                        "{%- set ns = namespace(found=false, x=[]) -%}{%- for m in messages if m.role != 'system' -%}{{ loop.index0 }}{{ loop.previtem.role if loop.previtem is defined else '' }}{%- set ns.found = true -%}{%- else -%}none{%- endfor -%}{{ ns.found }}",
                        "{% macro call(x, y=1) %}{{ x | tojson(indent=2) }}{{ y }}{% endmacro %}{{ call(tools, y=n ** 2) }}{% call call(1) %}{{ caller is defined }}{% endcall %}",
                        "{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | list }}{{ 'a,b'.split(',')[::-1] | join('-') }}{{ '%s %05.2f' % ('x', 1.5) }}{{ '{:>8}|{0!r}'.format('a') }}",
                        "{# note #}{{ strftime_now('%d %b %Y') }}{{ raise_exception('no') if n is odd and n > 5 }}{{ range(3) | sum }}{{ [3, 1, 2] | sort(reverse=true) | first }}{{ {'a': 1}.items() | list | length }}",
                        "{{ 'x' * n ~ -n // 2 % 3 }}{{ 'Ab'.upper().lower().title().replace('a', 'b', 1) }}{{ 'a' in 'abc' and not false or none }}{{ messages[1:][0].content[-3:] | e }}{{ '\\u2581' | wordwrap(2) | indent(2) | striptags }}",
                        "{% filter upper %}a{% endfilter %}{% generation %}{{ bos_token }}{% endgeneration %}{% raw %}{{ x }}{% endraw %}{% for k, v in {'a': [1]} | items recursive %}{{ loop(v) if v is mapping }}{% break %}{% endfor %}",
                        "{{ messages }}{{ n | float | round(1, 'floor') }}\0{\"messages\":[{\"role\":null,\"content\":[{\"type\":\"text\"}]},1,true,1e300],\"n\":-7}")
                .stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    static List<String> words() {
        return List.of(
                "{{",
                "}}",
                "{%",
                "%}",
                "{%-",
                "-%}",
                "{#",
                "#}",
                "for ",
                " in ",
                "if ",
                "elif ",
                "else",
                "endfor",
                "endif",
                "set ",
                "endset",
                "macro ",
                "endmacro",
                "call ",
                "endcall",
                "filter ",
                "endfilter",
                "raw",
                "endraw",
                "generation",
                "break",
                "continue",
                "recursive",
                "namespace(",
                "range(",
                "loop.",
                "index0",
                "previtem",
                "nextitem",
                "cycle(",
                "changed(",
                "caller(",
                "varargs",
                "kwargs",
                " is ",
                " not ",
                " and ",
                " or ",
                "defined",
                "none",
                "mapping",
                "iterable",
                "|tojson",
                "|length",
                "|join(",
                "|map(",
                "|select(",
                "|reject(",
                "|selectattr(",
                "|rejectattr(",
                "|groupby(",
                "|batch(",
                "|slice(",
                "|sort",
                "|unique",
                "|list",
                "|string",
                "|int(",
                "|float",
                "|round(",
                "|default(",
                "|replace(",
                "|indent(",
                "|wordwrap(",
                "|center(",
                "|truncate(",
                "|format(",
                "|xmlattr",
                "|urlencode",
                "|pprint",
                "|dictsort",
                "|items",
                "|sum(",
                "|min",
                "|max",
                "|first",
                "|last",
                "|random",
                "|reverse",
                "|abs",
                "|attr(",
                "|filesizeformat",
                "|striptags",
                "|trim(",
                "|title",
                "|capitalize",
                "|wordcount",
                "attribute=",
                ".split(",
                ".join(",
                ".format(",
                ".strip(",
                ".startswith(",
                ".endswith(",
                ".items()",
                ".get(",
                ".update(",
                ".append(",
                ".pop(",
                ".expandtabs(",
                ".zfill(",
                ".translate(",
                ".partition(",
                ".encode(",
                "[::-1]",
                "**",
                "//",
                "~",
                "'%s' % ",
                "lipsum(",
                "dict(",
                "cycler(",
                "joiner(",
                "raise_exception(",
                "strftime_now(",
                "10**9",
                "messages",
                "'\\ud800'",
                "\\N{DIGIT ONE}");
    }
}
