package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.Embedder;
import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.CacheType;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.server.access.Caller;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.models.LocalModelPool;
import dev.ayni.server.models.ModelCard;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.Shelf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LocalModelPoolTest {
    private static final Duration LONG = Duration.ofHours(1);

    @TempDir
    private Path folder = Path.of("");

    private final List<String> aloud = new CopyOnWriteArrayList<>();

    private Shelf.Book book(String name) throws IOException {
        Path file = Files.write(folder.resolve(name + ".gguf"), TinyModel.gguf(true));
        return new Shelf.Book(name, Set.of(file.toString()), file, Files.size(file), "");
    }

    private LocalModelPool pool(long budgetBytes, Duration keepAlive, Shelf.Book... books) {
        EngineOptions options = new EngineOptions("portable", 1, 256, "off", CacheType.AUTO, aloud::add);
        return new LocalModelPool(List.of(() -> List.of(books)), options, budgetBytes, keepAlive);
    }

    private static List<String> loaded(ModelPool pool) {
        return pool.loaded().stream().map(one -> one.card().name()).toList();
    }

    @Test
    void aModelIsLoadedOnceForAllWhoAskAtTheSameTime() throws Exception {
        try (LocalModelPool pool = pool(1 << 30, LONG, book("one"))) {
            assertThat(pool.loaded()).isEmpty();
            List<CompletableFuture<Void>> asking = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                asking.add(CompletableFuture.runAsync(() -> pool.lease("one").close(), Thread::startVirtualThread));
            }
            for (CompletableFuture<Void> one : asking) {
                one.get(20, TimeUnit.SECONDS);
            }

            assertThat(loaded(pool)).containsExactly("one");
            assertThat(aloud).filteredOn(line -> line.startsWith("kernels:")).hasSize(1);
        }
    }

    @Test
    void aModelSaysWhatItIsAndCanBeNamedInSeveralWays() throws Exception {
        Shelf.Book one = book("one");
        try (LocalModelPool pool = pool(1 << 30, LONG, one)) {
            ModelCard card = pool.find("one:latest").orElseThrow();
            assertThat(card.family()).isEqualTo("llama");
            assertThat(card.quantization()).isEqualTo("Q4_1");
            assertThat(card.context()).isEqualTo(256);
            assertThat(card.abilities()).containsExactlyInAnyOrder(ModelCard.Ability.CHAT, ModelCard.Ability.COMPLETE);
            assertThat(pool.find(one.path().toString())).isPresent();
            assertThat(pool.find("ONE")).isPresent();
            assertThatThrownBy(() -> pool.lease("two"))
                    .isInstanceOfSatisfying(
                            ApiException.class, e -> assertThat(e.status()).isEqualTo(404))
                    .hasMessageContaining("There is: one");
        }
    }

    @Test
    void aModelThatWritesMakesVectorsThoughItsCardNamesOnlyWhatItWasMadeFor() throws Exception {
        try (LocalModelPool pool = pool(1 << 30, LONG, book("one"));
                ModelPool.Lease lease = pool.lease("one")) {
            assertThat(lease.model().card().abilities()).doesNotContain(ModelCard.Ability.EMBED);
            Embedder embedder = lease.model().embedder();
            Embedder.Embeddings embeddings = embedder.embed(List.of("ab", "b"), Caller.LOCAL.scheduling());
            assertThat(embeddings.vectors()).hasSize(2).allMatch(vector -> vector.length == embedder.width());
        }
    }

    @Test
    void theModelThatWasNotUsedForLongestMakesRoom() throws Exception {
        Shelf.Book one = book("one");
        long two = 2 * needed(one) + 1000;
        try (LocalModelPool pool = pool(two, LONG, one, book("two"), book("three"))) {
            pool.lease("one").close();
            pool.lease("two").close();
            pool.lease("one").close();
            pool.lease("three").close();

            assertThat(loaded(pool)).containsExactly("one", "three");
        }
    }

    @Test
    void aModelInUseStaysAndWhoeverNeedsItsRoomWaits() throws Exception {
        Shelf.Book one = book("one");
        try (LocalModelPool pool = pool(needed(one) + 1000, LONG, one, book("two"))) {
            ModelPool.Lease lease = pool.lease("one");
            CompletableFuture<Void> other =
                    CompletableFuture.runAsync(() -> pool.lease("two").close(), Thread::startVirtualThread);
            Thread.sleep(200);
            assertThat(other).isNotDone();
            assertThat(loaded(pool)).containsExactly("one");

            lease.close();
            other.get(20, TimeUnit.SECONDS);
            assertThat(loaded(pool)).containsExactly("two");
        }
    }

    @Test
    void aModelGoesWhenItWasIdleForLongEnough() throws Exception {
        try (LocalModelPool pool = pool(1 << 30, Duration.ofMillis(100), book("one"), book("two"))) {
            try (ModelPool.Lease lease = pool.lease("two")) {
                lease.keepAlive(Duration.ofSeconds(-1));
            }
            pool.lease("one").close();
            await(() -> loaded(pool).equals(List.of("two")));
            assertThat(pool.loaded().getFirst().until()).isEqualTo(Instant.MAX);

            try (ModelPool.Lease lease = pool.lease("two")) {
                lease.keepAlive(Duration.ZERO);
                assertThat(loaded(pool)).containsExactly("two");
            }
            assertThat(loaded(pool)).isEmpty();
        }
    }

    @Test
    void aModelIsUnloadedOnceItsLastUserIsDone() throws Exception {
        try (LocalModelPool pool = pool(1 << 30, LONG, book("one"))) {
            ModelPool.Lease lease = pool.lease("one");
            pool.unload("one");
            assertThat(loaded(pool)).containsExactly("one");
            lease.close();
            assertThat(loaded(pool)).isEmpty();
        }
    }

    @Test
    void aModelThatCannotBeLoadedIsToldAndTheOthersGoOn() throws Exception {
        Path file = Files.writeString(folder.resolve("broken.gguf"), "GGUF and then nothing of use");
        Shelf.Book broken = new Shelf.Book("broken", Set.of(), file, Files.size(file), "");
        try (LocalModelPool pool = pool(1 << 30, LONG, broken, book("one"))) {
            assertThatThrownBy(() -> pool.lease("broken"))
                    .isInstanceOfSatisfying(
                            ApiException.class, e -> assertThat(e.status()).isEqualTo(503))
                    .hasMessageStartingWith("'broken' cannot be loaded.");
            pool.lease("one").close();
            assertThat(loaded(pool)).containsExactly("one");
        }
    }

    @Test
    void aModelLargerThanAllMemoryIsRefused() throws Exception {
        try (LocalModelPool pool = pool(10_000, LONG, book("one"))) {
            assertThatThrownBy(() -> pool.lease("one")).hasMessageContaining("--memory");
        }
    }

    /** What one of the models takes at least: its file and one whole conversation. */
    private static long needed(Shelf.Book book) throws IOException {
        return book.bytes() + contextBytes(book);
    }

    private static long contextBytes(Shelf.Book book) throws IOException {
        try (Weights weights = WeightsFiles.open(book.path())) {
            return Architectures.of(weights.metadata()).spec(weights.metadata()).cacheBytes(256, CacheType.F16);
        }
    }

    /** What the engine of a loaded model takes for conversations at most. */
    private static long cacheLimit(LocalModelPool pool, Shelf.Book book) throws IOException {
        return Objects.requireNonNull(pool.loads().get(book.name())).pagesBudget()
                * contextBytes(book); // a context is one page here
    }

    @Test
    void whatTheModelsMayTakeTogetherIsWhatTheirCachesAreHeldTo() throws Exception {
        Shelf.Book one = large(book("one"));
        Shelf.Book two = large(book("two"));
        long context = contextBytes(one);
        try (LocalModelPool pool = pool(2 * needed(one) + 4 * context, LONG, one, two)) {
            pool.lease("one").close();
            long quarter = (2 * needed(one) + 4 * context) / 4; // six contexts and a half
            assertThat(pool.loaded().getFirst().bytes()).isEqualTo(one.bytes() + quarter);
            assertThat(cacheLimit(pool, one)).isEqualTo(6 * context);

            pool.lease("two").close();
            assertThat(loaded(pool)).containsExactly("one", "two");
            for (Shelf.Book book : List.of(one, two)) {
                assertThat(cacheLimit(pool, book)).isEqualTo(3 * context);
            }
            assertThat(pool.loaded().stream().mapToLong(ModelPool.Loaded::bytes).sum())
                    .isEqualTo(2 * needed(one) + 4 * context);

            pool.unload("two");
            assertThat(cacheLimit(pool, one)).isEqualTo(6 * context);
        }
    }

    /** The same, said to have so many weights that they outweigh its conversations. */
    private static Shelf.Book large(Shelf.Book book) throws IOException {
        return new Shelf.Book(book.name(), book.others(), book.path(), 10 * contextBytes(book), book.digest());
    }

    @Test
    void aModelTakesWhatSixteenConversationsTakeOrAQuarterOfAllMemory() throws Exception {
        Shelf.Book one = book("one");
        long context = contextBytes(one);
        for (long budget : List.of(1L << 30, needed(one) + 40 * context, needed(one))) {
            try (LocalModelPool pool = pool(budget, LONG, one)) {
                pool.lease("one").close();
                assertThat(pool.loaded().getFirst().bytes() - one.bytes())
                        .isEqualTo(
                                Math.min(budget - one.bytes(), Math.max(context, Math.min(16 * context, budget / 4))));
            }
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long until = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time is over").isLessThan(until);
            Thread.sleep(20);
        }
    }
}
