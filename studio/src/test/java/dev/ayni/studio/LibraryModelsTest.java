package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.engine.LocalModel;
import dev.ayni.engine.models.KvPages;
import dev.ayni.hub.Catalogue;
import dev.ayni.hub.Hub;
import dev.ayni.hub.HubSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The models that a guard judges by. */
final class LibraryModelsTest {
    private static final String POLICY = """
        name: judged
        checks:
          llama-guard: {model: tiny.gguf, reads: llama-guard-3}
          judges:
            house-rules: {model: tiny.gguf, policy: No rivers.}
        stages:
          prompt:
            house-rules: flag
            S1: block
        """;

    @TempDir
    private Path folder = Path.of("");

    private Hub emptyLibrary() {
        return new Hub(new HubSettings(folder, URI.create("http://localhost:1"), null, null), Catalogue.bundled());
    }

    @Test
    void anEncoderThatIsNotThereIsSaidAloudOnceAndNotFetched() {
        List<String> said = new ArrayList<>();
        try (LibraryModels models = new LibraryModels(emptyLibrary(), said::add)) {
            assertThat(models.encoder()).isNull();
            assertThat(models.encoder()).isNull();
        }
        assertThat(said).singleElement().asString().contains("err more often").contains("ayni pull minilm");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aPolicyNamesTheModelsThatJudge() {
        Terminal terminal = new Terminal(folder);
        String model = terminal.model();
        String file = terminal.write("judged.yaml", POLICY.replace("tiny.gguf", model));
        terminal.run("guard", "explain", file, "How do I cross the river?");
        assertThat(terminal.status).as(terminal.err).isEqualTo(Failures.OK);
        // random numbers say neither safe nor unsafe, which counts as unsafe
        assertThat(terminal.out).contains("block    S1", "llama-guard/S1", "neither 'safe' nor 'unsafe'");
        assertThat(terminal.err).contains("judges", "what is done: block");
    }

    @Test
    void whatAJudgeTakesIsItsFileAndWhatItRemembersOfTextsIsHeldToOneConversation() throws IOException {
        Path file = Path.of(new Terminal(folder).model());
        try (LibraryModels models = new LibraryModels(emptyLibrary(), line -> {})) {
            assertThat(models.bytes()).isZero();
            LocalModel judge = (LocalModel) models.judge(file.toString()).chat();
            int pages = KvPages.of(judge.context());
            assertThat(judge.load().pagesBudget()).isEqualTo(pages);
            long taken = Files.size(file) + pages * judge.model().pages().bytesPerPage();
            assertThat(models.bytes()).isEqualTo(taken);
            models.judge(file.toString());
            assertThat(models.bytes()).as("opened once").isEqualTo(taken);
        }
    }

    @Test
    void aJudgeThatIsNotThereIsAMistakeWithItsLine() {
        Terminal terminal = new Terminal(folder);
        String file = terminal.write("judged.yaml", POLICY.replace("tiny.gguf", "gemma3-270m-none"));
        terminal.run("guard", "check", file);
        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("judged.yaml:3: ");
    }
}
