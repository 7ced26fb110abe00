package dev.ayni.hub;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Fetches one file over HTTP into a {@code .part} file that a later attempt continues. */
final class HttpDownload {
    /*
     * Beside FILE.part lies FILE.etag, the server's name for the content that the part is a beginning of. The rest is
     * asked for by Range with If-Range, so a server whose content has changed sends it whole. Without a strong ETag the
     * part is continued only if the SHA-256 of the whole is known; otherwise it is fetched anew.
     */
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+|\\*)");

    private final Http http;
    private final Progress progress;

    HttpDownload(Http http, Progress progress) {
        this.http = http;
        this.progress = progress;
    }

    /**
     * Answers when the file is here whole and is what was expected; one that an earlier pull has finished is not fetched
     * again.
     *
     * @param file where it goes; beside it lies what is unfinished
     * @param what its name in messages and progress
     */
    Fetched fetch(URI uri, Path file, String name, String what, Expected expected, Refusals refusals) {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Path etagFile = file.resolveSibling(file.getFileName() + ".etag");
        try {
            Files.createDirectories(Disk.folder(file));
        } catch (IOException e) {
            throw Disk.letter(file, e);
        }
        if (Files.exists(file)) {
            Digest digest = digestOf(file, Disk.size(file), what);
            if (expected.sha256() == null || digest.equals(expected.sha256())) {
                return new Fetched(name, file, digest, Disk.size(file));
            }
            discard(file, etagFile);
        }
        Expected known = expected;
        long bestBytes = -1;
        for (int attempt = 1; ; attempt++) {
            long before = Math.max(0, Disk.size(part));
            if (before > bestBytes) {
                bestBytes = before;
                attempt = 1;
            }
            Map<String, String> headers = new HashMap<>();
            String etag = etag(etagFile);
            if (before > 0 && (etag != null || known.sha256() != null)) {
                headers.put("Range", "bytes=" + before + "-");
                if (etag != null) {
                    headers.put("If-Range", etag);
                }
            }
            try (Http.Answer answer = http.get(uri, headers)) {
                refusals.check(answer, what);
                if (known.sha256() == null && answer.linkedSha256() != null) {
                    known = new Expected(new Digest(answer.linkedSha256()), known.gitBlob(), known.bytes());
                }
                Digest digest = receive(answer, part, etagFile, what, known);
                return finish(part, etagFile, file, name, what, known, digest);
            } catch (IOException e) {
                http.pauseOrGiveUp(attempt, e, uri, what);
            }
        }
    }

    /** What a server's refusal means to the user; each source knows its own cures. */
    interface Refusals {
        /**
         * Lets an answer with the file, or a part of it, pass.
         *
         * @throws HubException for any other
         */
        void check(Http.Answer answer, String what) throws IOException;

        /** For any server. */
        static void usual(Http.Answer answer, String what) {
            int status = answer.status();
            if (status == 200 || status == 206 || status == 416) {
                return;
            }
            throw new HubException(
                    switch (status) {
                        case 401, 403 ->
                            "%s refuses %s with status %d. Check whether it needs a login; if so, download it by other means and give its path."
                                    .formatted(answer.host(), what, status);
                        case 404, 410 ->
                            "%s has no %s (status %d). Check the address.".formatted(answer.host(), what, status);
                        default ->
                            "%s answered %d for %s; expected 200. Check the address or use another source."
                                    .formatted(answer.host(), status, what);
                    });
        }
    }

    private Digest receive(Http.Answer answer, Path part, Path etagFile, String what, Expected expected)
            throws IOException {
        long have = Math.max(0, Disk.size(part));
        long start = 0;
        long total = -1;
        if (answer.status() == 416) {
            // Nothing lies behind what is here: it is whole, or it is no beginning of what the server has.
            boolean whole = answer.header("Content-Range").orElse("").equals("bytes */" + have)
                    && (expected.sha256() != null || Files.exists(etagFile));
            if (!whole) {
                discard(part, etagFile);
                throw new Http.Busy("%s has another file than the one begun".formatted(answer.host()), null);
            }
            return digestOf(part, have, what);
        }
        if (answer.status() == 206) {
            Matcher range = CONTENT_RANGE.matcher(answer.header("Content-Range").orElse(""));
            if (!range.matches() || Long.parseLong(range.group(1)) != have) {
                discard(part, etagFile);
                throw new Http.Busy("%s sent another range than asked".formatted(answer.host()), null);
            }
            start = have;
            total = range.group(2).equals("*") ? -1 : Long.parseLong(range.group(2));
        } else {
            total = answer.response()
                    .headers()
                    .firstValueAsLong("Content-Length")
                    .orElse(-1);
            checkIsFile(answer, what);
            discard(part, etagFile);
            String etag = answer.header("ETag")
                    .filter(value -> !value.startsWith("W/"))
                    .orElse(null);
            if (etag != null) {
                try {
                    Disk.writeAtOnce(etagFile, etag.getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                    throw Disk.letter(etagFile, e);
                }
            }
        }
        if (total >= 0 && expected.bytes() >= 0 && total != expected.bytes()) {
            discard(part, etagFile);
            throw new HubException(
                    "%s has %d bytes on %s; expected %d. The file there has changed: use another source or revision."
                            .formatted(what, total, answer.host(), expected.bytes()));
        }
        long size = total >= 0 ? total : expected.bytes();
        if (size >= 0) {
            Disk.checkRoom(Disk.folder(part), size - start, what);
        }
        return append(answer.response().body(), part, start, size, what);
    }

    private static void checkIsFile(Http.Answer answer, String what) {
        String type = answer.header("Content-Type").orElse("");
        if (type.startsWith("text/html")) {
            throw new HubException(
                    "%s answered with a web page instead of %s: perhaps a login, or a page about the file. Give the address that downloads the file itself."
                            .formatted(answer.host(), what));
        }
        String encoding = answer.header("Content-Encoding").orElse("identity");
        if (!encoding.equals("identity")) {
            throw new HubException("%s sends %s packed as '%s', though it was asked not to. Use another source."
                    .formatted(answer.host(), what, encoding));
        }
    }

    private Digest append(InputStream body, Path part, long start, long size, String what) throws IOException {
        MessageDigest sha256 = Digest.sha256();
        if (start > 0) {
            feed(sha256, part, start, what);
        }
        OptionalLong total = size >= 0 ? OptionalLong.of(size) : OptionalLong.empty();
        ProgressMeter meter = new ProgressMeter(progress, Progress.Phase.DOWNLOADING, what, start, total);
        byte[] buffer = new byte[1 << 17];
        long done = start;
        try (FileChannel out = Disk.append(part);
                StallGuard guard = new StallGuard(body, http.patience().stall())) {
            try {
                for (int n = guard.read(buffer); n >= 0; n = guard.read(buffer)) {
                    sha256.update(buffer, 0, n);
                    Disk.write(out, part, ByteBuffer.wrap(buffer, 0, n));
                    done += n;
                    if (size >= 0 && done > size) {
                        throw new HubException(
                                "%s is longer than the %d bytes announced. The server cannot be relied on; use another source."
                                        .formatted(what, size));
                    }
                    meter.add(n);
                }
            } finally {
                Disk.force(out, part);
            }
        }
        meter.report();
        if (size >= 0 && done < size) {
            throw new IOException("after %d of %d bytes".formatted(done, size));
        }
        return Digest.finish(sha256);
    }

    private Digest digestOf(Path part, long bytes, String what) {
        MessageDigest sha256 = Digest.sha256();
        feed(sha256, part, bytes, what);
        return Digest.finish(sha256);
    }

    private void feed(MessageDigest sha256, Path part, long bytes, String what) {
        ProgressMeter meter = new ProgressMeter(progress, Progress.Phase.VERIFYING, what, 0, OptionalLong.of(bytes));
        byte[] buffer = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(part)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                sha256.update(buffer, 0, n);
                meter.add(n);
            }
        } catch (IOException e) {
            throw Disk.letter(part, e);
        }
        meter.report();
    }

    private static Fetched finish(
            Path part, Path etagFile, Path file, String name, String what, Expected expected, Digest digest) {
        long bytes = Disk.size(part);
        Digest wanted = expected.sha256();
        if (wanted != null && !digest.equals(wanted)) {
            discard(part, etagFile);
            throw wrongDigest(what, digest, wanted);
        }
        if (wanted == null
                && expected.gitBlob() != null
                && !gitBlob(part, bytes).equals(expected.gitBlob())) {
            discard(part, etagFile);
            throw new HubException(
                    "%s arrived with other content than the server's list names (git object %s). It was removed; run the same command again."
                            .formatted(what, expected.gitBlob()));
        }
        try {
            Disk.move(part, file);
            Files.deleteIfExists(etagFile);
        } catch (IOException e) {
            throw Disk.letter(file, e);
        }
        return new Fetched(name, file, digest, bytes);
    }

    static HubException wrongDigest(String what, Digest found, Digest expected) {
        return new HubException(
                "%s arrived with SHA-256 %s; expected %s. It was removed. Run the same command again; if that does not help, the source has changed or somebody on the way changes it: use another source."
                        .formatted(what, found.hex(), expected.hex()));
    }

    private static String gitBlob(Path file, long bytes) {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(("blob " + bytes + "\0").getBytes(StandardCharsets.UTF_8));
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                sha1.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(sha1.digest());
        } catch (IOException e) {
            throw Disk.letter(file, e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-1", e);
        }
    }

    private static void discard(Path part, Path etagFile) {
        try {
            Files.deleteIfExists(part);
            Files.deleteIfExists(etagFile);
        } catch (IOException e) {
            throw Disk.letter(part, e);
        }
    }

    private static @Nullable String etag(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : null;
        } catch (IOException e) {
            throw Disk.letter(file, e);
        }
    }
}
