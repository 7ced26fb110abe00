import java.util.List;
import java.util.stream.Collectors;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.OpenAiEmbeddingModel;
import org.springframework.ai.openai.OpenAiEmbeddingOptions;
import org.springframework.ai.tool.function.FunctionToolCallback;

/** Spring AI with its module for OpenAI. */
final class SpringAi {
    record Place(String city) {}

    public static void main(String[] arguments) {
        String question = "Name the capital of France in one short sentence.";
        OpenAiChatModel model =
                OpenAiChatModel.builder().options(options().build()).build();

        String text = model.call(question);
        check(text.contains("Paris"), text);
        System.out.println("  spring-ai: chat");

        String told = model.stream(question).collect(Collectors.joining()).block();
        check(text.equals(told), told);
        System.out.println("  spring-ai: stream");

        ChatResponse called = model.call(new Prompt(
                "Weather in Lima?",
                options()
                        .maxTokens(80)
                        .toolCallbacks(List.of(FunctionToolCallback.builder(
                                        "get_weather", (Place place) -> "drizzle in " + place.city())
                                .description("Tells the weather of a city.")
                                .inputType(Place.class)
                                .build()))
                        .build()));
        check(called.getResult() != null, called);
        System.out.println("  spring-ai: tools");

        ChatResponse river = model.call(new Prompt(
                "How long is the Nile?",
                options()
                        .outputSchema(
                                "{\"type\": \"object\", \"properties\": {\"kilometres\": {\"type\": \"integer\"}}, \"required\": [\"kilometres\"], \"additionalProperties\": false}")
                        .build()));
        String json = river.getResult().getOutput().getText();
        check(json.matches("\\{\\s*\"kilometres\"\\s*:\\s*-?\\d+\\s*}"), json);
        System.out.println("  spring-ai: JSON of a schema");

        try {
            model.call(new Prompt(question, options().model("no-such-model").build()));
            throw new AssertionError("A model that is not there answered.");
        } catch (RuntimeException expected) {
            check(String.valueOf(expected.getMessage()).contains("no-such-model"), expected);
        }
        System.out.println("  spring-ai: errors");

        String embedder = System.getenv("AYNI_EMBEDDER");
        if (!embedder.isEmpty()) {
            float[] vector = OpenAiEmbeddingModel.builder()
                    .options(((OpenAiEmbeddingOptions.Builder) new OpenAiEmbeddingOptions.Builder()
                                    .baseUrl(System.getenv("AYNI_URL") + "/v1")
                                    .apiKey("none")
                                    .model(embedder))
                            .build())
                    .build()
                    .embed("a cat");
            check(vector.length > 10, vector.length);
            System.out.println("  spring-ai: embeddings");
        }
        System.exit(0);
    }

    private static OpenAiChatOptions.Builder options() {
        OpenAiChatOptions.Builder options = OpenAiChatOptions.builder();
        options.baseUrl(System.getenv("AYNI_URL") + "/v1");
        options.apiKey("none");
        options.model(System.getenv("AYNI_MODEL"));
        options.temperature(0.0);
        options.maxTokens(24);
        options.maxRetries(0);
        return options;
    }

    private static void check(boolean holds, Object found) {
        if (!holds) {
            throw new AssertionError(found);
        }
    }
}
