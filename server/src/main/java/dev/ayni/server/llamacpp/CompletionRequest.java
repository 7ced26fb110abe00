package dev.ayni.server.llamacpp;

import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Sampling.Dry;
import dev.ayni.chat.Sampling.Stage;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextRequest;
import dev.ayni.server.access.Caller;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.ServedModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What is asked of {@code /completion}.
 *
 * @param probabilities whether the client wants to see them
 * @param tokens whether it wants to see token ids
 */
record CompletionRequest(TextRequest text, boolean stream, boolean probabilities, boolean tokens) {
    private static final double LEAST = 1e-9;
    private static final double NEVER = -1e9;
    private static final long ANY_SEED = 0xffffffffL;
    private static final String PAIRS = "pairs of a token id or a text and a number or false";
    private static final Map<String, Stage> STAGES = Map.of(
            "top_n_sigma", Stage.TOP_N_SIGMA,
            "temperature", Stage.TEMPERATURE,
            "top_k", Stage.TOP_K,
            "typ_p", Stage.TYPICAL_P,
            "typical_p", Stage.TYPICAL_P,
            "top_p", Stage.TOP_P,
            "min_p", Stage.MIN_P,
            "xtc", Stage.XTC);
    // these come before the stages here, whatever their place in the list
    private static final Set<String> BEFORE = Set.of("penalties", "dry");

    static CompletionRequest read(JsonFields fields, ServedModel model, Caller caller) {
        TextRequest.Prompt prompt = prompt(fields, model);
        boolean tokens = fields.flag("return_tokens", false);
        int probabilities = (int) fields.whole("n_probs", 0, 100, 0);
        boolean reuse = fields.flag("cache_prompt", true);
        fields.harmless("id_slot", "n_keep", "n_discard", "min_keep", "timings_per_token", "return_progress");
        only(fields, "post_sampling_probs", !fields.flag("post_sampling_probs", false), "false");
        only(fields, "n_indent", fields.whole("n_indent", 0, Integer.MAX_VALUE, 0) == 0, "0");
        only(fields, "t_max_predict_ms", fields.whole("t_max_predict_ms", -1, Long.MAX_VALUE, 0) <= 0, "0 (no limit)");
        only(fields, "lora", fields.items("lora").isEmpty(), "an empty list");
        only(fields, "image_data", fields.items("image_data").isEmpty(), "an empty list");
        TextRequest text = new TextRequest(
                prompt,
                sampling(fields, model.defaults().sampling(Sampling.DEFAULT), model),
                limits(fields, model.defaults().limits(Limits.NONE)),
                probabilities > 0 || tokens ? probabilities : -1,
                false,
                shape(fields),
                new Scheduling(caller.principal(), caller.priority(), OptionalLong.empty(), reuse));
        boolean stream = fields.flag("stream", false);
        fields.end();
        return new CompletionRequest(text, stream, probabilities > 0, tokens);
    }

    /** A text, token ids, or both mixed; marks in a text are marks, as in llama.cpp's own server. */
    private static TextRequest.Prompt prompt(JsonFields fields, ServedModel model) {
        @Nullable JsonNode prompt = fields.optional("prompt");
        if (prompt == null) {
            throw new ApiException(
                    400,
                    "missing_required_parameter",
                    "prompt",
                    Map.of(),
                    "'prompt' is missing; expected a text or token ids.");
        }
        List<JsonNode> parts = prompt.isString() ? List.of(prompt) : fields.items("prompt");
        List<Integer> ids = new ArrayList<>();
        if (!parts.isEmpty() && parts.getFirst().isString()) {
            ids.addAll(model.begin());
        }
        for (JsonNode part : parts) {
            if (part.isString()) {
                ids.addAll(model.tokens(part.stringValue(), true));
            } else if (part.isIntegralNumber() && part.canConvertToInt() && part.intValue() >= 0) {
                ids.add(part.intValue());
            } else {
                throw fields.wrong(
                        "prompt",
                        part,
                        "a text, or a list of token ids and texts that make one prompt; send several prompts one by one");
            }
        }
        return new TextRequest.Prompt.Tokens(ids);
    }

    private static Sampling sampling(JsonFields fields, Sampling usual, ServedModel model) {
        Sampling.Builder sampling = usual.but()
                .temperature(Math.max(0, fields.number("temperature", -1, 100, usual.temperature())))
                .dynamicTemperature(
                        fields.number(
                                "dynatemp_range",
                                0,
                                100,
                                usual.dynamicTemperature().range()),
                        fields.number(
                                "dynatemp_exponent",
                                LEAST,
                                100,
                                usual.dynamicTemperature().exponent()))
                .topK((int) Math.max(0, fields.whole("top_k", -1, Integer.MAX_VALUE, usual.topK())))
                .topP(Math.max(LEAST, fields.number("top_p", 0, 1, usual.topP())))
                .minP(fields.number("min_p", 0, 1, usual.minP()))
                .typicalP(Math.max(LEAST, fields.number("typical_p", 0, 1, usual.typicalP())))
                .topNSigma(Math.max(0, fields.number("top_n_sigma", -1, 100, usual.topNSigma())))
                .xtc(
                        fields.number("xtc_probability", 0, 1, usual.xtc().probability()),
                        fields.number("xtc_threshold", 0, 1, usual.xtc().threshold()))
                .presencePenalty(fields.number("presence_penalty", -100, 100, usual.presencePenalty()))
                .frequencyPenalty(fields.number("frequency_penalty", -100, 100, usual.frequencyPenalty()))
                .dry(dry(fields, usual.dry()))
                .logitBias(bias(fields, usual.logitBias(), model))
                .order(order(fields, usual.order()));
        double penalty = fields.number("repeat_penalty", 0, 100, usual.repetitionPenalty());
        long last = fields.whole("repeat_last_n", -1, Integer.MAX_VALUE, -1);
        if (last > 0) {
            fields.passOver("repeat_last_n"); // a penalty looks at all tokens here
        }
        sampling.repetitionPenalty(last == 0 || penalty == 0 ? 1 : penalty);
        int mirostat = (int) fields.whole("mirostat", 0, 2, usual.mirostat().tau() > 0 ? 2 : 0);
        double tau = fields.number("mirostat_tau", 0, 100, 5);
        double eta = fields.number("mirostat_eta", LEAST, 1, 0.1);
        only(fields, "mirostat", mirostat != 1, "0 (off) or 2");
        sampling.mirostat(mirostat == 2 ? tau : 0, eta);
        long seed = fields.whole("seed", -1, ANY_SEED, -1);
        sampling.seed(seed < 0 || seed == ANY_SEED ? usual.seed() : OptionalLong.of(seed));
        return sampling.build();
    }

    private static Dry dry(JsonFields fields, Dry usual) {
        return new Dry(
                fields.number("dry_multiplier", 0, 100, usual.multiplier()),
                fields.number("dry_base", 1, 100, usual.base()),
                (int) fields.whole("dry_allowed_length", 1, Integer.MAX_VALUE, usual.allowedLength()),
                (int) Math.max(0, fields.whole("dry_penalty_last_n", -1, Integer.MAX_VALUE, usual.lastTokens())),
                fields.has("dry_sequence_breakers") ? fields.texts("dry_sequence_breakers") : usual.breakers());
    }

    /** Pairs of a token or a text and what is added; {@code false} in place of a number: never. Or an object of these. */
    private static Map<Integer, Double> bias(JsonFields fields, Map<Integer, Double> usual, ServedModel model) {
        @Nullable JsonNode given = fields.optional("logit_bias");
        if (given == null) {
            return usual;
        }
        Map<Integer, Double> bias = new HashMap<>(usual);
        if (given.isObject()) {
            for (Map.Entry<String, JsonNode> entry : given.properties()) {
                List<Integer> ids = entry.getKey().matches("\\d{1,9}")
                        ? List.of(Integer.valueOf(entry.getKey()))
                        : model.tokens(entry.getKey(), false);
                double added = added(fields, entry.getValue());
                ids.forEach(id -> bias.put(id, added));
            }
            return bias;
        }
        for (JsonNode pair : fields.items("logit_bias")) {
            if (!pair.isArray()
                    || pair.size() != 2
                    || !pair.get(0).isString() && !pair.get(0).canConvertToInt()) {
                throw fields.wrong("logit_bias", pair, PAIRS);
            }
            JsonNode what = pair.get(0);
            List<Integer> ids = what.isString() ? model.tokens(what.stringValue(), false) : List.of(what.intValue());
            double added = added(fields, pair.get(1));
            ids.forEach(id -> bias.put(id, added));
        }
        return bias;
    }

    private static double added(JsonFields fields, JsonNode value) {
        if (value.isBoolean() && !value.booleanValue()) {
            return NEVER;
        }
        if (!value.isNumber()) {
            throw fields.wrong("logit_bias", value, PAIRS);
        }
        return value.doubleValue();
    }

    private static List<Stage> order(JsonFields fields, List<Stage> usual) {
        if (!fields.has("samplers")) {
            return usual;
        }
        List<Stage> order = new ArrayList<>();
        for (String name : fields.texts("samplers")) {
            @Nullable Stage stage = STAGES.get(name);
            if (stage == null && !BEFORE.contains(name)) {
                throw ApiException.invalid(
                        "samplers",
                        "'samplers' has '%s', which is not known. Expected some of %s, penalties, dry."
                                .formatted(
                                        name,
                                        String.join(
                                                ", ",
                                                STAGES.keySet().stream()
                                                        .sorted()
                                                        .toList())));
            }
            if (stage != null) {
                order.add(stage);
            }
        }
        return order;
    }

    private static Limits limits(JsonFields fields, Limits usual) {
        long most = fields.whole("n_predict", -1, Integer.MAX_VALUE, usual.maxTokens());
        List<String> stop = fields.has("stop") ? fields.texts("stop") : usual.stop();
        return new Limits(most < 0 ? Limits.UNLIMITED : (int) most, stop, fields.flag("ignore_eos", usual.ignoreEnd()));
    }

    private static @Nullable Shape shape(JsonFields fields) {
        String grammar = fields.text("grammar", "");
        @Nullable JsonFields schema = fields.object("json_schema");
        if (!grammar.isEmpty() && schema != null) {
            throw ApiException.invalid(
                    "grammar", "'grammar' and 'json_schema' exclude each other. Leave out one of them.");
        }
        return schema != null
                ? new Shape.JsonSchema(schema.whole().toString())
                : grammar.isEmpty() ? null : new Shape.Gbnf(grammar);
    }

    private static void only(JsonFields fields, String name, boolean holds, String expected) {
        if (!holds) {
            throw ApiException.invalid(
                    fields.at(name),
                    "'%s' cannot be followed here, and leaving it out could change the answer without a word; expected %s."
                            .formatted(fields.at(name), expected));
        }
    }
}
