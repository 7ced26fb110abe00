package dev.ayni.guard.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.guard.Check;
import dev.ayni.guard.Content;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every check by rules, whatever text it is shown. */
class AnyTextTest {
    private static final String[] PIECES = {
        "-----BEGIN PRIVATE KEY-----\n",
        "eyJ",
        "://",
        "http://",
        "password=",
        "secret: '",
        "```python\n",
        "```\n",
        "eval(",
        "SELECT ",
        "%41",
        "&#65;",
        "\\u0041",
        "=41",
        "0x41 ",
        "41",
        "\u200B",
        "\u200D",
        "\u202E",
        "\uD83C\uDFF4",
        "\uDB40\uDC61",
        "\uDB40\uDD10",
        "\uD800",
        "\uDC00",
        "а",
        "a",
        "b",
        "1",
        "=",
        " ",
        "\n",
        ".- ",
        "--- ",
        "⠁",
        "i g n o r e ",
        "vtaber nyy ",
        "<~",
        "![x](",
        "@",
        "sk-",
        "ghp_",
        "topic",
        "TOP\u0301IC ",
        "алфа",
        "漢字",
        "\0",
        "AKIA",
        "rm -rf /",
        "\uFFFF",
    };

    static Stream<Check> checks() {
        Check secrets = new Secrets(Secrets.Settings.DEFAULT);
        return Stream.of(
                secrets,
                new InvisibleCharacters(InvisibleCharacters.Settings.DEFAULT),
                new Smuggling(),
                new Urls(new Urls.Settings(Set.of(), Set.of(), true)),
                new InsecureCode(new InsecureCode.Settings(true, Set.of())),
                new Topics(new Topics.Settings(List.of(new Topics.Topic("t", List.of("topic", "a b", "ab*", "漢"))))),
                new Patterns(new Patterns.Settings(List.of(new Patterns.Expression("p", "a+b?|1[^1]*1")))),
                new Unwrapped(secrets));
    }

    private static String drawn(Random random, int pieces) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pieces; i++) {
            int kind = random.nextInt(10);
            if (kind < 7) {
                text.append(PIECES[random.nextInt(PIECES.length)]);
            } else if (kind < 9) {
                text.append((char) (' ' + random.nextInt(95)));
            } else {
                text.append((char) random.nextInt(0x10000));
            }
        }
        return text.toString();
    }

    @ParameterizedTest
    @MethodSource("checks")
    void everyFindingIsAPlaceInTheText(Check check) {
        Random random = new Random(11);
        for (int i = 0; i < 300; i++) {
            String text = drawn(random, 1 + random.nextInt(80));
            for (boolean complete : new boolean[] {true, false}) {
                int before = 0;
                for (Finding finding : check.find(new Reading(new Content(Stage.ANSWER, text, List.of(), complete)))) {
                    assertThat(finding.start()).isGreaterThanOrEqualTo(before).isLessThan(text.length());
                    assertThat(finding.end()).isGreaterThan(finding.start()).isLessThanOrEqualTo(text.length());
                    assertThat(check.categories()).contains(finding.category());
                    assertThat(finding.rule()).startsWith(check.name() + "/");
                    before = finding.start();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("checks")
    void nothingThatWasFoundIsTakenBackWhileATextGrows(Check check) {
        Random random = new Random(5);
        for (int i = 0; i < 25; i++) {
            Streamed.holds(check, drawn(random, 1 + random.nextInt(60)));
        }
    }

    /** Texts on which a careless search goes over the same place again and again. */
    static Stream<String> unkind() {
        return Stream.of(
                "-----BEGIN PRIVATE KEY-----\nAAAAAAAAAAAAAAAA",
                "eyJ",
                "eyJhbGciOiJIUzI1NiJ9.",
                "password=",
                "a",
                "A1",
                "://",
                "http://a@",
                "![",
                "[](http://a?",
                "%41",
                "&#65;",
                "=41",
                "41",
                "41 ",
                "0",
                "01",
                "100 ",
                "\u200B\u200C",
                "\u0301",
                "\uDB40\uDC61",
                "\uD83C\uDFF4",
                "a ",
                "a.",
                ".",
                ".- ",
                "⠁",
                "```\n",
                "```python\neval(",
                "eval(",
                "\"SELECT ",
                "a а",
                "(",
                " ",
                "\n",
                "sk-",
                "topic ",
                "topi",
                "curl ",
                "\uD800",
                "gur naq ");
    }

    @Test
    void aLongTextTakesNoMoreThanInProportion() {
        List<Check> checks = checks().toList();
        for (String piece : unkind().toList()) {
            for (Check check : checks) {
                long small = nanos(check, piece.repeat(8_000 / piece.length()));
                long large = nanos(check, piece.repeat(128_000 / piece.length()));
                // sixteen times the text: 16 times the time if it is linear, 256 times if it is quadratic
                assertThat(large)
                        .as("%s over '%s': %d us, then %d us", check.name(), piece, small / 1000, large / 1000)
                        .isLessThan(Math.max(80 * small, 1_000_000_000L));
            }
        }
    }

    /** The shortest of three times, as the machine may be at other work. */
    private static long nanos(Check check, String text) {
        long shortest = Long.MAX_VALUE;
        for (int i = 0; i < 3 && shortest > 100_000_000L; i++) {
            long begin = System.nanoTime();
            check.find(new Reading(Content.of(Stage.ANSWER, text)));
            shortest = Math.min(shortest, System.nanoTime() - begin);
        }
        return shortest;
    }
}
