package dev.ayni.server.openai;

import dev.ayni.chat.Sampling;
import dev.ayni.chat.Sampling.Dry;
import dev.ayni.chat.Sampling.Mirostat;
import dev.ayni.chat.Sampling.Xtc;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.Defaults;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** How tokens are drawn, as requests say it: OpenAI's own parameters, and what vLLM's and llama.cpp's users add. */
final class SamplingFields {
    /** Those that say which tokens may be drawn, and how boldly. */
    private static final List<String> DRAWING = List.of(
            "temperature",
            "top_p",
            "top_k",
            "min_p",
            "typical_p",
            "top_n_sigma",
            "xtc_probability",
            "mirostat",
            "dynatemp_range");

    private static final double LEAST_TOP_P = 1e-9; // 0 is allowed here, and means the most probable token alone
    private static final double USUAL_TAU = 5;
    private static final int MIROSTAT_2 = 2;

    private final JsonFields fields;
    private final boolean drawing;
    private final List<Consumer<Sampling.Builder>> said = new ArrayList<>();

    private SamplingFields(JsonFields fields) {
        this.fields = fields;
        this.drawing = DRAWING.stream().filter(fields::has).count() > 0;
    }

    static SamplingFields read(JsonFields fields) {
        SamplingFields sampling = new SamplingFields(fields);
        sampling.number("temperature", 0, 100, Sampling.Builder::temperature);
        sampling.number("top_p", 0, 1, (to, value) -> to.topP(Math.max(LEAST_TOP_P, value)));
        sampling.whole("top_k", -1, (to, value) -> to.topK(Math.max(0, value)));
        sampling.number("min_p", 0, 1, Sampling.Builder::minP);
        sampling.number("typical_p", 0, 1, (to, value) -> to.typicalP(Math.max(LEAST_TOP_P, value)));
        sampling.number("top_n_sigma", -1, 100, (to, value) -> to.topNSigma(Math.max(0, value)));
        sampling.number("frequency_penalty", -2, 2, Sampling.Builder::frequencyPenalty);
        sampling.number("presence_penalty", -2, 2, Sampling.Builder::presencePenalty);
        sampling.number("repeat_penalty", 0.001, 100, Sampling.Builder::repetitionPenalty);
        sampling.number("repetition_penalty", 0.001, 100, Sampling.Builder::repetitionPenalty);
        sampling.xtc();
        sampling.dynamicTemperature();
        sampling.dry();
        sampling.mirostat();
        sampling.bias();
        sampling.seed();
        return sampling;
    }

    /**
     * The settings for a model. A request that says nothing about drawing gets those that are usual in a conversation here;
     * one that says anything gets what it says, and for the rest the model's own distribution. In both cases what was set
     * when the model was created comes between.
     */
    Sampling over(Defaults defaults) {
        Sampling usual = drawing ? Sampling.plain().build() : Sampling.DEFAULT;
        Sampling.Builder builder = defaults.sampling(usual).but();
        said.forEach(setting -> setting.accept(builder));
        return builder.build();
    }

    private void number(String name, double least, double most, BiConsumer<Sampling.Builder, Double> setting) {
        if (fields.has(name)) {
            double value = fields.number(name, least, most, 0);
            said.add(to -> setting.accept(to, value));
        }
    }

    private void whole(String name, int least, BiConsumer<Sampling.Builder, Integer> setting) {
        if (fields.has(name)) {
            int value = (int) fields.whole(name, least, Integer.MAX_VALUE, 0);
            said.add(to -> setting.accept(to, value));
        }
    }

    private void xtc() {
        double threshold = fields.number("xtc_threshold", 0, 1, Xtc.NONE.threshold());
        number("xtc_probability", 0, 1, (to, probability) -> to.xtc(probability, threshold));
    }

    private void dynamicTemperature() {
        double exponent = fields.number("dynatemp_exponent", 0.001, 100, 1);
        number("dynatemp_range", 0, 100, (to, range) -> to.dynamicTemperature(range, exponent));
    }

    private void dry() {
        double base = fields.number("dry_base", 1, 100, Dry.NONE.base());
        int allowed = (int) fields.whole("dry_allowed_length", 1, Integer.MAX_VALUE, Dry.NONE.allowedLength());
        int last = (int) Math.max(0, fields.whole("dry_penalty_last_n", -1, Integer.MAX_VALUE, Dry.NONE.lastTokens()));
        List<String> given = fields.texts("dry_sequence_breakers");
        List<String> breakers = given.isEmpty() ? Dry.NONE.breakers() : given;
        number(
                "dry_multiplier",
                0,
                100,
                (to, multiplier) -> to.dry(new Dry(multiplier, base, allowed, last, breakers)));
    }

    private void mirostat() {
        double tau = fields.number("mirostat_tau", 0, 100, USUAL_TAU);
        double eta = fields.number("mirostat_eta", 0.0001, 1, Mirostat.NONE.eta());
        long version = fields.whole("mirostat", 0, MIROSTAT_2, 0);
        if (version == 1) {
            throw ApiException.invalid(
                    fields.at("mirostat"),
                    "'%s' is 1, and only version 2 of mirostat is computed. Send 2, or 0 for none."
                            .formatted(fields.at("mirostat")));
        }
        if (fields.has("mirostat")) {
            said.add(to -> to.mirostat(version == 0 ? Mirostat.NONE.tau() : tau, eta));
        }
    }

    private void bias() {
        JsonFields object = fields.object("logit_bias");
        if (object == null) {
            return;
        }
        Map<Integer, Double> bias = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : object.whole().properties()) {
            String id = entry.getKey();
            double value = entry.getValue().isNumber() ? entry.getValue().doubleValue() : Double.NaN;
            if (!id.matches("\\d{1,9}") || !(Math.abs(value) <= 100)) {
                throw ApiException.invalid(
                        fields.at("logit_bias"),
                        "'%s' has the entry \"%s\": %s. Expected a token id, and a number from -100 to 100."
                                .formatted(fields.at("logit_bias"), id, entry.getValue()));
            }
            bias.put(Integer.parseInt(id), value);
        }
        said.add(to -> to.logitBias(bias));
    }

    private void seed() {
        if (fields.has("seed")) {
            long seed = fields.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE, 0);
            said.add(to -> to.seed(seed));
        }
    }
}
