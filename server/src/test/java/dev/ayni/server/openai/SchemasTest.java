package dev.ayni.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.PromptToken;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatEvent.Text;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.ToolCall;
import dev.ayni.server.access.Caller;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.http.Route;
import dev.ayni.server.models.ScriptedModel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The schemas name exactly the fields that the code reads and writes. */
class SchemasTest {
    private static final JsonMapper MAPPER = new JsonMapper();

    private static final String SAMPLING_AND_SHAPE =
            "\"structured_outputs\": {\"regex\": \"a\"}, \"stream\": true, \"stream_options\": {}, \"logit_bias\": {}";
    private static final String SHAPE =
            "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"n\", \"schema\": {}}}";
    private static final String MESSAGES =
            "\"messages\": [{\"role\": \"system\", \"content\": [{\"type\": \"text\", \"text\": \"a\"}, {\"type\": \"refusal\", \"refusal\": \"b\"}]},"
                    + " {\"role\": \"assistant\", \"tool_calls\": [{\"id\": \"c\", \"type\": \"function\", \"function\": {\"name\": \"f\", \"arguments\": \"{}\"}}]},"
                    + " {\"role\": \"tool\", \"tool_call_id\": \"c\", \"content\": \"d\"},"
                    + " {\"role\": \"assistant\", \"function_call\": {\"name\": \"g\", \"arguments\": \"{}\"}}, {\"role\": \"function\", \"name\": \"g\", \"content\": \"e\"}]";
    private static final String TOOLS =
            "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {}}}], \"chat_template_kwargs\": {}";
    private static final String FUNCTIONS =
            "\"functions\": [{\"name\": \"f\", \"description\": \"d\", \"parameters\": {}}], \"function_call\": {\"name\": \"f\"}, \"chat_template_kwargs\": {}";
    private static final String NAMED = "\"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"f\"}}";
    private static final String ALLOWED =
            "\"tool_choice\": {\"type\": \"allowed_tools\", \"allowed_tools\": {\"mode\": \"auto\", \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}]}}";
    private static final String ITEMS =
            "[{\"role\": \"user\", \"content\": [{\"type\": \"input_text\", \"text\": \"a\"}]}, {\"role\": \"assistant\", \"content\": [{\"type\": \"refusal\", \"refusal\": \"a\"}]},"
                    + " {\"type\": \"function_call\", \"call_id\": \"c\", \"name\": \"f\", \"arguments\": \"{}\"}, {\"type\": \"function_call_output\", \"call_id\": \"c\", \"output\": [{\"type\": \"input_text\", \"text\": \"a\"}, {\"type\": \"refusal\", \"refusal\": \"a\"}]}, {\"type\": \"reasoning\"}]";

    private static final Map<String, Consumer<JsonFields>> READERS = Map.of(
            "chat-completion",
            fields -> ChatCompletionRequest.read(fields, Caller.LOCAL),
            "completion",
            fields -> CompletionRequest.read(fields, Caller.LOCAL),
            "response",
            fields -> ResponseRequest.read(fields, Caller.LOCAL),
            "embedding",
            EmbeddingRequest::read,
            "rerank",
            Reranking.Request::read,
            "tokenize",
            Tokenization.Request::read);

    private static void accepts(String name, String... bodies) {
        Set<String> known = new TreeSet<>();
        Set<String> harmless = new TreeSet<>();
        for (String body : bodies) {
            JsonFields fields = JsonFields.of(body.getBytes(StandardCharsets.UTF_8));
            Objects.requireNonNull(READERS.get(name)).accept(fields);
            known.addAll(fields.known());
            harmless.addAll(fields.harmless());
        }
        Set<String> described = new TreeSet<>();
        Set<String> passedOver = new TreeSet<>();
        paths(MAPPER.readTree(Schemas.text(name + ".request")), "", described, passedOver);
        assertThat(described).as("fields of " + name).isEqualTo(known);
        assertThat(passedOver).as("harmless fields of " + name).isEqualTo(harmless);
    }

    private static void paths(JsonNode schema, String path, Set<String> all, Set<String> passedOver) {
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            String here = path.isEmpty() ? property.getKey() : path + "." + property.getKey();
            all.add(here);
            if (property.getValue().path("x-ayni").asString("").equals("passed over")) {
                passedOver.add(here);
            }
            paths(property.getValue(), here, all, passedOver);
        }
        if (schema.has("items")) {
            paths(schema.get("items"), path + "[]", all, passedOver);
        }
        schema.path("oneOf").forEach(one -> paths(one, path, all, passedOver));
    }

    @Test
    void requestsAreDescribedAsTheyAreRead() {
        String chat = "{\"model\": \"m\", " + MESSAGES + ", " + TOOLS + ", ";
        accepts(
                "chat-completion",
                chat + SAMPLING_AND_SHAPE + ", " + NAMED + "}",
                chat + SHAPE + ", " + ALLOWED + "}",
                "{\"model\": \"m\", " + MESSAGES + ", " + FUNCTIONS + "}");
        String text = "{\"model\": \"m\", \"prompt\": \"p\", ";
        accepts("completion", text + SAMPLING_AND_SHAPE + "}", text + SHAPE + "}");
        String response = "{\"model\": \"m\", \"input\": " + ITEMS
                + ", \"stream_options\": {}, \"logit_bias\": {}, \"conversation\": {\"id\": \"c\"}, \"reasoning\": {}, \"chat_template_kwargs\": {}, "
                + "\"text\": {\"format\": {\"type\": \"json_schema\", \"name\": \"n\", \"schema\": {}}}, \"tools\": [{\"type\": \"function\", \"name\": \"f\"}], \"tool_choice\": ";
        accepts(
                "response",
                response + "{\"type\": \"function\", \"name\": \"f\"}}",
                response
                        + "{\"type\": \"allowed_tools\", \"mode\": \"auto\", \"tools\": [{\"type\": \"function\", \"name\": \"f\"}]}}");
        accepts("embedding", "{\"model\": \"m\", \"input\": \"a\"}");
        accepts("rerank", "{\"model\": \"m\", \"query\": \"q\", \"documents\": [\"a\"]}");
        accepts(
                "tokenize",
                "{" + MESSAGES + ", " + TOOLS + ", " + NAMED + "}",
                "{" + MESSAGES + ", " + TOOLS + ", " + ALLOWED + "}",
                "{" + MESSAGES + ", " + FUNCTIONS + "}");
    }

    private static final ToolCall CALL = new ToolCall("call_1", "f", "{}");

    private final OpenAiApi api = new OpenAiApi(
            new ScriptedModel(
                    "tiny",
                    new PromptToken(new TokenProbability(1, "a", -1), List.of(new TokenProbability(1, "a", -1))),
                    new ChatEvent.Reasoning("hm"),
                    new LogProbability(new TokenProbability(1, "a", -1), List.of(new TokenProbability(1, "a", -1))),
                    new Text("a"),
                    new ChatEvent.ToolCallStarted("call_1", "f"),
                    new ChatEvent.ToolCallArguments("call_1", "{}"),
                    new ChatEvent.ToolCallFinished(CALL),
                    ScriptedModel.end(Reason.TOOL_CALLS, 4)),
            ResponseStore.inMemory());

    private static final ScriptedModel FILTERED = new ScriptedModel(
            "tiny",
            new ChatEvent.Blocked("answer", "S4", "classifier/S4", "sha256:00"),
            ScriptedModel.end(Reason.FILTERED, 4));

    private static RecordedExchange filtered(String path, String body) {
        return RecordedExchange.send(new OpenAiApi(FILTERED, ResponseStore.inMemory()), "POST", path, body);
    }

    private RecordedExchange post(String path, String body) {
        RecordedExchange exchange = RecordedExchange.send(api, "POST", path, body);
        assertThat(exchange.status()).as(exchange.text()).isEqualTo(200);
        return exchange;
    }

    private static void looksLike(String name, List<JsonNode> found) {
        JsonNode schema = MAPPER.readTree(Schemas.text(name));
        Set<String> described = new TreeSet<>();
        paths(schema, "", described, new TreeSet<>());
        Set<String> written = new TreeSet<>();
        found.forEach(node -> written(node, "", described, written));
        assertThat(written).as("fields of " + name).isEqualTo(described);
    }

    /** The paths in an answer; what the schema leaves open is not looked into. */
    private static void written(JsonNode node, String path, Set<String> described, Set<String> to) {
        if (node.isArray()) {
            node.forEach(item -> written(item, path + "[]", described, to));
        } else if (node.isObject()
                && (path.isEmpty() || described.stream().anyMatch(other -> other.startsWith(path + ".")))) {
            node.properties().forEach(entry -> {
                String here = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
                to.add(here);
                written(entry.getValue(), here, described, to);
            });
        }
    }

    @Test
    void answersAreDescribedAsTheyAreWritten() {
        String chat =
                "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"logprobs\": true, \"metadata\": {\"a\": \"b\"}";
        String functions = chat + ", \"functions\": [{\"name\": \"f\"}]";
        looksLike(
                "chat-completion.answer",
                List.of(
                        post("/v1/chat/completions", chat + "}").json(),
                        post("/v1/chat/completions", functions + "}").json(),
                        filtered("/v1/chat/completions", chat + "}").json()));
        String streamed = ", \"stream\": true, \"stream_options\": {\"include_usage\": true}}";
        List<JsonNode> chunks =
                new ArrayList<>(post("/v1/chat/completions", chat + streamed).events());
        chunks.addAll(post("/v1/chat/completions", functions + streamed).events());
        chunks.addAll(
                filtered("/v1/chat/completions", chat + ", \"stream\": true}").events());
        looksLike("chat-completion.chunk", chunks);
        looksLike(
                "completion.answer",
                List.of(
                        post("/v1/completions", "{\"model\": \"tiny\", \"prompt\": \"x\", \"logprobs\": 1}")
                                .json(),
                        filtered("/v1/completions", "{\"model\": \"tiny\", \"prompt\": \"x\"}")
                                .json()));
        looksLike(
                "embedding.answer",
                List.of(post("/v1/embeddings", "{\"model\": \"tiny\", \"input\": \"x\"}")
                        .json()));
        looksLike(
                "rerank.answer",
                List.of(post("/v1/rerank", "{\"model\": \"tiny\", \"query\": \"q\", \"documents\": [\"x\"]}")
                        .json()));
        looksLike(
                "tokenize.answer",
                List.of(post("/v1/tokenize", "{\"prompt\": \"x\"}").json()));
        looksLike(
                "detokenize.answer",
                List.of(post("/v1/detokenize", "{\"tokens\": [65]}").json()));
        looksLike(
                "models.answer",
                List.of(RecordedExchange.send(api, "GET", "/v1/models", "").json()));
        looksLike(
                "model.answer",
                List.of(RecordedExchange.send(api, "GET", "/v1/models/tiny", "").json()));
    }

    @Test
    void responsesAndConversationsAreDescribedAsTheyAreWritten() {
        JsonNode conversation = post("/v1/conversations", "{}").json();
        looksLike("conversation.answer", List.of(conversation));
        String id = conversation.get("id").stringValue();
        String body =
                "{\"model\": \"tiny\", \"include\": [\"message.output_text.logprobs\"], \"top_logprobs\": 1, \"input\": "
                        + ITEMS;
        JsonNode answer = post(
                        "/v1/responses",
                        body + ", \"conversation\": \"" + id
                                + "\", \"tools\": [{\"type\": \"function\", \"name\": \"f\"}], \"tool_choice\": {\"type\": \"function\", \"name\": \"f\"}}")
                .json();
        String streamed = "{\"model\": \"tiny\", \"input\": \"x\", \"stream\": true}";
        List<JsonNode> events =
                new ArrayList<>(post("/v1/responses", body + ", \"stream\": true, \"conversation\": \"" + id + "\"}")
                        .events());
        ScriptedModel cut = new ScriptedModel("tiny", new Text("a"), ScriptedModel.end(Reason.LENGTH, 1));
        events.addAll(send(cut, streamed));
        events.addAll(send(FILTERED, streamed));
        ScriptedModel failing = new ScriptedModel("tiny", new Text("a")).last(() -> {
            throw new IllegalArgumentException("No.");
        });
        events.addAll(send(failing, streamed));
        looksLike("response.event", events);
        List<JsonNode> responses = new ArrayList<>(List.of(answer));
        events.forEach(event -> event.optional("response").ifPresent(responses::add));
        looksLike("response.answer", responses);
        looksLike(
                "input-tokens.answer",
                List.of(post("/v1/responses/input_tokens", body + "}").json()));
        JsonNode items = RecordedExchange.send(api, "GET", "/v1/conversations/" + id + "/items", "")
                .json();
        looksLike("items.answer", List.of(items));
        looksLike("item.answer", List.copyOf(items.get("data").values()));
        looksLike(
                "deleted.answer",
                List.of(RecordedExchange.send(api, "DELETE", "/v1/conversations/" + id, "")
                        .json()));
    }

    private static List<JsonNode> send(ScriptedModel model, String body) {
        OpenAiApi other = new OpenAiApi(model, ResponseStore.inMemory());
        return RecordedExchange.send(other, "POST", "/v1/responses", body).events();
    }

    @Test
    void everyRouteIsDescribed() {
        assertThat(api.routes())
                .allMatch(route -> MAPPER.readTree(route.schema().answer()).isObject());
        assertThat(api.routes())
                .filteredOn(
                        route -> !route.method().equals("POST") || route.path().endsWith("/cancel"))
                .extracting(Route::schema)
                .allMatch(schema -> schema.request().isEmpty());
    }
}
