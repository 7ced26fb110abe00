package dev.ayni.engine.weights;

import dev.ayni.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A GGUF file (version 3) while it is written: first its keys and which tensors it will hold, then the tensors' bytes, one
 * after the other in that order. Until {@link #finish} the bytes lie beside their place, in a file that is named ".partial";
 * under its own name there is the whole file or what was there before.
 */
public final class GgufOutput implements AutoCloseable {
    /*
     * An unfinished file that was left behind is written anew by whoever comes next; a lock on it keeps two from writing one.
     */
    private static final long FREE_BESIDES = 16 << 20;

    /**
     * A tensor to be written.
     *
     * @param shape outermost dimension first
     */
    public record Planned(String name, DType type, List<Long> shape) {
        public Planned {
            shape = List.copyOf(shape);
        }

        /** What it will take. */
        public long bytes() {
            return type.bytes(shape.stream().reduce(1L, Math::multiplyExact));
        }
    }

    private final Path target;
    private final Path partial;
    private final FileChannel channel;
    private final FileLock lock;
    private final List<Planned> tensors;
    private final int alignment;
    private final long total;
    private int current;
    private long leftOfCurrent;
    private boolean finished;

    private GgufOutput(
            Path target,
            Path partial,
            FileChannel channel,
            FileLock lock,
            List<Planned> tensors,
            int alignment,
            long total) {
        this.target = target;
        this.partial = partial;
        this.channel = channel;
        this.lock = lock;
        this.tensors = tensors;
        this.alignment = alignment;
        this.total = total;
        leftOfCurrent = tensors.isEmpty() ? 0 : tensors.getFirst().bytes();
    }

    /**
     * Begins a file: its head is written at once.
     *
     * @throws WeightsException if it cannot be written, the disk has not room for all of it, or somebody writes it already
     */
    public static GgufOutput create(Path target, GgufKeys keys, List<Planned> tensors) {
        GgufKeys.Bytes head = head(keys, tensors);
        long total = head.size();
        for (Planned tensor : tensors) {
            total += padded(tensor.bytes(), keys.alignment());
        }
        Path absolute = target.toAbsolutePath();
        Path folder = Objects.requireNonNull(absolute.getParent(), "a file lies in a folder");
        Path partial = absolute.resolveSibling(absolute.getFileName() + ".partial");
        if (Files.isDirectory(absolute)) {
            throw new WeightsException("%s is a folder, and a file is to be written. Name the file in it: %s."
                    .formatted(target, target.resolve("model.gguf")));
        }
        if (!Files.isDirectory(folder)) {
            throw new WeightsException(
                    "%s cannot be written: there is no folder %s. Make it first.".formatted(target, folder));
        }
        try {
            long usable =
                    Files.getFileStore(folder).getUsableSpace() + (Files.exists(partial) ? Files.size(partial) : 0);
            if (usable < total + FREE_BESIDES) {
                throw new WeightsException(
                        "%s will take %s, and the disk of %s has %s left. Free some, or name a file on another disk."
                                .formatted(target, megabytes(total), folder, megabytes(usable)));
            }
            return open(target, partial, head, tensors, keys.alignment(), total);
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    private static GgufOutput open(
            Path target, Path partial, GgufKeys.Bytes head, List<Planned> tensors, int alignment, long total)
            throws IOException {
        FileChannel channel = FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            @Nullable FileLock lock;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException e) {
                lock = null;
            }
            if (lock == null) {
                throw new WeightsException(
                        "%s is being written already, by another command. Wait for it, or name another file."
                                .formatted(target));
            }
            partial.toFile().deleteOnExit(); // where a signal ends this program
            channel.truncate(0);
            GgufOutput output = new GgufOutput(target, partial, channel, lock, tensors, alignment, total);
            output.write(ByteBuffer.wrap(head.toByteArray()));
            return output;
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    private static GgufKeys.Bytes head(GgufKeys keys, List<Planned> tensors) {
        int alignment = keys.alignment();
        GgufKeys.Bytes head = new GgufKeys.Bytes();
        head.int32('G' | 'G' << 8 | 'U' << 16 | 'F' << 24);
        head.int32(3);
        head.int64(tensors.size());
        head.int64(keys.count());
        keys.writeTo(head);
        long offset = 0;
        for (Planned tensor : tensors) {
            head.text(tensor.name());
            head.int32(tensor.shape().size());
            tensor.shape().reversed().forEach(head::int64);
            head.int32(tensor.type().ggmlId());
            head.int64(offset);
            offset += padded(tensor.bytes(), alignment);
        }
        head.writeBytes(new byte[(int) (padded(head.size(), alignment) - head.size())]);
        if (head.size() > GgufHeader.MOST_BYTES) {
            throw new WeightsException(
                    "The head of the file would take %s, and more than %s are not read. Its keys are too large: convert the model again."
                            .formatted(megabytes(head.size()), megabytes(GgufHeader.MOST_BYTES)));
        }
        return head;
    }

    private static long padded(long bytes, int alignment) {
        return (bytes + alignment - 1) / alignment * alignment;
    }

    /** What the whole file takes. */
    public long bytes() {
        return total;
    }

    /**
     * Writes the next bytes of the tensor whose turn it is.
     *
     * @throws WeightsException if they cannot be written
     * @throws IllegalStateException if they are more than the tensor takes
     */
    public void append(byte[] bytes, int from, int count) {
        append(ByteBuffer.wrap(bytes, from, count));
    }

    /** Writes the next bytes of the tensor whose turn it is. */
    public void append(ByteBuffer bytes) {
        if (bytes.remaining() > leftOfCurrent) {
            throw new IllegalStateException("%d bytes are too many for what is left of tensor %d: %d"
                    .formatted(bytes.remaining(), current, leftOfCurrent));
        }
        leftOfCurrent -= bytes.remaining();
        try {
            write(bytes);
            while (leftOfCurrent == 0 && current < tensors.size()) {
                long taken = tensors.get(current).bytes();
                write(ByteBuffer.allocate((int) (padded(taken, alignment) - taken)));
                current++;
                leftOfCurrent = current < tensors.size() ? tensors.get(current).bytes() : 0;
            }
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /**
     * Puts the whole file in its place.
     *
     * @throws WeightsException if that cannot be done
     * @throws IllegalStateException if a tensor is not whole
     */
    public void finish() {
        if (current < tensors.size()) {
            throw new IllegalStateException(
                    "Of %s %d bytes are missing".formatted(tensors.get(current).name(), leftOfCurrent));
        }
        try {
            channel.force(true);
            Path place = target.toAbsolutePath();
            try {
                Files.move(partial, place, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(partial, place, StandardCopyOption.REPLACE_EXISTING);
            }
            finished = true;
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    private static WeightsException unwritable(Path target, IOException e) {
        String reason = String.valueOf(e.getMessage());
        boolean full = reason.toLowerCase(Locale.ROOT).contains("no space")
                || reason.toLowerCase(Locale.ROOT).contains("quota");
        return new WeightsException(
                full
                        ? "%s cannot be written: the disk is full (%s). Nothing is left of it; free some space and try again."
                                .formatted(target, reason)
                        : "%s cannot be written: %s. Check the folder and its permissions.".formatted(target, reason),
                e);
    }

    private static String megabytes(long bytes) {
        return "%d MB".formatted((bytes + 999_999) / 1_000_000);
    }

    /** Ends the work; what is not finished is deleted. */
    @Override
    public void close() {
        try {
            lock.release();
            channel.close();
            if (!finished) {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }
}
