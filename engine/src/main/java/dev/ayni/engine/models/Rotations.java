package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Rotation.Pairing;

/** Rotary frequencies from a model's metadata, with the published ways to stretch them over longer contexts. */
final class Rotations {
    private Rotations() {}

    /** The frequencies before any scaling: base to the power of -2 i / width, computed in float as published models do. */
    static float[] plain(double base, int width) {
        float[] frequencies = new float[width / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1f / (float) StrictMath.pow(base, (double) ((float) (2 * i) / width));
        }
        return frequencies;
    }

    /**
     * From GGUF keys. Factors that the file holds as a weight ("rope_freqs.weight") are applied by {@link #divided}.
     *
     * @param base the key's value where the file has it
     */
    static Rotation gguf(Metadata metadata, String prefix, int headWidth, Pairing pairing, double defaultBase) {
        int width = metadata.optionalInteger(prefix + "rope.dimension_count").orElse(headWidth);
        requireWidth(metadata, width, headWidth);
        double base = metadata.optionalNumber(prefix + "rope.freq_base").orElse(defaultBase);
        float[] frequencies = plain(base, width);
        String kind = metadata.optionalText(prefix + "rope.scaling.type").orElse("none");
        double factor = metadata.optionalNumber(prefix + "rope.scaling.factor")
                .or(() -> metadata.optionalNumber(prefix + "rope.scale_linear"))
                .orElse(1.0);
        return switch (kind) {
            case "none" -> new Rotation(pairing, frequencies, 1);
            case "linear" -> new Rotation(pairing, linear(frequencies, factor), 1);
            case "yarn" ->
                yarn(
                        pairing,
                        base,
                        width,
                        factor,
                        metadata.integer(prefix + "rope.scaling.original_context_length"),
                        metadata.optionalNumber(prefix + "rope.scaling.yarn_beta_fast")
                                .orElse(32.0),
                        metadata.optionalNumber(prefix + "rope.scaling.yarn_beta_slow")
                                .orElse(1.0),
                        metadata.optionalNumber(prefix + "rope.scaling.attn_factor")
                                        .orElse(1.0)
                                * yarnMagnitude(factor));
            default -> throw unknown(metadata, kind);
        };
    }

    /**
     * From config.json.
     *
     * @param parameters the key of the object that holds "rope_theta" and the scaling, in today's files
     * @param defaultBase where the file does not say "rope_theta" at all
     */
    static Rotation huggingFace(
            Metadata metadata, String prefix, String parameters, int headWidth, double defaultBase) {
        String today = prefix + parameters + ".";
        String before = prefix + "rope_scaling.";
        int width = (int) (headWidth
                * metadata.optionalNumber(today + "partial_rotary_factor")
                        .or(() -> metadata.optionalNumber(prefix + "partial_rotary_factor"))
                        .orElse(1.0));
        requireWidth(metadata, width, headWidth);
        double base = metadata.optionalNumber(today + "rope_theta")
                .or(() -> metadata.optionalNumber(prefix + "rope_theta"))
                .orElse(defaultBase);
        String scaling = metadata.optionalText(today + "rope_type").isPresent() ? today : before;
        String kind = metadata.optionalText(scaling + "rope_type")
                .or(() -> metadata.optionalText(scaling + "type"))
                .orElse("default");
        float[] frequencies = plain(base, width);
        return switch (kind) {
            case "default" -> new Rotation(Pairing.HALVES, frequencies, 1);
            case "linear" -> new Rotation(Pairing.HALVES, linear(frequencies, metadata.number(scaling + "factor")), 1);
            case "llama3" ->
                new Rotation(
                        Pairing.HALVES,
                        llama3(
                                frequencies,
                                metadata.number(scaling + "factor"),
                                metadata.number(scaling + "low_freq_factor"),
                                metadata.number(scaling + "high_freq_factor"),
                                metadata.integer(scaling + "original_max_position_embeddings")),
                        1);
            case "yarn" -> {
                double factor = metadata.number(scaling + "factor");
                yield yarn(
                        Pairing.HALVES,
                        base,
                        width,
                        factor,
                        metadata.optionalInteger(scaling + "original_max_position_embeddings")
                                .orElseGet(() -> metadata.integer(prefix + "max_position_embeddings")),
                        metadata.optionalNumber(scaling + "beta_fast").orElse(32.0),
                        metadata.optionalNumber(scaling + "beta_slow").orElse(1.0),
                        metadata.optionalNumber(scaling + "attention_factor").orElseGet(() -> yarnMagnitude(factor)));
            }
            default -> throw unknown(metadata, kind);
        };
    }

    /** Divides each frequency by a factor of its own, as "rope_freqs.weight" in GGUF files asks for. */
    static Rotation divided(Rotation rotation, float[] factors) {
        float[] frequencies = rotation.frequencies().clone();
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] /= factors[i];
        }
        return new Rotation(rotation.pairing(), frequencies, rotation.magnitude());
    }

    /** Position interpolation (Chen et al. 2023). */
    private static float[] linear(float[] frequencies, double factor) {
        float[] slower = new float[frequencies.length];
        for (int i = 0; i < slower.length; i++) {
            slower[i] = frequencies[i] / (float) factor;
        }
        return slower;
    }

    /** Llama 3.1's scaling: long waves are stretched, short ones kept, those between are blended (Grattafiori et al. 2024). */
    private static float[] llama3(float[] frequencies, double factor, double low, double high, int originalContext) {
        float[] scaled = new float[frequencies.length];
        for (int i = 0; i < scaled.length; i++) {
            double wave = 2 * Math.PI / frequencies[i];
            double blend = Math.clamp((originalContext / wave - low) / (high - low), 0, 1);
            scaled[i] = (float) ((1 - blend) * frequencies[i] / factor + blend * frequencies[i]);
        }
        return scaled;
    }

    /** YaRN (Peng et al. 2023): pairs that turn often keep their frequency, those that turn seldom are interpolated. */
    private static Rotation yarn(
            Pairing pairing,
            double base,
            int width,
            double factor,
            int originalContext,
            double fast,
            double slow,
            double magnitude) {
        float[] frequencies = plain(base, width);
        double from = Math.max(0, Math.floor(turnsAt(fast, base, width, originalContext)));
        double to = Math.min(width - 1.0, Math.ceil(turnsAt(slow, base, width, originalContext)));
        double span = Math.max(to - from, 0.001);
        for (int i = 0; i < frequencies.length; i++) {
            double interpolated = Math.clamp((i - from) / span, 0, 1);
            frequencies[i] = (float) (frequencies[i] / factor * interpolated + frequencies[i] * (1 - interpolated));
        }
        return new Rotation(pairing, frequencies, (float) magnitude);
    }

    /** The number of the pair that turns so many times over the original context. */
    private static double turnsAt(double turns, double base, int width, int originalContext) {
        return width * StrictMath.log(originalContext / (turns * 2 * Math.PI)) / (2 * StrictMath.log(base));
    }

    private static double yarnMagnitude(double factor) {
        return factor <= 1 ? 1 : 0.1 * StrictMath.log(factor) + 1;
    }

    private static void requireWidth(Metadata metadata, int width, int headWidth) {
        if (width < 2 || width > headWidth || width % 2 != 0) {
            throw new WeightsException(
                    "%s: %d numbers of a head are to turn with its position, and an even number up to the head's width of %d was expected. The file is broken; get it again."
                            .formatted(metadata.source(), width, headWidth));
        }
    }

    private static WeightsException unknown(Metadata metadata, String kind) {
        return new WeightsException(
                "%s stretches its positions by '%s', which this version does not compute. It computes: none, linear, llama3, yarn."
                        .formatted(metadata.source(), kind));
    }
}
