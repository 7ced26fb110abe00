package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerAddressTest {
    @ParameterizedTest
    @CsvSource({
        "'', '', http://127.0.0.1:8080",
        "here, '', http://here:8080",
        "here:99, there, http://here:99",
        "'', there, http://there:11434",
        "'', 0.0.0.0:5, http://127.0.0.1:5",
        "'', :5, http://127.0.0.1:5",
        "https://a.example:444/, '', https://a.example:444",
        "[::1]:7, '', http://[::1]:7"
    })
    void theOwnVariableCountsThenOllamas(String own, String ollamas, String expected) {
        assertThat(ServerAddress.from(Map.of("AYNI_HOST", own, "OLLAMA_HOST", ollamas))
                        .base())
                .hasToString(expected);
    }

    @Test
    void whatIsNoAddressIsRefused() {
        assertThatThrownBy(() -> ServerAddress.from(Map.of("AYNI_HOST", "http://a/b/c")))
                .isInstanceOf(Letter.class)
                .hasMessageContaining("AYNI_HOST")
                .hasMessageContaining("host:port");
    }

    @Test
    void whereNobodyAnswersTheLetterSaysHowToStartOne() {
        assertThatThrownBy(() ->
                        ServerAddress.from(Map.of("AYNI_HOST", "127.0.0.1:1")).ask("/api/ps", null))
                .isInstanceOf(Letter.class)
                .hasMessageContaining("ayni serve");
    }
}
