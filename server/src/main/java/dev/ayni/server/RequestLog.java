package dev.ayni.server;

import dev.ayni.chat.Usage;
import dev.ayni.guard.Action;
import dev.ayni.guard.Finding;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/** One line of JSON for each request; what was asked and answered only where the settings want it. */
final class RequestLog implements Answered.Listener {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST_RULES = 10;

    private final Consumer<String> lines;

    RequestLog(Consumer<String> lines) {
        this.lines = lines;
    }

    @Override
    public void answered(Answered request) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("time", request.began().toString());
        line.put("id", request.id());
        if (request.kind() != Answered.Kind.REQUEST) {
            line.put("kind", request.kind().name().toLowerCase(Locale.ROOT));
        }
        put(line, "trace", request.trace());
        line.put("method", request.method());
        line.put("path", request.path());
        line.put("status", request.status());
        put(line, "error", request.error());
        put(line, "principal", request.principal());
        put(line, "key", request.keyId());
        line.put("ms", request.nanos() / 1_000_000);
        if (request.firstNanos() >= 0) {
            line.put("first_ms", request.firstNanos() / 1_000_000);
        }
        line.put("bytes_in", request.requestBytes());
        line.put("bytes_out", request.answerBytes());
        if (!request.uses().isEmpty()) {
            Usage usage = request.uses().getLast().usage();
            line.put("model", request.uses().getLast().model());
            line.put("prompt_tokens", usage.promptTokens());
            line.put("reused_tokens", usage.reusedTokens());
            line.put("answer_tokens", sum(request));
            line.put("queue_ms", usage.queueNanos() / 1_000_000);
            line.put("prompt_ms", usage.promptNanos() / 1_000_000);
            line.put("answer_ms", usage.answerNanos() / 1_000_000);
        }
        List<Map<String, Object>> guard = request.decisions().stream()
                .filter(decided -> decided.verdict().action() != Action.ALLOW)
                .map(RequestLog::decided)
                .toList();
        if (!guard.isEmpty()) {
            line.put("guard", guard);
        }
        if (request.question() != null) {
            line.put("question", request.question());
        }
        if (request.answer() != null) {
            line.put("answer", request.answer());
        }
        lines.accept(JSON.writeValueAsString(line));
    }

    /** What the guard did, and by which rules; never the text. */
    private static Map<String, Object> decided(Answered.Decided decided) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("stage", decided.stage().words());
        told.put("action", decided.verdict().action().name().toLowerCase(Locale.ROOT));
        told.put(
                "rules",
                decided.verdict().findings().stream()
                        .map(RequestLog::rule)
                        .distinct()
                        .limit(MOST_RULES)
                        .toList());
        told.put("policy", decided.verdict().policy().toString());
        return told;
    }

    /** What was found and by which rule; where nothing could be decided, why, which repeats no text either. */
    private static String rule(Finding finding) {
        String rule = finding.category() + " by " + finding.rule();
        return finding.category().equals(Finding.UNDECIDED) ? rule + ": " + finding.why() : rule;
    }

    private static long sum(Answered request) {
        return request.uses().stream()
                .mapToLong(use -> use.usage().answerTokens())
                .sum();
    }

    private static void put(Map<String, Object> line, String name, String value) {
        if (!value.isEmpty()) {
            line.put(name, value);
        }
    }
}
