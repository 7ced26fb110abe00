package dev.ayni.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Brings tables up to date: all steps that are missing, in one transaction, so that a crash leaves none half done. */
final class Migrations {
    private static final String TABLE =
            "create table if not exists schema_step (room text not null, step bigint not null, sha256 text not null, primary key (room, step))";

    private final Database database;
    private final Transaction transaction;

    Migrations(Database database, Transaction transaction) {
        this.database = database;
        this.transaction = transaction;
    }

    void bring(List<Schema> schemas) {
        database.lockForMigration(transaction);
        transaction.update(TABLE);
        schemas.forEach(this::bring);
    }

    private void bring(Schema schema) {
        List<String> done = transaction.list(
                "select sha256 from schema_step where room = ? order by step",
                row -> row.text("sha256"),
                schema.room());
        List<String> steps = schema.steps();
        if (done.size() > steps.size()) {
            throw new StoreException(
                    "%s was made by a newer Ayni: its tables of '%s' are at step %d, and this program knows %d. Start the newer program, or restore the backup made before it."
                            .formatted(database.name(), schema.room(), done.size(), steps.size()));
        }
        for (int i = 0; i < steps.size(); i++) {
            String sha256 = sha256(steps.get(i));
            if (i < done.size()) {
                if (!done.get(i).equals(sha256)) {
                    throw new StoreException(
                            "%s has other tables than this program: step %d of '%s' differs. It was made by another build; use that one, or another database."
                                    .formatted(database.name(), i + 1, schema.room()));
                }
                continue;
            }
            Schema.statements(steps.get(i)).forEach(transaction::update);
            transaction.update(
                    "insert into schema_step (room, step, sha256) values (?, ?, ?)", schema.room(), i + 1, sha256);
        }
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
