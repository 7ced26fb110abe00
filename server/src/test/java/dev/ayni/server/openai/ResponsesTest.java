package dev.ayni.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatEvent.Text;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.Message;
import dev.ayni.chat.Shape;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.ToolChoice;
import dev.ayni.server.access.Caller;
import dev.ayni.server.access.Role;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.models.ScriptedModel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

@Timeout(20)
class ResponsesTest {
    private static final ToolCall CALL = new ToolCall("call_1", "weather", "{\"city\":\"Cusco\"}");

    private final ScriptedModel model = new ScriptedModel(
            "tiny",
            new ChatEvent.Reasoning("hm"),
            new LogProbability(new TokenProbability(1, "Hi", -0.5), List.of()),
            new Text("Hi"),
            new ChatEvent.ToolCallStarted("call_1", "weather"),
            new ChatEvent.ToolCallArguments("call_1", CALL.arguments()),
            new ChatEvent.ToolCallFinished(CALL),
            ScriptedModel.end(Reason.TOOL_CALLS, 9));
    private final OpenAiApi api = new OpenAiApi(model, ResponseStore.inMemory());

    private RecordedExchange create(String fields) {
        return RecordedExchange.send(api, "POST", "/v1/responses", "{\"model\": \"tiny\", " + fields + "}");
    }

    private RecordedExchange send(String method, String path) {
        return RecordedExchange.send(api, method, path, "");
    }

    @Test
    void anAnswerIsAListOfItems() {
        RecordedExchange exchange = create(
                "\"input\": \"Hello\", \"instructions\": \"Be brief.\", \"include\": [\"message.output_text.logprobs\"]");
        JsonNode answer = exchange.json();
        assertThat(answer.propertyNames())
                .containsExactly(
                        "id",
                        "object",
                        "created_at",
                        "status",
                        "completed_at",
                        "error",
                        "incomplete_details",
                        "model",
                        "conversation",
                        "background",
                        "instructions",
                        "max_output_tokens",
                        "parallel_tool_calls",
                        "previous_response_id",
                        "reasoning",
                        "store",
                        "temperature",
                        "text",
                        "tool_choice",
                        "tools",
                        "top_logprobs",
                        "top_p",
                        "truncation",
                        "metadata",
                        "max_tool_calls",
                        "prompt_cache_key",
                        "prompt_cache_options",
                        "prompt_cache_retention",
                        "safety_identifier",
                        "user",
                        "service_tier",
                        "usage",
                        "output");
        assertThat(answer.get("status").stringValue()).isEqualTo("completed");
        assertThat(answer.get("output").toString().replaceAll("(msg|rs|fc)_[0-9a-f]{32}", "$1_0"))
                .isEqualTo(
                        "[{\"id\":\"rs_0\",\"type\":\"reasoning\",\"status\":\"completed\",\"summary\":[],\"content\":[{\"type\":\"reasoning_text\",\"text\":\"hm\"}]},"
                                + "{\"id\":\"msg_0\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hi\",\"annotations\":[],\"logprobs\":[{\"token\":\"Hi\",\"logprob\":-0.5,\"bytes\":[72,105],\"top_logprobs\":[]}]}]},"
                                + "{\"id\":\"fc_0\",\"type\":\"function_call\",\"status\":\"completed\",\"arguments\":\"{\\\"city\\\":\\\"Cusco\\\"}\",\"call_id\":\"call_1\",\"name\":\"weather\"}]");
        assertThat(answer.get("usage").toString())
                .isEqualTo(
                        "{\"input_tokens\":7,\"input_tokens_details\":{\"cached_tokens\":3,\"cache_write_tokens\":0},\"output_tokens\":9,\"output_tokens_details\":{\"reasoning_tokens\":2},\"total_tokens\":16}");
        assertThat(model.chats().getFirst().messages())
                .containsExactly(Message.system("Be brief."), Message.user("Hello"));
        assertThat(model.chats().getFirst().logProbabilities()).isZero();
        assertThat(exchange.used()).hasSize(1);
    }

    @Test
    void aStreamTellsWhatHappensToEveryItem() {
        RecordedExchange exchange = create("\"input\": \"Hello\", \"stream\": true");
        List<JsonNode> events = exchange.events();
        assertThat(events)
                .extracting(event -> event.get("type").stringValue())
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.reasoning_text.delta",
                        "response.reasoning_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.output_item.done",
                        "response.completed");
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).get("sequence_number").intValue()).isEqualTo(i);
        }
        assertThat(exchange.pieces().getFirst()).startsWith("event: response.created\ndata: {");
        assertThat(events.get(14).at("/item/name").stringValue()).isEqualTo("weather");
        assertThat(events.get(14).at("/item/status").stringValue()).isEqualTo("in_progress");
        assertThat(events.get(17).at("/item/arguments").stringValue()).isEqualTo(CALL.arguments());
        assertThat(events.get(10).get("delta").stringValue()).isEqualTo("Hi");
        assertThat(events.getLast().at("/response/usage/output_tokens").intValue())
                .isEqualTo(9);
    }

    @Test
    void aResponseGoesOnFromAnother() {
        String first = create("\"input\": \"Weather?\"").json().get("id").stringValue();
        create(
                "\"previous_response_id\": \"" + first
                        + "\", \"input\": [{\"type\": \"function_call_output\", \"call_id\": \"call_1\", \"output\": \"rain\"}]");
        assertThat(model.chats().get(1).messages())
                .containsExactly(
                        Message.user("Weather?"), Message.assistant("Hi", List.of(CALL)), Message.tool(CALL, "rain"));
        RecordedExchange unknown = create("\"previous_response_id\": \"resp_0\", \"input\": \"x\"");
        assertThat(unknown.status()).isEqualTo(400);
        assertThat(unknown.json().at("/error/code").stringValue()).isEqualTo("previous_response_not_found");
    }

    @Test
    void aResponseIsKeptReadListedAndForgotten() {
        JsonNode made = create(
                        "\"input\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"user\", \"content\": [{\"type\": \"input_text\", \"text\": \"b\"}]}]")
                .json();
        String path = "/v1/responses/" + made.get("id").stringValue();
        assertThat(send("GET", path).json()).isEqualTo(made);
        JsonNode items = send("GET", path + "/input_items?order=asc&limit=1").json();
        assertThat(items.at("/data/0/content/0/text").stringValue()).isEqualTo("a");
        assertThat(items.get("has_more").booleanValue()).isTrue();
        JsonNode next = send(
                        "GET",
                        path + "/input_items?order=asc&after="
                                + items.get("last_id").stringValue())
                .json();
        assertThat(next.at("/data/0/content/0/text").stringValue()).isEqualTo("b");
        assertThat(next.get("has_more").booleanValue()).isFalse();
        assertThat(send("DELETE", path).json().get("deleted").booleanValue()).isTrue();
        assertThat(send("GET", path).status()).isEqualTo(404);
        assertThat(send("DELETE", path).status()).isEqualTo(404);
        String unkept =
                create("\"input\": \"x\", \"store\": false").json().get("id").stringValue();
        assertThat(send("GET", "/v1/responses/" + unkept).status()).isEqualTo(404);
    }

    @Test
    void nobodySeesAnothersResponses() {
        String id = create("\"input\": \"x\"").json().get("id").stringValue();
        Caller other = new Caller("other", "", Set.of(Role.USER), 0);
        RecordedExchange exchange = new RecordedExchange("GET", "/v1/responses/" + id, "").by(other);
        assertThat(exchange.to(api).status()).isEqualTo(404);
        RecordedExchange going = new RecordedExchange(
                        "POST",
                        "/v1/responses",
                        "{\"model\": \"tiny\", \"input\": \"x\", \"previous_response_id\": \"" + id + "\"}")
                .by(other);
        assertThat(going.to(api).status()).isEqualTo(400);
    }

    @Test
    void aConversationKeepsWhatWasSaid() {
        String id = RecordedExchange.send(
                        api,
                        "POST",
                        "/v1/conversations",
                        "{\"metadata\": {\"topic\": \"rain\"}, \"items\": [{\"role\": \"system\", \"content\": \"Be kind.\"}]}")
                .json()
                .get("id")
                .stringValue();
        String path = "/v1/conversations/" + id;
        create("\"conversation\": \"" + id + "\", \"input\": \"One\"");
        create(
                "\"conversation\": {\"id\": \"" + id
                        + "\"}, \"input\": [{\"type\": \"function_call_output\", \"call_id\": \"call_1\", \"output\": \"Two\"}]");
        assertThat(model.chats().get(1).messages())
                .containsExactly(
                        Message.system("Be kind."),
                        Message.user("One"),
                        Message.assistant("Hi", List.of(CALL)),
                        Message.tool(CALL, "Two"));
        JsonNode items = send("GET", path + "/items").json();
        assertThat(items.get("data").size()).isEqualTo(9);
        String last = items.at("/data/0/id").stringValue();
        assertThat(send("GET", path + "/items/" + last).json()).isEqualTo(items.at("/data/0"));
        send("DELETE", path + "/items/" + last);
        assertThat(send("GET", path + "/items/" + last).status()).isEqualTo(404);
        RecordedExchange.send(
                api, "POST", path + "/items", "{\"items\": [{\"role\": \"user\", \"content\": \"More\"}]}");
        assertThat(send("GET", path + "/items")
                        .json()
                        .at("/data/0/content/0/text")
                        .stringValue())
                .isEqualTo("More");
        RecordedExchange.send(api, "POST", path, "{\"metadata\": {\"topic\": \"sun\"}}");
        assertThat(send("GET", path).json().at("/metadata/topic").stringValue()).isEqualTo("sun");
        assertThat(send("DELETE", path).json().get("object").stringValue()).isEqualTo("conversation.deleted");
        assertThat(send("GET", path).status()).isEqualTo(404);
    }

    @Test
    void anAnswerInTheBackgroundIsReadLater() throws InterruptedException {
        CountDownLatch mayBegin = new CountDownLatch(1);
        model.first(() -> waitFor(mayBegin));
        RecordedExchange made = create("\"input\": \"x\", \"background\": true");
        assertThat(made.json().get("status").stringValue()).isEqualTo("queued");
        String path = "/v1/responses/" + made.json().get("id").stringValue();
        assertThat(send("GET", path).json().get("status").stringValue()).isEqualTo("queued");
        mayBegin.countDown();
        List<JsonNode> events =
                send("GET", path + "?stream=true&starting_after=1").events();
        assertThat(events.getFirst().get("type").stringValue()).isEqualTo("response.in_progress");
        assertThat(events.getFirst().get("sequence_number").intValue()).isEqualTo(2);
        assertThat(events.getLast().get("type").stringValue()).isEqualTo("response.completed");
        assertThat(send("GET", path).json().get("status").stringValue()).isEqualTo("completed");
        while (model.open() > 0) {
            Thread.sleep(1);
        }
    }

    @Test
    void anAnswerInTheBackgroundCanBeStopped() {
        CountDownLatch mayBegin = new CountDownLatch(1);
        model.first(() -> waitFor(mayBegin));
        String path = "/v1/responses/"
                + create("\"input\": \"x\", \"background\": true")
                        .json()
                        .get("id")
                        .stringValue();
        Thread.ofVirtual().start(() -> {
            try {
                TimeUnit.MILLISECONDS.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            mayBegin.countDown();
        });
        assertThat(send("POST", path + "/cancel").json().get("status").stringValue())
                .isEqualTo("cancelled");
        assertThat(send("GET", path).json().get("status").stringValue()).isEqualTo("cancelled");
    }

    @Test
    void aFailureInTheBackgroundIsKept() {
        model.first(() -> {
            throw new IllegalArgumentException("No such thing.");
        });
        RecordedExchange made = create("\"input\": \"x\", \"background\": true, \"stream\": true");
        JsonNode last = made.events().getLast();
        assertThat(last.get("type").stringValue()).isEqualTo("response.failed");
        assertThat(last.at("/response/error/message").stringValue()).isEqualTo("No such thing.");
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aConversationThatIsTooLongLosesItsOldestMessagesWhereThatIsAskedFor() {
        String items =
                "\"instructions\": \"Be brief.\", \"input\": [{\"role\": \"user\", \"content\": \"" + "a".repeat(60)
                        + "\"}, {\"role\": \"assistant\", \"content\": \"" + "b".repeat(20)
                        + "\"}, {\"role\": \"user\", \"content\": \"cc\"}]";
        create(items);
        create(items + ", \"truncation\": \"auto\"");
        assertThat(model.chats().get(0).messages()).hasSize(4);
        assertThat(model.chats().get(1).messages())
                .containsExactly(Message.system("Be brief."), Message.assistant("b".repeat(20)), Message.user("cc"));
    }

    @Test
    void ofVeryManyMessagesThoseThatFitAreFoundInFewTrials() {
        StringBuilder messages = new StringBuilder();
        for (int i = 0; i < 5000; i++) {
            messages.append("{\"role\": \"user\", \"content\": \"%d\"},".formatted(i % 10));
        }
        int before = model.prompts();
        create("\"truncation\": \"auto\", \"input\": [" + messages + "{\"role\": \"user\", \"content\": \"last\"}]");
        assertThat(model.prompts() - before).isLessThan(30);
        List<Message> kept = model.chats().getFirst().messages();
        assertThat(kept).hasSizeBetween(2, 100);
        assertThat(kept.getLast()).isEqualTo(Message.user("last"));
    }

    @Test
    void aConversationThatGrowsBeyondWhatIsHeldInMemoryTakesNoMore() {
        String id = RecordedExchange.send(api, "POST", "/v1/conversations", "{}")
                .json()
                .get("id")
                .stringValue();
        String items = "{\"items\": [{\"role\": \"user\", \"content\": \"%s\"}]}".formatted("x".repeat(5 << 20));
        String path = "/v1/conversations/" + id + "/items";
        assertThat(RecordedExchange.send(api, "POST", path, items).status()).isEqualTo(200);
        RecordedExchange more = RecordedExchange.send(api, "POST", path, items);
        assertThat(more.status()).isEqualTo(400);
        assertThat(more.json().at("/error/code").stringValue()).isEqualTo("conversation_too_long");
        assertThat(send("GET", path).json().get("data")).hasSize(1);
    }

    @Test
    void whatManyResponsesSaidTogetherIsHeldInMemoryToALimitOnly() {
        String long5 = "x".repeat(5 << 20);
        String first =
                create("\"input\": \"%s\"".formatted(long5)).json().get("id").stringValue();
        String next = "\"input\": \"%s\", \"previous_response_id\": \"%s\"";
        String second = create(next.formatted(long5, first)).json().get("id").stringValue();
        RecordedExchange third = create(next.formatted("x", second));
        assertThat(third.status()).isEqualTo(400);
        assertThat(third.json().at("/error/code").stringValue()).isEqualTo("conversation_too_long");
    }

    @Test
    void whatARequestSaysReachesTheModelAndComesBack() {
        JsonNode answer = create(
                        "\"input\": \"x\", \"max_output_tokens\": 5, \"temperature\": 0.5, \"metadata\": {\"a\": \"b\"}, \"reasoning\": {\"effort\": \"low\"},"
                                + " \"tools\": [{\"type\": \"function\", \"name\": \"weather\", \"strict\": true, \"parameters\": {\"type\": \"object\"}}],"
                                + " \"tool_choice\": {\"type\": \"function\", \"name\": \"weather\"},"
                                + " \"text\": {\"format\": {\"type\": \"json_schema\", \"name\": \"n\", \"schema\": {\"type\": \"null\"}}}")
                .json();
        var asked = model.chats().getFirst();
        assertThat(asked.limits().maxTokens()).isEqualTo(5);
        assertThat(asked.sampling().temperature()).isEqualTo(0.5);
        assertThat(asked.tools().choice()).isEqualTo(new ToolChoice.Named("weather"));
        assertThat(asked.shape()).isEqualTo(new Shape.JsonSchema("{\"type\":\"null\"}"));
        assertThat(asked.templateArguments()).contains("\"reasoning_effort\":\"low\"");
        assertThat(answer.get("max_output_tokens").intValue()).isEqualTo(5);
        assertThat(answer.at("/metadata/a").stringValue()).isEqualTo("b");
        assertThat(answer.at("/tools/0/name").stringValue()).isEqualTo("weather");
        assertThat(answer.at("/text/format/type").stringValue()).isEqualTo("json_schema");
    }

    @Test
    void anAnswerThatWasCutSaysSo() {
        OpenAiApi cut = new OpenAiApi(
                new ScriptedModel("tiny", new Text("Hi"), ScriptedModel.end(Reason.LENGTH, 1)),
                ResponseStore.inMemory());
        JsonNode answer = RecordedExchange.send(cut, "POST", "/v1/responses", "{\"model\": \"tiny\", \"input\": \"x\"}")
                .json();
        assertThat(answer.get("status").stringValue()).isEqualTo("incomplete");
        assertThat(answer.at("/incomplete_details/reason").stringValue()).isEqualTo("max_output_tokens");
        assertThat(answer.at("/output/0/status").stringValue()).isEqualTo("incomplete");
    }

    @Test
    void aStoreThatIsFullForgetsWhatWasNotUsedForLongest() {
        ResponseStore store = new MemoryResponses(10);
        store.add(ResponseStore.Kind.RESPONSE, "me", "a", "12345");
        store.add(ResponseStore.Kind.RESPONSE, "me", "b", "12345");
        assertThat(store.get(ResponseStore.Kind.RESPONSE, "me", "a")).hasValue("12345");
        store.add(ResponseStore.Kind.RESPONSE, "me", "c", "123");
        assertThat(store.get(ResponseStore.Kind.RESPONSE, "me", "b")).isEmpty();
        assertThat(store.get(ResponseStore.Kind.RESPONSE, "me", "a")).isPresent();
        assertThat(store.get(ResponseStore.Kind.CONVERSATION, "me", "a")).isEmpty();
        assertThat(store.get(ResponseStore.Kind.RESPONSE, "you", "a")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    "input": "x", "background": true, "store": false                              | background
                    "input": "x", "previous_response_id": "a", "conversation": "b"                | conversation
                    "input": "x", "prompt": {"id": "p"}                                           | prompt
                    "input": "x", "truncation": "some"                                            | truncation
                    "input": "x", "include": ["file_search_call.results"]                         | include
                    "input": "x", "tools": [{"type": "web_search"}]                               | tools[0].type
                    "input": [{"type": "item_reference", "id": "i"}]                              | input[0].type
                    "input": [{"role": "robot", "content": "x"}]                                  | input[0].role
                    "input": [{"role": "user", "content": [{"type": "input_image"}]}]             | input[0].content[0].type
                    "input": [{"type": "function_call_output", "call_id": "c", "output": "o"}]    | input
                    "input": []                                                                   | input
                    "input": 5                                                                    | input
                    """)
    void whatIsWrongIsNamed(String fields, String parameter) {
        RecordedExchange exchange = create(fields);
        assertThat(exchange.status()).isEqualTo(400);
        assertThat(exchange.json().at("/error/param").stringValue()).isEqualTo(parameter);
    }
}
