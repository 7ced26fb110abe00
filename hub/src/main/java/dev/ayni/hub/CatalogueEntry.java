package dev.ayni.hub;

import dev.ayni.provenance.Digest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the catalogue says of one model.
 *
 * @param title as its makers call it
 * @param family the architecture: {@code llama}, {@code mistral}, {@code gemma3}, {@code bert}
 * @param parameters how many numbers its makers trained
 * @param quantisation the block format of its weights
 * @param bytes the size of the file, or of all files of a folder: exact if there is a digest, else about
 * @param sha256 of the file, in a folder of that with the weights; null: the server's own metadata is what it is checked against
 * @param context the tokens it was trained to attend to
 * @param cachedNumbersPerToken how many numbers of keys and values a token of context keeps in memory
 * @param file the file's name in the library; of a folder's files, that of the one with the weights
 * @param sources in order of preference
 */
public record CatalogueEntry(
        String name,
        String title,
        String family,
        Kind kind,
        long parameters,
        String quantisation,
        long bytes,
        @Nullable Digest sha256,
        int context,
        long cachedNumbersPerToken,
        Licence licence,
        String file,
        List<Source> sources) {

    public CatalogueEntry {
        sources = List.copyOf(sources);
    }

    /** What a model does with a text. */
    public enum Kind {
        /** It was taught to answer. */
        CHAT,
        /** It continues any text. */
        BASE,
        /** It makes a vector of it. */
        EMBEDDING
    }

    /** Whether it is a folder with config.json and more, not one file. */
    public boolean inFolder() {
        return file.endsWith(".safetensors");
    }

    /**
     * One way to get the file.
     *
     * @param parts the pieces that make the file, joined in order; mostly one
     * @param downloadBytes what each part weighs on the way, where known; empty: not known
     */
    public record Source(List<ModelReference> parts, List<Long> downloadBytes) {
        public Source {
            parts = List.copyOf(parts);
            downloadBytes = List.copyOf(downloadBytes);
        }

        /** The parts as they can be typed. */
        public String text() {
            return String.join(" + ", parts.stream().map(ModelReference::text).toList());
        }
    }

    /** The memory for weights and for a conversation of so many tokens; the program itself comes on top. */
    public long memoryBytes(int tokens, int bytesPerNumber) {
        return bytes + cachedNumbersPerToken * tokens * bytesPerNumber;
    }
}
