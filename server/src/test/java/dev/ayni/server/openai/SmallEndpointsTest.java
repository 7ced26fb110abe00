package dev.ayni.server.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.models.ScriptedModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Embeddings, reranking, tokens and the list of models. */
class SmallEndpointsTest {
    private final OpenAiApi api = new OpenAiApi(new ScriptedModel("tiny"), ResponseStore.inMemory());

    private RecordedExchange post(String path, String fields) {
        return RecordedExchange.send(api, "POST", path, "{\"model\": \"tiny\", " + fields + "}");
    }

    @Test
    void vectorsAreNumbersOrBytes() {
        JsonNode numbers = post("/v1/embeddings", "\"input\": [\"abc\", \"de\"], \"user\": \"u\"")
                .json();
        assertThat(numbers.toString())
                .isEqualTo(
                        "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[3.0,1.0]},{\"object\":\"embedding\",\"index\":1,\"embedding\":[2.0,1.0]}],\"model\":\"tiny\",\"usage\":{\"prompt_tokens\":5,\"total_tokens\":5}}");
        String bytes = post("/v1/embeddings", "\"input\": [97, 98, 99], \"encoding_format\": \"base64\"")
                .json()
                .at("/data/0/embedding")
                .stringValue();
        ByteBuffer floats = ByteBuffer.wrap(Base64.getDecoder().decode(bytes)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(floats.getFloat()).isEqualTo(3);
        assertThat(floats.getFloat()).isEqualTo(1);
    }

    @Test
    void dimensionsThatAVectorDoesNotHaveAreRefused() {
        assertThat(post("/v1/embeddings", "\"input\": \"a\", \"dimensions\": 2").status())
                .isEqualTo(200);
        RecordedExchange fewer = post("/v1/embeddings", "\"input\": \"a\", \"dimensions\": 1");
        assertThat(fewer.status()).isEqualTo(400);
        assertThat(fewer.json().at("/error/param").stringValue()).isEqualTo("dimensions");
    }

    @Test
    void documentsAreOrderedByHowWellTheyAnswer() {
        JsonNode answer = post(
                        "/v1/rerank",
                        "\"query\": \"q\", \"documents\": [\"a\", {\"text\": \"abc\"}, \"ab\"], \"top_n\": 2")
                .json();
        assertThat(answer.get("results").toString())
                .isEqualTo(
                        "[{\"index\":1,\"document\":{\"text\":\"abc\"},\"relevance_score\":3.0},{\"index\":2,\"document\":{\"text\":\"ab\"},\"relevance_score\":2.0}]");
        assertThat(answer.at("/usage/total_tokens").intValue()).isEqualTo(1);
        assertThat(post("/v1/rerank", "\"query\": \"q\", \"documents\": [\"a\"], \"return_documents\": false")
                        .json()
                        .at("/results/0")
                        .has("document"))
                .isFalse();
    }

    @Test
    void textsBecomeTokensAndTokensTexts() {
        assertThat(post("/v1/tokenize", "\"prompt\": \"AB\", \"return_token_strs\": true")
                        .json()
                        .toString())
                .isEqualTo(
                        "{\"count\":3,\"max_model_len\":100,\"tokens\":[1,65,66],\"token_strs\":[\"\\u0001\",\"A\",\"B\"]}");
        assertThat(post("/v1/tokenize", "\"prompt\": \"AB\", \"add_special_tokens\": false")
                        .json()
                        .get("tokens")
                        .toString())
                .isEqualTo("[65,66]");
        assertThat(post("/v1/detokenize", "\"tokens\": [65, 66]").json().toString())
                .isEqualTo("{\"prompt\":\"AB\"}");
    }

    @Test
    void aConversationIsTokenizedAsTheModelGetsIt() {
        JsonNode answer = post("/v1/tokenize", "\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]")
                .json();
        assertThat(answer.get("count").intValue()).isEqualTo("user:x\n".length());
    }

    @Test
    void clientsThatCountForThemselvesLearnWhatBeginsAndEndsAText() {
        assertThat(RecordedExchange.send(api, "GET", "/tokenizer_info?model=tiny", "")
                        .text())
                .isEqualTo("{\"bos_token\":\"\\u0001\",\"eos_token\":null,\"model_max_length\":100}");
    }

    @Test
    void modelsAreListedAndFoundByName() {
        JsonNode list = RecordedExchange.send(api, "GET", "/v1/models", "").json();
        assertThat(list.toString())
                .isEqualTo(
                        "{\"object\":\"list\",\"data\":[{\"id\":\"tiny\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"ayni\",\"max_model_len\":100}]}");
        assertThat(RecordedExchange.send(api, "GET", "/v1/models/tiny", "").json())
                .isEqualTo(list.at("/data/0"));
        RecordedExchange unknown = RecordedExchange.send(api, "GET", "/v1/models/some/other", "");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.json().at("/error/message").stringValue()).contains("some/other", "tiny");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    embeddings | "input": ""                                       | input
                    embeddings | "input": []                                       | input
                    embeddings | "input": [[]]                                     | input[0]
                    embeddings | "inputs": "a"                                     | input
                    embeddings | "input": "a", "encoding_format": "hex"            | encoding_format
                    embeddings | "input": "a", "truncate": true                    | truncate
                    rerank     | "query": "q", "documents": []                     | documents
                    rerank     | "query": "q", "documents": [1]                    | documents[0]
                    rerank     | "documents": ["a"]                                | query
                    tokenize   | "add_special_tokens": true                        | prompt
                    tokenize   | "prompt": "a", "messages": []                     | prompt
                    detokenize | "tokens": "a"                                     | tokens
                    """)
    void whatIsWrongIsNamed(String endpoint, String fields, String parameter) {
        RecordedExchange exchange = post("/v1/" + endpoint, fields);
        assertThat(exchange.status()).isEqualTo(400);
        assertThat(exchange.json().at("/error/param").stringValue()).isEqualTo(parameter);
    }
}
