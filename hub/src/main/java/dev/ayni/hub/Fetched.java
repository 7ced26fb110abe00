package dev.ayni.hub;

import dev.ayni.provenance.Digest;
import java.nio.file.Path;

/**
 * A whole file that has arrived and agrees with everything known of it, on its way into the library.
 *
 * @param name its path in the model's folder, with forward slashes
 * @param file where it lies now; a blob of the library if it was there already
 */
record Fetched(String name, Path file, Digest digest, long bytes) {}
