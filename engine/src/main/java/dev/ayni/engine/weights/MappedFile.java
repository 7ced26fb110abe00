package dev.ayni.engine.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Files as memory. */
final class MappedFile {
    private MappedFile() {}

    /**
     * A whole file, read-only, of any size, until the arena closes. A file that another program shortens meanwhile makes
     * the Java machine throw an InternalError where its lost part is read.
     */
    static MemorySegment map(Path path, Arena arena) throws IOException {
        // a pipe would block, a device never end
        if (!Files.isRegularFile(path)) {
            throw new WeightsException(
                    "%s is not there or is not a regular file. Give the path of a file on a disk.".formatted(path));
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }
    }
}
