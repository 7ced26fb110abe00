package dev.ayni.studio;

import dev.ayni.chat.Embedder;
import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.LocalEncoder;
import dev.ayni.engine.LocalModel;
import dev.ayni.engine.models.KvPages;
import dev.ayni.guard.policy.GuardModels;
import dev.ayni.hub.Hub;
import dev.ayni.hub.HubException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The models of this machine that a guard judges by: each is opened when a policy first names a check that needs it, and
 * stays open. None is fetched: whoever writes a policy says by {@code ayni pull} what is to be had.
 */
final class LibraryModels implements GuardModels, AutoCloseable {
    private static final String ENCODER = "minilm";
    /** Read at once, so that the first text that somebody sends does not wait for pages and kernels. */
    private static final String FIRST_TEXT = "The guard reads this before it reads anything else. ".repeat(16);

    private final Hub hub;
    private final Consumer<String> aloud;
    private final Map<String, LocalModel> judges = new LinkedHashMap<>();
    private @Nullable LocalEncoder encoder;
    private long bytes;
    private boolean looked;

    /** @param aloud hears which models are used, and which are missing */
    LibraryModels(Hub hub, Consumer<String> aloud) {
        this.hub = hub;
        this.aloud = aloud;
    }

    @Override
    public synchronized @Nullable Embedder encoder() {
        if (!looked) {
            looked = true;
            Optional<Path> path = path(ENCODER);
            if (path.isEmpty()) {
                aloud.accept(
                        "guard: the encoder minilm is not on this machine, so that the classifiers judge by n-grams"
                                + " alone and err more often. Get it with: ayni pull minilm");
            } else {
                try {
                    LocalEncoder opened = LocalEncoder.open(path.get(), options());
                    opened.embed(List.of(FIRST_TEXT));
                    encoder = opened;
                    bytes += fileBytes(path.get());
                    aloud.accept("guard: the classifiers read with the encoder minilm");
                } catch (IOException | RuntimeException e) {
                    throw new Letter(
                            "The encoder minilm cannot be opened from %s: %s Get it again with: ayni remove minilm, then ayni pull minilm"
                                    .formatted(path.get(), e.getMessage()),
                            e);
                }
            }
        }
        return encoder;
    }

    @Override
    public synchronized Judge judge(String name) {
        LocalModel model = judges.get(name);
        if (model == null) {
            Path path = path(name)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "The model '%s' is to judge, and is not on this machine. Get it with: ayni pull %s"
                                    .formatted(name, name)));
            try {
                model = LocalModel.open(path, options());
            } catch (IOException | RuntimeException e) {
                throw new IllegalArgumentException(
                        "The model '%s' is to judge, and cannot be opened: %s".formatted(name, e.getMessage()), e);
            }
            long conversation =
                    KvPages.of(model.context()) * model.model().pages().bytesPerPage();
            model.generator().limitCache(conversation);
            judges.put(name, model);
            bytes += fileBytes(path) + conversation;
            aloud.accept("guard: %s judges".formatted(model.name()));
        }
        LocalModel opened = model;
        return new Judge(
                opened.name(),
                opened,
                opened,
                (text, special) -> Arrays.stream(opened.tokenizer().encode(text, special))
                        .boxed()
                        .toList());
    }

    /** What the opened models take, which nobody else can have: their files, and each judge one conversation of full length. */
    synchronized long bytes() {
        return bytes;
    }

    private static long fileBytes(Path path) {
        try (Stream<Path> files = Files.walk(path.toRealPath())) {
            return files.map(Path::toFile).mapToLong(File::length).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<Path> path(String name) {
        try {
            return hub.here(hub.parse(name)).map(dev.ayni.hub.LocalModel::path);
        } catch (HubException e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
        }
    }

    /** As the engine does it best; what it says of its kernels is said of the model that answers. */
    private static EngineOptions options() {
        return EngineOptions.defaults();
    }

    @Override
    public void close() {
        LocalEncoder reader = encoder;
        if (reader != null) {
            reader.close();
        }
        judges.values().forEach(LocalModel::close);
    }
}
