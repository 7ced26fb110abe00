package dev.ayni.engine.weights;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.List;

/** The door to models on a disk: whatever the path leads to is recognised by what it holds. */
public final class WeightsFiles {
    private static final List<WeightsFormat> FORMATS = List.of(new GgufFormat(), new SafetensorsFormat());

    private WeightsFiles() {}

    /**
     * Opens a .gguf file (any part of a split one), a folder with config.json and safetensors, or one of its safetensors
     * files. Only headers are read.
     *
     * @throws WeightsException if it is none of these, broken, or cannot be read; the letter says what was found instead and
     *     what to do
     */
    public static Weights open(Path path) {
        try {
            for (WeightsFormat format : FORMATS) {
                if (format.recognizes(path)) {
                    return format.open(path);
                }
            }
            throw ForeignFile.letter(path);
        } catch (AccessDeniedException e) {
            throw new WeightsException(
                    "%s may not be read by this user. Change the permissions of %s.".formatted(path, e.getFile()), e);
        } catch (IOException e) {
            throw new WeightsException(
                    "%s cannot be read: %s. Check the disk, the path, and how much memory this process may map."
                            .formatted(path, e.getMessage()),
                    e);
        }
    }
}
