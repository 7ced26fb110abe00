package dev.ayni.engine.models;

/**
 * A weight that a model needs.
 *
 * @param name its name in GGUF's dialect
 * @param shape outermost dimension first
 * @param required whether a file without it is incomplete
 */
public record WeightShape(String name, boolean required, long... shape) {
    public static WeightShape required(String name, long... shape) {
        return new WeightShape(name, true, shape);
    }

    /** A weight that some models of the family have, as a bias. */
    public static WeightShape optional(String name, long... shape) {
        return new WeightShape(name, false, shape);
    }
}
