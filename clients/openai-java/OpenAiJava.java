import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import java.util.List;
import java.util.Map;

/** OpenAI's own client for Java. */
final class OpenAiJava {
    record River(String name, int kilometres) {}

    public static void main(String[] arguments) {
        String model = System.getenv("AYNI_MODEL");
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl(System.getenv("AYNI_URL") + "/v1")
                .apiKey("none")
                .maxRetries(0)
                .build();
        ChatCompletionCreateParams question = ChatCompletionCreateParams.builder()
                .model(model)
                .addUserMessage("Name the capital of France in one short sentence.")
                .maxCompletionTokens(24)
                .temperature(0.0)
                .build();

        ChatCompletion answer = client.chat().completions().create(question);
        String text = answer.choices().getFirst().message().content().orElseThrow();
        check(text.contains("Paris"), text);
        check(answer.usage().orElseThrow().completionTokens() > 0, answer);
        System.out.println("  openai-java: chat");

        StringBuilder told = new StringBuilder();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(question)) {
            stream.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .flatMap(choice -> choice.delta().content().stream())
                    .forEach(told::append);
        }
        check(told.toString().equals(text), told);
        System.out.println("  openai-java: stream");

        FunctionParameters parameters = FunctionParameters.builder()
                .putAdditionalProperty("type", JsonValue.from("object"))
                .putAdditionalProperty(
                        "properties", JsonValue.from(Map.of("city", Map.of("type", "string", "maxLength", 20))))
                .putAdditionalProperty("required", JsonValue.from(List.of("city")))
                .putAdditionalProperty("additionalProperties", JsonValue.from(false))
                .build();
        ChatCompletion called = client.chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model(model)
                        .addUserMessage("Weather in Lima?")
                        .addTool(ChatCompletionFunctionTool.builder()
                                .function(FunctionDefinition.builder()
                                        .name("get_weather")
                                        .parameters(parameters)
                                        .build())
                                .build())
                        .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
                        .maxCompletionTokens(80)
                        .temperature(0.0)
                        .build());
        String name = called.choices()
                .getFirst()
                .message()
                .toolCalls()
                .orElseThrow()
                .getFirst()
                .asFunction()
                .function()
                .name();
        check(name.equals("get_weather"), called);
        System.out.println("  openai-java: tools");

        River river = client.chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model(model)
                        .addUserMessage("Describe the Nile.")
                        .maxCompletionTokens(80)
                        .temperature(0.0)
                        .responseFormat(River.class)
                        .build())
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();
        check(!river.name().isEmpty(), river);
        System.out.println("  openai-java: JSON of a record");

        Response response = client.responses()
                .create(ResponseCreateParams.builder()
                        .model(model)
                        .input("Say hello.")
                        .maxOutputTokens(16)
                        .temperature(0.0)
                        .build());
        check(response.output().getFirst().isMessage(), response);
        check(client.responses().retrieve(response.id()).id().equals(response.id()), response);
        System.out.println("  openai-java: responses");

        try {
            client.chat()
                    .completions()
                    .create(question.toBuilder().model("no-such-model").build());
            throw new AssertionError("A model that is not there answered.");
        } catch (NotFoundException e) {
            check(e.code().orElse("").equals("model_not_found"), e);
        }
        try {
            client.chat().completions().create(question.toBuilder().temperature(-1.0).build());
            throw new AssertionError("A temperature below 0 was taken.");
        } catch (BadRequestException e) {
            check(e.param().orElse("").equals("temperature"), e);
        }
        System.out.println("  openai-java: errors");

        String embedder = System.getenv("AYNI_EMBEDDER");
        if (!embedder.isEmpty()) {
            List<Float> vector = client.embeddings()
                    .create(EmbeddingCreateParams.builder()
                            .model(embedder)
                            .input("a cat")
                            .build())
                    .data()
                    .getFirst()
                    .embedding();
            double length = Math.sqrt(
                    vector.stream().mapToDouble(x -> (double) x * x).sum());
            check(Math.abs(length - 1) < 1e-3, length);
            System.out.println("  openai-java: embeddings");
        }
        System.exit(0); // its threads stay for a minute
    }

    private static void check(boolean holds, Object found) {
        if (!holds) {
            throw new AssertionError(found);
        }
    }
}
