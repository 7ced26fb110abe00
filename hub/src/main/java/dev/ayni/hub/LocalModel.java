package dev.ayni.hub;

import dev.ayni.provenance.Digest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model whose files are on this machine.
 *
 * @param name what to type to get it again: a catalogue name, another reference, or a path
 * @param path the GGUF file (the first, if split), or the folder with {@code config.json}; absolute
 * @param digest the file's SHA-256, or for several files that of the lines {@code <sha256>  <name>}, sorted by name; null
 *     for a path used in place, which nobody has digested
 * @param bytes all files together
 * @param files their names below the model's folder
 * @param licence null where it is not known
 * @param source where the files came from: the reference that was fetched, or the path itself
 * @param pulled when; null for a path used in place
 */
public record LocalModel(
        String name,
        Path path,
        @Nullable Digest digest,
        long bytes,
        List<String> files,
        @Nullable Licence licence,
        String source,
        @Nullable Instant pulled) {

    public LocalModel {
        files = List.copyOf(files);
    }
}
