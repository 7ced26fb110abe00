package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailuresTest {
    @TempDir
    private Path folder = Path.of("");

    private Terminal terminal = new Terminal(folder);

    @BeforeEach
    void open() {
        terminal = new Terminal(folder);
    }

    @ParameterizedTest
    @CsvSource({"chatt, chat", "bnech, bench", "--versoin, --version", "modles, models"})
    void aMistypedWordIsMetWithTheNearestOnes(String typed, String meant) {
        terminal.run(typed);

        assertThat(terminal.status).isEqualTo(Failures.USAGE);
        assertThat(terminal.err)
                .contains(typed)
                .contains("Did you mean")
                .contains("'" + meant + "'")
                .contains("--help");
        assertThat(terminal.out).isEmpty();
    }

    @Test
    void aMistypedOptionIsMetWithTheNearestOnes() {
        terminal.run("chat", "--temprature", "0");

        assertThat(terminal.status).isEqualTo(Failures.USAGE);
        assertThat(terminal.err)
                .contains("--temprature")
                .contains("--temperature")
                .contains("ayni chat --help");
    }

    @ParameterizedTest
    @CsvSource({
        "--temperature, -1",
        "--top-p, 2",
        "--min-p, 7",
        "--max-tokens, many",
        "--logit-bias, 5",
        "--max-tokens, -3"
    })
    void aWrongSettingIsWrongUsageAndNothingIsOpened(String option, String value) {
        terminal.run("chat", "./no-such-model.gguf", "-p", "Hi", option, value);

        assertThat(terminal.status).isEqualTo(Failures.USAGE);
        assertThat(terminal.err).doesNotContain("no-such-model").doesNotContain("\tat ");
    }

    @Test
    void aMissingFileGetsALetter() {
        terminal.run("logits", folder.resolve("gone.gguf").toString(), "--ids", "1");

        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err)
                .contains("gone.gguf")
                .contains("Check the path")
                .doesNotContain("\tat ")
                .doesNotContain("Exception");
    }

    @Test
    void aBrokenModelGetsALetterAndItsStackTraceOnlyIfAskedFor() {
        byte[] whole = TinyModel.gguf(true);
        String broken = terminal.write("broken.gguf", Arrays.copyOf(whole, whole.length / 2));

        terminal.run("generate", broken, "--ids", "1");
        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("broken.gguf").doesNotContain("\tat ");

        terminal.run("generate", broken, "--ids", "1", "--debug");
        assertThat(terminal.err).contains("\tat dev.ayni");
    }

    @Test
    void idsThatAreNoneOrNotTheModelsGetALetter() {
        assertThat(terminal.run("logits", terminal.model(), "--ids", "1,two").err)
                .contains("'two' is no token id");
        assertThat(terminal.run("logits", terminal.model(), "--ids", "1,259").err)
                .contains("259")
                .contains("0 to 258");
        assertThat(terminal.run("generate", terminal.model(), "--ids", "999").err)
                .contains("999")
                .contains("0 to 258");
    }

    @Test
    void textThatIsNotUtf8IsNotReplacedInSilence() {
        terminal.runWith(new byte[] {'a', (byte) 0xE4, 'b'}, "tokenize", terminal.model(), "--json", "-");

        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("not UTF-8 from byte 1");
    }

    @Test
    void aTemplatesOwnComplaintArrives() {
        String template = terminal.write("t.jinja", "{{ raise_exception('Roles must take turns') }}");

        terminal.run("template", template, terminal.write("v.json", "{\"messages\": []}"));

        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("Roles must take turns");
        assertThat(terminal.out).isEmpty();
    }

    @Test
    void aReaderWhoLeavesEndsTheWorkWithoutAWord() {
        PrintStream gone = broken("Broken pipe");
        Terminal err = new Terminal(folder);

        int status = Main.run(
                new String[] {"logits", err.model(), "--ids", "1,2,3", "--json"},
                new Streams(
                        System.in,
                        gone,
                        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                        false,
                        false,
                        false,
                        false));

        assertThat(status).isEqualTo(Failures.OK);
    }

    @Test
    void aFullDiskIsAFailure() {
        assertThatThrownBy(() -> {
                    PrintStream full = broken("No space left on device");
                    full.print("x".repeat(100));
                    full.flush();
                })
                .isInstanceOf(Letter.class)
                .hasMessageContaining("No space left on device")
                .hasMessageContaining("not complete");
    }

    @Test
    void whatTheProgramDidNotForeseeAsksToBeReported() {
        assertThat(Failures.letter(new IllegalStateException("odd")))
                .contains("mistake of its own")
                .contains("odd")
                .contains("--debug");
        assertThat(Failures.letter(new OutOfMemoryError("Java heap space"))).contains("AYNI_JAVA_OPTIONS=-Xmx");
        assertThat(Failures.letter(new OutOfMemoryError("Cannot reserve memory")))
                .contains("smaller model");
        assertThat(Failures.letter(new NoSuchFileException("x.txt"))).contains("no file or folder 'x.txt'");
    }

    private static PrintStream broken(String why) {
        return new PrintStream(
                new Streams.Output(
                        new OutputStream() {
                            @Override
                            public void write(int b) throws IOException {
                                throw new IOException(why);
                            }
                        },
                        "Standard output"),
                false,
                StandardCharsets.UTF_8);
    }
}
