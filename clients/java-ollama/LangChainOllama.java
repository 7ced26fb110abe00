import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaEmbeddingModel;
import dev.langchain4j.model.ollama.OllamaModels;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** LangChain4j's Ollama module: models, chat, stream, tools, JSON schema, vectors, errors. */
class LangChainOllama {
    static final String URL = System.getenv("AYNI_URL");
    static final String MODEL = System.getenv("AYNI_MODEL");
    static final Duration PATIENCE = Duration.ofMinutes(2);

    interface Check {
        void run() throws Exception;
    }

    static void check(String name, Check check) throws Exception {
        long started = System.nanoTime();
        check.run();
        System.out.printf("  LangChain4j, Ollama: %s: %.1f s%n", name, (System.nanoTime() - started) / 1e9);
    }

    static void holds(boolean condition, Object seen) {
        if (!condition) {
            throw new AssertionError(String.valueOf(seen));
        }
    }

    public static void main(String[] arguments) throws Exception {
        OllamaChatModel chat = OllamaChatModel.builder()
                .baseUrl(URL)
                .modelName(MODEL)
                .temperature(0.0)
                .numPredict(40)
                .maxRetries(0)
                .timeout(PATIENCE)
                .build();
        UserMessage question = UserMessage.from("Name the capital of France in one short sentence.");
        check("models", () -> {
            var models = OllamaModels.builder().baseUrl(URL).build().availableModels().content();
            holds(models.stream().anyMatch(m -> m.getName().startsWith(MODEL)), models);
        });
        check("chat", () -> {
            ChatResponse answer = chat.chat(SystemMessage.from("Be brief."), question);
            holds(answer.aiMessage().text().contains("Paris"), answer);
            holds(answer.tokenUsage().outputTokenCount() > 0, answer);
        });
        check("stream", () -> {
            OllamaStreamingChatModel streaming = OllamaStreamingChatModel.builder()
                    .baseUrl(URL)
                    .modelName(MODEL)
                    .temperature(0.0)
                    .numPredict(40)
                    .timeout(PATIENCE)
                    .build();
            AtomicInteger parts = new AtomicInteger();
            CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
            streaming.chat(List.of(question), new StreamingChatResponseHandler() {
                @Override
                public void onPartialResponse(String part) {
                    parts.incrementAndGet();
                }

                @Override
                public void onCompleteResponse(ChatResponse answer) {
                    whole.complete(answer);
                }

                @Override
                public void onError(Throwable error) {
                    whole.completeExceptionally(error);
                }
            });
            holds(whole.get(120, TimeUnit.SECONDS).aiMessage().text().contains("Paris"), whole);
            holds(parts.get() > 2, parts);
        });
        check("tools", () -> {
            ToolSpecification weather = ToolSpecification.builder()
                    .name("weather")
                    .description("The weather of a city.")
                    .parameters(JsonObjectSchema.builder().addStringProperty("city").required("city").build())
                    .build();
            UserMessage asked = UserMessage.from("What is the weather in Lima?");
            ChatResponse first = chat.chat(
                    ChatRequest.builder().messages(asked).toolSpecifications(weather).build());
            holds(first.aiMessage().text() != null || first.aiMessage().hasToolExecutionRequests(), first);
            ToolExecutionRequest call = ToolExecutionRequest.builder()
                    .id("1")
                    .name("weather")
                    .arguments("{\"city\":\"Lima\"}")
                    .build();
            ChatResponse told = chat.chat(ChatRequest.builder()
                    .messages(asked, AiMessage.from(call), ToolExecutionResultMessage.from(call, "sunny"))
                    .toolSpecifications(weather)
                    .build());
            holds(told.tokenUsage().outputTokenCount() > 0, told);
        });
        check("JSON of a schema", () -> {
            JsonSchema city = JsonSchema.builder()
                    .name("City")
                    .rootElement(JsonObjectSchema.builder()
                            .addBooleanProperty("large")
                            .required("large")
                            .build())
                    .build();
            ChatResponse answer = chat.chat(ChatRequest.builder()
                    .messages(question)
                    .responseFormat(ResponseFormat.builder()
                            .type(ResponseFormatType.JSON)
                            .jsonSchema(city)
                            .build())
                    .build());
            holds(answer.aiMessage().text().replaceAll("\\s", "").matches("\\{.*\"large\":(true|false)[,}].*"), answer);
        });
        String embedder = System.getenv("AYNI_EMBEDDER");
        if (embedder != null && !embedder.isEmpty()) {
            check("vectors", () -> {
                var model = OllamaEmbeddingModel.builder().baseUrl(URL).modelName(embedder).build();
                holds(model.embed("a cat").content().dimension() > 100, embedder);
            });
        }
        check("errors", () -> {
            OllamaChatModel missing = OllamaChatModel.builder()
                    .baseUrl(URL)
                    .modelName("no-such-model")
                    .maxRetries(0)
                    .build();
            try {
                missing.chat("Hi");
                throw new AssertionError("it was not refused");
            } catch (RuntimeException e) {
                holds(e.getMessage().contains("no-such-model"), e);
            }
        });
    }
}
