package dev.ayni.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

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

    /**
     * The tokenizer of one file: a tokenizer.json, a vocab.txt, or a tokenizer.model of either form (SentencePiece, or Llama
     * 3's lines of base64 and rank), told apart by content. Roles that other files of the model say are not known then; where these lie
     * beside, {@link #fromFolder} reads them too.
     *
     * @throws TokenizerException where the file is damaged, or of a kind that is not known
     */
    public static Tokenizer fromFile(Path file) throws IOException {
        return ModelFolder.read(file, Hints.NONE, false);
    }

    /**
     * The tokenizer of a published model's folder: of tokenizer.json, else of tokenizer.model, else of vocab.txt, with the roles that
     * tokenizer_config.json, special_tokens_map.json, generation_config.json and config.json give.
     *
     * @throws TokenizerException where there is none, or it is damaged or of a kind that is not known
     */
    public static Tokenizer fromFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new TokenizerException(
                    "%s is not a folder. Name the folder of a model, or its tokenizer's file.".formatted(folder));
        }
        return ModelFolder.read(folder);
    }

    /**
     * What a GGUF file has to say of the tokenizer in a model's folder, so that its readers make the same ids.
     *
     * @param size how many tokens the model knows; ids that the folder's files leave out become tokens that no text is made of
     * @throws TokenizerException where there is none, or GGUF files cannot describe it
     */
    public static GgufVocabulary vocabularyOf(Path folder, int size) throws IOException {
        return FolderVocabulary.read(folder, size);
    }
}
