package dev.ayni.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A hub with a home of its own and little patience, for tests. */
final class TestHub {
    static final Patience IMPATIENT =
            new Patience(3, Duration.ofMillis(1), Duration.ofSeconds(2), Duration.ofSeconds(1));

    final Path home;
    final Hub hub;
    final List<Progress.Step> steps = new CopyOnWriteArrayList<>();

    TestHub(Path home, @Nullable URI huggingFace, @Nullable String token, @Nullable String pip, Catalogue catalogue) {
        this.home = home;
        this.hub = new Hub(
                new HubSettings(
                        home,
                        huggingFace == null ? URI.create("http://127.0.0.1:1") : huggingFace,
                        token == null ? null : new Secret(token),
                        pip),
                catalogue,
                IMPATIENT);
    }

    static TestHub plain(Path home) {
        return new TestHub(home, null, null, null, Catalogue.bundled());
    }

    LocalModel pull(String reference) {
        return hub.pull(hub.parse(reference), steps::add, LicenceGate.closed());
    }

    static byte[] bytes(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** The names of everything in the home's folder, without locks. */
    List<String> files() throws IOException {
        if (!Files.exists(home)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(home)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> home.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> !name.startsWith("locks/"))
                    .sorted()
                    .toList();
        }
    }
}
