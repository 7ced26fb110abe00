package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;

/**
 * RoBERTa (Liu et al. 2019) and XLM-R (Conneau et al. 2020), the same for a hundred languages: BERT, but that positions
 * begin after the padding token's number, and that the classifier has its own layer before it. In GGUF files it is BERT.
 */
final class XlmRoberta extends Bert {
    private static final WeightNames NAMES = WeightNames.table(
                    "token_embd", "embeddings.word_embeddings",
                    "position_embd", "embeddings.position_embeddings",
                    "token_types", "embeddings.token_type_embeddings",
                    "token_embd_norm", "embeddings.LayerNorm",
                    "blk.*.attn_q", "encoder.layer.*.attention.self.query",
                    "blk.*.attn_k", "encoder.layer.*.attention.self.key",
                    "blk.*.attn_v", "encoder.layer.*.attention.self.value",
                    "blk.*.attn_output", "encoder.layer.*.attention.output.dense",
                    "blk.*.attn_output_norm", "encoder.layer.*.attention.output.LayerNorm",
                    "blk.*.ffn_up", "encoder.layer.*.intermediate.dense",
                    "blk.*.ffn_down", "encoder.layer.*.output.dense",
                    "blk.*.layer_output_norm", "encoder.layer.*.output.LayerNorm",
                    "cls", "classifier.dense",
                    "cls.output", "classifier.out_proj")
            .maybeUnder("roberta.", "classifier.dense", "classifier.out_proj");

    private static final int USUAL_PADDING = 1;

    /** @param name as config.json's "model_type" says it */
    XlmRoberta(String name) {
        super(name, NAMES, "classifier.out_proj.weight");
    }

    @Override
    int padding(Metadata metadata) {
        return metadata.optionalInteger("pad_token_id").orElse(USUAL_PADDING);
    }
}
