package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OllamaCommandsTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void runAnswersThePromptBehindTheModelWithTheOptionsOfChat() {
        Terminal terminal = new Terminal(folder);
        String model = terminal.model();
        String told = terminal.run("run", model, "Hello", "there", "--seed", "1", "--max-tokens", "6").out;
        assertThat(terminal.status).as(terminal.err).isZero();
        Terminal other = new Terminal(folder);
        assertThat(told)
                .isEqualTo(other.run("chat", model, "-p", "Hello there", "--seed", "1", "--max-tokens", "6").out);
    }

    @ParameterizedTest
    @CsvSource({
        "ADAPTER ./lora, Line 2",
        "TEMPLATE {{ .Prompt }}, chat template",
        "PARAMETER temprature 1, temprature",
        "PARAMETER mirostat 1, mirostat"
    })
    void whatAModelfileCannotHaveIsToldBeforeAnythingIsMade(String line, String named) throws IOException {
        Terminal terminal = new Terminal(folder);
        Path file = Files.writeString(folder.resolve("Modelfile"), "FROM %s\n%s\n".formatted(terminal.model(), line));
        terminal.run("create", "test-of-create", "-f", file.toString());
        assertThat(terminal.status).isEqualTo(1);
        assertThat(terminal.err).contains(named);
    }
}
