package dev.ayni.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A hostile template gets a letter, soon, and the machine keeps its memory. */
class BoundsTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2024, 7, 26, 0, 0);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ 'a' * 10 ** 9 }}",
                "{{ ['a'] * 10 ** 9 }}",
                "{{ (1, 2) * 10 ** 18 }}",
                "{{ 10 ** (10 ** 9) }}",
                "{{ 2 ** 100000 }}",
                "{{ range(10 ** 9) }}",
                "{{ 'a'.center(10 ** 9) }}",
                "{{ 'a' | center(10 ** 12) }}",
                "{{ 'a'.zfill(10 ** 9) }}",
                "{{ '%1000000000d' % 1 }}",
                "{{ '%.1000000000f' % 1.5 }}",
                "{{ '%*d' % (10 ** 18, 1) }}",
                "{{ '{:1000000000}'.format(1) }}",
                "{{ '{:01000000000,}'.format(1) }}",
                "{{ '{:.1000000000}'.format(1.5) }}",
                "{{ 'a\\nb' | indent(10 ** 9) }}",
                "{{ [1] | tojson(indent=10 ** 9) }}",
                "{{ [1] | batch(10 ** 9, 'x') | list }}",
                "{{ [1] | slice(10 ** 9) | list }}",
                "{{ '\\t' .expandtabs(10 ** 9) }}",
                "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
                "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(99) %}{% set ns.x = ns.x.replace('a', 'aaaa') %}{% endfor %}",
                "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(99) %}{% set ns.x = (ns.x, ns.x) | join %}{% endfor %}",
                "{% set ns = namespace(x=[1, 2, 3]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% set ns = namespace(x=[1, 2, 3]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x=[1, 2, 3]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}",
                "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}",
                "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
                "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x < ns.y }}",
                "{% set ns = namespace(x=(1,)) %}{% for i in range(9999) %}{% set ns.x = (ns.x,) %}{% endfor %}{{ {ns.x: 1} }}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | pprint }}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = ns.x | map('string') %}{% endfor %}{{ ns.x | list }}",
                "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                "{% for a in range(99999) %}{{ range(99999) | sum }}{% endfor %}",
                "{% for a in range(99999) %}{{ range(99999) | list | sort | length }}{% endfor %}",
                "{% for a in range(99999) %}{{ 'aaaaaaaaaa' * 9999 }}{% endfor %}",
                "{% set x = 'a' * 9999999 %}{% for a in range(99999) %}{% if 'b' in x %}{% endif %}{% endfor %}",
                "{% set x = 'a' * 9999999 %}{% for a in range(99999) %}{% if x.count('b') %}{% endif %}{% endfor %}",
                "{% set x = 'a' * 9999999 %}{% for a in range(99999) %}{% if x[a] == 'b' %}{% endif %}{% endfor %}",
                "{% set x = 'a' * 9999999 %}{% for a in range(99999) %}{{ x | upper | length }}{% endfor %}",
                "{% set x = 'a ' * 999999 %}{% for a in range(99999) %}{{ x.split() | length }}{% endfor %}",
                "{% set x = 'a ' * 4999999 %}{{ x.split() | length }}{{ x.split(' ') | length }}{{ x | wordwrap(1) | length }}",
                "{% set x = '<' * 4999999 %}{{ x | striptags | length }}{{ x | e | length }}{{ x | e | length }}",
                "{% set x = 'a ' * 4999999 %}{{ x | wordwrap(9999999) | length }}{{ ('a' * 9999999) | wordwrap(1) | length }}",
                "{% for i in range(99) %}{{ ('a' * 1999999 ~ 'b') in ('a' * 9999999) }}{% endfor %}",
                "{% for i in range(99) %}{{ ('a' * 9999999).find('a' * 1999999 ~ 'b') }}{% endfor %}",
                "{% for i in range(99) %}{{ ('a' * 9999999).rfind('b' ~ 'a' * 1999999) }}{% endfor %}",
                "{% for i in range(99) %}{{ ('a' * 9999999).replace('a' * 1999999 ~ 'b', '') | length }}{% endfor %}",
                "{% for i in range(99) %}{{ ('a' * 9999999).rsplit('b' ~ 'a' * 1999999) | length }}{% endfor %}",
                "{% for i in range(99) %}{{ ('a' * 9999999).count('a' * 1999999 ~ 'b') }}{% endfor %}",
                "{% for i in range(99) %}{{ ('a' * 9999999).strip('b' * 1999999 ~ 'a') | length }}{% endfor %}",
                "{% set x = '\n' * 9999999 %}{{ x.splitlines() | length }}",
                "{% set x = '<!--' * 2999999 %}{{ x | striptags | length }}{% for i in range(999) %}{{ x | striptags | length }}{% endfor %}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
                "{% macro m(x=m()) %}{% endmacro %}{{ m() }}",
                "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}"
            })
    void aTemplateThatAsksForTooMuchIsStopped(String source) {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Duration time = onASmallStack(() ->
                thrown.set(catchThrowable(() -> ChatTemplate.parse(source).render(Map.of(), NOW))));
        assertThat(thrown.get()).isInstanceOf(TemplateException.class);
        assertThat(time).isLessThan(Duration.ofSeconds(100));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                "[",
                "{'a': ",
                "not ",
                "-",
                "a if b else ",
                "f(",
                "x[",
                "{% if x %}",
                "{% for x in y %}",
                "'a' + ",
                "a.b",
                "x|trim",
                "1 < ",
                "a ~ ",
                "(a + "
            })
    void aTemplateThatNestsWithoutEndIsRefused(String piece) {
        String nested = piece.repeat(100_000);
        String source = piece.startsWith("{%")
                ? nested
                : piece.startsWith("x|") ? "{{ x" + "|trim".repeat(100_000) + " }}" : "{{ " + nested + " }}";
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        onASmallStack(() ->
                thrown.set(catchThrowable(() -> ChatTemplate.parse(source).render(Map.of(), NOW))));
        assertThat(thrown.get()).isInstanceOf(TemplateException.class);
    }

    @Test
    void aLongSumIsNoDeepNest() {
        String source = "{{ " + "'a' + ".repeat(400) + "'b' }}";
        assertThat(ChatTemplate.parse(source).render(Map.of(), NOW)).isEqualTo("a".repeat(400) + "b");
    }

    @Test
    void whatATemplateMayWriteIsBoundedToo() {
        String source = "{% for i in range(1000) %}{{ text }}{% endfor %}";
        assertThatThrownBy(() -> ChatTemplate.parse(source).render(Map.of("text", "x".repeat(100_000)), NOW))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("16777216");
    }

    @Test
    void aValueThatHoldsItselfIsRefused() {
        List<Object> list = new ArrayList<>();
        list.add(list);
        assertThatThrownBy(() -> ChatTemplate.parse("").render(Map.of("list", list), NOW))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("'list'");
    }

    @Test
    void aLongConversationIsNoAttack() {
        List<Object> messages = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            messages.add(Map.of("role", i % 2 == 0 ? "user" : "assistant", "content", "word ".repeat(200)));
        }
        String source =
                "{% for m in messages %}{% set text = m.role + ': ' + m.content | trim %}{{ text }}\n{% endfor %}";
        assertThat(ChatTemplate.parse(source).render(Map.of("messages", messages), NOW))
                .hasSizeGreaterThan(2_000_000);
    }

    /** A quarter of the usual stack: what holds here holds in any thread. */
    private static Duration onASmallStack(Runnable work) {
        Thread thread = new Thread(null, work, "small stack", 512 << 10);
        long start = System.nanoTime();
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(120_000);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
