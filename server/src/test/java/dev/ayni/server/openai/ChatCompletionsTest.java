package dev.ayni.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatEvent.Text;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Message;
import dev.ayni.chat.OverloadedException;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.ToolChoice;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.models.ScriptedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class ChatCompletionsTest {
    private static final String HELLO =
            "\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]";
    private static final String WEATHER =
            "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"weather\", \"description\": \"Tells it.\", \"parameters\": {\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\"}}}}}, {\"type\": \"function\", \"function\": {\"name\": \"time\"}}]";

    private static RecordedExchange ask(ScriptedModel model, String fields) {
        return RecordedExchange.send(
                new OpenAiApi(model, ResponseStore.inMemory()), "POST", "/v1/chat/completions", "{" + fields + "}");
    }

    private static ScriptedModel sayingHi() {
        return new ScriptedModel("tiny", new Text("H"), new Text("i"), ScriptedModel.end(Reason.END, 2));
    }

    private static ScriptedModel calling() {
        ToolCall call = new ToolCall("call_1", "weather", "{\"city\":\"Cusco\"}");
        ToolCall second = new ToolCall("call_2", "time", "{}");
        return new ScriptedModel(
                "tiny",
                new ChatEvent.ToolCallStarted("call_1", "weather"),
                new ChatEvent.ToolCallArguments("call_1", "{\"city\":"),
                new ChatEvent.ToolCallArguments("call_1", "\"Cusco\"}"),
                new ChatEvent.ToolCallFinished(call),
                new ChatEvent.ToolCallStarted("call_2", "time"),
                new ChatEvent.ToolCallArguments("call_2", "{}"),
                new ChatEvent.ToolCallFinished(second),
                ScriptedModel.end(Reason.TOOL_CALLS, 9));
    }

    private static LogProbability drawn(String text, double logProbability) {
        return new LogProbability(
                new TokenProbability(1, text, logProbability),
                List.of(
                        new TokenProbability(1, text, logProbability),
                        new TokenProbability(2, "other", Double.NEGATIVE_INFINITY)));
    }

    @Test
    void aWholeAnswerHasEveryFieldInOpenAisOrder() {
        RecordedExchange exchange = ask(sayingHi(), HELLO);
        JsonNode answer = exchange.json();
        assertThat(exchange.status()).isEqualTo(200);
        assertThat(answer.propertyNames())
                .containsExactly(
                        "id",
                        "object",
                        "created",
                        "model",
                        "system_fingerprint",
                        "service_tier",
                        "choices",
                        "usage",
                        "timings");
        assertThat(answer.get("id").stringValue()).startsWith("chatcmpl-");
        assertThat(answer.get("object").stringValue()).isEqualTo("chat.completion");
        assertThat(answer.get("model").stringValue()).isEqualTo("tiny");
        assertThat(answer.get("system_fingerprint").stringValue()).isEqualTo("ayni-arithmetic2-0123456789ab");
        assertThat(answer.get("choices").toString())
                .isEqualTo(
                        "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"stop\"}]");
        assertThat(answer.get("usage").toString())
                .isEqualTo(
                        "{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9,\"prompt_tokens_details\":{\"cached_tokens\":3,\"cache_write_tokens\":0,\"text_tokens\":7,\"audio_tokens\":0,\"image_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0,\"text_tokens\":2,\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}");
        assertThat(answer.at("/timings/prompt_n").intValue()).isEqualTo(4); // three of seven were remembered
        assertThat(exchange.used()).singleElement().matches(usage -> usage.answerTokens() == 2);
        assertThat(ask(sayingHi(), HELLO).json().get("id")).isNotEqualTo(answer.get("id"));
    }

    @Test
    void aStreamTellsTheRoleThenPiecesThenTheReasonAndEnds() {
        RecordedExchange exchange = ask(sayingHi(), HELLO + ", \"stream\": true");
        assertThat(exchange.contentType()).isEqualTo("text/event-stream");
        assertThat(exchange.text()).endsWith("data: [DONE]\n\n");
        List<JsonNode> chunks = exchange.events();
        assertThat(chunks)
                .extracting(chunk -> chunk.get("id"))
                .containsOnly(chunks.getFirst().get("id"));
        assertThat(chunks).allMatch(chunk -> chunk.get("object").stringValue().equals("chat.completion.chunk"));
        assertThat(chunks)
                .extracting(chunk -> chunk.get("choices").get(0).get("delta").toString())
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":\"\"}",
                        "{\"content\":\"H\"}",
                        "{\"content\":\"i\"}",
                        "{}");
        assertThat(chunks)
                .extracting(chunk ->
                        chunk.get("choices").get(0).get("finish_reason").toString())
                .containsExactly("null", "null", "null", "\"stop\"");
        assertThat(chunks).noneMatch(chunk -> chunk.has("usage"));
        assertThat(chunks.getLast().at("/timings/predicted_n").intValue()).isEqualTo(2);
        assertThat(exchange.used()).hasSize(1);
    }

    @Test
    void aStreamTellsUsageLastWhereItIsAskedFor() {
        List<JsonNode> chunks = ask(
                        sayingHi(), HELLO + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}")
                .events();
        assertThat(chunks.subList(0, chunks.size() - 1))
                .allMatch(chunk -> chunk.get("usage").isNull());
        assertThat(chunks.getLast().get("choices").size()).isZero();
        assertThat(chunks.getLast().get("usage").get("total_tokens").intValue()).isEqualTo(9);
    }

    @Test
    void callsAreToldWholeOrWhileTheyAreWritten() {
        JsonNode message = ask(calling(), HELLO + ", " + WEATHER)
                .json()
                .get("choices")
                .get(0)
                .get("message");
        assertThat(message.get("content").isNull()).isTrue();
        assertThat(message.get("tool_calls").toString())
                .isEqualTo(
                        "[{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\\\"Cusco\\\"}\"}},{\"id\":\"call_2\",\"type\":\"function\",\"function\":{\"name\":\"time\",\"arguments\":\"{}\"}}]");

        List<JsonNode> chunks =
                ask(calling(), HELLO + ", \"stream\": true, " + WEATHER).events();
        assertThat(chunks)
                .extracting(chunk -> chunk.get("choices").get(0).get("delta").toString())
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":\"\"}",
                        "{\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":\"\"}}]}",
                        "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"city\\\":\"}}]}",
                        "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"Cusco\\\"}\"}}]}",
                        "{\"tool_calls\":[{\"index\":1,\"id\":\"call_2\",\"type\":\"function\",\"function\":{\"name\":\"time\",\"arguments\":\"\"}}]}",
                        "{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"{}\"}}]}",
                        "{}");
        assertThat(chunks.getLast().get("choices").get(0).get("finish_reason").stringValue())
                .isEqualTo("tool_calls");
    }

    @Test
    void withoutParallelCallsAnAnswerEndsAfterItsFirst() {
        JsonNode choice = ask(calling(), HELLO + ", \"parallel_tool_calls\": false, " + WEATHER)
                .json()
                .get("choices")
                .get(0);
        assertThat(choice.get("message").get("tool_calls").size()).isEqualTo(1);
        assertThat(choice.get("finish_reason").stringValue()).isEqualTo("tool_calls");
    }

    @Test
    void functionsAreCalledAsBeforeThereWereTools() {
        String functions =
                ", \"functions\": [{\"name\": \"weather\", \"parameters\": {\"type\": \"object\"}}], \"function_call\": {\"name\": \"weather\"}";
        ScriptedModel model = calling();
        JsonNode choice = ask(model, HELLO + functions).json().get("choices").get(0);
        assertThat(model.chats().getFirst().tools().choice()).isEqualTo(new ToolChoice.Named("weather"));
        assertThat(choice.at("/message/function_call").toString())
                .isEqualTo("{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\\\"Cusco\\\"}\"}");
        assertThat(choice.get("message").has("tool_calls")).isFalse();
        assertThat(choice.at("/message/content").isNull()).isTrue();
        assertThat(choice.get("finish_reason").stringValue()).isEqualTo("function_call");
        List<JsonNode> chunks =
                ask(calling(), HELLO + functions + ", \"stream\": true").events();
        assertThat(chunks)
                .extracting(chunk -> chunk.get("choices").get(0).get("delta").toString())
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":\"\"}",
                        "{\"function_call\":{\"name\":\"weather\",\"arguments\":\"\"}}",
                        "{\"function_call\":{\"arguments\":\"{\\\"city\\\":\"}}",
                        "{\"function_call\":{\"arguments\":\"\\\"Cusco\\\"}\"}}",
                        "{}");
        assertThat(chunks.getLast().at("/choices/0/finish_reason").stringValue())
                .isEqualTo("function_call");
        ScriptedModel going = sayingHi();
        ask(
                going,
                "\"model\": \"tiny\", \"messages\": [{\"role\": \"assistant\", \"content\": null, \"function_call\": {\"name\": \"weather\", \"arguments\": \"{}\"}},"
                        + " {\"role\": \"function\", \"name\": \"weather\", \"content\": \"rain\"}]");
        ToolCall call = new ToolCall("call_0", "weather", "{}");
        assertThat(going.chats().getFirst().messages())
                .containsExactly(Message.assistant("", List.of(call)), Message.tool(call, "rain"));
    }

    @Test
    void metadataComesBack() {
        JsonNode answer =
                ask(sayingHi(), HELLO + ", \"metadata\": {\"a\": \"b\"}").json();
        assertThat(answer.get("metadata").toString()).isEqualTo("{\"a\":\"b\"}");
    }

    @Test
    void thoughtsAreToldApartFromTheAnswerAndCounted() {
        ScriptedModel model = new ScriptedModel(
                "tiny", new ChatEvent.Reasoning("hmm"), new Text("Yes"), ScriptedModel.end(Reason.END, 5));
        JsonNode answer = ask(model, HELLO).json();
        assertThat(answer.at("/choices/0/message/reasoning_content").stringValue())
                .isEqualTo("hmm");
        assertThat(answer.at("/choices/0/message/content").stringValue()).isEqualTo("Yes");
        assertThat(answer.at("/usage/completion_tokens_details/reasoning_tokens")
                        .intValue())
                .isEqualTo(3);
        assertThat(ask(model, HELLO + ", \"stream\": true").events())
                .anyMatch(chunk -> chunk.at("/choices/0/delta/reasoning_content")
                        .asString("")
                        .equals("hmm"));
    }

    @Test
    void logProbabilitiesComeWithBytesAndAlternativesAndNoInfinities() {
        ScriptedModel model = new ScriptedModel(
                "tiny", drawn("é", -0.5), new Text("é"), drawn("", -0.25), ScriptedModel.end(Reason.END, 2));
        String asked = HELLO + ", \"logprobs\": true, \"top_logprobs\": 2";
        assertThat(ask(model, asked).json().at("/choices/0/logprobs/content/0").toString())
                .isEqualTo(
                        "{\"token\":\"é\",\"logprob\":-0.5,\"bytes\":[195,169],\"top_logprobs\":[{\"token\":\"é\",\"logprob\":-0.5,\"bytes\":[195,169]},{\"token\":\"other\",\"logprob\":-9999.0,\"bytes\":[111,116,104,101,114]}]}");
        assertThat(model.chats().getFirst().logProbabilities()).isEqualTo(2);
        List<JsonNode> chunks = ask(model, asked + ", \"stream\": true").events();
        assertThat(chunks.get(0).at("/choices/0/logprobs").isNull()).isTrue();
        assertThat(chunks.get(1).at("/choices/0/logprobs/content").size()).isEqualTo(1);
        assertThat(chunks.get(2).at("/choices/0/logprobs/content/0/logprob").doubleValue())
                .isEqualTo(-0.25);
    }

    @Test
    void severalAnswersHaveTheirOwnIndexAndOnePrompt() {
        RecordedExchange whole = ask(sayingHi(), HELLO + ", \"n\": 3");
        assertThat(whole.json().get("choices").size()).isEqualTo(3);
        assertThat(whole.json().at("/choices/2/index").intValue()).isEqualTo(2);
        assertThat(whole.json().at("/usage/prompt_tokens").intValue()).isEqualTo(7);
        assertThat(whole.json().at("/usage/completion_tokens").intValue()).isEqualTo(6);
        assertThat(ask(sayingHi(), HELLO + ", \"n\": 2, \"stream\": true").events())
                .extracting(chunk -> chunk.at("/choices/0/index").intValue())
                .containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
    }

    @Test
    void whatARequestSaysReachesTheModel() {
        ScriptedModel model = sayingHi();
        RecordedExchange exchange = ask(
                model,
                "\"model\": \"default\", \"messages\": [{\"role\": \"developer\", \"content\": \"Be brief.\"},"
                        + " {\"role\": \"user\", \"name\": \"Ana\", \"content\": [{\"type\": \"text\", \"text\": \"a\"}, {\"type\": \"text\", \"text\": \"b\"}]},"
                        + " {\"role\": \"assistant\", \"content\": null, \"refusal\": null, \"audio\": null, \"tool_calls\": [{\"id\": \"c\", \"type\": \"function\", \"function\": {\"name\": \"time\", \"arguments\": \"{}\"}}]},"
                        + " {\"role\": \"tool\", \"tool_call_id\": \"c\", \"content\": \"noon\"}],"
                        + " \"temperature\": 0.5, \"top_p\": 0.9, \"top_k\": 30, \"min_p\": 0.1, \"typical_p\": 0.8, \"repetition_penalty\": 1.1,"
                        + " \"frequency_penalty\": 0.2, \"presence_penalty\": 0.3, \"logit_bias\": {\"5\": -100}, \"seed\": 42, \"stop\": [\"X\"],"
                        + " \"max_completion_tokens\": 5, \"ignore_eos\": true, \"cache_prompt\": false, \"priority\": 4,"
                        + " \"dry_multiplier\": 0.8, \"dry_sequence_breakers\": [\"!\"], \"xtc_probability\": 0.4, \"xtc_threshold\": 0.2,"
                        + " \"chat_template_kwargs\": {\"enable_thinking\": false}, \"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"time\"}}, "
                        + WEATHER);
        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.headers().get("x-ayni-passed-over")).isEqualTo("messages[1].name");
        ChatRequest asked = model.chats().getFirst();
        ToolCall call = new ToolCall("c", "time", "{}");
        assertThat(asked.messages())
                .containsExactly(
                        Message.system("Be brief."),
                        Message.user("ab"),
                        Message.assistant("", List.of(call)),
                        Message.tool(call, "noon"));
        Sampling sampling = asked.sampling();
        assertThat(sampling.temperature()).isEqualTo(0.5);
        assertThat(sampling.topP()).isEqualTo(0.9);
        assertThat(sampling.topK()).isEqualTo(30);
        assertThat(sampling.minP()).isEqualTo(0.1);
        assertThat(sampling.typicalP()).isEqualTo(0.8);
        assertThat(sampling.repetitionPenalty()).isEqualTo(1.1);
        assertThat(sampling.frequencyPenalty()).isEqualTo(0.2);
        assertThat(sampling.presencePenalty()).isEqualTo(0.3);
        assertThat(sampling.logitBias()).containsExactly(Map.entry(5, -100.0));
        assertThat(sampling.seed()).hasValue(42);
        assertThat(sampling.dry().multiplier()).isEqualTo(0.8);
        assertThat(sampling.dry().breakers()).containsExactly("!");
        assertThat(sampling.xtc()).isEqualTo(new Sampling.Xtc(0.4, 0.2));
        assertThat(asked.limits().maxTokens()).isEqualTo(5);
        assertThat(asked.limits().stop()).containsExactly("X");
        assertThat(asked.limits().ignoreEnd()).isTrue();
        assertThat(asked.scheduling().reuse()).isFalse();
        assertThat(asked.scheduling().priority()).isEqualTo(-4);
        assertThat(asked.scheduling().principal()).isEqualTo("local");
        assertThat(asked.templateArguments()).isEqualTo("{\"enable_thinking\":false}");
        assertThat(asked.tools().choice()).isEqualTo(new ToolChoice.Named("time"));
        assertThat(asked.tools().offered().getFirst().parameters()).contains("city");
    }

    @Test
    void aRequestThatSaysNothingOfDrawingGetsTheUsualSettingsAndOneThatDoesGetsWhatItSays() {
        ScriptedModel model = sayingHi();
        ask(model, HELLO + ", \"seed\": 1");
        ask(model, HELLO + ", \"top_p\": 0.5");
        ask(model, HELLO + ", \"top_p\": 0");
        assertThat(model.chats().get(0).sampling()).isEqualTo(Sampling.DEFAULT.withSeed(1));
        assertThat(model.chats().get(1).sampling())
                .isEqualTo(Sampling.plain().topP(0.5).build());
        assertThat(model.chats().get(2).sampling().topP()).isBetween(0.0, 1e-6);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "=>", textBlock = """
                    "response_format": {"type": "json_object"}   => {"type":"object"}
                    "response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": true, "schema": {"type": "integer"}}}   => {"type":"integer"}
                    "guided_json": {"type": "null"}   => {"type":"null"}
                    "structured_outputs": {"json": {"type": "null"}}   => {"type":"null"}
                    "guided_regex": "[0-9]+"   => [0-9]+
                    "structured_outputs": {"regex": "a|b"}   => a|b
                    "guided_choice": ["yes", "a.b"]   => (?:yes|a\\.b)
                    "grammar": "root ::= [a-z]"   => root ::= [a-z]
                    """)
    void shapesAreAskedForInManyWays(String fields, String expected) {
        ScriptedModel model = sayingHi();
        assertThat(ask(model, HELLO + ", " + fields).status()).isEqualTo(200);
        assertThat(Objects.requireNonNull(model.chats().getFirst().shape()).text())
                .isEqualTo(expected);
    }

    @Test
    void harmlessFieldsArePassedOverAndNamed() {
        RecordedExchange exchange = ask(
                sayingHi(),
                HELLO
                        + ", \"user\": \"u\", \"metadata\": {\"a\": \"b\"}, \"store\": false, \"service_tier\": \"auto\", \"prompt_cache_key\": \"k\", \"frequency_penalty\": null, \"audio\": null");
        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.headers().get("x-ayni-passed-over"))
                .isEqualTo("store, user, metadata, service_tier, prompt_cache_key");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    "web_search_options": {}                            | unknown_parameter          | web_search_options
                    "store": true                                       | invalid_value              | store
                    "n": 0                                              | invalid_type               | n
                    "n": 1.5                                            | invalid_type               | n
                    "temperature": "hot"                                | invalid_type               | temperature
                    "temperature": -1                                   | invalid_type               | temperature
                    "logit_bias": {"x": 1}                              | invalid_value              | logit_bias
                    "top_logprobs": 3                                   | invalid_value              | top_logprobs
                    "stream_options": {"include_usage": true}           | invalid_value              | stream_options
                    "max_tokens": 1, "max_completion_tokens": 2         | invalid_value              | max_tokens
                    "modalities": ["audio"]                             | invalid_value              | modalities
                    "mirostat": 1                                       | invalid_value              | mirostat
                    "grammar": "a", "guided_regex": "b"                 | invalid_value              | guided_regex
                    "tools": [{"type": "web_search"}]                   | invalid_value              | tools[0].type
                    "tools": [{"type": "function"}]                     | invalid_value              | tools[0].function
                    "tools": {"type": "function"}                       | invalid_type               | tools
                    "tool_choice": "sometimes"                          | invalid_value              | tool_choice
                    "response_format": {"type": "xml"}                  | invalid_value              | response_format.type
                    "response_format": {"type": "json_schema"}          | invalid_value              | response_format.json_schema
                    "stop": [1]                                         | invalid_type               | stop[0]
                    "reasoning_effort": "enormous"                      | invalid_value              | reasoning_effort
                    """)
    void whatIsWrongIsNamed(String fields, String code, String parameter) {
        RecordedExchange exchange = ask(sayingHi(), HELLO + ", " + fields);
        JsonNode error = exchange.json().get("error");
        assertThat(exchange.status()).isEqualTo(400);
        assertThat(error.propertyNames()).containsExactly("message", "type", "param", "code");
        assertThat(error.get("type").stringValue()).isEqualTo("invalid_request_error");
        assertThat(error.get("code").stringValue()).isEqualTo(code);
        assertThat(error.get("param").stringValue()).isEqualTo(parameter);
        assertThat(error.get("message").stringValue()).contains(parameter);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"role\": \"user\", \"content\": [{\"type\": \"image_url\", \"image_url\": {\"url\": \"data:,\"}}]}",
                "{\"role\": \"robot\", \"content\": \"x\"}",
                "{\"role\": \"user\"}",
                "{\"role\": \"user\", \"content\": 5}",
                "{\"role\": \"user\", \"content\": \"x\", \"mood\": \"good\"}",
                "{\"role\": \"tool\", \"tool_call_id\": \"none\", \"content\": \"x\"}",
                "{\"content\": \"x\"}",
                "\"x\""
            })
    void messagesThatAreNotUnderstoodAreRefused(String message) {
        RecordedExchange exchange = ask(sayingHi(), "\"model\": \"tiny\", \"messages\": [" + message + "]");
        assertThat(exchange.status()).isEqualTo(400);
        assertThat(exchange.json().at("/error/param").stringValue()).startsWith("messages[0]");
    }

    @Test
    void anUnknownModelIsNotFound() {
        RecordedExchange exchange =
                ask(sayingHi(), "\"model\": \"gpt-4\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}]");
        assertThat(exchange.status()).isEqualTo(404);
        assertThat(exchange.json().at("/error/code").stringValue()).isEqualTo("model_not_found");
    }

    @Test
    void anOverloadedModelSaysWhenToTryAgainInAStreamToo() {
        ScriptedModel model = sayingHi().first(() -> {
            throw new OverloadedException("32 requests wait already. Send it again in 2 s.", 1500);
        });
        for (String stream : List.of("false", "true")) {
            RecordedExchange exchange = ask(model, HELLO + ", \"stream\": " + stream);
            assertThat(exchange.status()).isEqualTo(429);
            assertThat(exchange.headers()).containsEntry("Retry-After", "2");
            assertThat(exchange.json().at("/error/type").stringValue()).isEqualTo("rate_limit_error");
        }
        assertThat(model.open()).isZero();
    }

    @Test
    void aFailureWithinAStreamIsToldInIt() {
        ScriptedModel model = new ScriptedModel("tiny", new Text("Hi")).last(() -> {
            throw new IllegalArgumentException("The tokens ran out.");
        });
        RecordedExchange exchange = ask(model, HELLO + ", \"stream\": true");
        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.events().getLast().at("/error/message").stringValue())
                .isEqualTo("The tokens ran out.");
        assertThat(exchange.text()).endsWith("data: [DONE]\n\n");
    }

    @Test
    void aReaderWhoLeavesStopsTheAnswer() {
        ScriptedModel model = sayingHi();
        RecordedExchange exchange = new RecordedExchange(
                        "POST", "/v1/chat/completions", "{" + HELLO + ", \"stream\": true}")
                .leavesAfter(2);
        exchange.to(new OpenAiApi(model, ResponseStore.inMemory()));
        assertThat(exchange.pieces()).hasSize(2);
        assertThat(exchange.used()).hasSize(1);
        assertThat(model.open()).isZero();
    }

    @Test
    void aReaderWhoLeavesBeforeAWholeAnswerStopsIt() {
        for (String[] asked : new String[][] {
            {"/v1/chat/completions", HELLO},
            {"/v1/responses", "\"model\": \"tiny\", \"input\": \"x\""},
            {"/v1/completions", "\"model\": \"tiny\", \"prompt\": \"x\""}
        }) {
            List<String> said = new ArrayList<>();
            ScriptedModel model =
                    new ScriptedModel("tiny", new Text("a"), new Text("b"), ScriptedModel.end(Reason.END, 2));
            RecordedExchange exchange = new RecordedExchange("POST", asked[0], "{" + asked[1] + "}").leavesAfter(0);
            model.heard(event -> said.add(event.toString()));
            exchange.to(new OpenAiApi(model, ResponseStore.inMemory()));
            assertThat(said).containsExactly("Text[delta=a]");
        }
    }
}
