package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
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
                        ServerAddress.from(Map.of("AYNI_HOST", "127.0.0.1:1")).ask("/api/ps", null, "models"))
                .isInstanceOf(Letter.class)
                .hasMessageContaining("ayni serve");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | [1, 2]                  | no server that Ayni knows",
                "200 | \"done\"                | no server that Ayni knows",
                "200 | <html>hello</html>      | no server that Ayni knows",
                "500 | {}                      | the status 500 and no reason",
                "404 | {\"error\": \"No such.\"} | No such."
            })
    void whatAnotherServerAnswersIsNotTakenForAnAnswer(int status, String body, String letter) throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = listening.accept()) {
                    socket.getInputStream().read(new byte[4096]);
                    socket.getOutputStream()
                            .write("HTTP/1.1 %d So\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                                    .formatted(status, body.length(), body)
                                    .getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            ServerAddress address = ServerAddress.from(Map.of("AYNI_HOST", "127.0.0.1:" + listening.getLocalPort()));
            assertThatThrownBy(() -> address.ask("/api/ps", null, "models"))
                    .isInstanceOf(Letter.class)
                    .hasMessageContaining(letter);
        }
    }
}
