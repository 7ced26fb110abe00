package dev.ayni.server.ollama;

import static dev.ayni.server.models.ScriptedModel.end;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Message;
import dev.ayni.hub.Catalogue;
import dev.ayni.hub.Hub;
import dev.ayni.hub.HubSettings;
import dev.ayni.server.access.Role;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.models.ScriptedModel;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class OllamaModelsTest {
    @TempDir
    private Path home;

    private ScriptedModel model;
    private OllamaApi api;

    @BeforeEach
    void aServerWithOneModel() {
        Hub hub = new Hub(new HubSettings(home, URI.create("http://localhost:1"), null, null), Catalogue.bundled());
        model = new ScriptedModel("m", new ChatEvent.Text("Hello"), end(Reason.END, 2));
        api = new OllamaApi(new CreatedModelPool(model, hub), hub);
    }

    private RecordedExchange ask(String method, String path, String body) {
        return RecordedExchange.send(api, method, path, body);
    }

    @Test
    void theServerSaysThatItIsHere() {
        assertThat(ask("GET", "/", "").text()).isEqualTo("Ollama is running");
        assertThat(ask("HEAD", "/", "").status()).isEqualTo(200);
        assertThat(ask("GET", "/api/version", "").json().get("version").asString())
                .matches("\\d+\\.\\d+\\.\\d+");
    }

    @Test
    void modelsAreListedWithTheirTags() {
        JsonNode first = ask("GET", "/api/tags", "").json().at("/models/0");
        assertThat(first.at("/name").asString()).isEqualTo("m:latest");
        assertThat(first.at("/size").asLong()).isEqualTo(98_000_000);
        assertThat(first.at("/details/quantization_level").asString()).isEqualTo("Q4_1");
        JsonNode loaded = ask("GET", "/api/ps", "").json().at("/models/0");
        assertThat(loaded.at("/expires_at").asString()).isEqualTo("9999-12-31T00:00:00Z");
        assertThat(loaded.at("/context_length").asInt()).isEqualTo(100);
    }

    @Test
    void aModelIsDescribed() {
        JsonNode shown = ask("POST", "/api/show", "{\"model\":\"m\"}").json();
        assertThat(shown.at("/details/family").asString()).isEqualTo("llama");
        assertThat(shown.at("/model_info/llama.context_length").asInt()).isEqualTo(100);
        assertThat(shown.at("/capabilities").toString()).contains("completion", "tools", "embedding");
        assertThat(ask("POST", "/api/show", "{\"model\":\"x\"}").status()).isEqualTo(404);
    }

    @Test
    void aCreatedModelBeginsEveryConversationWithItsOwnWords() {
        RecordedExchange made = ask("POST", "/api/create", """
                {"model":"poet","from":"m","system":"Speak in verse.","parameters":{"temperature":0.2,"stop":["END"]},
                 "messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"O hi!"}],"license":"mine"}""");
        assertThat(made.text()).as(made.text()).endsWith("{\"status\":\"success\"}\n");
        assertThat(ask("GET", "/api/tags", "").json().at("/models/1/name").asString())
                .isEqualTo("poet:latest");
        ask("POST", "/api/chat", "{\"model\":\"poet\",\"messages\":[{\"role\":\"user\",\"content\":\"Rain?\"}]}");
        ChatRequest asked = model.chats().getLast();
        assertThat(asked.messages())
                .containsExactly(
                        Message.system("Speak in verse."),
                        Message.user("Hi"),
                        Message.assistant("O hi!"),
                        Message.user("Rain?"));
        assertThat(asked.sampling().temperature()).isEqualTo(0.2);
        assertThat(asked.limits().stop()).containsExactly("END");
        ask("POST", "/api/chat", """
                {"model":"poet:latest","options":{"temperature":0.9},
                 "messages":[{"role":"system","content":"Prose."},{"role":"user","content":"Rain?"}]}""");
        assertThat(model.chats().getLast().messages().getFirst()).isEqualTo(Message.system("Prose."));
        assertThat(model.chats().getLast().sampling().temperature()).isEqualTo(0.9);
        JsonNode shown = ask("POST", "/api/show", "{\"model\":\"poet\"}").json();
        assertThat(shown.get("parameters").asString()).contains("temperature").contains("\"END\"");
        assertThat(shown.get("license").asString()).isEqualTo("mine");
    }

    @Test
    void aCreatedModelMayHaveAChatTemplateOfItsOwn() {
        String template = "{% for message in messages %}{{ message.content }}{% endfor %}";
        ask("POST", "/api/create", "{\"model\":\"plain\",\"from\":\"m\",\"template\":\"%s\"}".formatted(template));
        assertThat(ask("POST", "/api/show", "{\"model\":\"plain\"}")
                        .json()
                        .get("template")
                        .asString())
                .isEqualTo(template);
        ask("POST", "/api/chat", "{\"model\":\"plain\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
        assertThat(model.template()).isEqualTo(template);
    }

    @Test
    void aModelIsCopiedAndItsCopyDeleted() {
        assertThat(ask("POST", "/api/copy", "{\"source\":\"m\",\"destination\":\"twin\"}")
                        .status())
                .isEqualTo(200);
        assertThat(ask("POST", "/api/show", "{\"model\":\"twin\"}").status()).isEqualTo(200);
        assertThat(ask("DELETE", "/api/delete", "{\"model\":\"twin\"}").status())
                .isEqualTo(200);
        assertThat(ask("POST", "/api/show", "{\"model\":\"twin\"}").status()).isEqualTo(404);
        assertThat(ask("DELETE", "/api/delete", "{\"model\":\"twin\"}").status())
                .isEqualTo(404);
        RecordedExchange own = ask("DELETE", "/api/delete", "{\"model\":\"m\"}");
        assertThat(own.status()).isEqualTo(400);
        assertThat(own.json().get("error").asString()).contains("does not belong to the library");
        assertThat(ask("POST", "/api/copy", "{\"source\":\"x\",\"destination\":\"y\"}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void whatACreatedModelCannotBeIsRefused() {
        for (String body : List.of(
                "{\"model\":\"p\",\"from\":\"m\",\"adapters\":{\"a\":\"b\"}}",
                "{\"model\":\"p\",\"from\":\"m\",\"template\":\"{{ .Prompt }}\"}",
                "{\"model\":\"p\",\"from\":\"m\",\"template\":\"{% for %}\"}",
                "{\"model\":\"p\",\"from\":\"m\",\"template\":\"Hello\"}",
                "{\"model\":\"p\",\"from\":\"m\",\"parameters\":{\"temprature\":1}}",
                "{\"model\":\"../p\",\"from\":\"m\"}",
                "{\"model\":\"p\"}")) {
            RecordedExchange refused = ask("POST", "/api/create", body);
            assertThat(refused.text()).as(body).contains("\"error\"").doesNotContain("success");
        }
        assertThat(ask("GET", "/api/tags", "").json().get("models").size()).isEqualTo(1);
    }

    @Test
    void onlyWhatCanBeFetchedIsPulled() {
        assertThat(ask("POST", "/api/pull", "{\"model\":\"nothing:7b\"}").status())
                .isEqualTo(404);
        assertThat(ask("POST", "/api/pull", "{\"model\":\"/etc/passwd\"}").status())
                .isEqualTo(404);
        RecordedExchange gated = ask("POST", "/api/pull", "{\"model\":\"gemma3:270m\",\"stream\":false}");
        assertThat(gated.status()).isEqualTo(400);
        assertThat(gated.json().get("error").asString()).contains("licence");
    }

    @Test
    void modelsAreManagedByOperatorsOnly() {
        assertThat(api.routes().stream()
                        .filter(route -> route.role() == Role.OPERATOR)
                        .map(route -> route.path()))
                .containsExactlyInAnyOrder("/api/pull", "/api/delete", "/api/copy", "/api/create");
    }

    @Test
    void keepAliveIsSecondsOrADuration() {
        for (String given : List.of("5", "\"5m\"", "\"1h30m\"", "-1", "\"-1\"", "\"24h\"", "\"300ms\"", "0")) {
            assertThat(ask("POST", "/api/generate", "{\"model\":\"m\",\"keep_alive\":%s}".formatted(given))
                            .status())
                    .as(given)
                    .isEqualTo(200);
        }
    }
}
