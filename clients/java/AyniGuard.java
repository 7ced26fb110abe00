import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server's guard, asked about texts: for programs whose model is not behind it. What cannot be decided is blocked. */
final class AyniGuard {
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final URI checks;
    private final String key;

    /** @param server such as {@code http://127.0.0.1:8080} */
    AyniGuard(String server, String key) {
        this.checks = URI.create(server + "/v1/guard/checks");
        this.key = key;
    }

    /**
     * What the guard decided.
     *
     * @param text as it may go on; empty where it may not
     * @param message what to say where it may not
     */
    record Decision(boolean blocked, String text, String message) {}

    /** @param stage prompt, retrieved, tool-call, tool-result or answer */
    Decision decide(String stage, String text) {
        HttpRequest request = HttpRequest.newBuilder(checks)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        JSON.writeValueAsString(Map.of("stage", stage, "text", text))))
                .build();
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode answer = JSON.readTree(response.body());
            boolean decided = response.statusCode() == 200 && answer.has("action");
            if (!decided || answer.get("action").asString().equals("block")) {
                return new Decision(true, "", answer.path("message").asString("The guard could not decide."));
            }
            return new Decision(false, answer.get("text").asString(), "");
        } catch (IOException | RuntimeException e) {
            return new Decision(true, "", "The guard cannot be reached.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Decision(true, "", "The guard was interrupted.");
        }
    }
}
