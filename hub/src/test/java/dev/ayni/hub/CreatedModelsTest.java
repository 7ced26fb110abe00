package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CreatedModelsTest {
    @TempDir
    private Path home;

    private static CreatedModel poet(String name) {
        return new CreatedModel(
                name,
                "smollm2",
                "Speak in verse.",
                "{{ messages[0].content }}",
                "{\"temperature\":0.3}",
                List.of(new CreatedModel.Turn("user", "Hi")),
                "mine",
                Instant.EPOCH);
    }

    @Test
    void aModelThatWasMadeIsFoundUnderItsNameAlone() {
        CreatedModels created = new CreatedModels(home);
        created.keep(poet("me/Poet:7b"));
        assertThat(created.list()).containsExactly(poet("me/Poet:7b"));
        assertThat(created.find("me/Poet:7b")).contains(poet("me/Poet:7b"));
        assertThat(created.find("me/poet:7b")).isEmpty();
        created.keep(poet("plain"));
        assertThat(created.find("plain:latest")).contains(poet("plain"));
        assertThat(created.remove("plain")).isTrue();
        assertThat(created.remove("plain")).isFalse();
        assertThat(created.list()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../up", "a/../b", "a b", "/a", "a:b:c", "a\0b"})
    void aNameThatCouldMeanSomethingElseIsRefused(String name) {
        assertThatThrownBy(() -> poet(name)).isInstanceOf(HubException.class);
        assertThat(new CreatedModels(home).find(name)).isEmpty();
    }

    @Test
    void aFileThatIsBrokenDoesNotBreakTheList() throws Exception {
        CreatedModels created = new CreatedModels(home);
        created.keep(poet("poet"));
        Files.writeString(home.resolve("created/broken.json"), "{\"name\":");
        assertThat(created.list()).containsExactly(poet("poet"));
        assertThatThrownBy(() -> created.find("broken"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("create the model again");
    }
}
