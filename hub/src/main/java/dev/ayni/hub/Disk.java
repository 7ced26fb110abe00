package dev.ayni.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the library asks of a file system, and the letters when it refuses. */
final class Disk {
    private Disk() {}

    /** Bytes as people read them: {@code 98.4 MB}. */
    static String human(long bytes) {
        if (bytes < 1000) {
            return bytes + " bytes";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 999.95 && unit < 3) {
            value /= 1000;
            unit++;
        }
        return "%.1f %s".formatted(value, List.of("kB", "MB", "GB", "TB").get(unit));
    }

    /** Refuses to begin what cannot end: a letter if fewer bytes are free than needed. */
    static void checkRoom(Path folder, long neededBytes, String what) {
        long free;
        try {
            free = Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            throw letter(folder, e);
        }
        if (neededBytes > free) {
            throw new DiskException(
                    "%s needs %s more on the disk of %s, where %s are free. Make room (ayni models lists what is here, ayni remove NAME removes it), or set AYNI_HOME to a folder on a larger disk."
                            .formatted(what, human(neededBytes), folder, human(free)));
        }
    }

    /** The letter for a file that could not be written or read. */
    static DiskException letter(Path file, IOException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        boolean full = message.contains("no space left")
                || message.contains("not enough space")
                || message.contains("disk quota")
                || message.contains("disk is full");
        if (full) {
            return new DiskException(
                    "The disk of %s is full. What has arrived is kept: make room (ayni remove NAME), or set AYNI_HOME to a folder on a larger disk, and run the same command again."
                            .formatted(folder(file)),
                    e);
        }
        return new DiskException(
                "%s cannot be used: %s. Check that its folder exists, is yours and may be written, or set AYNI_HOME to another one."
                        .formatted(file, e),
                e);
    }

    static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    /** The folder that a file lies in. */
    static Path folder(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return folder == null ? file : folder;
    }

    /** A file's size, links followed; -1 if there is none. */
    static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return -1;
        }
    }

    /** The sizes of all files in a folder and its folders together; 0 if there is none. */
    static long bytesIn(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .mapToLong(file -> Math.max(0, size(file)))
                    .sum();
        }
    }

    /** Gives a file another name: a relative link, or where the file system has none a hard link, or a copy. */
    static void link(Path name, Path file) throws IOException {
        Path folder = folder(name);
        Files.createDirectories(folder);
        try {
            Files.createSymbolicLink(name, folder.relativize(file));
            return;
        } catch (IOException | UnsupportedOperationException e) {
            // Windows asks for a privilege that few users have
        }
        try {
            Files.createLink(name, file);
        } catch (IOException | UnsupportedOperationException e) {
            Files.copy(file, name);
        }
    }

    /*
     * Files are written by these, whose letters are unchecked: trouble with the disk must not look like trouble with the
     * network or the archive that is read at the same time.
     */

    static FileChannel create(Path file) {
        return open(file, StandardOpenOption.TRUNCATE_EXISTING);
    }

    static FileChannel append(Path file) {
        return open(file, StandardOpenOption.APPEND);
    }

    private static FileChannel open(Path file, StandardOpenOption how) {
        try {
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how);
        } catch (IOException e) {
            throw letter(file, e);
        }
    }

    static void write(FileChannel out, Path file, ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        } catch (IOException e) {
            throw letter(file, e);
        }
    }

    /** Waits until the bytes are on the disk, so that a power cut leaves no half file under a whole file's name. */
    static void force(FileChannel out, Path file) {
        try {
            out.force(true);
        } catch (IOException e) {
            throw letter(file, e);
        }
    }

    /** Writes a small file so that readers see the old one or the new one, never half of it. */
    static void writeAtOnce(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(folder(file));
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel out = create(fresh)) {
            write(out, fresh, ByteBuffer.wrap(bytes));
            force(out, fresh);
        }
        move(fresh, file);
    }

    /** Puts a file in its place at once or not at all. */
    static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static void deleteIfEmpty(Path folder) {
        if (Files.isDirectory(folder) && names(folder).isEmpty()) {
            try {
                Files.deleteIfExists(folder);
            } catch (IOException e) {
                throw letter(folder, e);
            }
        }
    }

    /** Removes a file, a link (never what it points to) or a folder with everything in it, if it is there. */
    static void delete(Path path) throws IOException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(path);
            return;
        }
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
