package dev.ayni.engine.weights;

import java.io.IOException;
import java.nio.file.Path;

/** A way to store weights. */
public interface WeightsFormat {
    /** Whether a file or folder looks like this format, by its first bytes or its members, not by its name. */
    boolean recognizes(Path path);

    /**
     * Opens the weights; nothing but headers is read yet.
     *
     * @throws WeightsException if the files are broken or not supported
     */
    Weights open(Path path) throws IOException;
}
