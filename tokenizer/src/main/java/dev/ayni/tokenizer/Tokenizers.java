package dev.ayni.tokenizer;

/** Opens tokenizers from what models are published with. */
public final class Tokenizers {
    private Tokenizers() {}

    /**
     * The tokenizer that a GGUF file describes.
     *
     * @throws TokenizerException where the vocabulary is damaged, or of a kind that is not known
     */
    public static Tokenizer fromGguf(GgufVocabulary vocabulary) {
        return GgufTokenizer.of(vocabulary);
    }
}
