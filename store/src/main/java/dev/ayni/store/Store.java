package dev.ayni.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A database, opened and brought up to date. Any thread may use it; whoever opened it closes it. */
public final class Store implements AutoCloseable {
    /*
     * Both kinds of database are used through two doors. Writing is one transaction at a time in SQLite, which knows no
     * more, and as many as there are connections in PostgreSQL, where rows that two want to change keep the second one
     * waiting. Reading never waits for writing. What write() has returned from has been committed to the disk: it
     * survives a process that is killed, and a machine that loses its power.
     */
    private final Database database;

    private Store(Database database) {
        this.database = database;
    }

    /**
     * Opens the database, and makes or extends the tables of these rooms.
     *
     * @throws StoreException if it cannot be reached or read, or was made by a newer program
     */
    public static Store open(StoreAddress address, List<Schema> schemas) {
        Database database = switch (address) {
            case StoreAddress.SqliteFile sqlite -> new SqliteDatabase(sqlite);
            case StoreAddress.Postgres postgres -> new PostgresDatabase(postgres);
        };
        try {
            Store store = new Store(database);
            store.run(true, transaction -> {
                new Migrations(database, transaction).bring(schemas);
                return true;
            });
            return store;
        } catch (RuntimeException | Error e) {
            database.close();
            throw e;
        }
    }

    public static Store open(StoreAddress address, Schema... schemas) {
        return open(address, List.of(schemas));
    }

    /** Where it is kept, in words without a password. */
    public String name() {
        return database.name();
    }

    /** Looks at one state of the database; changes are refused. */
    public <T extends @Nullable Object> T read(Work<T> work) {
        return run(false, work);
    }

    /** Changes the database, wholly or not at all; having returned, the change lasts. */
    public <T extends @Nullable Object> T write(Work<T> work) {
        return run(true, work);
    }

    /** Who else is at work on this database. */
    public Presence presence() {
        return database.presence();
    }

    private <T extends @Nullable Object> T run(boolean writing, Work<T> work) {
        return database.run(writing, work);
    }

    @Override
    public void close() {
        database.close();
    }

    /** What is done in one transaction. It may be run again from its beginning, when the database asks for it. */
    @FunctionalInterface
    public interface Work<T extends @Nullable Object> {
        T in(Transaction transaction);
    }
}
