package dev.ayni.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is done together or not at all. Arguments take the places of the question marks: texts, whole numbers, null. A zero
 * character in a text becomes U+FFFD, so that one is never found and never kept, whatever the database.
 *
 * <p>A transaction may be run again from its beginning when the database asks for it, so that its work may not have
 * effects of its own outside of the database.
 */
public final class Transaction {
    private final Connection connection;

    Transaction(Connection connection) {
        this.connection = connection;
    }

    /** Changes rows and answers how many. */
    public int update(String sql, @Nullable Object... arguments) {
        try (PreparedStatement statement = prepared(sql, arguments)) {
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw new BrokenStatement(e);
        }
    }

    /** The rows that a question, or a change with {@code returning}, answers with. */
    public <T> List<T> list(String sql, Row.Reader<T> reader, @Nullable Object... arguments) {
        try (PreparedStatement statement = prepared(sql, arguments);
                ResultSet results = statement.executeQuery()) {
            List<T> rows = new ArrayList<>();
            Row row = new Row(results);
            while (results.next()) {
                rows.add(reader.read(row));
            }
            return rows;
        } catch (SQLException e) {
            throw new BrokenStatement(e);
        }
    }

    /** The first of the rows, if there are any. */
    public <T> Optional<T> first(String sql, Row.Reader<T> reader, @Nullable Object... arguments) {
        List<T> rows = list(sql, reader, arguments);
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.getFirst());
    }

    /** The number in column {@code n} of the only row: {@code select count(*) as n ...}. */
    public long number(String sql, @Nullable Object... arguments) {
        return list(sql, row -> row.number("n"), arguments).getFirst();
    }

    private PreparedStatement prepared(String sql, @Nullable Object... arguments) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            for (int i = 0; i < arguments.length; i++) {
                switch (arguments[i]) {
                    // PostgreSQL keeps no zero character; SQLite would end the text at it
                    case String text -> statement.setString(i + 1, text.replace('\0', '\uFFFD'));
                    case Long number -> statement.setLong(i + 1, number);
                    case Integer number -> statement.setLong(i + 1, number);
                    // the type is left to the column
                    case null -> statement.setNull(i + 1, java.sql.Types.NULL);
                    default ->
                        throw new IllegalArgumentException(
                                "argument %d is a %s; expected a String, Long, Integer or null"
                                        .formatted(
                                                i + 1, arguments[i].getClass().getName()));
                }
            }
            return statement;
        } catch (SQLException | RuntimeException e) {
            statement.close();
            throw e;
        }
    }
}
