package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Rotation.Pairing;
import java.util.List;
import java.util.Optional;

/**
 * What a config.json says of rotary positions, in today's spelling ("rope_parameters", for each kind of layer or for all)
 * and in that before it ("rope_theta", "rope_scaling").
 *
 * @param places the objects in which a value may stand, each with a dot at its end; the first one that has it counts
 * @param baseKey the key outside these objects that may hold the base
 * @param defaultBase where the file does not say the base at all
 */
record RotaryConfig(Metadata metadata, List<String> places, String baseKey, double defaultBase) {
    private static final String TODAY = "rope_parameters";
    private static final String BEFORE = "rope_scaling";

    RotaryConfig {
        for (String name : List.of(TODAY, BEFORE)) {
            if (metadata.value(name) != null) {
                throw new WeightsException(
                        "%s: '%s' is %s, and an object was expected. The file is broken or was made by another tool; get it again."
                                .formatted(metadata.source(), name, metadata.value(name)));
            }
        }
    }

    /** Of a model whose layers all turn alike. */
    static RotaryConfig ofModel(Metadata metadata) {
        String place = states(metadata, BEFORE) ? BEFORE : TODAY;
        return new RotaryConfig(metadata, List.of(place + "."), "rope_theta", 10_000);
    }

    /** Of one kind of layers; only those that see everything were ever stretched by the older spelling. */
    static RotaryConfig ofLayers(Metadata metadata, String kind, String baseKey, double defaultBase) {
        String own = TODAY + "." + kind + ".";
        List<String> places = kind.equals("full_attention") ? List.of(BEFORE + ".", own) : List.of(own);
        return new RotaryConfig(metadata, places, baseKey, defaultBase);
    }

    private static boolean states(Metadata metadata, String name) {
        return metadata.keys().stream().anyMatch(key -> key.startsWith(name + "."));
    }

    /** A layer that turns so and sees so many latest positions. */
    ModelSpec.Layer layer(int headWidth, int window) {
        return new ModelSpec.Layer(rotation(headWidth), window, reach());
    }

    /** As {@link #layer}; LongRoPE's texts beyond the original context are computed too. */
    ModelSpec.Layer layerWithFar(int headWidth, int window) {
        return kind().equals("longrope")
                ? new ModelSpec.Layer(rotation(headWidth), window, reach(), longRope(headWidth, "long_factor"))
                : layer(headWidth, window);
    }

    private Rotation longRope(int headWidth, String factors) {
        return new Rotation(
                Pairing.HALVES,
                divided(Rotations.plain(base(), width(headWidth)), factors),
                number("attention_factor").orElseGet(this::longMagnitude).floatValue());
    }

    private int width(int headWidth) {
        int width = (int) (headWidth
                * number("partial_rotary_factor")
                        .or(() -> metadata.optionalNumber("partial_rotary_factor"))
                        .orElse(1.0));
        Rotations.requireWidth(metadata, width, headWidth);
        return width;
    }

    private double base() {
        return number("rope_theta").or(() -> metadata.optionalNumber(baseKey)).orElse(defaultBase);
    }

    private Rotation rotation(int headWidth) {
        int width = width(headWidth);
        double base = base();
        float[] frequencies = Rotations.plain(base, width);
        return switch (kind()) {
            case "default", "dynamic" -> new Rotation(Pairing.HALVES, frequencies, 1);
            case "linear" -> new Rotation(Pairing.HALVES, Rotations.linear(frequencies, needed("factor")), 1);
            case "llama3" ->
                new Rotation(
                        Pairing.HALVES,
                        Rotations.llama3(
                                frequencies,
                                needed("factor"),
                                needed("low_freq_factor"),
                                needed("high_freq_factor"),
                                originalContext()),
                        1);
            case "yarn" ->
                Rotations.yarn(
                        Pairing.HALVES,
                        base,
                        width,
                        factor(),
                        originalContext(),
                        number("beta_fast").filter(n -> n != 0).orElse(32.0),
                        number("beta_slow").filter(n -> n != 0).orElse(1.0),
                        first("truncate").flatMap(metadata::optionalFlag).orElse(true),
                        number("attention_factor").orElseGet(this::yarnMagnitude));
            case "longrope" -> longRope(headWidth, "short_factor");
            default -> throw Rotations.unknown(metadata, kind());
        };
    }

    /**
     * The positions up to which {@link #rotation} is what the model was trained with. Beyond, "dynamic" and "longrope" turn
     * all positions in another way, those that are past as well.
     */
    private int reach() {
        return switch (kind()) {
            case "dynamic" -> metadata.integer("max_position_embeddings");
            case "longrope" -> originalContext();
            default -> Integer.MAX_VALUE;
        };
    }

    private String kind() {
        String kind = text("rope_type").or(() -> text("type")).orElse("default");
        // earlier names of LongRoPE
        boolean earlier = kind.equals("su")
                || kind.equals("yarn") && first("short_factor").isPresent();
        return earlier ? "longrope" : kind;
    }

    private double factor() {
        return number("factor")
                .orElseGet(() -> metadata.number("max_position_embeddings") / (double) originalContext());
    }

    private int originalContext() {
        String key = "original_max_position_embeddings";
        Optional<Integer> outside = places.getFirst().equals(TODAY + ".") || places.equals(List.of(BEFORE + "."))
                ? metadata.optionalInteger(key)
                : Optional.empty();
        return outside.or(() -> first(key).map(metadata::integer))
                .orElseGet(() -> metadata.integer("max_position_embeddings"));
    }

    private double yarnMagnitude() {
        double scale = number("mscale").orElse(0.0);
        double allScale = number("mscale_all_dim").orElse(0.0);
        return scale != 0 && allScale != 0
                ? Rotations.yarnMagnitude(factor(), scale) / Rotations.yarnMagnitude(factor(), allScale)
                : Rotations.yarnMagnitude(factor(), 1);
    }

    /** What DeepSeek's attention multiplies its scores with, because positions are stretched. */
    double scoreScale() {
        double allScale = number("mscale_all_dim").orElse(0.0);
        if (kind().equals("default") || allScale == 0) {
            return 1;
        }
        double magnitude = Rotations.yarnMagnitude(factor(), allScale);
        return magnitude * magnitude;
    }

    /** LongRoPE's (Ding et al. 2024). */
    private double longMagnitude() {
        double factor = factor();
        return factor <= 1 ? 1 : Math.sqrt(1 + StrictMath.log(factor) / StrictMath.log(originalContext()));
    }

    private float[] divided(float[] frequencies, String key) {
        List<?> factors = first(key).map(metadata::list).orElse(List.of());
        if (factors.size() != frequencies.length || !factors.stream().allMatch(Number.class::isInstance)) {
            throw new WeightsException(
                    "%s: '%s' has %d values, and a number for each of the %d pairs of a head was expected. The file is broken; get it again."
                            .formatted(metadata.source(), key, factors.size(), frequencies.length));
        }
        float[] divided = frequencies.clone();
        for (int i = 0; i < divided.length; i++) {
            divided[i] /= ((Number) factors.get(i)).floatValue();
        }
        return divided;
    }

    /** The whole key of a value in the first object that has it. */
    private Optional<String> first(String key) {
        return places.stream()
                .map(place -> place + key)
                .filter(whole -> metadata.value(whole) != null)
                .findFirst();
    }

    private Optional<Double> number(String key) {
        return first(key).flatMap(metadata::optionalNumber);
    }

    private Optional<String> text(String key) {
        return first(key).flatMap(metadata::optionalText);
    }

    private double needed(String key) {
        return metadata.number(first(key).orElse(places.getLast() + key));
    }
}
