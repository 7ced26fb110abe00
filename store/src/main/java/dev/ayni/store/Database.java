package dev.ayni.store;

import org.jspecify.annotations.Nullable;

/** What SQLite and PostgreSQL do differently. */
interface Database extends AutoCloseable {

    /** In words for letters, without a password. */
    String name();

    /** Runs one transaction, again if the database asks for it, and tells failures by a letter. */
    <T extends @Nullable Object> T run(boolean writing, Store.Work<T> work);

    /** Keeps other programs from migrating until this transaction ends. */
    void lockForMigration(Transaction transaction);

    Presence presence();

    @Override
    void close();
}
