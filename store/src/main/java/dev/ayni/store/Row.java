package dev.ayni.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** One row of an answer, its columns by name; valid only while it is being read. */
public final class Row {
    private final ResultSet results;

    Row(ResultSet results) {
        this.results = results;
    }

    public String text(String column) {
        String text = textOrNull(column);
        if (text == null) {
            throw new StoreException(
                    "The database holds no value in '%s' where there has to be one. Restore it from a backup."
                            .formatted(column));
        }
        return text;
    }

    public @Nullable String textOrNull(String column) {
        try {
            return results.getString(column);
        } catch (SQLException e) {
            throw new BrokenStatement(e);
        }
    }

    public long number(String column) {
        try {
            return results.getLong(column);
        } catch (SQLException e) {
            throw new BrokenStatement(e);
        }
    }

    public @Nullable Long numberOrNull(String column) {
        try {
            long number = results.getLong(column);
            return results.wasNull() ? null : number;
        } catch (SQLException e) {
            throw new BrokenStatement(e);
        }
    }

    /** Makes an object of a row. */
    @FunctionalInterface
    public interface Reader<T> {
        T read(Row row);
    }
}
