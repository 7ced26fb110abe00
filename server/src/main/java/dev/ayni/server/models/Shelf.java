package dev.ayni.server.models;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** A place on this machine where models lie: what was named at the start, the library, another program's cache. */
@FunctionalInterface
public interface Shelf {
    /** What lies there now; asked anew for every list and every name, so it has to be quick. */
    List<Book> books();

    /**
     * A model's files.
     *
     * @param name by which requests ask for it
     * @param others further names that mean it
     * @param path a GGUF file, or a folder with config.json and safetensors
     * @param bytes of its files
     * @param digest SHA-256 of its file, in hexadecimal; empty while not known
     */
    record Book(String name, Set<String> others, Path path, long bytes, String digest) {
        public Book {
            others = Set.copyOf(others);
        }
    }
}
