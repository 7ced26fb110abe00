package dev.ayni.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A lock that one thread of one process on this machine holds at a time; it ends with its process. */
final class HomeLock implements AutoCloseable {
    private static final long POLL_MILLIS = 50;

    private final FileChannel channel;

    private HomeLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Waits until the lock is free, and says so every second. */
    static HomeLock hold(Path file, String what, Progress progress) {
        try {
            Files.createDirectories(Disk.folder(file));
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                for (int polls = 0; tryLock(channel) == null; polls++) {
                    if (polls % 20 == 0) {
                        progress.report(new Progress.Step(Progress.Phase.WAITING, what, 0, OptionalLong.empty(), 0));
                    }
                    Thread.sleep(POLL_MILLIS);
                }
                return new HomeLock(channel);
            } catch (InterruptedException e) {
                channel.close();
                Thread.currentThread().interrupt();
                throw new HubException("Waiting for another pull of %s was interrupted.".formatted(what), e);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw Disk.letter(file, e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // another thread of this process holds it; file locks belong to processes
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
