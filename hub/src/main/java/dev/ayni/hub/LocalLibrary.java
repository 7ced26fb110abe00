package dev.ayni.hub;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The models on this machine. */
public final class LocalLibrary {
    /*
     *   blobs/sha256-<hex>      the files, named by their content, each once
     *   models/<name>/<file>    links to them, under the names that readers of models expect
     *   manifests/<name>.json   what a model consists of; written last, so a model is there whole or not at all
     *   downloads/<name>/       what an unfinished pull has so far
     *   locks/                  empty files that processes lock
     *   licences.json           what the user has agreed to
     *
     * Whoever moves blobs or manifests holds the lock "library"; whoever pulls or removes a model holds the model's.
     */
    private final Path home;

    public LocalLibrary(Path home) {
        this.home = home.toAbsolutePath().normalize();
    }

    /** The folder of everything. */
    public Path home() {
        return home;
    }

    /** All models that are here whole, by name. */
    public List<LocalModel> list() {
        List<LocalModel> models = new ArrayList<>();
        for (Path file : manifestFiles()) {
            Manifest manifest = Manifest.read(file);
            model(manifest, fileName(file)).ifPresent(models::add);
        }
        models.sort(Comparator.comparing(LocalModel::name));
        return models;
    }

    /** The model, if it is here whole. Looks at this machine only. */
    public Optional<LocalModel> find(ModelReference reference) {
        if (reference instanceof ModelReference.LocalPath local) {
            return Optional.of(PathModel.inPlace(local.path()));
        }
        String fileName = ReferenceText.fileName(reference);
        Path file = manifestFile(fileName);
        return Files.exists(file) ? model(Manifest.read(file), fileName) : Optional.empty();
    }

    /**
     * Removes a model of the library with the files that no other model shares, and what an unfinished pull of it has left.
     *
     * @return the bytes that are free now; empty if there was nothing of it
     * @throws HubException for a path: its files are the user's own
     */
    public OptionalLong remove(ModelReference reference) {
        if (reference instanceof ModelReference.LocalPath local) {
            throw new HubException(
                    "%s is used in place and does not belong to the library. Delete it yourself if you want to."
                            .formatted(local.path()));
        }
        return remove(ReferenceText.fileName(reference));
    }

    /** Removes the model that {@link #list} shows under this name; see {@link #remove(ModelReference)}. */
    public OptionalLong removeListed(String name) {
        for (Path file : manifestFiles()) {
            if (Manifest.read(file).name().equals(name)) {
                return remove(fileName(file));
            }
        }
        return OptionalLong.empty();
    }

    private OptionalLong remove(String fileName) {
        try (HomeLock _ = lock(fileName, fileName, Progress.none());
                HomeLock _ = lock("library", "the library", Progress.none())) {
            Path downloads = downloads(fileName);
            boolean known = Files.exists(manifestFile(fileName)) || Files.exists(downloads);
            if (!known) {
                return OptionalLong.empty();
            }
            long freed = Disk.bytesIn(downloads);
            Files.deleteIfExists(manifestFile(fileName));
            Disk.delete(folder(fileName));
            Disk.delete(downloads);
            return OptionalLong.of(freed + removeUnusedBlobs());
        } catch (IOException e) {
            throw Disk.letter(home, e);
        }
    }

    private long removeUnusedBlobs() throws IOException {
        Set<String> used = new HashSet<>();
        for (Path file : manifestFiles()) {
            Manifest.read(file).files().forEach(part -> used.add(blobName(part.digest())));
        }
        long freed = 0;
        for (String name : Disk.names(home.resolve("blobs"))) {
            Path blob = home.resolve("blobs").resolve(name);
            if (!used.contains(name)) {
                freed += Files.size(blob);
                Files.delete(blob);
            }
        }
        return freed;
    }

    /** Takes whole, verified files in as one model; afterwards it is found. */
    LocalModel adopt(
            ModelReference reference, List<Fetched> files, @Nullable Licence licence, String source, Instant now) {
        String fileName = ReferenceText.fileName(reference);
        try (HomeLock _ = lock("library", "the library", Progress.none())) {
            Files.createDirectories(home.resolve("blobs"));
            Files.createDirectories(home.resolve("models"));
            Files.createDirectories(home.resolve("manifests"));
            Files.deleteIfExists(manifestFile(fileName));
            Path fresh = home.resolve("models").resolve(".new-" + fileName);
            Disk.delete(fresh);
            List<Manifest.Part> parts = new ArrayList<>();
            for (Fetched file : files) {
                Path blob = blob(file.digest());
                if (!file.file().equals(blob)) {
                    Disk.move(file.file(), blob);
                } else if (!Files.exists(blob)) {
                    throw new HubException(
                            "'%s' was removed from the library while it was pulled. Run the same command again."
                                    .formatted(file.name()));
                }
                Disk.link(fresh.resolve(file.name()), blob);
                parts.add(new Manifest.Part(file.name(), file.digest(), file.bytes()));
            }
            Disk.delete(folder(fileName));
            Disk.move(fresh, folder(fileName));
            Manifest manifest = new Manifest(reference.text(), source, now, licence, parts);
            manifest.write(manifestFile(fileName));
            Disk.delete(downloads(fileName));
            return model(manifest, fileName)
                    .orElseThrow(() -> new HubException(
                            "'%s' is in the library, but its files cannot be read. Check the disk of %s."
                                    .formatted(reference.text(), home)));
        } catch (IOException e) {
            throw Disk.letter(home, e);
        }
    }

    private Optional<LocalModel> model(Manifest manifest, String fileName) {
        Path folder = folder(fileName);
        long bytes = 0;
        StringBuilder lines = new StringBuilder();
        List<String> names = new ArrayList<>();
        for (Manifest.Part part : manifest.files()) {
            if (Disk.size(folder.resolve(part.name())) != part.bytes()) {
                return Optional.empty();
            }
            bytes += part.bytes();
            lines.append(part.digest().hex()).append("  ").append(part.name()).append('\n');
            names.add(part.name());
        }
        Digest digest = manifest.files().size() == 1
                ? manifest.files().getFirst().digest()
                : Digest.of(lines.toString().getBytes(StandardCharsets.UTF_8));
        Path start = names.stream()
                .filter(name -> name.endsWith(".gguf"))
                .findFirst()
                .map(folder::resolve)
                .orElse(folder);
        return Optional.of(new LocalModel(
                manifest.name(),
                start,
                digest,
                bytes,
                names,
                manifest.licence(),
                manifest.source(),
                manifest.pulled()));
    }

    HomeLock lock(String fileName, String what, Progress progress) {
        return HomeLock.hold(home.resolve("locks").resolve(fileName + ".lock"), what, progress);
    }

    /** Where the file with this content lies or would lie. */
    Path blob(Digest digest) {
        return home.resolve("blobs").resolve(blobName(digest));
    }

    Path downloads(String fileName) {
        return home.resolve("downloads").resolve(fileName);
    }

    private static String blobName(Digest digest) {
        return "sha256-" + digest.hex();
    }

    private Path folder(String fileName) {
        return home.resolve("models").resolve(fileName);
    }

    private Path manifestFile(String fileName) {
        return home.resolve("manifests").resolve(fileName + ".json");
    }

    private static String fileName(Path manifest) {
        String name = String.valueOf(manifest.getFileName());
        return name.substring(0, name.length() - ".json".length());
    }

    private List<Path> manifestFiles() {
        Path folder = home.resolve("manifests");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw Disk.letter(folder, e);
        }
    }
}
