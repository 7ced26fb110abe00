package dev.ayni.server.anthropic;

import static dev.ayni.server.models.ScriptedModel.end;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Message;
import dev.ayni.chat.OverloadedException;
import dev.ayni.chat.Shape;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.ToolChoice;
import dev.ayni.chat.Usage;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.models.ScriptedModel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class MessagesTest {
    private static final ToolCall WEATHER = new ToolCall("call_1", "weather", "{\"city\":\"Lima\"}");
    private static final ToolCall TIME = new ToolCall("call_2", "time", "{}");

    private static RecordedExchange ask(ScriptedModel model, String body) {
        return RecordedExchange.send(new AnthropicApi(model), "POST", "/v1/messages", body);
    }

    private static String question(String more) {
        return "{\"model\":\"m\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]%s}"
                .formatted(more);
    }

    private static ScriptedModel hello() {
        return new ScriptedModel("m", new ChatEvent.Text("Hel"), new ChatEvent.Text("lo"), end(Reason.END, 2));
    }

    @Test
    void anAnswerIsABlockOfTextWithWhatItTook() {
        RecordedExchange answered = ask(hello(), question(""));
        JsonNode json = answered.json();
        assertThat(json.at("/type").asString()).isEqualTo("message");
        assertThat(json.at("/role").asString()).isEqualTo("assistant");
        assertThat(json.at("/content/0/type").asString()).isEqualTo("text");
        assertThat(json.at("/content/0/text").asString()).isEqualTo("Hello");
        assertThat(json.at("/stop_reason").asString()).isEqualTo("end_turn");
        assertThat(json.at("/stop_sequence").isNull()).isTrue();
        assertThat(json.at("/usage/input_tokens").asInt()).isEqualTo(4);
        assertThat(json.at("/usage/cache_read_input_tokens").asInt()).isEqualTo(3);
        assertThat(json.at("/usage/output_tokens").asInt()).isEqualTo(2);
        assertThat(answered.headers()).containsEntry("request-id", "request-1");
        assertThat(answered.used()).hasSize(1);
    }

    @Test
    void aStreamOpensAndClosesEachBlock() {
        RecordedExchange answered = ask(
                new ScriptedModel(
                        "m",
                        new ChatEvent.Reasoning("hm"),
                        new ChatEvent.Text("Hello"),
                        new ChatEvent.ToolCallStarted("call_1", "weather"),
                        new ChatEvent.ToolCallArguments("call_1", "{\"city\":"),
                        new ChatEvent.ToolCallFinished(WEATHER),
                        end(Reason.TOOL_CALLS, 9)),
                question(",\"stream\":true"));
        assertThat(answered.contentType()).isEqualTo("text/event-stream");
        assertThat(answered.events().stream().map(MessagesTest::shown))
                .containsExactly(
                        "message_start",
                        "ping",
                        "content_block_start 0 thinking",
                        "content_block_delta 0 thinking_delta hm",
                        "content_block_stop 0",
                        "content_block_start 1 text",
                        "content_block_delta 1 text_delta Hello",
                        "content_block_stop 1",
                        "content_block_start 2 tool_use",
                        "content_block_delta 2 input_json_delta {\"city\":\"Lima\"}",
                        "content_block_stop 2",
                        "message_delta",
                        "message_stop");
        JsonNode start = answered.events().getFirst();
        assertThat(start.at("/message/usage/input_tokens").asInt()).isEqualTo("user:Hi\n".length());
        JsonNode end = answered.events().get(11);
        assertThat(end.at("/delta/stop_reason").asString()).isEqualTo("tool_use");
        assertThat(end.at("/usage/output_tokens").asInt()).isEqualTo(9);
        assertThat(answered.text()).contains("event: message_stop\ndata: {");
    }

    private static String shown(JsonNode event) {
        String index = event.has("index") ? " " + event.get("index").asInt() : "";
        String block = event.has("content_block")
                ? " " + event.at("/content_block/type").asString()
                : "";
        JsonNode delta = event.path("delta");
        String more = delta.has("type")
                ? " %s %s"
                        .formatted(
                                delta.get("type").asString(),
                                delta.path("text").asString("")
                                        + delta.path("thinking").asString("")
                                        + delta.path("partial_json").asString(""))
                : "";
        return event.get("type").asString() + index + block + more;
    }

    @ParameterizedTest
    @CsvSource({"END,end_turn", "LENGTH,max_tokens", "CONTEXT_FULL,model_context_window_exceeded", "TOOL_CALLS,tool_use"
    })
    void anAnswerSaysWhyItEnded(Reason reason, String expected) {
        RecordedExchange answered = ask(new ScriptedModel("m", end(reason, 0)), question(""));
        assertThat(answered.json().at("/stop_reason").asString()).isEqualTo(expected);
    }

    @Test
    void theStopSequenceThatAppearedIsNamed() {
        ScriptedModel model = new ScriptedModel(
                "m", new ChatEvent.Text("a"), new ChatEvent.Finished(Reason.STOP, new Usage(1, 0, 1, 9, 1, 1), "END"));
        RecordedExchange answered = ask(model, question(",\"stop_sequences\":[\"x\",\"END\"]"));
        assertThat(answered.json().at("/stop_reason").asString()).isEqualTo("stop_sequence");
        assertThat(answered.json().at("/stop_sequence").asString()).isEqualTo("END");
        assertThat(model.chats().getFirst().limits().stop()).containsExactly("x", "END");
    }

    @Test
    void aConversationWithToolsReachesTheModelInOrder() {
        ScriptedModel model = hello();
        RecordedExchange answered = ask(model, """
                {"model":"m","max_tokens":50,"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],
                 "tools":[{"name":"weather","description":"the weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}],
                 "tool_choice":{"type":"tool","name":"weather"},
                 "messages":[
                  {"role":"user","content":[{"type":"text","text":"Is it"},{"type":"text","text":"raining?"}]},
                  {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"I look."},
                    {"type":"tool_use","id":"t1","name":"weather","input":{"city":"Lima"}}]},
                  {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"dry"}]},
                    {"type":"text","text":"So?"}]}]}""");
        assertThat(answered.status()).as(answered.text()).isEqualTo(200);
        ChatRequest request = model.chats().getFirst();
        ToolCall call = new ToolCall("t1", "weather", "{\"city\":\"Lima\"}");
        assertThat(request.messages())
                .containsExactly(
                        Message.system("Be brief."),
                        Message.user("Is it\nraining?"),
                        Message.assistant("I look.", List.of(call)),
                        Message.tool(call, "dry"),
                        Message.user("So?"));
        assertThat(request.tools().choice()).isEqualTo(new ToolChoice.Named("weather"));
        assertThat(request.tools().offered().getFirst().parameters()).contains("\"city\"");
        assertThat(answered.headers().get("x-ayni-passed-over")).contains("cache_control");
    }

    @Test
    void whoWantsOneCallAtATimeGetsTheFirstOnly() {
        RecordedExchange answered = ask(
                new ScriptedModel(
                        "m",
                        new ChatEvent.ToolCallFinished(WEATHER),
                        new ChatEvent.ToolCallFinished(TIME),
                        end(Reason.TOOL_CALLS, 5)),
                question("""
                        ,"tools":[{"name":"weather","input_schema":{"type":"object"}},{"name":"time","input_schema":{"type":"object"}}],
                        "tool_choice":{"type":"any","disable_parallel_tool_use":true}"""));
        assertThat(answered.json().at("/content").size()).isEqualTo(1);
        assertThat(answered.json().at("/content/0/input/city").asString()).isEqualTo("Lima");
        assertThat(answered.json().at("/stop_reason").asString()).isEqualTo("tool_use");
    }

    @Test
    void aCallThatBrokeOffIsTextAndNotToBeRun() {
        RecordedExchange answered = ask(
                new ScriptedModel(
                        "m",
                        new ChatEvent.ToolCallStarted("call_1", "weather"),
                        new ChatEvent.ToolCallBroken("call_1", "{\"city", "cut"),
                        end(Reason.LENGTH, 5)),
                question(",\"stream\":true"));
        assertThat(answered.text()).doesNotContain("tool_use").contains("{\\\"city");
    }

    @Test
    void samplingShapeAndThinkingAreFollowed() {
        ScriptedModel model = hello();
        ask(model, question("""
                ,"temperature":0,"top_p":0.5,"top_k":7,"thinking":{"type":"disabled"},
                "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}"""));
        ChatRequest request = model.chats().getFirst();
        assertThat(request.sampling().temperature()).isZero();
        assertThat(request.sampling().topP()).isEqualTo(0.5);
        assertThat(request.sampling().topK()).isEqualTo(7);
        assertThat(request.limits().maxTokens()).isEqualTo(50);
        assertThat(request.shape()).isEqualTo(new Shape.JsonSchema("{\"type\":\"object\"}"));
        assertThat(request.templateArguments()).isEqualTo("{\"enable_thinking\":false}");
        assertThat(request.scheduling().principal()).isEqualTo("local");
    }

    @Test
    void tokensAreCountedWithoutAnswering() {
        ScriptedModel model = hello();
        RecordedExchange counted = RecordedExchange.send(
                new AnthropicApi(model),
                "POST",
                "/v1/messages/count_tokens",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
        assertThat(counted.json().get("input_tokens").asInt()).isEqualTo("user:Hi\n".length());
        assertThat(model.chats()).isEmpty();
        assertThat(model.open()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]} | 400 | invalid_request_error | max_tokens",
                "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[]} | 400 | invalid_request_error | messages",
                "{\"model\":\"x\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]} | 404 | not_found_error | 'x'",
                "{\"model\":\"m\",\"max_tokens\":5,\"top_q\":1,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]} | 400 | invalid_request_error | top_q",
                "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\"}]}]} | 400 | invalid_request_error | image",
                "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"assistant\",\"content\":\"Hi\"}]} | 400 | invalid_request_error | output_config",
                "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t9\"}]}]} | 400 | invalid_request_error | t9",
                "{\"model\":\"m\",\"max_tokens\":5,\"tools\":[{\"type\":\"web_search\",\"name\":\"w\"}],\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]} | 400 | invalid_request_error | web_search",
                "[] | 400 | invalid_request_error | object"
            })
    void aWrongRequestIsToldInAnthropicsShape(String body, int status, String type, String named) {
        RecordedExchange answered = ask(hello(), body);
        assertThat(answered.status()).isEqualTo(status);
        assertThat(answered.json().at("/type").asString()).isEqualTo("error");
        assertThat(answered.json().at("/error/type").asString()).isEqualTo(type);
        assertThat(answered.json().at("/error/message").asString()).contains(named);
        assertThat(answered.json().at("/request_id").asString()).isEqualTo("request-1");
    }

    @Test
    void aVersionThatIsNoDateIsRefused() {
        RecordedExchange answered = new RecordedExchange("POST", "/v1/messages", question(""))
                .asked("Anthropic-Version", "new")
                .to(new AnthropicApi(hello()));
        assertThat(answered.status()).isEqualTo(400);
        assertThat(answered.json().at("/error/message").asString()).contains("2023-06-01");
    }

    @Test
    void whatFailsBeforeTheStreamHasAStatusAndWhatFailsInItAnEvent() {
        Runnable full = () -> {
            throw new OverloadedException("Too many wait.", 2500);
        };
        RecordedExchange refused = ask(hello().first(full), question(",\"stream\":true"));
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.headers()).containsEntry("Retry-After", "3");
        RecordedExchange broken = ask(hello().last(full), question(",\"stream\":true"));
        assertThat(broken.status()).isEqualTo(200);
        assertThat(broken.events().getLast().at("/error/type").asString()).isEqualTo("rate_limit_error");
    }

    @Test
    void aReaderWhoLeavesEndsTheWorkAndIsStillAccountedFor() {
        ScriptedModel model = hello();
        RecordedExchange left = new RecordedExchange("POST", "/v1/messages", question(",\"stream\":true"))
                .leavesAfter(3)
                .to(new AnthropicApi(model));
        assertThat(left.text()).doesNotContain("message_stop");
        assertThat(left.used()).hasSize(1);
        assertThat(model.open()).isZero();
    }

    @Test
    void modelsAreListedInAnthropicsShape() {
        RecordedExchange list = new RecordedExchange("GET", "/v1/models", "");
        new AnthropicApi(hello()).models(list);
        assertThat(list.json().at("/data/0/type").asString()).isEqualTo("model");
        assertThat(list.json().at("/data/0/id").asString()).isEqualTo("m");
        assertThat(list.json().at("/has_more").asBoolean()).isFalse();
        RecordedExchange missing = new RecordedExchange("GET", "/v1/models/x", "");
        new AnthropicApi(hello()).model(missing, "x");
        assertThat(missing.status()).isEqualTo(404);
        assertThat(missing.json().at("/error/type").asString()).isEqualTo("not_found_error");
    }
}
