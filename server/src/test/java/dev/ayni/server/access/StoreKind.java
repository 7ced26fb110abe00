package dev.ayni.server.access;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ayni.store.Store;
import dev.ayni.store.StoreAddress;
import java.nio.file.Path;
import java.util.UUID;

/** The kinds of database on which the same has to hold. */
public enum StoreKind {
    SQLITE,
    POSTGRES;

    /** An empty database. PostgreSQL is asked for a schema in the server that the property {@code ayni.postgres} names. */
    public StoreAddress fresh(Path folder) {
        return StoreAddress.parse(freshText(folder));
    }

    /** The same as text, password and all. */
    public String freshText(Path folder) {
        if (this == SQLITE) {
            return folder.resolve("ayni.db").toString();
        }
        String server = System.getProperty("ayni.postgres", "");
        assumeTrue(
                !server.isEmpty(),
                "No PostgreSQL to test with: start one by scripts/postgres-for-tests start DIR, and give its address as -Dayni.postgres=...");
        String schema = "t" + UUID.randomUUID().toString().replace("-", "");
        try (Store store = Store.open(StoreAddress.parse(server))) {
            store.write(transaction -> transaction.update("create schema " + schema));
        }
        return server + "?currentSchema=" + schema;
    }
}
