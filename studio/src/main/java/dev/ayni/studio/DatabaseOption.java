package dev.ayni.studio;

import dev.ayni.hub.HubSettings;
import dev.ayni.store.Schema;
import dev.ayni.store.Store;
import dev.ayni.store.StoreAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where keys, the ledger, files, batches and kept responses are. */
final class DatabaseOption {
    private static final String VARIABLE = "AYNI_DATABASE";

    @Option(
            names = "--database",
            paramLabel = "ADDRESS",
            description = {
                "A file for SQLite, or postgresql://USER@HOST/DATABASE;",
                "else AYNI_DATABASE, or server.db in Ayni's folder."
            })
    private @Nullable String database;

    StoreAddress address() {
        String named = database == null ? System.getenv(VARIABLE) : database;
        return named == null || named.isBlank()
                ? new StoreAddress.SqliteFile(home().resolve("server.db"))
                : StoreAddress.parse(named);
    }

    /** Where the contents of files lie: beside a SQLite database; in Ayni's folder where the database is a server. */
    Path files() {
        return switch (address()) {
            case StoreAddress.SqliteFile sqlite ->
                sqlite.file().resolveSibling(sqlite.file().getFileName() + "-files");
            case StoreAddress.Postgres postgres -> home().resolve("files");
        };
    }

    private static Path home() {
        return HubSettings.fromEnvironment().home();
    }

    Store open(Schema... schemas) {
        return Store.open(address(), schemas);
    }
}
