package dev.ayni.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Programs on one machine, each with a locked file in a folder beside the database. */
final class PresenceByFiles implements Presence, AutoCloseable {
    /** Of this process. Its own files are not opened to ask for their locks: closing them would let the locks go. */
    private static final String PROCESS = UUID.randomUUID().toString();

    private final Path folder;
    private final String mark = PROCESS + "." + UUID.randomUUID();
    private final FileChannel channel;

    PresenceByFiles(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
            channel = FileChannel.open(folder.resolve(mark), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                throw new AssertionError("somebody else locked a file of a random name");
            }
        } catch (IOException e) {
            throw new StoreException(
                    "The folder %s, in which programs show that they use the database, cannot be written: %s. It has to lie on a local disk and be writable."
                            .formatted(folder, e.getMessage()),
                    e);
        }
    }

    @Override
    public String mark() {
        return mark;
    }

    @Override
    public boolean isPresent(String other) {
        if (!other.matches("[0-9a-f.-]{1,80}")) {
            return false; // no mark of a program with this kind of database, and no name of a file
        }
        Path file = folder.resolve(other);
        if (other.startsWith(PROCESS)) {
            return Files.exists(file);
        }
        try (FileChannel theirs = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = theirs.tryLock()) {
            if (lock == null) {
                return true;
            }
            Files.deleteIfExists(file);
            return false;
        } catch (NoSuchFileException e) {
            return false;
        } catch (OverlappingFileLockException e) {
            return true;
        } catch (IOException e) {
            throw new StoreException(
                    "Whether another program uses the database cannot be told from %s: %s."
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(folder.resolve(mark));
            channel.close();
        } catch (IOException e) {
            // the lock goes with the process
        }
    }
}
