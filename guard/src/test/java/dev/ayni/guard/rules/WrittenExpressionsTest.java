package dev.ayni.guard.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WrittenExpressionsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(((a{100}){100}){100}){100}",
                "((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9})",
                "(?:(?:[^\\]x{2}]{1000}){1000})+",
                "((\\pL{1000}){1,1000}|b)",
                "((((((((x{1000}){1000}){1000}){1000}){1000}){1000}){1000}){1000})"
            })
    void anExpressionThatWouldFillTheMemoryIsRefused(String regex) {
        assertThatThrownBy(() -> WrittenExpressions.compile(regex, 0))
                .isInstanceOf(PatternSyntaxException.class)
                .hasMessageContaining("written out");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "[A-Z]{2}\\d{2}(\\d{4}){3,7} DE00111122223333",
                "(?i)\\bticket-[0-9]{1,6}\\b Ticket-12",
                "a{1000} " + "aaaaaaaaaa",
                "x{,5}|\\{3\\}|[{]3} {3}",
                "[]a]{3} ]a]",
                "(((((((((a{2}){2}){2}))))))) aaaaaaaa"
            })
    void usualOnesAreRead(String regex, String text) {
        assertThat(WrittenExpressions.compile(regex, 0).matcher(text).find()).isEqualTo(!regex.equals("a{1000}"));
    }

    @Test
    void stepsAreCountedAsRe2WritesThemOut() {
        for (String regex : new String[] {"(a{100}){100}", "(ab|c{20}){30}x", "[a{9}]{50}", "(\\{(d){7}){3}"}) {
            int size = WrittenExpressions.compile(regex, 0).programSize();
            assertThat(WrittenExpressions.steps(regex)).as(regex).isBetween(size / 2L, 2L * size);
        }
    }
}
