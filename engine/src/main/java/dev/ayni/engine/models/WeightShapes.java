package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata.Dialect;
import java.util.ArrayList;
import java.util.List;

/** The weights of a model, as its family lists them: names as in GGUF files, shapes from the outermost dimension on. */
final class WeightShapes {
    private final List<WeightShape> list = new ArrayList<>();

    /** Begins with the embedding table, and the output matrix where it is not that table. */
    static WeightShapes ofDecoder(ModelSpec spec) {
        return new WeightShapes().ends(spec, spec.width());
    }

    /** The embedding table and the output matrix of a model whose embeddings have a width of their own. */
    WeightShapes ends(ModelSpec spec, long width) {
        boolean apart = spec.dialect() == Dialect.HUGGING_FACE && !spec.tiedOutput();
        list.add(WeightShape.required("token_embd.weight", spec.vocabulary(), width));
        list.add(new WeightShape("output.weight", apart, spec.vocabulary(), width));
        return this;
    }

    void required(String name, long... shape) {
        list.add(WeightShape.required(name, shape));
    }

    /** A weight that some models of the family have. */
    void optional(String name, long... shape) {
        list.add(WeightShape.optional(name, shape));
    }

    /** A matrix, and the bias that some models have. */
    void linear(String name, long out, long in) {
        required(name + ".weight", out, in);
        optional(name + ".bias", out);
    }

    /** A weight and its bias: as many numbers as there are rows. */
    void withBias(String name, long... shape) {
        required(name + ".weight", shape);
        required(name + ".bias", shape[0]);
    }

    /** The matrices of attention with grouped heads: queries, keys, values, output. */
    void attention(String layer, ModelSpec spec) {
        long D = spec.width();
        long NH = (long) spec.heads() * spec.headWidth();
        long KH = (long) spec.kvHeads() * spec.headWidth();
        linear(layer + "attn_q", NH, D);
        linear(layer + "attn_k", KH, D);
        linear(layer + "attn_v", KH, D);
        linear(layer + "attn_output", D, NH);
    }

    /** The matrices of {@link Gated}. */
    void gated(String layer, String suffix, long hidden, long width) {
        linear(layer + "ffn_gate" + suffix, hidden, width);
        linear(layer + "ffn_up" + suffix, hidden, width);
        linear(layer + "ffn_down" + suffix, width, hidden);
    }

    List<WeightShape> list() {
        return list;
    }
}
