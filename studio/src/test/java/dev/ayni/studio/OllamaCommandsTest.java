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

    @Test
    void aModelThatIsMadeWritesConversationsByItsOwnTemplate() throws IOException {
        Terminal terminal = new Terminal(folder);
        Path file = Files.writeString(
                folder.resolve("Modelfile"),
                "FROM %s\nTEMPLATE \"\"\"{%% for message in messages %%}<{{ message.role }}>{{ message.content }}{%% endfor %%}\"\"\"\n"
                        .formatted(terminal.model()));
        terminal.run("create", "test-of-template", "-f", file.toString());
        assertThat(terminal.status).as(terminal.err).isZero();
        try {
            String told = new Terminal(folder)
                    .run("chat", "test-of-template", "-p", "Hello there", "--seed", "1", "--max-tokens", "6")
                    .out;
            String raw = new Terminal(folder)
                    .run(
                            "chat",
                            terminal.model(),
                            "--continue",
                            "-p",
                            "<user>Hello there",
                            "--seed",
                            "1",
                            "--max-tokens",
                            "6")
                    .out;
            assertThat(told).isEqualTo(raw);
        } finally {
            terminal.run("remove", "test-of-template");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ADAPTER ./lora, Line 2",
        "TEMPLATE {{ .Prompt }}, Go's language",
        "TEMPLATE {% for x in %}, no Jinja",
        "TEMPLATE Say hello., says nothing of 'messages'",
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
