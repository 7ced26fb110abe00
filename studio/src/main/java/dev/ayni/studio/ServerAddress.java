package dev.ayni.studio;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where a server is asked: {@code AYNI_HOST}, else {@code OLLAMA_HOST} for those who have it set already, else this machine.
 *
 * @param key is shown to it, if there is one: {@code AYNI_API_KEY}
 */
record ServerAddress(URI base, @Nullable String key) {
    private static final Pattern FORM =
            Pattern.compile("(?:(https?)://)?(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9._-]*)(?::(\\d{1,5}))?/?");
    private static final int PORT = 8080;
    private static final int OLLAMAS_PORT = 11434;
    private static final JsonMapper JSON = new JsonMapper();

    static ServerAddress fromEnvironment() {
        return from(System.getenv());
    }

    static ServerAddress from(Map<String, String> environment) {
        @Nullable String own = environment.get("AYNI_HOST");
        @Nullable String ollamas = environment.get("OLLAMA_HOST");
        @Nullable String key = environment.get("AYNI_API_KEY");
        URI base = own != null && !own.isBlank()
                ? address("AYNI_HOST", own.strip(), PORT)
                : ollamas != null && !ollamas.isBlank()
                        ? address("OLLAMA_HOST", ollamas.strip(), OLLAMAS_PORT)
                        : URI.create("http://127.0.0.1:" + PORT);
        return new ServerAddress(base, key == null || key.isBlank() ? null : key.strip());
    }

    private static URI address(String name, String text, int port) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new Letter("%s is '%s', which is no address. Expected host, host:port or http://host:port."
                    .formatted(name, text));
        }
        String scheme = form.group(1) == null ? "http" : form.group(1);
        // a server that listens everywhere is asked here
        String host = form.group(2).isEmpty() || form.group(2).equals("0.0.0.0") ? "127.0.0.1" : form.group(2);
        return URI.create(
                "%s://%s:%s".formatted(scheme, host, form.group(3) == null ? String.valueOf(port) : form.group(3)));
    }

    /** @param cause null: the answer was JSON, of something else */
    Letter unknown(@Nullable Throwable cause) {
        String letter =
                "What answers at %s is no server that Ayni knows. Check AYNI_HOST and OLLAMA_HOST.".formatted(base);
        return cause == null ? new Letter(letter) : new Letter(letter, cause);
    }

    /**
     * Asks, and gives the answer's JSON.
     *
     * @param body null: GET, else it is POSTed
     * @param member what the answer has, if it is one of a server that knows what it is asked
     * @throws Letter if nobody answers there, or with an error
     */
    JsonNode ask(String path, @Nullable String body, String member) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path)).timeout(Duration.ofMinutes(2));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        if (body != null) {
            request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
        }
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build()) {
            HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            JsonNode json = JSON.readTree(answer.body());
            if (answer.statusCode() != 200) {
                String error = json.path("error").isString()
                        ? json.path("error").asString()
                        : json.path("error").path("message").asString("");
                throw new Letter(
                        error.isEmpty()
                                ? "The server at %s answered with the status %d and no reason. Its log may say more."
                                        .formatted(base, answer.statusCode())
                                : error);
            }
            if (!json.path(member).isMissingNode()) {
                return json;
            }
            throw unknown(null);
        } catch (ConnectException e) {
            throw new Letter(
                    "No server answers at %s. Start one with `ayni serve`, or say where it is: AYNI_HOST=host:port"
                            .formatted(base),
                    e);
        } catch (JacksonException e) {
            throw unknown(e);
        } catch (IOException e) {
            throw new Letter("The server at %s could not be asked: %s.".formatted(base, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Letter("Interrupted.", e);
        }
    }
}
