package dev.ayni.store;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Programs that use one PostgreSQL database, wherever they run: each holds an advisory lock by a connection of its own. */
final class PresenceByAdvisoryLock implements Presence, AutoCloseable {
    private static final int SECONDS = 5;

    private final PostgresDatabase database;
    private final DataSource source;
    private final long number = new SecureRandom().nextLong();
    private final String mark = Long.toHexString(number);
    private @Nullable Connection connection;
    private boolean closed;

    PresenceByAdvisoryLock(PostgresDatabase database, DataSource source) throws SQLException {
        this.database = database;
        this.source = source;
        this.connection = locked();
    }

    private Connection locked() throws SQLException {
        Connection opened = source.getConnection();
        try (Statement statement = opened.createStatement()) {
            statement.execute("select pg_advisory_lock(%d)".formatted(number));
            return opened;
        } catch (SQLException e) {
            opened.close();
            throw e;
        }
    }

    @Override
    public String mark() {
        return mark;
    }

    @Override
    public boolean isPresent(String other) {
        if (other.equals(mark)) {
            return true;
        }
        renew();
        long theirs;
        try {
            theirs = Long.parseUnsignedLong(other, 16);
        } catch (NumberFormatException e) {
            return false;
        }
        // how PostgreSQL lists a lock by a number of 64 bits
        return database.run(false, transaction -> transaction.number("""
                                select count(*) as n from pg_locks
                                where locktype = 'advisory' and granted and objsubid = 1
                                  and database = (select oid from pg_database where datname = current_database())
                                  and classid::bigint = ? and objid::bigint = ?""", theirs >>> 32, theirs & 0xffff_ffffL) > 0);
    }

    /** Whoever asks about others shows itself first: after the server was started again, the lock is gone. */
    private synchronized void renew() {
        try {
            if (!closed && (connection == null || !connection.isValid(SECONDS))) {
                if (connection != null) {
                    connection.close();
                }
                connection = null;
                connection = locked();
            }
        } catch (SQLException e) {
            // whoever asked is told when the question itself fails
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (connection == null) {
            return;
        }
        try (Connection ending = connection;
                Statement statement = ending.createStatement()) {
            // the server notices a closed connection a moment later, and until then others would see this program at
            // work
            statement.execute("select pg_advisory_unlock(%d)".formatted(number));
        } catch (SQLException e) {
            // the lock goes with the connection
        }
    }
}
