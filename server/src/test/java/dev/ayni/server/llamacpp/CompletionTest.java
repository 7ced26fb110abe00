package dev.ayni.server.llamacpp;

import static dev.ayni.server.models.ScriptedModel.end;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.Sampling.Stage;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextRequest;
import dev.ayni.chat.TextRequest.Prompt;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.models.ScriptedModel;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class CompletionTest {
    private static ScriptedModel river() {
        TokenProbability token = new TokenProbability(65, "A", -0.1);
        TokenProbability other = new TokenProbability(66, "B", -2.5);
        return new ScriptedModel(
                "m",
                new LogProbability(token, List.of(token, other)),
                new ChatEvent.Text("A"),
                new ChatEvent.Text(" river"),
                end(Reason.LENGTH, 2));
    }

    private static RecordedExchange ask(ScriptedModel model, String path, String body) {
        return RecordedExchange.send(new LlamaCppApi(model), "POST", path, body);
    }

    @Test
    void aCompletionTellsItsTextItsTokensAndItsTimes() {
        ScriptedModel model = river();
        JsonNode answer = ask(
                        model,
                        "/completion",
                        "{\"prompt\":\"Hi\",\"n_predict\":2,\"n_probs\":2,\"return_tokens\":true}")
                .json();
        assertThat(answer.at("/content").asString()).isEqualTo("A river");
        assertThat(answer.at("/stop").asBoolean()).isTrue();
        assertThat(answer.at("/stop_type").asString()).isEqualTo("limit");
        assertThat(answer.at("/tokens/0").asInt()).isEqualTo(65);
        assertThat(answer.at("/completion_probabilities/0/top_logprobs/1/token").asString())
                .isEqualTo("B");
        assertThat(answer.at("/tokens_evaluated").asInt()).isEqualTo(7);
        assertThat(answer.at("/timings/cache_n").asInt()).isEqualTo(3);
        assertThat(answer.at("/timings/prompt_n").asInt()).isEqualTo(4);
        assertThat(answer.at("/timings/prompt_ms").asDouble()).isEqualTo(20);
        assertThat(answer.at("/timings/predicted_per_second").asDouble()).isEqualTo(40);
        TextRequest asked = model.texts().getFirst();
        assertThat(asked.prompt()).isEqualTo(new Prompt.Tokens(List.of(1, (int) 'H', (int) 'i')));
        assertThat(asked.limits().maxTokens()).isEqualTo(2);
        assertThat(asked.logProbabilities()).isEqualTo(2);
    }

    @Test
    void aStreamEndsWithThePieceThatSaysStop() {
        RecordedExchange answered = ask(river(), "/completion", "{\"prompt\":\"Hi\",\"stream\":true}");
        List<JsonNode> pieces = answered.events();
        assertThat(pieces.stream().map(piece -> piece.get("content").asString()))
                .containsExactly("A", " river", "");
        assertThat(pieces.stream().map(piece -> piece.get("stop").asBoolean())).containsExactly(false, false, true);
        assertThat(pieces.getLast().has("timings")).isTrue();
        assertThat(answered.used()).hasSize(1);
    }

    @Test
    void aPromptMayMixTokensAndTexts() {
        ScriptedModel model = river();
        ask(model, "/completion", "{\"prompt\":[5,\"ab\",6]}");
        assertThat(model.texts().getFirst().prompt()).isEqualTo(new Prompt.Tokens(List.of(5, (int) 'a', (int) 'b', 6)));
    }

    @Test
    void theKnobsOfLlamaCppAreFollowed() {
        ScriptedModel model = river();
        RecordedExchange answered = ask(model, "/completion", """
                {"prompt":"Hi","temperature":0.3,"top_k":5,"min_p":0.2,"dry_multiplier":0.8,"xtc_probability":0.5,
                 "samplers":["dry","top_k","min_p","temperature"],"logit_bias":[[7,-1.5],["a",false]],"seed":42,
                 "ignore_eos":true,"cache_prompt":false,"grammar":"root ::= \\"x\\"","stop":["END"],"repeat_last_n":64}""");
        assertThat(answered.status()).as(answered.text()).isEqualTo(200);
        TextRequest asked = model.texts().getFirst();
        assertThat(asked.sampling().temperature()).isEqualTo(0.3);
        assertThat(asked.sampling().order()).containsExactly(Stage.TOP_K, Stage.MIN_P, Stage.TEMPERATURE);
        assertThat(asked.sampling().logitBias()).containsEntry(7, -1.5).containsEntry((int) 'a', -1e9);
        assertThat(asked.sampling().seed()).hasValue(42);
        assertThat(asked.sampling().dry().multiplier()).isEqualTo(0.8);
        assertThat(asked.limits().ignoreEnd()).isTrue();
        assertThat(asked.limits().stop()).containsExactly("END");
        assertThat(asked.scheduling().reuse()).isFalse();
        assertThat(asked.shape()).isEqualTo(new Shape.Gbnf("root ::= \"x\""));
        assertThat(answered.headers()).containsEntry("x-ayni-passed-over", "repeat_last_n");
    }

    @Test
    void aWrongRequestIsToldInLlamaCppsShape() {
        RecordedExchange answered = ask(river(), "/completion", "{\"prompt\":\"Hi\",\"n_probes\":3}");
        assertThat(answered.status()).isEqualTo(400);
        assertThat(answered.json().at("/error/type").asString()).isEqualTo("invalid_request_error");
        assertThat(answered.json().at("/error/message").asString()).contains("n_probes");
        assertThat(ask(river(), "/completion", "{}").json().at("/error/message").asString())
                .contains("prompt");
        assertThat(ask(river(), "/completion", "{\"prompt\":\"a\",\"mirostat\":1}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void textsBecomeTokensAndTokensTexts() {
        assertThat(ask(river(), "/tokenize", "{\"content\":\"ab\"}")
                        .json()
                        .get("tokens")
                        .toString())
                .isEqualTo("[97,98]");
        assertThat(ask(river(), "/tokenize", "{\"content\":\"a\",\"add_special\":true,\"with_pieces\":true}")
                        .json()
                        .at("/tokens/1/piece")
                        .asString())
                .isEqualTo("a");
        assertThat(ask(river(), "/detokenize", "{\"tokens\":[97,98]}")
                        .json()
                        .get("content")
                        .asString())
                .isEqualTo("ab");
        assertThat(ask(river(), "/detokenize", "{\"tokens\":[-1]}").status()).isEqualTo(400);
        assertThat(ask(river(), "/apply-template", "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}")
                        .json()
                        .get("prompt")
                        .asString())
                .isEqualTo("user:Hi\n");
        assertThat(ask(river(), "/embedding", "{\"content\":\"abc\"}")
                        .json()
                        .at("/0/embedding/0/0")
                        .asDouble())
                .isEqualTo(3);
    }

    @Test
    void theServerDescribesItself() {
        RecordedExchange props = RecordedExchange.send(new LlamaCppApi(river()), "GET", "/props", "");
        assertThat(props.json().at("/default_generation_settings/n_ctx").asInt())
                .isEqualTo(100);
        RecordedExchange slots = RecordedExchange.send(new LlamaCppApi(river()), "GET", "/slots", "");
        assertThat(slots.json().at("/0/is_processing").asBoolean()).isFalse();
    }
}
