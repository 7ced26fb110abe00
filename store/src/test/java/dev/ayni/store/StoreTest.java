package dev.ayni.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What both kinds of database promise. */
final class StoreTest {
    private static final Schema SHELF = Schema.of("shelf", """
                    -- a table; with a semicolon; in its comment
                    create table book (title text primary key, pages bigint not null, lent_to text);
                    create index book_lent on book (lent_to);
                    """);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(Kind.class)
    void whatWasWrittenIsThereWhenTheStoreIsOpenedAgain(Kind kind) {
        StoreAddress address = kind.fresh(folder);
        try (Store store = Store.open(address, SHELF)) {
            store.write(t -> t.update("insert into book (title, pages, lent_to) values (?, ?, ?)", "Momo", 304, null));
        }
        try (Store store = Store.open(address, SHELF)) {
            assertThat(titles(store)).containsExactly("Momo");
            assertThat(store.<Boolean>read(t -> t.first(
                                    "select lent_to, pages from book where title = ?",
                                    row -> row.textOrNull("lent_to") == null
                                            && row.numberOrNull("lent_to") == null
                                            && row.number("pages") == 304,
                                    "Momo")
                            .orElseThrow()))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aZeroCharacterIsNeverKeptAndNeverFound(Kind kind) {
        try (Store store = Store.open(kind.fresh(folder), SHELF)) {
            store.write(t -> add(t, "Mo\0mo"));
            store.write(t -> add(t, "Emil"));
            assertThat(titles(store)).containsExactlyInAnyOrder("Mo\uFFFDmo", "Emil");
            assertThat(store.<Long>read(t -> t.number("select count(*) as n from book where title = ?", "Emil\0")))
                    .isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aChangeThatFailsLeavesNothing(Kind kind) {
        try (Store store = Store.open(kind.fresh(folder), SHELF)) {
            assertThatThrownBy(() -> store.write(t -> {
                        add(t, "Momo");
                        throw new IllegalStateException("the work went wrong");
                    }))
                    .hasMessage("the work went wrong");
            assertThatThrownBy(() -> store.write(t -> {
                        add(t, "Emil");
                        return add(t, "Emil");
                    }))
                    .isInstanceOf(StoreException.class);
            assertThat(titles(store)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void readingRefusesToChange(Kind kind) {
        try (Store store = Store.open(kind.fresh(folder), SHELF)) {
            assertThatThrownBy(() -> store.read(t -> add(t, "Momo"))).isInstanceOf(StoreException.class);
            assertThat(titles(store)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void readingSeesOneStateAndDoesNotWaitForWriting(Kind kind) throws Exception {
        try (Store store = Store.open(kind.fresh(folder), SHELF);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            store.write(t -> add(t, "Momo"));
            CountDownLatch writing = new CountDownLatch(1);
            CountDownLatch read = new CountDownLatch(1);
            Future<Integer> change = threads.submit(() -> store.write(t -> {
                int changed = add(t, "Emil");
                writing.countDown();
                await(read);
                return changed;
            }));
            await(writing);
            List<List<String>> seen = store.read(t -> {
                List<String> before = titles(t);
                read.countDown();
                waitFor(change);
                return List.of(before, titles(t));
            });
            assertThat(seen).containsExactly(List.of("Momo"), List.of("Momo"));
            assertThat(titles(store)).containsExactly("Emil", "Momo");
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void manyThreadsAndTwoProgramsLoseNoChange(Kind kind) throws Exception {
        StoreAddress address = kind.fresh(folder);
        try (Store one = Store.open(address, SHELF);
                Store other = Store.open(address, SHELF);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            one.write(t -> add(t, "Momo"));
            List<Future<Integer>> changes = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                Store store = i % 2 == 0 ? one : other;
                changes.add(threads.submit(() -> store.write(t -> {
                    // the row's lock comes with the first change; what is read after it is current
                    t.update("update book set lent_to = lent_to where title = 'Momo'");
                    long pages = t.number("select pages as n from book where title = 'Momo'");
                    return t.update("update book set pages = ? where title = 'Momo'", pages + 1);
                })));
            }
            for (Future<Integer> change : changes) {
                assertThat(change.get(60, TimeUnit.SECONDS)).isEqualTo(1);
            }
            assertThat(one.<Long>read(t -> t.number("select pages as n from book")))
                    .isEqualTo(300);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void transactionsThatWaitForEachOtherAreRunAgain(Kind kind) throws Exception {
        try (Store store = Store.open(kind.fresh(folder), SHELF);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            store.write(t -> add(t, "Momo") + add(t, "Emil"));
            List<Future<Integer>> changes = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                String first = i % 2 == 0 ? "Momo" : "Emil";
                String second = i % 2 == 0 ? "Emil" : "Momo";
                changes.add(threads.submit(() -> store.write(t -> {
                    t.update("update book set pages = pages + 1 where title = ?", first);
                    return t.update("update book set pages = pages + 1 where title = ?", second);
                })));
            }
            for (Future<Integer> change : changes) {
                change.get(60, TimeUnit.SECONDS);
            }
            assertThat(store.<Long>read(t -> t.number("select sum(pages) as n from book")))
                    .isEqualTo(220);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aFurtherStepKeepsWhatIsThere(Kind kind) {
        StoreAddress address = kind.fresh(folder);
        try (Store store = Store.open(address, SHELF)) {
            store.write(t -> add(t, "Momo"));
        }
        Schema further = Schema.of(
                "shelf",
                SHELF.steps().getFirst(),
                "alter table book add column author text;\nupdate book set author = '?';");
        try (Store store = Store.open(address, further)) {
            assertThat(store.<List<String>>read(t -> t.list("select author from book", row -> row.text("author"))))
                    .containsExactly("?");
        }
        assertThatThrownBy(() -> Store.open(address, SHELF))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("newer Ayni")
                .hasMessageContaining("at step 2, and this program knows 1");
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aStepThatFailsLeavesTheTablesAsTheyWere(Kind kind) {
        StoreAddress address = kind.fresh(folder);
        Store.open(address, SHELF).close();
        Schema wrong = Schema.of(
                "shelf",
                SHELF.steps().getFirst(),
                "alter table book add column author text;\ninsert into nowhere values (1);");
        assertThatThrownBy(() -> Store.open(address, wrong)).isInstanceOf(StoreException.class);
        try (Store store = Store.open(address, SHELF)) {
            assertThatThrownBy(() -> store.read(t -> t.list("select author from book", row -> "")))
                    .isInstanceOf(StoreException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aStepThatWasChangedAfterItsReleaseIsRefused(Kind kind) {
        StoreAddress address = kind.fresh(folder);
        Store.open(address, SHELF).close();
        assertThatThrownBy(() -> Store.open(address, Schema.of("shelf", "create table book (title text);")))
                .hasMessageContaining("step 1 of 'shelf' differs");
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void programsThatStartTogetherMakeTheTablesOnce(Kind kind) throws Exception {
        StoreAddress address = kind.fresh(folder);
        try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
            List<Future<Integer>> opened = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int number = i;
                opened.add(threads.submit(() -> {
                    try (Store store = Store.open(address, SHELF)) {
                        return store.write(t -> add(t, "book " + number));
                    }
                }));
            }
            for (Future<Integer> one : opened) {
                assertThat(one.get(60, TimeUnit.SECONDS)).isEqualTo(1);
            }
        }
        try (Store store = Store.open(address, SHELF)) {
            assertThat(titles(store)).hasSize(6);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void programsSeeWhoElseIsAtWork(Kind kind) {
        StoreAddress address = kind.fresh(folder);
        try (Store one = Store.open(address, SHELF)) {
            String gone;
            try (Store other = Store.open(address, SHELF)) {
                gone = other.presence().mark();
                assertThat(gone).isNotEqualTo(one.presence().mark());
                assertThat(one.presence().isPresent(gone)).isTrue();
                assertThat(other.presence().isPresent(one.presence().mark())).isTrue();
            }
            assertThat(one.presence().isPresent(gone)).isFalse();
            assertThat(one.presence().isPresent(one.presence().mark())).isTrue();
            assertThat(one.presence().isPresent("../ayni.db")).isFalse();
        }
        assertThat(folder.resolve("ayni.db-present"))
                .satisfiesAnyOf(
                        present -> assertThat(present).isEmptyDirectory(),
                        present -> assertThat(present).doesNotExist());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aClosedStoreRefuses(Kind kind) {
        Store store = Store.open(kind.fresh(folder), SHELF);
        store.close();
        store.close();
        assertThatThrownBy(() -> store.write(t -> add(t, "Momo"))).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> titles(store)).isInstanceOf(StoreException.class);
    }

    @ParameterizedTest
    @EnumSource(value = Kind.class, names = "SQLITE")
    void nobodyElseMayReadTheFile(Kind kind) throws Exception {
        StoreAddress.SqliteFile address = (StoreAddress.SqliteFile) kind.fresh(folder);
        try (Store store = Store.open(address, SHELF)) {
            store.write(t -> add(t, "Momo"));
            for (Path file : List.of(address.file(), folder.resolve("ayni.db-wal"))) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo("rw-------");
            }
        }
    }

    private static int add(Transaction transaction, String title) {
        return transaction.update("insert into book (title, pages) values (?, 100)", title);
    }

    private static List<String> titles(Transaction transaction) {
        return transaction.list("select title from book order by title", row -> row.text("title"));
    }

    private static List<String> titles(Store store) {
        return store.read(StoreTest::titles);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void waitFor(Future<?> future) {
        try {
            future.get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
