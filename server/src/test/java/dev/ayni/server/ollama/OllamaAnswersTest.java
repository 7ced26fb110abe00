package dev.ayni.server.ollama;

import static dev.ayni.server.models.ScriptedModel.end;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Message;
import dev.ayni.chat.OverloadedException;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextRequest.Prompt;
import dev.ayni.chat.ToolCall;
import dev.ayni.hub.Catalogue;
import dev.ayni.hub.Hub;
import dev.ayni.hub.HubSettings;
import dev.ayni.server.access.Caller;
import dev.ayni.server.access.Role;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.models.ScriptedModel;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class OllamaAnswersTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final ToolCall WEATHER = new ToolCall("call_1", "weather", "{\"city\":\"Lima\"}");

    @TempDir
    private Path home;

    private RecordedExchange ask(ScriptedModel model, String path, String body) {
        return RecordedExchange.send(api(model), "POST", path, body);
    }

    private OllamaApi api(ScriptedModel model) {
        return new OllamaApi(
                model,
                new Hub(new HubSettings(home, URI.create("http://localhost:1"), null, null), Catalogue.bundled()));
    }

    private static String chat(String more) {
        return "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]%s}".formatted(more);
    }

    private static List<JsonNode> lines(RecordedExchange answered) {
        return answered.text()
                .lines()
                .map(line -> (JsonNode) JSON.readTree(line))
                .toList();
    }

    private static ScriptedModel hello() {
        return new ScriptedModel("m", new ChatEvent.Text("Hel"), new ChatEvent.Text("lo"), end(Reason.END, 2));
    }

    @Test
    void aChatIsStreamedLineByLineUnlessAskedNotTo() {
        RecordedExchange answered = ask(hello(), "/api/chat", chat(""));
        assertThat(answered.contentType()).isEqualTo("application/x-ndjson");
        List<JsonNode> lines = lines(answered);
        assertThat(lines.stream().map(line -> line.at("/message/content").asString()))
                .containsExactly("Hel", "lo", "");
        JsonNode last = lines.getLast();
        assertThat(last.at("/done").asBoolean()).isTrue();
        assertThat(last.at("/done_reason").asString()).isEqualTo("stop");
        assertThat(last.at("/prompt_eval_count").asInt()).isEqualTo(7);
        assertThat(last.at("/eval_count").asInt()).isEqualTo(2);
        assertThat(last.at("/eval_duration").asLong()).isEqualTo(50_000_000);
        assertThat(last.at("/total_duration").asLong()).isPositive();
        assertThat(answered.used()).hasSize(1);

        JsonNode whole = ask(hello(), "/api/chat", chat(",\"stream\":false")).json();
        assertThat(whole.at("/message/content").asString()).isEqualTo("Hello");
        assertThat(whole.at("/message/role").asString()).isEqualTo("assistant");
        assertThat(whole.at("/done").asBoolean()).isTrue();
    }

    @Test
    void aTagThatSaysNothingIsUnderstood() {
        String body = chat("").replace("\"m\"", "\"m:latest\"");
        assertThat(lines(ask(hello(), "/api/chat", body))
                        .getFirst()
                        .at("/model")
                        .asString())
                .isEqualTo("m:latest");
        ScriptedModel catalogued = new ScriptedModel("gemma3-1b", end(Reason.END, 0));
        assertThat(ask(catalogued, "/api/chat", chat("").replace("\"m\"", "\"gemma3:1b\""))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void callsAndThoughtsStandBesideTheText() {
        ScriptedModel model = new ScriptedModel(
                "m",
                new ChatEvent.Reasoning("hm"),
                new ChatEvent.Text("I look."),
                new ChatEvent.ToolCallStarted("call_1", "weather"),
                new ChatEvent.ToolCallFinished(WEATHER),
                end(Reason.TOOL_CALLS, 9));
        List<JsonNode> lines = lines(ask(model, "/api/chat", chat(",\"think\":true")));
        assertThat(lines.get(0).at("/message/thinking").asString()).isEqualTo("hm");
        assertThat(lines.get(1).at("/message/content").asString()).isEqualTo("I look.");
        assertThat(lines.get(2)
                        .at("/message/tool_calls/0/function/arguments/city")
                        .asString())
                .isEqualTo("Lima");
        assertThat(model.chats().getFirst().templateArguments()).isEqualTo("{\"enable_thinking\":true}");
        assertThat(ask(model, "/api/chat", chat(",\"think\":false,\"stream\":false"))
                        .text())
                .doesNotContain("thinking");
    }

    @Test
    void aConversationWithToolsReachesTheModel() {
        ScriptedModel model = hello();
        RecordedExchange answered = ask(model, "/api/chat", """
                {"model":"m","tools":[{"type":"function","function":{"name":"weather","description":"d","parameters":{"type":"object"}}}],
                 "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Rain?"},
                  {"role":"assistant","content":"","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Lima"}}}]},
                  {"role":"tool","content":"dry","tool_name":"weather"}]}""");
        assertThat(answered.status()).as(answered.text()).isEqualTo(200);
        ChatRequest request = model.chats().getFirst();
        ToolCall call = new ToolCall("call_0", "weather", "{\"city\":\"Lima\"}");
        assertThat(request.messages())
                .containsExactly(
                        Message.system("Be brief."),
                        Message.user("Rain?"),
                        Message.assistant("", List.of(call)),
                        Message.tool(call, "dry"));
        assertThat(request.tools().offered()).hasSize(1);
    }

    @Test
    void optionsAreFollowedAndThoseOfTheMachinePassedOver() {
        ScriptedModel model = hello();
        RecordedExchange answered = ask(model, "/api/chat", chat("""
                ,"options":{"temperature":0.1,"top_k":3,"top_p":0.4,"min_p":0.2,"seed":5,"num_predict":12,"stop":["x"],
                "repeat_penalty":1.2,"num_ctx":4096,"num_gpu":1,"mirostat":0}"""));
        ChatRequest request = model.chats().getFirst();
        assertThat(request.sampling().temperature()).isEqualTo(0.1);
        assertThat(request.sampling().topK()).isEqualTo(3);
        assertThat(request.sampling().topP()).isEqualTo(0.4);
        assertThat(request.sampling().minP()).isEqualTo(0.2);
        assertThat(request.sampling().seed()).hasValue(5);
        assertThat(request.sampling().repetitionPenalty()).isEqualTo(1.2);
        assertThat(request.limits()).isEqualTo(new Limits(12, List.of("x"), false));
        assertThat(answered.headers()).containsEntry("x-ayni-passed-over", "options.num_ctx, options.num_gpu");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"model\":\"x\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]} | 404 | not found",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"options\":{\"temprature\":1}} | 400 | options.temprature",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"options\":{\"mirostat\":1}} | 400 | mirostat",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"images\":[\"aa\"]}]} | 400 | images",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"tool\",\"content\":\"a\"}]} | 400 | tool",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"keep_alive\":\"soon\"} | 400 | keep_alive",
                "{\"messages\":[]} | 400 | model"
            })
    void aWrongRequestIsToldInOllamasShape(String body, int status, String named) {
        RecordedExchange answered = ask(hello(), "/api/chat", body);
        assertThat(answered.status()).isEqualTo(status);
        assertThat(answered.json().get("error").asString()).contains(named);
    }

    @Test
    void formatHoldsAnAnswerToJson() {
        ScriptedModel model = hello();
        ask(model, "/api/chat", chat(",\"format\":\"json\""));
        ask(model, "/api/chat", chat(",\"format\":{\"type\":\"array\"}"));
        ask(model, "/api/chat", chat(",\"format\":\"\""));
        assertThat(model.chats().stream().map(ChatRequest::shape))
                .containsExactly(
                        new Shape.JsonSchema("{\"type\": \"object\"}"),
                        new Shape.JsonSchema("{\"type\":\"array\"}"),
                        null);
        assertThat(ask(model, "/api/chat", chat(",\"format\":\"xml\"")).status())
                .isEqualTo(400);
    }

    @Test
    void logProbabilitiesComeWithTheirText() {
        TokenProbability token = new TokenProbability(65, "A", -0.5);
        ScriptedModel model = new ScriptedModel(
                "m", new LogProbability(token, List.of(token)), new ChatEvent.Text("A"), end(Reason.END, 1));
        JsonNode first = lines(ask(model, "/api/chat", chat(",\"logprobs\":true,\"top_logprobs\":1")))
                .getFirst();
        assertThat(first.at("/logprobs/0/token").asString()).isEqualTo("A");
        assertThat(first.at("/logprobs/0/top_logprobs/0/logprob").asDouble()).isEqualTo(-0.5);
        assertThat(model.chats().getFirst().logProbabilities()).isEqualTo(1);
    }

    @Test
    void aPromptGoesThroughTheTemplateUnlessItIsRaw() {
        ScriptedModel model = hello();
        JsonNode last = lines(
                        ask(model, "/api/generate", "{\"model\":\"m\",\"prompt\":\"Hi\",\"system\":\"Be brief.\"}"))
                .getLast();
        assertThat(model.chats().getFirst().messages())
                .containsExactly(Message.system("Be brief."), Message.user("Hi"));
        assertThat(last.at("/response").asString()).isEmpty();
        ask(model, "/api/generate", "{\"model\":\"m\",\"prompt\":\"ab\",\"raw\":true}");
        assertThat(model.texts().getFirst().prompt()).isEqualTo(new Prompt.Tokens(List.of(1, 97, 98)));
    }

    @Test
    void theContextOfAnAnswerBringsItsTurnsBack() {
        ScriptedModel model = hello();
        JsonNode last = lines(ask(model, "/api/generate", "{\"model\":\"m\",\"prompt\":\"Hi\"}"))
                .getLast();
        ask(
                model,
                "/api/generate",
                "{\"model\":\"m\",\"prompt\":\"And?\",\"context\":%s}".formatted(last.get("context")));
        assertThat(model.chats().getLast().messages())
                .containsExactly(Message.user("Hi"), Message.assistant("Hello"), Message.user("And?"));
        assertThat(ask(model, "/api/generate", "{\"model\":\"m\",\"prompt\":\"a\",\"context\":[1,2]}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void whatNoModelHereCanDoIsRefused() {
        for (String field : List.of("\"suffix\":\"x\"", "\"template\":\"x\"", "\"images\":[\"aa\"]")) {
            RecordedExchange answered =
                    ask(hello(), "/api/generate", "{\"model\":\"m\",\"prompt\":\"Hi\",%s}".formatted(field));
            assertThat(answered.status()).isEqualTo(400);
            assertThat(answered.json().get("error").asString()).contains("not supported");
        }
    }

    @Test
    void anEmptyPromptLoadsAModelOrUnloadsIt() {
        JsonNode loaded = ask(hello(), "/api/generate", "{\"model\":\"m\"}").json();
        assertThat(loaded.at("/done_reason").asString()).isEqualTo("load");
        JsonNode unloaded = ask(hello(), "/api/chat", "{\"model\":\"m\",\"messages\":[],\"keep_alive\":0}")
                .json();
        assertThat(unloaded.at("/done_reason").asString()).isEqualTo("unload");
        assertThat(unloaded.at("/message/role").asString()).isEqualTo("assistant");
    }

    @Test
    void whoeverMayNotLoadAndUnloadModelsDoesNotByKeepAlive() {
        Caller user = new Caller("ana", "key_1", Set.of(Role.USER), 0);
        ScriptedModel model = hello();
        OllamaApi api = api(model);
        RecordedExchange unload = new RecordedExchange(
                        "POST", "/api/chat", "{\"model\":\"m\",\"messages\":[],\"keep_alive\":0}")
                .by(user)
                .to(api);
        assertThat(unload.status()).isEqualTo(403);
        RecordedExchange answered = new RecordedExchange(
                        "POST", "/api/generate", "{\"model\":\"m\",\"prompt\":\"Hi\",\"keep_alive\":0}")
                .by(user)
                .to(api);
        assertThat(answered.status()).isEqualTo(200);
        assertThat(answered.headers().get("x-ayni-passed-over")).isEqualTo("keep_alive");
    }

    @Test
    void whatFailsWithinAStreamIsItsLastLine() {
        RecordedExchange broken = ask(
                hello().last(() -> {
                    throw new OverloadedException("Too many wait.", 1000);
                }),
                "/api/chat",
                chat(""));
        assertThat(lines(broken).getLast().get("error").asString()).isEqualTo("Too many wait.");
    }

    @Test
    void vectorsCanBeShortened() {
        JsonNode answer = ask(hello(), "/api/embed", "{\"model\":\"m\",\"input\":[\"abc\",\"d\"],\"dimensions\":1}")
                .json();
        assertThat(answer.get("embeddings").toString()).isEqualTo("[[1.0],[1.0]]");
        assertThat(answer.get("prompt_eval_count").asInt()).isEqualTo(4);
        assertThat(ask(hello(), "/api/embed", "{\"model\":\"m\",\"input\":\"abc\",\"dimensions\":9}")
                        .status())
                .isEqualTo(400);
        assertThat(ask(hello(), "/api/embeddings", "{\"model\":\"m\",\"prompt\":\"abc\"}")
                        .json()
                        .get("embedding")
                        .toString())
                .isEqualTo("[3.0,1.0]");
    }
}
