package dev.ayni.store;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.UUID;

/** The kinds of database on which the same has to hold. */
enum Kind {
    SQLITE,
    POSTGRES;

    /** An empty database. PostgreSQL is asked for a schema in the server that the property {@code ayni.postgres} names. */
    StoreAddress fresh(Path folder) {
        if (this == SQLITE) {
            return new StoreAddress.SqliteFile(folder.resolve("ayni.db"));
        }
        String server = System.getProperty("ayni.postgres", "");
        assumeTrue(
                !server.isEmpty(),
                "No PostgreSQL to test with: start one by scripts/postgres-for-tests start DIR, and give its address as -Dayni.postgres=...");
        String schema = "t" + UUID.randomUUID().toString().replace("-", "");
        try (Store store = Store.open(StoreAddress.parse(server))) {
            store.write(transaction -> transaction.update("create schema " + schema));
        }
        return StoreAddress.parse(server + "?currentSchema=" + schema);
    }
}
