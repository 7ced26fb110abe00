package dev.ayni.server.ollama;

import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import java.util.List;
import java.util.OptionalLong;

/** The {@code options} of a request, and the parameters of a Modelfile, which have the same names. */
final class OllamaOptions {
    /** What Ollama's clients expect where they say nothing. */
    static final Sampling USUAL = Sampling.DEFAULT.but().topP(0.9).minP(0).build();

    // they say how Ollama computes, not what; or about a context that moves on, which this one does not
    private static final String[] HARMLESS = {
        "num_ctx",
        "num_gpu",
        "main_gpu",
        "num_batch",
        "num_thread",
        "num_keep",
        "numa",
        "low_vram",
        "f16_kv",
        "use_mmap",
        "use_mlock",
        "vocab_only",
        "logits_all",
        "embedding_only"
    };
    private static final double LEAST_TOP_P = 1e-9;

    private OllamaOptions() {}

    /**
     * How tokens are drawn.
     *
     * @param usual where the options say nothing
     * @throws ApiException (400) if an option is wrong, or of no effect here though it would have one in Ollama
     */
    static Sampling sampling(JsonFields options, Sampling usual) {
        Sampling.Builder sampling = usual.but()
                .temperature(options.number("temperature", 0, 100, usual.temperature()))
                .topK((int) Math.max(0, options.whole("top_k", Integer.MIN_VALUE, Integer.MAX_VALUE, usual.topK())))
                .topP(Math.max(LEAST_TOP_P, options.number("top_p", 0, 1, usual.topP())))
                .minP(options.number("min_p", 0, 1, usual.minP()))
                .typicalP(Math.max(LEAST_TOP_P, options.number("typical_p", 0, 1, usual.typicalP())))
                .presencePenalty(options.number("presence_penalty", -100, 100, usual.presencePenalty()))
                .frequencyPenalty(options.number("frequency_penalty", -100, 100, usual.frequencyPenalty()));
        if (options.has("seed")) {
            long seed = options.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE, -1);
            sampling.seed(seed < 0 ? OptionalLong.empty() : OptionalLong.of(seed));
        }
        double penalty = options.number("repeat_penalty", 0, 100, usual.repetitionPenalty());
        long last = options.whole("repeat_last_n", -1, Integer.MAX_VALUE, -1);
        if (last > 0) {
            options.passOver("repeat_last_n"); // a penalty looks at all tokens here
        }
        sampling.repetitionPenalty(last == 0 || penalty == 0 ? 1 : penalty);
        mirostat(options, usual, sampling);
        off("tfs_z", options.number("tfs_z", 0, 1000, 1) == 1, options, "1 (off); min_p does the like");
        off("penalize_newline", options.flag("penalize_newline", true), options, "true");
        options.harmless(HARMLESS);
        return sampling.build();
    }

    private static void mirostat(JsonFields options, Sampling usual, Sampling.Builder sampling) {
        int version = (int) options.whole("mirostat", 0, 2, usual.mirostat().tau() > 0 ? 2 : 0);
        double tau = options.number("mirostat_tau", 0, 100, 5);
        double eta = options.number("mirostat_eta", 0, 1, 0.1);
        off("mirostat", version != 1, options, "0 (off) or 2");
        if (version == 2) {
            sampling.mirostat(tau, eta);
        } else {
            sampling.mirostat(0, 0.1);
        }
    }

    private static void off(String name, boolean holds, JsonFields options, String expected) {
        if (!holds) {
            throw ApiException.invalid(
                    options.at(name),
                    "'%s' cannot be followed here, and leaving it out could change the answer without a word; expected %s."
                            .formatted(options.at(name), expected));
        }
    }

    /**
     * When an answer ends.
     *
     * @param usual where the options say nothing
     */
    static Limits limits(JsonFields options, Limits usual) {
        long most = options.whole("num_predict", Integer.MIN_VALUE, Integer.MAX_VALUE, usual.maxTokens());
        List<String> stop = options.has("stop") ? options.texts("stop") : usual.stop();
        return new Limits(most <= 0 ? Limits.UNLIMITED : (int) most, stop, usual.ignoreEnd());
    }
}
