package dev.ayni.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a store says when it cannot be used. */
final class StoreLettersTest {
    @TempDir
    private Path folder;

    @Test
    void aFileThatIsNoDatabaseIsNamedAndLeftAlone() throws Exception {
        Path file = folder.resolve("notes.txt");
        String text = "Not a database, but something that somebody wants to keep.\n".repeat(50);
        Files.writeString(file, text);
        assertThatThrownBy(() -> Store.open(new StoreAddress.SqliteFile(file)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("'%s' is no SQLite database".formatted(file));
        assertThat(file).hasContent(text);
    }

    @Test
    void aFolderIsNoDatabase() {
        assertThatThrownBy(() -> Store.open(new StoreAddress.SqliteFile(folder)))
                .hasMessageContaining("is a folder");
    }

    @Test
    void aFullDiskKeepsNothingOfAChangeAndSaysSo() {
        Schema schema = Schema.of("shelf", "create table book (title text);");
        try (Store store = Store.open(new StoreAddress.SqliteFile(folder.resolve("ayni.db")), schema)) {
            store.write(t -> t.update("insert into book values ('Momo')"));
            store.write(t -> t.list("pragma max_page_count = 10", row -> row.number("max_page_count")));
            assertThatThrownBy(() -> store.write(t -> {
                        t.update("insert into book values ('Emil')");
                        return t.update("insert into book values (?)", "x".repeat(100_000));
                    }))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("is full")
                    .hasMessageContaining("Nothing of this change was kept");
            assertThat(store.<Long>read(t -> t.number("select count(*) as n from book")))
                    .isEqualTo(1);
        }
    }

    @Test
    void aDamagedDatabaseIsNotTakenForAnEmptyOne() throws Exception {
        Path file = folder.resolve("ayni.db");
        Schema schema = Schema.of("shelf", "create table book (title text);");
        try (Store store = Store.open(new StoreAddress.SqliteFile(file), schema)) {
            store.write(t -> t.update("insert into book values (?)", "x".repeat(50_000)));
        }
        byte[] bytes = Files.readAllBytes(file);
        java.util.Arrays.fill(bytes, 4096, bytes.length, (byte) 0x55);
        Files.write(file, bytes);
        assertThatThrownBy(() -> Store.open(new StoreAddress.SqliteFile(file), schema))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("is damaged");
    }

    @Test
    void aServerThatDoesNotAnswerIsNamedWithoutThePassword() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Throwable thrown = catchThrowable(
                () -> Store.open(StoreAddress.parse("postgresql://ana:tr%40ustno1@127.0.0.1:" + port + "/ayni")));
        assertThat(thrown)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("No connection to postgresql://ana@127.0.0.1:" + port + "/ayni");
        assertThat(everythingSaid(thrown)).doesNotContain("ustno1");
    }

    @Test
    void aWrongPasswordIsNotRepeated() {
        StoreAddress.Postgres server = (StoreAddress.Postgres) Kind.POSTGRES.fresh(folder);
        StoreAddress wrong = StoreAddress.parse(
                "postgresql://ayni:tr%%40ustno1@%s:%d/%s".formatted(server.host(), server.port(), server.database()));
        Throwable thrown = catchThrowable(() -> Store.open(wrong));
        assertThat(thrown).isInstanceOf(StoreException.class).hasMessageContaining("the user or the password is wrong");
        assertThat(everythingSaid(thrown)).doesNotContain("ustno1");
    }

    @Test
    void aDatabaseThatIsNotThereIsNamedWithTheCommandThatMakesIt() {
        StoreAddress.Postgres server = (StoreAddress.Postgres) Kind.POSTGRES.fresh(folder);
        StoreAddress missing = new StoreAddress.Postgres(
                server.host(), server.port(), "nowhere", server.user(), server.password(), java.util.Map.of());
        assertThatThrownBy(() -> Store.open(missing))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("has no database 'nowhere'")
                .hasMessageContaining("createdb");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://ana:secret word@host/ayni",
                "postgresql://ana:secret#@host",
                "postgresql:secret",
                "mysql://ana:secret@host/ayni",
                "postgresql://ana:secret@/ayni"
            })
    void anAddressThatCannotBeReadIsNotRepeated(String address) {
        Throwable thrown = catchThrowable(() -> StoreAddress.parse(address));
        assertThat(thrown).isInstanceOf(StoreException.class);
        assertThat(everythingSaid(thrown)).doesNotContain("secret");
    }

    @Test
    void anAddressHasManySpellings() {
        assertThat(StoreAddress.parse("postgres://ana:a%40b+c@db.example/ayni?sslmode=require"))
                .isEqualTo(new StoreAddress.Postgres(
                        "db.example", 5432, "ayni", "ana", "a@b+c", java.util.Map.of("sslmode", "require")));
        assertThat(StoreAddress.parse("jdbc:postgresql://db.example:5433/ayni?user=ana&password=x"))
                .isEqualTo(new StoreAddress.Postgres("db.example", 5433, "ayni", "ana", "x", java.util.Map.of()))
                .hasToString("postgresql://ana@db.example:5433/ayni");
        assertThat(StoreAddress.parse("sqlite:/var/lib/ayni.db"))
                .isEqualTo(new StoreAddress.SqliteFile(Path.of("/var/lib/ayni.db")));
        assertThat(StoreAddress.parse("jdbc:sqlite:/var/lib/ayni.db")).hasToString("/var/lib/ayni.db");
    }

    private static String everythingSaid(Throwable thrown) {
        StringWriter said = new StringWriter();
        thrown.printStackTrace(new PrintWriter(said));
        return said.toString();
    }
}
