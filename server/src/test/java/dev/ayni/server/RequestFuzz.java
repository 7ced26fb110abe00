package dev.ayni.server;

import dev.ayni.chat.ChatEvent;
import dev.ayni.fuzz.FuzzFolder;
import dev.ayni.guard.personal.PersonalData;
import dev.ayni.guard.personal.Wanted;
import dev.ayni.hub.Catalogue;
import dev.ayni.hub.Hub;
import dev.ayni.hub.HubSettings;
import dev.ayni.server.anthropic.AnthropicApi;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.RecordedExchange;
import dev.ayni.server.llamacpp.LlamaCppApi;
import dev.ayni.server.models.ScriptedModel;
import dev.ayni.server.ollama.OllamaApi;
import dev.ayni.server.openai.OpenAiApi;
import dev.ayni.server.openai.ResponseStore;
import dev.ayni.server.presidio.PresidioApi;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Any body of a request, by every protocol: an answer, or an error that is the asker's and says what is wrong. */
final class RequestFuzz {
    /*
     * An input is the number of an endpoint, and the body.
     */
    private record Endpoint(Protocol protocol, String path, String body) {}

    private enum Protocol {
        OPEN_AI,
        ANTHROPIC,
        OLLAMA,
        LLAMA_CPP,
        PRESIDIO
    }

    private static final String MESSAGES = "\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private static final List<Endpoint> ENDPOINTS = List.of(
            new Endpoint(
                    Protocol.OPEN_AI,
                    "/v1/chat/completions",
                    "{%s,\"temperature\":0.5,\"max_tokens\":5,\"stop\":[\"x\"],\"n\":2,\"logprobs\":true,\"top_logprobs\":2,\"seed\":7,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\",\"schema\":{\"type\":\"object\"}}}}"
                            .formatted(MESSAGES)),
            new Endpoint(
                    Protocol.OPEN_AI,
                    "/v1/chat/completions",
                    "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"2\"}],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}],\"tool_choice\":\"auto\"}"),
            new Endpoint(
                    Protocol.OPEN_AI,
                    "/v1/completions",
                    "{\"model\":\"m\",\"prompt\":[\"a\",\"b\"],\"max_tokens\":3,\"echo\":true,\"logprobs\":1,\"logit_bias\":{\"5\":-1}}"),
            new Endpoint(
                    Protocol.OPEN_AI,
                    "/v1/responses",
                    "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"a\"}]}],\"instructions\":\"b\",\"store\":false,\"text\":{\"format\":{\"type\":\"text\"}},\"reasoning\":{\"effort\":\"low\"}}"),
            new Endpoint(
                    Protocol.OPEN_AI,
                    "/v1/embeddings",
                    "{\"model\":\"m\",\"input\":[\"a\",\"b\"],\"encoding_format\":\"base64\",\"dimensions\":2}"),
            new Endpoint(
                    Protocol.ANTHROPIC,
                    "/v1/messages",
                    "{%s,\"max_tokens\":9,\"system\":[{\"type\":\"text\",\"text\":\"a\"}],\"stop_sequences\":[\"x\"],\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}],\"tool_choice\":{\"type\":\"any\"},\"thinking\":{\"type\":\"disabled\"}}"
                            .formatted(MESSAGES)),
            new Endpoint(Protocol.ANTHROPIC, "/v1/messages/count_tokens", "{" + MESSAGES + "}"),
            new Endpoint(
                    Protocol.OLLAMA,
                    "/api/chat",
                    "{%s,\"stream\":false,\"options\":{\"temperature\":1,\"num_predict\":4,\"stop\":[\"y\"]},\"format\":\"json\",\"think\":false,\"keep_alive\":\"5m\"}"
                            .formatted(MESSAGES)),
            new Endpoint(
                    Protocol.OLLAMA,
                    "/api/generate",
                    "{\"model\":\"m\",\"prompt\":\"a\",\"system\":\"b\",\"raw\":true,\"suffix\":\"\",\"context\":[1,2],\"keep_alive\":-1}"),
            new Endpoint(Protocol.OLLAMA, "/api/embed", "{\"model\":\"m\",\"input\":[\"a\"],\"truncate\":true}"),
            new Endpoint(
                    Protocol.LLAMA_CPP,
                    "/completion",
                    "{\"prompt\":[12,\"a\"],\"n_predict\":3,\"samplers\":[\"top_k\",\"temperature\"],\"grammar\":\"root ::= \\\"a\\\"\",\"logit_bias\":[[5,false]]}"),
            new Endpoint(Protocol.LLAMA_CPP, "/tokenize", "{\"content\":\"a\",\"with_pieces\":true}"),
            new Endpoint(
                    Protocol.PRESIDIO,
                    "/analyze",
                    "{\"text\":\"Call 555-0100 now\",\"language\":\"en\",\"score_threshold\":0.3,\"ad_hoc_recognizers\":[{\"name\":\"Z\",\"supported_language\":\"en\",\"patterns\":[{\"name\":\"z\",\"regex\":\"(a+)+b\",\"score\":0.1}],\"supported_entity\":\"Z\"}]}"),
            new Endpoint(
                    Protocol.PRESIDIO,
                    "/anonymize",
                    "{\"text\":\"hello world\",\"anonymizers\":{\"DEFAULT\":{\"type\":\"mask\",\"masking_char\":\"*\",\"chars_to_mask\":4,\"from_end\":true}},\"analyzer_results\":[{\"start\":0,\"end\":5,\"score\":0.8,\"entity_type\":\"NAME\"}]}"));

    private static final PresidioApi PRESIDIO = new PresidioApi(new PersonalData(), Wanted.ALL);

    private RequestFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        Endpoint endpoint = ENDPOINTS.get(Byte.toUnsignedInt(input[0]) % ENDPOINTS.size());
        RecordedExchange exchange =
                new RecordedExchange("POST", endpoint.path(), Arrays.copyOfRange(input, 1, input.length));
        exchange.to(api(endpoint.protocol()));
        if (exchange.status() < 200 || exchange.status() >= 500) {
            throw new AssertionError("%s: %d %s".formatted(endpoint.path(), exchange.status(), exchange.text()));
        }
    }

    private static Api api(Protocol protocol) {
        ScriptedModel model =
                new ScriptedModel("m", new ChatEvent.Text("Hello"), ScriptedModel.end(ChatEvent.Reason.END, 1));
        return switch (protocol) {
            case OPEN_AI -> new OpenAiApi(model, ResponseStore.inMemory());
            case ANTHROPIC -> new AnthropicApi(model);
            case OLLAMA ->
                new OllamaApi(
                        model,
                        new Hub(
                                new HubSettings(FuzzFolder.path(), URI.create("http://localhost:1"), null, null),
                                Catalogue.bundled()));
            case LLAMA_CPP -> new LlamaCppApi(model);
            case PRESIDIO -> PRESIDIO;
        };
    }

    static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (Endpoint endpoint : ENDPOINTS) {
            byte[] body = endpoint.body().getBytes(StandardCharsets.UTF_8);
            byte[] seed = new byte[body.length + 1];
            seed[0] = (byte) seeds.size();
            System.arraycopy(body, 0, seed, 1, body.length);
            seeds.add(seed);
        }
        return seeds;
    }

    static List<String> words() {
        return List.of(
                "\"role\":",
                "\"content\":",
                "\"tool_calls\":",
                "\"tool_call_id\":",
                "\"function\":",
                "\"arguments\":",
                "\"tools\":",
                "\"tool_choice\":",
                "\"required\"",
                "\"none\"",
                "\"response_format\":",
                "\"json_object\"",
                "\"type\":",
                "\"text\"",
                "\"image_url\"",
                "\"input_schema\":",
                "\"tool_use\"",
                "\"tool_result\"",
                "\"thinking\"",
                "\"stream\":true",
                "\"stop\":",
                "\"logit_bias\":",
                "\"n\":128",
                "\"seed\":-1",
                "\"temperature\":",
                "\"previous_response_id\":",
                "\"background\":true",
                "\"include\":",
                "\"truncation\":",
                "\"options\":",
                "\"keep_alive\":",
                "\"grammar\":",
                "\"json_schema\":",
                "\"samplers\":",
                "\"dimensions\":",
                "\"regex\":",
                "\"deny_list\":",
                "\"operators\":",
                "\"encrypt\"",
                "\"hash\"",
                "\"key\":",
                "1e999",
                "-0",
                "9223372036854775808",
                "\"\\ud800\"",
                "null",
                "[[]]",
                "{}");
    }
}
