package dev.ayni.studio;

import dev.ayni.chat.ChatEvent.Blocked;
import dev.ayni.chat.ChatEvent.Finished;
import dev.ayni.chat.Usage;
import java.util.Locale;

/** What an answer took, in a line. */
final class AnswerStatistics {
    private AnswerStatistics() {}

    /** Why a guard let nothing further through. */
    static String of(Blocked blocked) {
        return "blocked by the guard: %s in the %s (%s)".formatted(blocked.category(), blocked.stage(), blocked.rule());
    }

    static String of(Finished finished) {
        Usage usage = finished.usage();
        int used = usage.promptTokens() + usage.answerTokens();
        StringBuilder line =
                new StringBuilder(usage.answerTokens() == 1 ? "1 token" : usage.answerTokens() + " tokens");
        if (usage.answerTokensPerSecond() > 0) {
            line.append(String.format(Locale.ROOT, ", %.1f tokens/s", usage.answerTokensPerSecond()));
        }
        line.append(String.format(Locale.ROOT, ", first after %.2f s", usage.promptNanos() / 1e9));
        line.append(", context %d of %d (%d %%)"
                .formatted(used, usage.contextTokens(), Math.round(100.0 * used / usage.contextTokens())));
        String end = switch (finished.reason()) {
            case END, STOP, TOOL_CALLS -> "";
            case LENGTH -> "; ended by --max-tokens";
            case CONTEXT_FULL -> "; the context is full, so the answer ends here";
            case FILTERED -> "; a guard let nothing further through";
            case DEADLINE -> "; its time is over";
            case CANCELLED -> "; stopped";
        };
        return line.append(end).toString();
    }
}
