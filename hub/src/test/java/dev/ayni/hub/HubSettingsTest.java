package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HubSettingsTest {
    @Test
    void withoutSettingsModelsLieInTheUsersHome() {
        HubSettings settings = HubSettings.from(Map.of("AYNI_HOME", " ", "HF_TOKEN", ""));

        assertThat(settings.home()).isEqualTo(Path.of(System.getProperty("user.home"), ".ayni"));
        assertThat(settings.huggingFace()).hasToString("https://huggingface.co");
        assertThat(settings.token()).isNull();
        assertThat(settings.pip()).isNull();
    }

    @Test
    void theEnvironmentDecides() {
        HubSettings settings = HubSettings.from(Map.of(
                "AYNI_HOME",
                "/models",
                "HF_ENDPOINT",
                "https://mirror.example/hf/",
                "HF_TOKEN",
                "t",
                "AYNI_PIP",
                "pip9",
                "OLLAMA_MODELS",
                "/ollama",
                "HF_HOME",
                "/hf"));

        assertThat(settings)
                .isEqualTo(new HubSettings(
                        Path.of("/models").toAbsolutePath(),
                        URI.create("https://mirror.example/hf"),
                        new Secret("t"),
                        "pip9",
                        List.of(Path.of("/ollama").toAbsolutePath()),
                        Path.of("/hf/hub").toAbsolutePath()));
    }

    @Test
    void anEndpointThatIsNoneGetsALetter() {
        assertThatThrownBy(() -> HubSettings.from(Map.of("HF_ENDPOINT", "mirror")))
                .hasMessageContaining("HF_ENDPOINT is no address");
        assertThatThrownBy(() -> HubSettings.from(Map.of("HF_ENDPOINT", "https://u:geheim@mirror.example")))
                .hasMessageContaining("without a user name")
                .hasMessageNotContaining("geheim");
        assertThatThrownBy(() -> HubSettings.from(Map.of("HF_ENDPOINT", "http://mirror.example")))
                .hasMessageContaining("Use https");
    }
}
