import java.util.List;
import java.util.Map;
import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.api.CallAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisorChain;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisorChain;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.core.Ordered;
import reactor.core.publisher.Flux;

/** A Spring AI advisor that lets a server's policy decide about what users say and models answer. */
record AyniAdvisor(AyniGuard guard) implements CallAdvisor, StreamAdvisor {
    @Override
    public String getName() {
        return "ayni-guard";
    }

    /** Before all others, which may change or repeat what is asked. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public ChatClientResponse adviseCall(ChatClientRequest request, CallAdvisorChain chain) {
        AyniGuard.Decision asked = asked(request);
        return asked.blocked()
                ? said(asked.message(), request.context())
                : answered(chain.nextCall(with(request, asked.text())));
    }

    /** An answer that is streamed is gathered first: what has left cannot be taken back. */
    @Override
    public Flux<ChatClientResponse> adviseStream(ChatClientRequest request, StreamAdvisorChain chain) {
        AyniGuard.Decision asked = asked(request);
        if (asked.blocked()) {
            return Flux.just(said(asked.message(), request.context()));
        }
        return chain.nextStream(with(request, asked.text())).collectList().flatMapMany(parts -> {
            StringBuilder whole = new StringBuilder();
            parts.forEach(part -> whole.append(text(part)));
            return Flux.just(decided(whole.toString(), request.context()));
        });
    }

    private AyniGuard.Decision asked(ChatClientRequest request) {
        return guard.decide("prompt", request.prompt().getUserMessage().getText());
    }

    private static ChatClientRequest with(ChatClientRequest request, String text) {
        return request.mutate()
                .prompt(request.prompt()
                        .augmentUserMessage(message -> message.mutate().text(text).build()))
                .build();
    }

    private ChatClientResponse answered(ChatClientResponse response) {
        String text = text(response);
        AyniGuard.Decision decision = guard.decide("answer", text);
        return !decision.blocked() && decision.text().equals(text)
                ? response
                : said(decision.blocked() ? decision.message() : decision.text(), response.context());
    }

    private ChatClientResponse decided(String text, Map<String, Object> context) {
        AyniGuard.Decision decision = guard.decide("answer", text);
        return said(decision.blocked() ? decision.message() : decision.text(), context);
    }

    private static String text(ChatClientResponse response) {
        ChatResponse answer = response.chatResponse();
        String text = answer == null || answer.getResult() == null
                ? null
                : answer.getResult().getOutput().getText();
        return text == null ? "" : text;
    }

    private static ChatClientResponse said(String text, Map<String, Object> context) {
        return new ChatClientResponse(
                new ChatResponse(List.of(new Generation(new AssistantMessage(text)))), context);
    }
}
