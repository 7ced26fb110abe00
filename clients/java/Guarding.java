import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.GuardrailResult;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import reactor.core.publisher.Flux;

/** Guardrails of LangChain4j and an advisor of Spring AI, decided by a server's policy: its usual one, general. */
final class Guarding {
    private static final String CARD = "Her card is 4111 1111 1111 1111.";

    public static void main(String[] arguments) {
        AyniGuard guard = new AyniGuard(System.getenv("AYNI_URL"), "none");
        AyniGuard nobody = new AyniGuard("http://127.0.0.1:9", "none");

        AyniGuardrails.Input input = new AyniGuardrails.Input(guard);
        check(input.validate(UserMessage.from("How do I boil an egg?")).isSuccess(), "a harmless question");
        check(!new AyniGuardrails.Input(nobody).validate(UserMessage.from("Hello.")).isSuccess(), "no guard, no passage");

        OutputGuardrailResult masked = new AyniGuardrails.Output(guard).validate(AiMessage.from(CARD));
        check(masked.result() == GuardrailResult.Result.SUCCESS_WITH_RESULT, masked);
        check(!masked.successfulText().contains("4111"), masked.successfulText());
        check(new AyniGuardrails.Output(nobody).validate(AiMessage.from(CARD)).isFatal(), "no guard, no answer");
        System.out.println("  langchain4j: guardrails");

        AtomicInteger asked = new AtomicInteger();
        ChatModel telling = new ChatModel() {
            @Override
            public ChatResponse call(org.springframework.ai.chat.prompt.Prompt prompt) {
                asked.incrementAndGet();
                return new ChatResponse(List.of(new Generation(new AssistantMessage(CARD))));
            }

            @Override
            public Flux<ChatResponse> stream(org.springframework.ai.chat.prompt.Prompt prompt) {
                return Flux.just(CARD.substring(0, 20), CARD.substring(20))
                        .map(part -> new ChatResponse(List.of(new Generation(new AssistantMessage(part)))));
            }
        };
        ChatClient client =
                ChatClient.builder(telling).defaultAdvisors(new AyniAdvisor(guard)).build();
        String said = client.prompt("Which card does she use?").call().content();
        check(said != null && said.startsWith("Her card is") && !said.contains("4111"), said);
        String streamed = client.prompt("Which card does she use?").stream()
                .content()
                .collect(Collectors.joining())
                .block();
        check(said.equals(streamed), streamed);
        check(asked.get() == 1, asked);
        String unguarded = ChatClient.builder(telling)
                .defaultAdvisors(new AyniAdvisor(nobody))
                .build()
                .prompt("Which card does she use?")
                .call()
                .content();
        check("The guard cannot be reached.".equals(unguarded) && asked.get() == 1, unguarded);
        System.out.println("  spring-ai: advisor");
        System.exit(0);
    }

    private static void check(boolean holds, Object found) {
        if (!holds) {
            throw new AssertionError(found);
        }
    }
}
