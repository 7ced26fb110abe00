package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.WeightsException;
import java.util.ArrayList;
import java.util.List;

/** The sizes that all decoder-only families state under the same keys, read and checked. */
final class Sizes {
    /** What one layer looks like; layers are numbered from 0. */
    interface LayerOf {
        ModelSpec.Layer layer(int number, int headWidth);
    }

    /**
     * What a config.json of a family need not say: published models rely on it. A head's width of 0 follows from the width,
     * a hidden width of 0 is four times the width, and 0 key and value heads are as many as there are query heads.
     *
     * @param tiedOutput whether the output matrix is the embedding table
     */
    record Defaults(
            int width,
            int hidden,
            int layers,
            int heads,
            int kvHeads,
            int headWidth,
            int vocabulary,
            int context,
            double normEpsilon,
            boolean tiedOutput) {
        /** Defaults of a family with an output matrix of its own, whose norms add a millionth. */
        Defaults(
                int width, int hidden, int layers, int heads, int kvHeads, int headWidth, int vocabulary, int context) {
            this(width, hidden, layers, heads, kvHeads, headWidth, vocabulary, context, 1e-6, false);
        }
    }

    /** The keys under which sizes stand. */
    record Keys(
            String width,
            String hidden,
            String layers,
            String heads,
            String kvHeads,
            String headWidth,
            String context,
            String normEpsilon) {
        private static final Keys GGUF = new Keys(
                "embedding_length",
                "feed_forward_length",
                "block_count",
                "attention.head_count",
                "attention.head_count_kv",
                "attention.key_length",
                "context_length",
                "attention.layer_norm_rms_epsilon");

        static final Keys HUGGING_FACE = new Keys(
                "hidden_size",
                "intermediate_size",
                "num_hidden_layers",
                "num_attention_heads",
                "num_key_value_heads",
                "head_dim",
                "max_position_embeddings",
                "rms_norm_eps");

        /** These keys, but for the inner width of the feed-forward part. */
        Keys withHidden(String key) {
            return new Keys(width, key, layers, heads, kvHeads, headWidth, context, normEpsilon);
        }

        /** These keys for a family whose norms take the mean away. */
        private Keys withLayerNorm() {
            return new Keys(width, hidden, layers, heads, kvHeads, headWidth, context, "attention.layer_norm_epsilon");
        }
    }

    private static final int UNKNOWN = -1;
    private static final Defaults NONE = new Defaults(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, 0, 0, UNKNOWN, 2048);

    private final Metadata metadata;
    private final String prefix;
    private final Keys keys;
    private final Defaults defaults;

    private Sizes(Metadata metadata, String prefix, Keys keys, Defaults defaults) {
        this.metadata = metadata;
        this.prefix = prefix;
        this.keys = keys;
        this.defaults = defaults;
    }

    /** Reads the sizes of a model from GGUF's keys, which begin with the family's name. */
    static ModelSpec gguf(Metadata metadata, String family, LayerOf layerOf) {
        return new Sizes(metadata, family + ".", Keys.GGUF, NONE).spec(family, layerOf);
    }

    /** As {@link #gguf}, of a family whose norms take the mean away. */
    static ModelSpec ggufWithLayerNorm(Metadata metadata, String family, LayerOf layerOf) {
        return new Sizes(metadata, family + ".", Keys.GGUF.withLayerNorm(), NONE).spec(family, layerOf);
    }

    /** Reads the sizes of a model from config.json. */
    static ModelSpec huggingFace(Metadata metadata, String family, Defaults defaults, LayerOf layerOf) {
        return huggingFace(metadata, family, Keys.HUGGING_FACE, defaults, layerOf);
    }

    /** As {@link #huggingFace(Metadata, String, Defaults, LayerOf)}, of a family that has keys of its own. */
    static ModelSpec huggingFace(Metadata metadata, String family, Keys keys, Defaults defaults, LayerOf layerOf) {
        return new Sizes(metadata, "", keys, defaults).spec(family, layerOf);
    }

    private ModelSpec spec(String family, LayerOf layerOf) {
        boolean gguf = metadata.dialect() == Dialect.GGUF;
        int width = size(keys.width(), defaults.width(), 1 << 20);
        int heads = size(keys.heads(), defaults.heads(), 1 << 14);
        int kvHeads = size(keys.kvHeads(), kvHeads(heads), 1 << 14);
        int headWidth =
                size(keys.headWidth(), defaults.headWidth() > 0 ? defaults.headWidth() : width / heads, 1 << 14);
        int layers = size(keys.layers(), defaults.layers(), 1 << 12);
        if (heads % kvHeads != 0) {
            throw wrong("%d query heads cannot share %d key and value heads evenly".formatted(heads, kvHeads));
        }
        if (headWidth % 2 != 0) {
            throw wrong("a head's width of %d is odd, and rotary positions need pairs".formatted(headWidth));
        }
        List<ModelSpec.Layer> perLayer = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            perLayer.add(layerOf.layer(i, headWidth));
        }
        float epsilon = (float)
                (gguf
                        ? metadata.number(prefix + keys.normEpsilon())
                        : metadata.optionalNumber(keys.normEpsilon()).orElse(defaults.normEpsilon()));
        return new ModelSpec(
                family,
                metadata.dialect(),
                metadata.optionalText(gguf ? "general.name" : "_name_or_path").orElse(family),
                width,
                size(keys.hidden(), defaults.hidden() == 0 ? 4 * width : defaults.hidden(), 1 << 22),
                heads,
                kvHeads,
                headWidth,
                gguf ? ggufVocabulary() : size("vocab_size", defaults.vocabulary(), 1 << 24),
                size(keys.context(), defaults.context(), Integer.MAX_VALUE),
                epsilon,
                // in a GGUF file the absence of the output matrix says it: see PlacedWeights
                !gguf && metadata.optionalFlag("tie_word_embeddings").orElse(defaults.tiedOutput()),
                perLayer);
    }

    /** Where no number is stated: a config.json that says null means one for each query head. */
    private int kvHeads(int heads) {
        return defaults.kvHeads() == 0 || metadata.keys().contains(keys.kvHeads()) ? heads : defaults.kvHeads();
    }

    private int ggufVocabulary() {
        int tokens = metadata.list("tokenizer.ggml.tokens").size();
        return tokens > 0 ? tokens : size("vocab_size", UNKNOWN, 1 << 24);
    }

    private int size(String key, int otherwise, int most) {
        int found = metadata.optionalInteger(prefix + key).orElse(otherwise);
        if (found == UNKNOWN) {
            return metadata.integer(prefix + key); // says that it is missing
        }
        if (found < 1 || found > most) {
            throw wrong("'%s%s' is %d, and a number from 1 to %d was expected".formatted(prefix, key, found, most));
        }
        return found;
    }

    private WeightsException wrong(String what) {
        return new WeightsException("%s: %s. The file is broken; get it again.".formatted(metadata.source(), what));
    }
}
