package dev.ayni.hub;

import dev.ayni.hub.ModelReference.HuggingFace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The models that Hugging Face's own libraries have fetched on this machine. Nothing of them is copied or changed. */
final class HuggingFaceCache {
    /*
     *   models--<owner>--<name>/refs/<revision>               a commit
     *   models--<owner>--<name>/snapshots/<commit>/<file>     a link to ../../blobs/<digest>
     */
    private static final String MODELS = "models--";
    private static final int DEEPEST = 4;
    private static final int MOST_FILES = 2000;
    private static final int LONGEST_COMMIT = 100;

    private final @Nullable Path folder;

    /** @param folder of all repositories; null, or not there: there are none */
    HuggingFaceCache(@Nullable Path folder) {
        this.folder = folder;
    }

    /** All models, as {@code hf:owner/name[:file]}. */
    FoundModels list() {
        List<LocalModel> models = new ArrayList<>();
        List<String> letters = new ArrayList<>();
        if (folder != null) {
            for (String repository : Disk.names(folder)) {
                String[] parts = repository.split("--", 3);
                if (repository.startsWith(MODELS) && parts.length == 3) {
                    try {
                        list(parts[1], parts[2], folder.resolve(repository), models);
                    } catch (HubException e) {
                        letters.add(String.valueOf(e.getMessage()));
                    }
                }
            }
        }
        models.sort(Comparator.comparing(LocalModel::name));
        return new FoundModels(models, letters);
    }

    private static void list(String owner, String name, Path repository, List<LocalModel> models) {
        Optional<Path> snapshot = snapshot(repository, null);
        if (snapshot.isEmpty()) {
            return;
        }
        List<String> files = files(snapshot.get());
        List<String> ggufs = files.stream()
                .filter(file -> file.toLowerCase(Locale.ROOT).endsWith(".gguf"))
                .filter(file -> !FileChoice.isLaterShard(file) && !file.contains("mmproj") && !file.contains("imatrix"))
                .toList();
        for (String file : ggufs) {
            models.add(model(new HuggingFace(owner, name, file, null), snapshot.get(), repository, files));
        }
        if (ggufs.isEmpty()
                && files.contains("config.json")
                && files.stream().anyMatch(f -> f.endsWith(".safetensors"))) {
            models.add(model(new HuggingFace(owner, name, null, null), snapshot.get(), repository, files));
        }
    }

    /**
     * A model, if all its files are here.
     *
     * @throws HubException if its files lead out of the cache
     */
    Optional<LocalModel> find(HuggingFace reference) {
        if (folder == null) {
            return Optional.empty();
        }
        Path repository = folder.resolve(MODELS + reference.owner() + "--" + reference.name());
        Optional<Path> snapshot = snapshot(repository, reference.revision());
        if (snapshot.isEmpty()) {
            return Optional.empty();
        }
        List<String> files = files(snapshot.get());
        try {
            FileChoice.choose(files, reference.selection(), reference.text());
        } catch (HubException e) {
            return Optional.empty(); // not fetched, or not wholly
        }
        return Optional.of(model(reference, snapshot.get(), repository, files));
    }

    private static LocalModel model(HuggingFace reference, Path snapshot, Path repository, List<String> files) {
        List<String> chosen = FileChoice.choose(files, reference.selection(), reference.text());
        long bytes = 0;
        for (String file : chosen) {
            Path real = OllamaCache.inside(snapshot.resolve(file), repository);
            bytes += Math.max(0, Disk.size(real));
            if (Disk.size(real) == 0) {
                throw new HubException(
                        "%s is empty. Fetch %s again.".formatted(snapshot.resolve(file), reference.text()));
            }
        }
        Path start = chosen.stream()
                .filter(file -> file.toLowerCase(Locale.ROOT).endsWith(".gguf"))
                .findFirst()
                .map(snapshot::resolve)
                .orElse(snapshot);
        return new LocalModel(reference.text(), start, null, bytes, chosen, null, start.toString(), null);
    }

    /** The files of a revision; without one those of main, or the newest that there are. */
    private static Optional<Path> snapshot(Path repository, @Nullable String revision) {
        Path snapshots = repository.resolve("snapshots");
        String named = revision == null ? "main" : revision;
        Path ref = repository.resolve("refs").resolve(named).normalize();
        if (ref.startsWith(repository.resolve("refs")) && Files.isRegularFile(ref)) {
            try {
                byte[] commit = Files.size(ref) > LONGEST_COMMIT ? new byte[0] : Files.readAllBytes(ref);
                String name = new String(commit, StandardCharsets.UTF_8).strip();
                if (name.matches("[A-Za-z0-9._-]+")
                        && !name.startsWith(".")
                        && Files.isDirectory(snapshots.resolve(name))) {
                    return Optional.of(snapshots.resolve(name));
                }
            } catch (IOException e) {
                throw Disk.letter(ref, e);
            }
        }
        if (revision != null) {
            return revision.matches("[0-9a-f]{7,64}")
                    ? Disk.names(snapshots).stream()
                            .filter(name -> name.startsWith(revision))
                            .map(snapshots::resolve)
                            .findFirst()
                    : Optional.empty();
        }
        return Disk.names(snapshots).stream()
                .map(snapshots::resolve)
                .filter(Files::isDirectory)
                .max(Comparator.comparing(HuggingFaceCache::changed));
    }

    private static long changed(Path path) {
        try {
            return Files.getLastModifiedTime(path).toMillis();
        } catch (IOException e) {
            return 0;
        }
    }

    private static List<String> files(Path snapshot) {
        try (Stream<Path> all = Files.walk(snapshot, DEEPEST)) {
            return all.filter(file -> Files.isSymbolicLink(file) || Files.isRegularFile(file))
                    .limit(MOST_FILES)
                    .map(file -> snapshot.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw Disk.letter(snapshot, e);
        } catch (UncheckedIOException e) {
            throw Disk.letter(snapshot, new IOException(e));
        }
    }
}
