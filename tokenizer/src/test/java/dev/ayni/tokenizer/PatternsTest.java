package dev.ayni.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The hand-written scanners beside the expressions that they stand for, run by java.util.regex. */
final class PatternsTest {
    private static final Json NOWHERE = new Json("test", Map.of());

    static Stream<String> expressions() {
        return Patterns.expressions().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("expressions")
    void aScannerCutsAsItsExpressionDoes(String expression) {
        Splitter scanner = Splitter.isolating(Objects.requireNonNull(Patterns.scanner(expression)));
        Splitter slow = Regex.splitter(Regex.compile(expression, NOWHERE), Segments.ISOLATED, false);
        Random random = new Random(3);
        for (int i = 0; i < 10_000; i++) {
            String text = RandomText.of(random, 1 + random.nextInt(20));
            assertThat(parts(scanner, text)).as("'%s' by %s", text, expression).isEqualTo(parts(slow, text));
        }
    }

    @Test
    void whiteSpaceAtTheEndIsCutOff() {
        Splitter slow =
                Regex.splitter(Pattern.compile("\\s+\\z", Pattern.UNICODE_CHARACTER_CLASS), Segments.ISOLATED, false);
        Random random = new Random(4);
        for (int i = 0; i < 5_000; i++) {
            String text = RandomText.of(random, 1 + random.nextInt(10));
            assertThat(parts(Splitter.trailingSpace(), text)).isEqualTo(parts(slow, text));
        }
    }

    @Test
    void matchesAndTheRestAreJoinedAsTheBehaviorSays() {
        assertThat(dashes(Segments.ISOLATED, false)).containsExactly("the", "-", "final", "-", "-", "countdown");
        assertThat(dashes(Segments.REMOVED, false)).containsExactly("the", "final", "countdown");
        assertThat(dashes(Segments.REMOVED, true)).containsExactly("-", "-", "-");
        assertThat(dashes(Segments.CONTIGUOUS, false)).containsExactly("the", "-", "final", "--", "countdown");
        assertThat(dashes(Segments.MERGED_WITH_PREVIOUS, false)).containsExactly("the-", "final-", "-", "countdown");
        assertThat(dashes(Segments.MERGED_WITH_NEXT, false)).containsExactly("the", "-final", "-", "-countdown");
    }

    private static List<String> dashes(Segments segments, boolean invert) {
        Splitter byScanner = Splitter.scanning((text, at, end) -> text[at] == '-' ? at + 1 : -1, segments, invert);
        Splitter byRegex = Regex.splitter(Pattern.compile("-"), segments, invert);
        String text = "the-final--countdown";
        if (segments != Segments.ISOLATED) {
            assertThat(parts(byScanner, text)).isEqualTo(parts(byRegex, text));
        }
        return parts(byRegex, text);
    }

    static List<String> parts(Splitter splitter, String text) {
        char[] chars = Characters.wellFormed(text);
        List<String> parts = new ArrayList<>();
        splitter.split(chars, 0, chars.length, (t, from, to) -> parts.add(new String(t, from, to - from)));
        return parts;
    }
}
