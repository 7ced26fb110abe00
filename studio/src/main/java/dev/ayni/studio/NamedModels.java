package dev.ayni.studio;

import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.Shelf;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;

/** The models that a server was started with: they are loaded while all else starts, and stay. */
final class NamedModels {
    private final List<String> missing;
    private final CompletableFuture<Void> loading;

    /** Begins to load them, one after another. */
    NamedModels(ModelPool pool, List<Shelf.Book> books) {
        missing =
                new CopyOnWriteArrayList<>(books.stream().map(Shelf.Book::name).toList());
        loading = CompletableFuture.runAsync(
                () -> books.forEach(book -> load(pool, book.name())),
                work -> Thread.ofPlatform().daemon().name("loading").start(work));
    }

    private void load(ModelPool pool, String name) {
        try (ModelPool.Lease lease = pool.lease(name)) {
            lease.keepAlive(Duration.ofSeconds(-1));
        }
        missing.remove(name);
    }

    /** The names of those that are not there yet. */
    List<String> missing() {
        return List.copyOf(missing);
    }

    /** Waits until all are there; throws what one could not be loaded for. */
    void await() throws InterruptedException {
        try {
            loading.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }
}
