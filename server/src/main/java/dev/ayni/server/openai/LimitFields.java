package dev.ayni.server.openai;

import dev.ayni.chat.Limits;
import dev.ayni.chat.Scheduling;
import dev.ayni.server.access.Caller;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.Defaults;
import java.util.List;
import java.util.OptionalLong;

/**
 * When an answer ends, as requests say it.
 *
 * @param maxTokens negative: not said
 * @param stop empty: not said
 */
record LimitFields(int maxTokens, List<String> stop, boolean ignoreEnd) {
    private static final int MOST_STOPS = 16;
    private static final int NOT_SAID = -1;
    private static final int LOWEST = 1_000_000;

    /**
     * @param least tokens that may be asked for
     * @param names of the limit of tokens; several mean the same
     */
    static LimitFields read(JsonFields fields, int least, String... names) {
        List<String> stop = fields.texts("stop");
        if (stop.size() > MOST_STOPS) {
            throw ApiException.invalid(
                    fields.at("stop"),
                    "'%s' has %d strings; expected at most %d.".formatted(fields.at("stop"), stop.size(), MOST_STOPS));
        }
        return new LimitFields(limit(fields, least, names), stop, fields.flag("ignore_eos", false));
    }

    private static int limit(JsonFields fields, int least, String... names) {
        String given = "";
        long limit = NOT_SAID;
        for (String name : names) {
            long here = fields.whole(name, least, Integer.MAX_VALUE, NOT_SAID);
            if (here >= 0 && limit >= 0 && here != limit) {
                throw ApiException.invalid(
                        fields.at(name),
                        "'%s' is %d and '%s' is %d, which mean the same. Send one of them."
                                .formatted(fields.at(given), limit, fields.at(name), here));
            }
            if (here >= 0) {
                given = name;
                limit = here;
            }
        }
        return (int) limit;
    }

    /**
     * The limits for a model: what was set when it was created counts where the request says nothing.
     *
     * @param usualTokens the protocol's limit where nobody says any
     */
    Limits over(Defaults defaults, int usualTokens) {
        Limits usual = defaults.limits(Limits.tokens(usualTokens));
        return new Limits(
                maxTokens >= 0 ? maxTokens : usual.maxTokens(),
                stop.isEmpty() ? usual.stop() : stop,
                ignoreEnd || usual.ignoreEnd());
    }

    /**
     * How the request stands beside others: {@code priority} as vLLM means it, the higher the later, so that nobody gets
     * before others by it; and {@code cache_prompt}.
     */
    static Scheduling scheduling(JsonFields fields, Caller caller) {
        int later = (int) fields.whole("priority", 0, LOWEST, 0);
        return new Scheduling(
                caller.principal(), caller.priority() - later, OptionalLong.empty(), fields.flag("cache_prompt", true));
    }

    /** Reads what changes nothing in any answer: hints to a service, and notes for its records. */
    static void passOver(JsonFields fields) {
        fields.harmless(
                "user",
                "metadata",
                "service_tier",
                "safety_identifier",
                "prompt_cache_key",
                "prompt_cache_options",
                "prompt_cache_retention");
    }

    /** Names in a header of the answer what was passed over. */
    static void tell(Exchange exchange, List<String> passedOver) {
        if (!passedOver.isEmpty()) {
            exchange.header("x-ayni-passed-over", String.join(", ", passedOver));
        }
    }
}
