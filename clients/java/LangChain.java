import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** LangChain4j with its module for OpenAI. */
final class LangChain {
    public static void main(String[] arguments) {
        String url = System.getenv("AYNI_URL") + "/v1";
        String name = System.getenv("AYNI_MODEL");
        String question = "Name the capital of France in one short sentence.";
        OpenAiChatModel model = model(url, name);

        String text = model.chat(question);
        check(text.contains("Paris"), text);
        System.out.println("  langchain4j: chat");

        CompletableFuture<String> whole = new CompletableFuture<>();
        StringBuilder told = new StringBuilder();
        OpenAiStreamingChatModel.builder()
                .baseUrl(url)
                .apiKey("none")
                .modelName(name)
                .temperature(0.0)
                .maxTokens(24)
                .build()
                .chat(question, new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialResponse(String piece) {
                        told.append(piece);
                    }

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        whole.complete(response.aiMessage().text());
                    }

                    @Override
                    public void onError(Throwable error) {
                        whole.completeExceptionally(error);
                    }
                });
        check(whole.join().equals(text) && told.toString().equals(text), told);
        System.out.println("  langchain4j: stream");

        ChatResponse called = model.chat(ChatRequest.builder()
                .messages(UserMessage.from("Weather in Lima?"))
                .toolSpecifications(ToolSpecification.builder()
                        .name("get_weather")
                        .description("Tells the weather of a city.")
                        .parameters(JsonObjectSchema.builder()
                                .addEnumProperty("city", List.of("Lima", "Oslo"))
                                .required("city")
                                .build())
                        .build())
                .toolChoice(ToolChoice.REQUIRED)
                .build());
        check(called.aiMessage().toolExecutionRequests().getFirst().name().equals("get_weather"), called);
        System.out.println("  langchain4j: tools");

        ChatResponse river = model.chat(ChatRequest.builder()
                .messages(UserMessage.from("How long is the Nile?"))
                .responseFormat(ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(JsonSchema.builder()
                                .name("river")
                                .rootElement(JsonObjectSchema.builder()
                                        .addIntegerProperty("kilometres")
                                        .required("kilometres")
                                        .additionalProperties(false)
                                        .build())
                                .build())
                        .build())
                .build());
        check(river.aiMessage().text().matches("\\{\\s*\"kilometres\"\\s*:\\s*-?\\d+\\s*}"), river);
        System.out.println("  langchain4j: JSON of a schema");

        try {
            model(url, "no-such-model").chat(question);
            throw new AssertionError("A model that is not there answered.");
        } catch (ModelNotFoundException expected) {
            check(expected.getMessage().contains("no-such-model"), expected);
        }
        try {
            OpenAiChatModel.builder()
                    .baseUrl(url)
                    .apiKey("none")
                    .modelName(name)
                    .temperature(-1.0)
                    .maxRetries(0)
                    .build()
                    .chat(question);
            throw new AssertionError("A temperature below 0 was taken.");
        } catch (InvalidRequestException expected) {
            check(expected.getMessage().contains("temperature"), expected);
        }
        System.out.println("  langchain4j: errors");

        String embedder = System.getenv("AYNI_EMBEDDER");
        if (!embedder.isEmpty()) {
            int width = OpenAiEmbeddingModel.builder()
                    .baseUrl(url)
                    .apiKey("none")
                    .modelName(embedder)
                    .build()
                    .embed("a cat")
                    .content()
                    .dimension();
            check(width > 10, width);
            System.out.println("  langchain4j: embeddings");
        }
        System.exit(0);
    }

    private static OpenAiChatModel model(String url, String name) {
        return OpenAiChatModel.builder()
                .baseUrl(url)
                .apiKey("none")
                .modelName(name)
                .temperature(0.0)
                .maxTokens(24)
                .maxRetries(0)
                .strictJsonSchema(true)
                .build();
    }

    private static void check(boolean holds, Object found) {
        if (!holds) {
            throw new AssertionError(found);
        }
    }
}
