package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole server, as it is started from the command line, around a tiny model. */
@Timeout(60)
class ServeTest {
    @TempDir
    private Path folder;

    private Terminal terminal = new Terminal(Path.of(""));
    private Thread serving = Thread.currentThread();

    private int serve(String model, String... more) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        terminal = new Terminal(folder);
        String[] arguments = new String[6 + more.length];
        String[] first = {
            "serve",
            model,
            "--port",
            String.valueOf(port),
            "--database",
            folder.resolve("server.db").toString()
        };
        System.arraycopy(first, 0, arguments, 0, 6);
        System.arraycopy(more, 0, arguments, 6, more.length);
        serving = Thread.ofPlatform().start(() -> terminal.run(arguments));
        return port;
    }

    private void stop() throws InterruptedException {
        serving.interrupt();
        serving.join();
    }

    /** Asks until somebody answers. */
    private static HttpResponse<String> ask(HttpClient client, int port, String path, String body)
            throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        HttpRequest asked = body.isEmpty()
                ? request.build()
                : request.POST(BodyPublishers.ofString(body)).build();
        while (true) {
            try {
                return client.send(asked, BodyHandlers.ofString());
            } catch (IOException e) {
                Thread.sleep(10); // it does not listen yet
            }
        }
    }

    @Test
    void whoAsksTheServerIsAnsweredAndTracesGoWhereItSays() throws Exception {
        AtomicInteger taken = new AtomicInteger();
        HttpServer collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", exchange -> {
            taken.addAndGet(exchange.getRequestBody().readAllBytes().length);
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        collector.start();
        String address = "http://127.0.0.1:" + collector.getAddress().getPort();
        int port = serve(new Terminal(folder).model(), "--traces", address);
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (ask(client, port, "/ready", "").statusCode() != 200) {
                Thread.sleep(10); // the model is loaded while the server answers already
            }
            HttpResponse<String> answer = ask(
                    client,
                    port,
                    "/v1/chat/completions",
                    "{\"model\": \"tiny\", \"max_tokens\": 3, \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(ask(client, port, "/v1/models", "").body()).contains("\"tiny\"");
        }
        stop();
        collector.stop(0);

        assertThat(terminal.status).as(terminal.err).isEqualTo(Failures.OK);
        assertThat(terminal.err)
                .contains("traces go to " + address + "/v1/traces")
                .contains("\"path\":\"/v1/chat/completions\"")
                .containsPattern("\"trace\":\"[0-9a-f]{32}\"");
        assertThat(terminal.out).contains("Serving ", "/v1/chat/completions");
        assertThat(taken).as("what was not sent yet is sent at the end").hasPositiveValue();
    }

    @Test
    void aModelThatCannotBeLoadedEndsTheServerWithALetter() throws Exception {
        serve(new Terminal(folder).write("broken.gguf", "GGUF, but no more than that"));
        serving.join();

        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("'broken' cannot be loaded");
    }
}
