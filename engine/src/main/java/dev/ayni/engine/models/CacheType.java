package dev.ayni.engine.models;

import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.DType;
import java.util.Locale;

/** How a conversation's keys and values are kept. */
public enum CacheType {
    /** {@link #F32} for a model published in 32 bits and for the judge's kernels, {@link #F16} for every other. */
    AUTO,
    /** Four bytes a number: exactly as computed. */
    F32,
    /** Two bytes a number. */
    F16,
    /** Blocks of 32 eight-bit integers with a scale, 34 bytes each: nearly half of {@link #F16}. */
    Q8_0;

    /**
     * The type of that name, in small letters or large ones.
     *
     * @throws IllegalArgumentException if there is none; the message names all
     */
    public static CacheType of(String name) {
        for (CacheType type : values()) {
            if (type.name().equalsIgnoreCase(name)) {
                return type;
            }
        }
        throw new IllegalArgumentException(
                "Keys and values cannot be kept as '%s'. Types: auto, f32, f16, q8_0.".formatted(name));
    }

    /**
     * What pages of it hold.
     *
     * @param exact whether nothing may be lost where the choice is free
     * @throws WeightsException if the model's heads do not divide into whole blocks
     */
    DType pages(boolean exact, ModelSpec spec) {
        DType type = switch (this) {
            case AUTO -> exact ? DType.F32 : DType.F16;
            case F32 -> DType.F32;
            case F16 -> DType.F16;
            case Q8_0 -> DType.Q8_0;
        };
        int width = spec.headWidth() % type.blockValues() != 0 ? spec.headWidth() : spec.valueWidth();
        if (width % type.blockValues() != 0) {
            throw new WeightsException(
                    "%s has heads of width %d, and keys and values kept as %s need a multiple of %d. Keep them as f16: --cache-type f16."
                            .formatted(spec.name(), width, name().toLowerCase(Locale.ROOT), type.blockValues()));
        }
        return type;
    }
}
