package dev.ayni.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder for the files that targets read, for this process alone. */
public final class FuzzFolder {
    private static final Path PATH = make();

    private FuzzFolder() {}

    public static Path path() {
        return PATH;
    }

    private static Path make() {
        try {
            Path folder = Files.createTempDirectory("ayni-fuzz");
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a file, which goes when this process ends. */
    public static Path write(String name, byte[] content) throws IOException {
        Path file = PATH.resolve(name);
        if (!Files.exists(file)) {
            file.toFile().deleteOnExit();
        }
        return Files.write(file, content);
    }
}
