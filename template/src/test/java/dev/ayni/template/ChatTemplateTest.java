package dev.ayni.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatTemplateTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2024, 7, 26, 9, 5, 3);

    private static String render(String source, Map<String, ?> values) {
        return ChatTemplate.parse(source).render(values, NOW);
    }

    @Test
    void whatAUserWritesIsNeverReadAsATemplate() {
        String text = "{{ 7 * 7 }} {% raw %} {# no #} {{ messages }}";
        String source =
                "{% for m in messages %}{% set c = m.content | trim %}{{ c }}|{{ '%s' % c }}|{{ '{}'.format(c) }}{% endfor %}";
        assertThat(render(source, Map.of("messages", List.of(Map.of("content", text)))))
                .isEqualTo(text + "|" + text + "|" + text);
    }

    @Test
    void aTemplatesOwnExceptionCarriesItsWords() {
        assertThatThrownBy(
                        () -> render("a\n{{ raise_exception('No system role, please: ' ~ who) }}", Map.of("who", "me")))
                .asInstanceOf(type(TemplateRefusal.class))
                .satisfies(refusal -> {
                    assertThat(refusal.text()).isEqualTo("No system role, please: me");
                    assertThat(refusal.line()).isEqualTo(2);
                    assertThat(refusal).hasMessageContaining("No system role, please: me");
                });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    `a\\n\\n{{ x.y.z }}`                         | 3 | 'x' is undefined
                    `{% if a %}\\n{{ b }}`                       | 1 | {% endif %}
                    `\\n{{ 'a' + 1 }}`                           | 2 | can only concatenate str (not "int") to str
                    `\\n\\n{% for x in none %}{% endfor %}`      | 3 | 'NoneType' object is not iterable
                    `{{ a }\\n}`                                 | 1 | '}' closes nothing
                    `\\n{{ a | shout }}`                         | 2 | shout
                    `\\n{% include 'other' %}`                   | 2 | stand alone
                    `{% macro m() %}\\n{{ 1 / 0 }}{% endmacro %}\\n\\n{{ m() }}` | 2 | division by zero
                    `\\n{{ [].append(1) }}`                      | 2 | access to attribute 'append' of 'list' object is unsafe.
                    `\\n{{ ''.__class__.__mro__ }}`              | 2 | access to attribute '__class__' of 'str' object is unsafe.
                    """)
    void anErrorNamesItsLineAndWhatIsWrong(String source, int line, String words) {
        assertThatThrownBy(() -> render(source.replace("\\n", "\n"), Map.of()))
                .asInstanceOf(type(TemplateException.class))
                .satisfies(error -> {
                    assertThat(error.line()).isEqualTo(line);
                    assertThat(error).hasMessageContaining(words).hasMessageContaining("line " + line);
                });
    }

    @Test
    void valuesOfJavaKeepTheirOrderAndKind() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("z", 1);
        map.put("a", Arrays.asList(null, true, 2.0, 3L, "x", new java.math.BigInteger("12345678901234567890")));
        assertThat(render("{{ m | tojson }} {{ m }}", Map.of("m", map)))
                .isEqualTo("{\"z\": 1, \"a\": [null, true, 2.0, 3, \"x\", 12345678901234567890]} "
                        + "{'z': 1, 'a': [None, True, 2.0, 3, 'x', 12345678901234567890]}");
    }

    @Test
    void aValueNoTemplateCanReadIsNamed() {
        assertThatThrownBy(() -> render("{{ x }}", Map.of("x", new Object())))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("'x'")
                .hasMessageContaining("java.lang.Object");
    }

    @Test
    void theClockIsTheOneGiven() {
        assertThat(render("{{ strftime_now('%d %b %Y, %H:%M') }}", Map.of())).isEqualTo("26 Jul 2024, 09:05");
    }

    @Test
    void oneTemplateServesManyThreads() {
        ChatTemplate template = ChatTemplate.parse(
                "{% set ns = namespace(n=0) %}{% for i in range(k) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}");
        assertThat(IntStream.range(0, 500)
                        .parallel()
                        .allMatch(k -> template.render(Map.of("k", k), NOW).equals("" + k * (k - 1) / 2)))
                .isTrue();
    }
}
