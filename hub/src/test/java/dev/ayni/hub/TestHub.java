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
    /** Asks again at once, but gives a slow machine time to send a byte. */
    private static final Patience IMPATIENT = patience(Duration.ofSeconds(20));

    final Path home;
    final Hub hub;
    final List<Progress.Step> steps = new CopyOnWriteArrayList<>();

    TestHub(Path home, @Nullable URI huggingFace, @Nullable String token, @Nullable String pip, Catalogue catalogue) {
        this(home, huggingFace, token, pip, catalogue, IMPATIENT);
    }

    private TestHub(
            Path home,
            @Nullable URI huggingFace,
            @Nullable String token,
            @Nullable String pip,
            Catalogue catalogue,
            Patience patience) {
        this.home = home;
        this.hub = new Hub(
                new HubSettings(
                        home,
                        huggingFace == null ? URI.create("http://127.0.0.1:1") : huggingFace,
                        token == null ? null : new Secret(token),
                        pip),
                catalogue,
                patience);
    }

    static TestHub plain(Path home) {
        return new TestHub(home, null, null, null, Catalogue.bundled());
    }

    /** One that counts a server as lost after a second without a byte. */
    static TestHub hasty(Path home) {
        return new TestHub(home, null, null, null, Catalogue.bundled(), patience(Duration.ofSeconds(1)));
    }

    private static Patience patience(Duration stall) {
        return new Patience(3, Duration.ofMillis(1), Duration.ofSeconds(2), stall);
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
