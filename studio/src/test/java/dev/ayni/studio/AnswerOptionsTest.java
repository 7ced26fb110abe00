package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerOptionsTest {
    @TempDir
    private Path folder = Path.of("");

    private Terminal terminal = new Terminal(folder);

    @BeforeEach
    void open() {
        terminal = new Terminal(folder);
    }

    private String chat(String... more) {
        String[] chat = {"chat", terminal.model(), "-p", "Hi", "--max-tokens", "6"};
        terminal.run(Stream.concat(Stream.of(chat), Stream.of(more)).toArray(String[]::new));
        assertThat(terminal.err).doesNotContain("\tat ");
        return terminal.out;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--answers 0                            | between 1 and 64",
                "--answers 65                           | between 1 and 64",
                "--answers many                         | no whole number",
                "--answers 2 --mcp ./server             | a tool's result belongs to one answer",
                "--answers 3 --beams 2                  | Ask for more --beams",
                "--beams -1                             | number of beams",
                "--beams 65                             | number of beams",
                "--beams 2 --length-penalty NaN         | length penalty",
                "--beams 2 --length-penalty 11          | length penalty",
                "--length-penalty 1                     | Ask for some with --beams",
                "--beams 2 --temperature 1              | nothing is drawn",
                "--beams 2 --seed 1                     | nothing is drawn",
                "--beams 2 --xtc 0.5                    | nothing is drawn",
                "--beams 2 --repetition-penalty 1.2     | exclude penalties",
                "--beams 2 --guidance 2 --system a      | exclude penalties",
                "--guidance -1 --system a               | scale of the guidance",
                "--guidance NaN --system a              | scale of the guidance",
                "--guidance 2                           | Give --negative-prompt, or --system",
                "--negative-prompt a                    | Say how far: --guidance",
            })
    void whatDoesNotGoTogetherIsWrongUsageAndNothingIsOpened(String options, String letter) {
        terminal.run(Stream.concat(Stream.of("chat", "./no-such-model.gguf", "-p", "Hi"), Stream.of(options.split(" ")))
                .toArray(String[]::new));

        assertThat(terminal.status).isEqualTo(Failures.USAGE);
        assertThat(terminal.err)
                .contains(letter)
                .doesNotContain("no-such-model")
                .doesNotContain("\tat ");
        assertThat(terminal.out).isEmpty();
    }

    @Test
    void severalAnswersStandApartAndTheFirstIsTheOnlyOnes() {
        String one = chat("--seed", "5", "--temperature", "1");
        String three = chat("--seed", "5", "--temperature", "1", "--answers", "3");
        assertThat(three)
                .startsWith("--- answer 1 of 3 ---\n" + one + "--- answer 2 of 3 ---\n")
                .containsOnlyOnce("--- answer 3 of 3 ---\n")
                .endsWith("\n");
        assertThat(terminal.err).contains("answer 1: ").contains("answer 3: ");
        assertThat(chat("--continue", "--answers", "2")).contains("--- answer 2 of 2 ---\n");
    }

    @Test
    void beamsGiveTheSameAnswersEachTimeAndKeepToAShape() {
        String best = chat("--beams", "3");
        assertThat(terminal.status).isZero();
        assertThat(chat("--beams", "3", "--answers", "2")).startsWith("--- answer 1 of 2 ---\n" + best);
        assertThat(chat("--beams", "2", "--length-penalty", "0", "--regex", "(yes|no)"))
                .matches("(yes|no)\n");
    }

    @Test
    void guidanceChangesTheAnswerAndSaysSoWhereItCannot() {
        String[] greedy = {"--temperature", "0", "--system", "Be brief."};
        String free = chat(greedy);
        assertThat(with(greedy, "--guidance", "1")).isEqualTo(free);
        assertThat(with(greedy, "--guidance", "30")).isNotEqualTo(free);
        assertThat(with(greedy, "--guidance", "30", "--negative-prompt", "Be long."))
                .isNotEqualTo(free);
        with(greedy, "--guidance", "2", "--negative-prompt", "Be brief.");
        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("that is the prompt itself");
    }

    private String with(String[] some, String... more) {
        return chat(Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new));
    }

    @Test
    void aModelThatGuessesIsNamedAsAnyOther() {
        String[] greedy = {"--temperature", "0"};
        String alone = chat(greedy);
        assertThat(with(greedy, "--draft", terminal.model())).isEqualTo(alone);
        with(greedy, "--draft", "no-such-name");
        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("no-such-name");
    }
}
