import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.InputGuardrail;
import dev.langchain4j.guardrail.InputGuardrailResult;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailResult;

/** LangChain4j's guardrails, decided by a server's policy. */
final class AyniGuardrails {
    /** What a user says, before a model reads it. */
    record Input(AyniGuard guard) implements InputGuardrail {
        @Override
        public InputGuardrailResult validate(UserMessage message) {
            AyniGuard.Decision decision = guard.decide("prompt", message.singleText());
            if (decision.blocked()) {
                return fatal(decision.message());
            }
            return decision.text().equals(message.singleText()) ? success() : successWith(decision.text());
        }
    }

    /** What a model says, before a user reads it. */
    record Output(AyniGuard guard) implements OutputGuardrail {
        @Override
        public OutputGuardrailResult validate(AiMessage message) {
            if (message.text() == null) {
                return success();
            }
            AyniGuard.Decision decision = guard.decide("answer", message.text());
            if (decision.blocked()) {
                return fatal(decision.message());
            }
            return decision.text().equals(message.text()) ? success() : successWith(decision.text());
        }
    }

    private AyniGuardrails() {}
}
