package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.Rotation;
import dev.ayni.tensor.Rotation.Pairing;

/** Rotary frequencies from a model's metadata, with the published ways to stretch them over longer contexts. */
final class Rotations {
    /** No pair turns. */
    static final Rotation NONE = new Rotation(Pairing.HALVES, new float[0], 1);

    private Rotations() {}

    /** The same angles for pairs of neighbours. */
    static Rotation ofNeighbours(Rotation rotation) {
        return new Rotation(Pairing.NEIGHBOURS, rotation.frequencies(), rotation.magnitude());
    }

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
        return gguf(metadata, prefix, headWidth, pairing, defaultBase, true);
    }

    /**
     * As above.
     *
     * @param wholePairs whether YaRN begins and ends its blend at whole pairs, which no key says
     */
    static Rotation gguf(
            Metadata metadata, String prefix, int headWidth, Pairing pairing, double defaultBase, boolean wholePairs) {
        int width = metadata.optionalInteger(prefix + "rope.dimension_count").orElse(headWidth);
        requireWidth(metadata, width, headWidth);
        double base = metadata.optionalNumber(prefix + "rope.freq_base").orElse(defaultBase);
        float[] frequencies = plain(base, width);
        String kind = metadata.optionalText(prefix + "rope.scaling.type").orElse("linear");
        double factor = metadata.optionalNumber(prefix + "rope.scaling.factor")
                .or(() -> metadata.optionalNumber(prefix + "rope.scale_linear"))
                .filter(stated -> stated != 0)
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
                        metadata.optionalInteger(prefix + "rope.scaling.original_context_length")
                                .orElseGet(() -> metadata.integer(prefix + "context_length")),
                        metadata.optionalNumber(prefix + "rope.scaling.yarn_beta_fast")
                                .orElse(32.0),
                        metadata.optionalNumber(prefix + "rope.scaling.yarn_beta_slow")
                                .orElse(1.0),
                        wholePairs,
                        metadata.optionalNumber(prefix + "rope.scaling.attn_factor")
                                        .orElse(1.0)
                                * yarnMagnitude(factor, 1));
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
    static float[] linear(float[] frequencies, double factor) {
        float[] slower = new float[frequencies.length];
        for (int i = 0; i < slower.length; i++) {
            slower[i] = frequencies[i] / (float) factor;
        }
        return slower;
    }

    /** Llama 3.1's scaling: long waves are stretched, short ones kept, those between are blended (Grattafiori et al. 2024). */
    static float[] llama3(float[] frequencies, double factor, double low, double high, int originalContext) {
        float[] scaled = new float[frequencies.length];
        for (int i = 0; i < scaled.length; i++) {
            double wave = 2 * Math.PI / frequencies[i];
            double blend = Math.clamp((originalContext / wave - low) / (high - low), 0, 1);
            scaled[i] = (float) ((1 - blend) * frequencies[i] / factor + blend * frequencies[i]);
        }
        return scaled;
    }

    /** YaRN (Peng et al. 2023): pairs that turn often keep their frequency, those that turn seldom are interpolated. */
    static Rotation yarn(
            Pairing pairing,
            double base,
            int width,
            double factor,
            int originalContext,
            double fast,
            double slow,
            boolean wholePairs,
            double magnitude) {
        float[] frequencies = plain(base, width);
        double first = turnsAt(fast, base, width, originalContext);
        double last = turnsAt(slow, base, width, originalContext);
        double from = Math.max(0, wholePairs ? Math.floor(first) : first);
        double to = Math.min(width - 1.0, wholePairs ? Math.ceil(last) : last);
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

    static double yarnMagnitude(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * StrictMath.log(factor) + 1;
    }

    static void requireWidth(Metadata metadata, int width, int headWidth) {
        if (width < 2 || width > headWidth || width % 2 != 0) {
            throw new WeightsException(
                    "%s: %d numbers of a head are to turn with its position, and an even number up to the head's width of %d was expected. The file is broken; get it again."
                            .formatted(metadata.source(), width, headWidth));
        }
    }

    static WeightsException unknown(Metadata metadata, String kind) {
        return new WeightsException(
                "%s stretches its positions by '%s', which this version does not compute. It computes: none, linear, dynamic, llama3, yarn, longrope."
                        .formatted(metadata.source(), kind));
    }
}
