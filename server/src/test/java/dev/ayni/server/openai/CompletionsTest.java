package dev.ayni.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.PromptToken;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatEvent.Text;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.TextRequest;
import dev.ayni.chat.TextRequest.Prompt;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.models.ScriptedModel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class CompletionsTest {
    private static RecordedExchange ask(ScriptedModel model, String fields) {
        return RecordedExchange.send(
                new OpenAiApi(model, ResponseStore.inMemory()),
                "POST",
                "/v1/completions",
                "{\"model\": \"tiny\", " + fields + "}");
    }

    private static PromptToken read(String text, double logProbability) {
        return new PromptToken(
                new TokenProbability(1, text, logProbability), List.of(new TokenProbability(2, "z", -0.125)));
    }

    private static LogProbability drawn(String text, double logProbability) {
        return new LogProbability(
                new TokenProbability(1, text, logProbability), List.of(new TokenProbability(1, text, logProbability)));
    }

    private static ScriptedModel going(String text) {
        return new ScriptedModel("tiny", new Text(text), ScriptedModel.end(Reason.LENGTH, 2));
    }

    private static ScriptedModel scoring() {
        return new ScriptedModel(
                "tiny",
                read("Ünd", Double.NaN),
                read(" so", -2),
                drawn("!", -0.5),
                new Text("!"),
                ScriptedModel.end(Reason.LENGTH, 1));
    }

    @Test
    void aTextIsContinued() {
        ScriptedModel model = going(" on");
        JsonNode answer =
                ask(model, "\"prompt\": \"And so\", \"max_tokens\": 2").json();
        assertThat(answer.propertyNames())
                .containsExactly(
                        "id", "object", "created", "model", "system_fingerprint", "choices", "usage", "timings");
        assertThat(answer.get("id").stringValue()).startsWith("cmpl-");
        assertThat(answer.get("object").stringValue()).isEqualTo("text_completion");
        assertThat(answer.get("choices").toString())
                .isEqualTo("[{\"text\":\" on\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"length\"}]");
        assertThat(model.texts().getFirst().prompt()).isEqualTo(new Prompt.Text("And so"));
        assertThat(model.texts().getFirst().limits().maxTokens()).isEqualTo(2);
    }

    @Test
    void sixteenTokensAreWrittenWhereNobodySaysMore() {
        ScriptedModel model = going("x");
        ask(model, "\"prompt\": \"a\"");
        assertThat(model.texts().getFirst().limits().maxTokens()).isEqualTo(16);
    }

    @Test
    void promptsAreTextsOrTokenIdsOneOrMany() {
        for (String prompt : List.of("\"AB\"", "[65, 66]", "[\"AB\"]", "[[65, 66]]")) {
            assertThat(ask(going("!"), "\"echo\": true, \"prompt\": " + prompt)
                            .json()
                            .at("/choices/0/text")
                            .stringValue())
                    .isEqualTo("AB!");
        }
        ScriptedModel model = going("!");
        JsonNode answer = ask(model, "\"prompt\": [\"A\", \"B\", \"C\"], \"n\": 2, \"echo\": true")
                .json();
        assertThat(answer.get("choices").values())
                .extracting(choice ->
                        choice.get("index").intValue() + choice.get("text").stringValue())
                .containsExactly("0A!", "1A!", "2B!", "3B!", "4C!", "5C!");
        assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(21);
        assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(12);
        assertThat(model.texts()).hasSize(6);
    }

    @Test
    void anEchoedPromptIsScoredTokenByToken() {
        ScriptedModel model = scoring();
        JsonNode answer = ask(model, "\"prompt\": \"Ünd so\", \"echo\": true, \"logprobs\": 1, \"max_tokens\": 1")
                .json();
        assertThat(answer.at("/choices/0/text").stringValue()).isEqualTo("Ünd so!");
        assertThat(answer.at("/choices/0/logprobs").toString())
                .isEqualTo(
                        "{\"text_offset\":[0,3,6],\"token_logprobs\":[null,-2.0,-0.5],\"tokens\":[\"Ünd\",\" so\",\"!\"],\"top_logprobs\":[null,{\"z\":-0.125},{\"!\":-0.5}]}");
        TextRequest asked = model.texts().getFirst();
        assertThat(asked.promptProbabilities()).isTrue();
        assertThat(asked.logProbabilities()).isEqualTo(1);
    }

    @Test
    void aPromptCanBeScoredWithoutAWordGenerated() {
        ScriptedModel model = new ScriptedModel(
                "tiny", read("Ünd", Double.NaN), read(" so", -2), ScriptedModel.end(Reason.LENGTH, 0));
        JsonNode answer = ask(model, "\"prompt\": \"Ünd so\", \"echo\": true, \"logprobs\": 0, \"max_tokens\": 0")
                .json();
        assertThat(model.texts().getFirst().limits().maxTokens()).isZero();
        assertThat(answer.at("/choices/0/text").stringValue()).isEqualTo("Ünd so");
        assertThat(answer.at("/choices/0/logprobs/tokens").size()).isEqualTo(2);
        assertThat(answer.at("/choices/0/finish_reason").stringValue()).isEqualTo("length");
        assertThat(answer.at("/usage/completion_tokens").intValue()).isZero();
    }

    @Test
    void aStreamBeginsWithTheEchoAndTellsTokensWithTheirText() {
        RecordedExchange exchange = ask(
                scoring(),
                "\"prompt\": \"Ünd so\", \"echo\": true, \"logprobs\": 1, \"stream\": true, \"stream_options\": {\"include_usage\": true}");
        assertThat(exchange.text()).endsWith("data: [DONE]\n\n");
        List<JsonNode> chunks = exchange.events();
        assertThat(chunks.get(0).at("/choices/0/text").stringValue()).isEqualTo("Ünd so!");
        assertThat(chunks.get(0).at("/choices/0/logprobs/tokens").size()).isEqualTo(3);
        assertThat(chunks.get(1).at("/choices/0/finish_reason").stringValue()).isEqualTo("length");
        assertThat(chunks.get(1).get("usage").isNull()).isTrue();
        assertThat(chunks.get(2).at("/usage/total_tokens").intValue()).isEqualTo(8);
    }

    @Test
    void theBestOfSeveralIsAnswered() {
        ScriptedModel model =
                new ScriptedModel("tiny", drawn("x", -0.5), new Text("x"), ScriptedModel.end(Reason.LENGTH, 1));
        JsonNode answer = ask(model, "\"prompt\": \"a\", \"best_of\": 3").json();
        assertThat(answer.get("choices").size()).isEqualTo(1);
        assertThat(answer.at("/choices/0/logprobs").isNull()).isTrue();
        assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(3);
        assertThat(model.texts()).hasSize(3).allMatch(text -> text.logProbabilities() == 0);
    }

    @Test
    void aFailureOfOneOfManyPromptsIsTheAnswer() {
        ScriptedModel model = going("!").first(() -> {
            throw new IllegalArgumentException("A bad prompt.");
        });
        RecordedExchange exchange = ask(model, "\"prompt\": [\"A\", \"B\"]");
        assertThat(exchange.status()).isEqualTo(400);
        assertThat(exchange.json().at("/error/message").stringValue()).isEqualTo("A bad prompt.");
        assertThat(model.open()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    "prompt": "a", "suffix": "b"             | invalid_value              | suffix
                    "prompt": "a", "best_of": 1, "n": 2      | invalid_value              | best_of
                    "prompt": "a", "best_of": 2, "stream": true | invalid_value           | best_of
                    "prompt": "a", "max_tokens": -1          | invalid_type               | max_tokens
                    "prompt": []                             | invalid_type               | prompt
                    "prompt": [1, "a"]                       | invalid_type               | prompt[1]
                    "prompt": [-1]                           | invalid_type               | prompt[0]
                    "prompt": ["a", []]                      | invalid_type               | prompt[1]
                    "echo": true                             | missing_required_parameter | prompt
                    "prompt": "a", "messages": []            | unknown_parameter          | messages
                    """)
    void whatIsWrongIsNamed(String fields, String code, String parameter) {
        RecordedExchange exchange = ask(going("!"), fields);
        assertThat(exchange.status()).isEqualTo(400);
        assertThat(exchange.json().at("/error/code").stringValue()).isEqualTo(code);
        assertThat(exchange.json().at("/error/param").stringValue()).isEqualTo(parameter);
    }
}
