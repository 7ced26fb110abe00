package dev.ayni.server.jobs;

import dev.ayni.server.http.ApiException;
import dev.ayni.store.Row;
import dev.ayni.store.Store;
import dev.ayni.store.StoreException;
import dev.ayni.store.Transaction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files of a server: their contents in a folder, by id; what is known of them in the store. */
public final class KeptFiles {
    /*
     * A content is written under another name, forced to the disk, and renamed; then its row is committed; then its owner
     * is told. So a file that is listed is whole, and one that an owner was told of is listed, whenever the program or
     * the machine stops. What a stop leaves behind half written is swept away when it has lain for a day. Whole contents
     * stay, with a row or without: the folder may be that of another database, too.
     */
    private static final long GIB = 1L << 30;
    private static final Duration ORPHANED = Duration.ofDays(1);

    private static final String UNFINISHED = ".part";

    private final Store store;
    private final Path folder;
    private final Room room;
    private final Clock clock;
    private final Map<String, Long> arriving = new HashMap<>(); // bytes on the disk that are not listed yet, by owner

    /**
     * How much may be kept. What the server makes itself, the answers of batches, counts and is never refused.
     *
     * @param fileBytes of one file
     * @param ownerFiles that one owner may have
     * @param ownerBytes of all files of one owner
     * @param allBytes of all files
     */
    public record Room(long fileBytes, long ownerFiles, long ownerBytes, long allBytes) {
        /** For some hundred people. */
        public static Room of(long fileBytes) {
            return new Room(fileBytes, 10_000, 16 * GIB, 64 * GIB);
        }
    }

    /**
     * @param store opened with {@link JobsTables#SCHEMA}
     * @param folder where contents lie; made if it is not there. Servers that share a database share it too
     * @param room how much may be kept
     * @throws StoreException if the folder cannot be used
     */
    public KeptFiles(Store store, Path folder, Room room, Clock clock) {
        this.store = store;
        this.folder = folder;
        this.room = room;
        this.clock = clock;
        try {
            Files.createDirectories(folder);
            if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
            }
            sweep();
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private StoreException unusable(IOException e) {
        String why = e instanceof FileSystemException said && said.getReason() != null
                ? said.getReason()
                : String.valueOf(e.getMessage());
        return new StoreException(
                "The folder %s, in which the server keeps files, cannot be used: %s. Nothing was kept; make room, or change its permissions."
                        .formatted(folder, why),
                e);
    }

    /** Removes what stopped programs left behind. */
    private void sweep() throws IOException {
        Instant before = clock.instant().minus(ORPHANED);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "file-*" + UNFINISHED)) {
            for (Path file : files) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /**
     * Keeps a file; when this returns, it outlasts a crash.
     *
     * @throws ApiException (413) if it is larger than a file may be, or its owner has too much; (507) if all have
     */
    public KeptFile keep(String owner, String name, String purpose, @Nullable Instant expires, InputStream content) {
        KeptFile file = write(owner, name, purpose, expires, to -> copy(owner, content, to));
        try {
            return list(file, purpose, expires);
        } catch (RuntimeException e) {
            discard(file);
            throw e;
        }
    }

    /** What is kept already. */
    private record Taken(long ownerFiles, long ownerBytes, long allBytes) {}

    private static Taken taken(Transaction transaction, String owner) {
        return new Taken(
                transaction.number("select count(*) as n from kept_file where owner = ?", owner),
                transaction.number("select coalesce(sum(bytes), 0) as n from kept_file where owner = ?", owner),
                transaction.number("select coalesce(sum(bytes), 0) as n from kept_file"));
    }

    /**
     * Looks whether there is room.
     *
     * @param ownBytes that are to come from the owner
     * @param allBytes the same from all
     * @throws ApiException if there is none for them, in one more file
     */
    private void refuseBeyondRoom(Taken taken, long ownBytes, long allBytes) {
        if (taken.ownerFiles() >= room.ownerFiles()) {
            throw full(
                    413,
                    "You keep %d files here, which is as many as you may. Delete some: DELETE /v1/files/{file_id}."
                            .formatted(taken.ownerFiles()));
        }
        if (taken.ownerBytes() + ownBytes > room.ownerBytes()) {
            throw full(
                    413,
                    "Your files here have %d bytes, and may have %d together, this one included. Delete some: DELETE /v1/files/{file_id}; or let files expire, by 'expires_after'."
                            .formatted(taken.ownerBytes(), room.ownerBytes()));
        }
        if (taken.allBytes() + allBytes > room.allBytes()) {
            throw full(
                    507,
                    "The files of all who use this server fill the %d bytes that there are for them. Delete some of yours, or ask whoever runs the server to raise --files."
                            .formatted(room.allBytes()));
        }
    }

    /**
     * Looks beforehand, so that nothing is sent in vain.
     *
     * @throws ApiException if there is no room for so many bytes of that owner
     */
    void refuseIfFull(String owner, long bytes) {
        refuseBeyondRoom(store.read(transaction -> taken(transaction, owner)), bytes, bytes);
    }

    private static ApiException full(int status, String letter) {
        return new ApiException(status, "storage_limit_exceeded", "file", Map.of("x-should-retry", "false"), letter);
    }

    /** Copies a content that somebody sends, as far as there is room. What arrives elsewhere at the same time takes room, too. */
    void copy(String owner, InputStream content, OutputStream to) throws IOException {
        Taken taken = store.read(transaction -> taken(transaction, owner));
        byte[] buffer = new byte[1 << 16];
        long bytes = 0;
        try {
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                bytes += read;
                arrived(owner, read, taken);
                refuseIfTooLarge(bytes);
                to.write(buffer, 0, read);
            }
        } finally {
            arrived(owner, -bytes);
        }
    }

    private synchronized void arrived(String owner, long bytes) {
        arriving.merge(owner, bytes, (a, b) -> a + b == 0 ? null : a + b);
    }

    private synchronized void arrived(String owner, long bytes, Taken before) {
        arrived(owner, bytes);
        long own = arriving.getOrDefault(owner, 0L);
        long all = arriving.values().stream().mapToLong(n -> n).sum();
        refuseBeyondRoom(before, own, all);
    }

    private void refuseIfTooLarge(long bytes) {
        if (bytes > room.fileBytes()) {
            throw new ApiException(
                    413,
                    "file_too_large",
                    "file",
                    Map.of(),
                    "The file is larger than the %d bytes that one may have here. Split it."
                            .formatted(room.fileBytes()));
        }
    }

    /** What writes a content. */
    interface Writing {
        void to(OutputStream out) throws IOException;
    }

    /** Writes a content to the disk. The file is there for others only when {@link #list} has been committed. */
    KeptFile write(String owner, String name, String purpose, @Nullable Instant expires, Writing writing) {
        String id = Ids.next("file-");
        Path unfinished = folder.resolve(id + UNFINISHED);
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            long bytes;
            try (FileChannel channel =
                            FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                    OutputStream out = new DigestOutputStream(
                            new java.io.BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16), digest)) {
                writing.to(out);
                out.flush();
                channel.force(true);
                bytes = channel.size();
            }
            Files.move(unfinished, folder.resolve(id), StandardCopyOption.ATOMIC_MOVE);
            forceFolder();
            String sha256 = HexFormat.of().formatHex(digest.digest());
            Instant now = Instant.ofEpochMilli(clock.millis());
            return new KeptFile(id, owner, shortened(name), purpose, bytes, sha256, now, expires);
        } catch (IOException e) {
            remove(unfinished);
            throw unusable(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        } catch (RuntimeException | Error e) {
            remove(unfinished);
            throw e;
        }
    }

    private void forceFolder() throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true); // the new name, too
        }
    }

    private static String shortened(String name) {
        return name.length() <= 255 ? name : name.substring(0, 255);
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // swept away later
        }
    }

    /** Removes what was written, and is not to be listed after all. */
    void discard(@Nullable KeptFile file) {
        if (file != null) {
            remove(folder.resolve(file.id()));
        }
    }

    /**
     * Lists what was written, now that its purpose is known.
     *
     * @throws ApiException if there is no room for it after all
     */
    KeptFile list(KeptFile written, String purpose, @Nullable Instant expires) {
        KeptFile file = new KeptFile(
                written.id(),
                written.owner(),
                written.name(),
                purpose,
                written.bytes(),
                written.sha256(),
                written.created(),
                expires);
        return store.write(transaction -> {
            // a change without a difference, which lets in one at a time
            transaction.update(
                    "insert into kept_file_room (name) values ('all') on conflict (name) do update set name = excluded.name");
            refuseBeyondRoom(taken(transaction, file.owner()), file.bytes(), file.bytes());
            list(transaction, file);
            return file;
        });
    }

    void list(Transaction transaction, KeptFile file) {
        Instant expires = file.expires();
        transaction.update(
                """
                insert into kept_file (id, owner, name, purpose, bytes, sha256, created_at, expires_at)
                values (?, ?, ?, ?, ?, ?, ?, ?)""",
                file.id(),
                file.owner(),
                file.name(),
                file.purpose(),
                file.bytes(),
                file.sha256(),
                file.created().toEpochMilli(),
                expires == null ? null : expires.toEpochMilli());
    }

    /**
     * A file of that owner.
     *
     * @throws ApiException (404) if there is none of that id, or it is somebody else's
     */
    public KeptFile find(String owner, String id) {
        return store.read(transaction -> find(transaction, owner, id));
    }

    private KeptFile find(Transaction transaction, String owner, String id) {
        return transaction
                .first(
                        "select * from kept_file where id = ? and owner = ? and (expires_at is null or expires_at > ?)",
                        KeptFiles::read,
                        id,
                        owner,
                        clock.millis())
                .orElseThrow(() -> missing(id));
    }

    private static ApiException missing(String id) {
        return ApiException.notFound(
                "file_not_found", "There is no file '%s' of yours. GET /v1/files lists those there are.".formatted(id));
    }

    /**
     * The files of an owner, newest first.
     *
     * @param purpose null: any
     * @param after the id of the last one seen; null: from the beginning
     */
    public List<KeptFile> list(
            String owner, @Nullable String purpose, @Nullable String after, int limit, boolean newestFirst) {
        return store.read(transaction -> {
            String order = newestFirst ? "desc" : "asc";
            KeptFile last = after == null ? null : find(transaction, owner, after);
            long from = last == null
                    ? newestFirst ? Long.MAX_VALUE : Long.MIN_VALUE
                    : last.created().toEpochMilli();
            String compare = newestFirst ? "<" : ">";
            return transaction.list(
                    """
                    select * from kept_file where owner = ? and (expires_at is null or expires_at > ?)
                      and (? = '' or purpose = ?) and (created_at %s ? or created_at = ? and id %s ?)
                    order by created_at %s, id %s limit ?""".formatted(compare, compare, order, order),
                    KeptFiles::read,
                    owner,
                    clock.millis(),
                    purpose == null ? "" : purpose,
                    purpose == null ? "" : purpose,
                    from,
                    from,
                    last == null ? "" : last.id(),
                    limit);
        });
    }

    /** Opens a file's content; the reader closes it. */
    public InputStream open(KeptFile file) {
        try {
            return Files.newInputStream(folder.resolve(file.id()));
        } catch (NoSuchFileException e) {
            throw new StoreException(
                    "The content of the file %s is not in %s. Servers that share a database have to share this folder; restore both from the same backup."
                            .formatted(file.id(), folder),
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Forgets a file. */
    public KeptFile delete(String owner, String id) {
        KeptFile deleted = store.write(transaction -> {
            KeptFile file = find(transaction, owner, id);
            transaction.update("delete from kept_file where id = ?", id);
            return file;
        });
        remove(folder.resolve(id));
        return deleted;
    }

    /**
     * Removes the files whose time is over, those of all owners.
     *
     * @return how many there were
     */
    public int removeExpired() {
        List<String> gone = store.write(transaction -> transaction.list(
                "delete from kept_file where expires_at <= ? returning id", row -> row.text("id"), clock.millis()));
        gone.forEach(id -> remove(folder.resolve(id)));
        return gone.size();
    }

    private static KeptFile read(Row row) {
        Long expires = row.numberOrNull("expires_at");
        return new KeptFile(
                row.text("id"),
                row.text("owner"),
                row.text("name"),
                row.text("purpose"),
                row.number("bytes"),
                row.text("sha256"),
                Instant.ofEpochMilli(row.number("created_at")),
                expires == null ? null : Instant.ofEpochMilli(expires));
    }
}
