package dev.ayni.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/** A database of a PostgreSQL server, with a pool of connections. */
final class PostgresDatabase implements Database {
    private static final int CONNECTIONS = 10;
    private static final int TRIES = 20;
    /** The longest pause before another try, for each try before. */
    private static final long PAUSE_MILLIS = 20;

    private static final long CONNECT_MILLIS = 10_000;
    /** Any number that no other program locks: "ayni" in ASCII. */
    private static final long MIGRATION = 0x61796e69;

    private final StoreAddress.Postgres address;
    private final HikariDataSource pool;
    private final PresenceByAdvisoryLock presence;

    PostgresDatabase(StoreAddress.Postgres address) {
        this.address = address;
        Source source = new Source(address);
        try {
            this.presence = new PresenceByAdvisoryLock(this, source); // connects: wrong passwords show themselves here
        } catch (SQLException e) {
            throw PostgresLetters.letter(address, e);
        }
        HikariConfig config = new HikariConfig();
        config.setDataSource(source);
        config.setPoolName("ayni");
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMinimumIdle(1);
        config.setAutoCommit(false);
        config.setConnectionTimeout(CONNECT_MILLIS);
        config.setInitializationFailTimeout(-1);
        this.pool = new HikariDataSource(config);
    }

    /** Connects without ever putting a password into an address, where messages would repeat it. */
    private record Source(StoreAddress.Postgres address) implements DataSource {
        @Override
        public Connection getConnection() throws SQLException {
            Properties properties = new Properties();
            properties.putAll(address.parameters());
            properties.putIfAbsent("ApplicationName", "ayni");
            properties.putIfAbsent("connectTimeout", Long.toString(TimeUnit.MILLISECONDS.toSeconds(CONNECT_MILLIS)));
            properties.putIfAbsent("tcpKeepAlive", "true");
            if (address.user() != null) {
                properties.put("user", address.user());
            }
            if (address.password() != null) {
                properties.put("password", address.password());
            }
            Connection connection = new Driver()
                    .connect(
                            "jdbc:postgresql://%s:%d/%s".formatted(address.host(), address.port(), address.database()),
                            properties);
            if (connection == null) {
                throw new AssertionError("the driver does not know its own address");
            }
            return connection;
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            return getConnection();
        }

        @Override
        public @Nullable PrintWriter getLogWriter() {
            return null;
        }

        @Override
        public void setLogWriter(@Nullable PrintWriter out) {}

        @Override
        public void setLoginTimeout(int seconds) {}

        @Override
        public int getLoginTimeout() {
            return 0;
        }

        @Override
        public Logger getParentLogger() throws SQLFeatureNotSupportedException {
            throw new SQLFeatureNotSupportedException();
        }

        @Override
        public <T> T unwrap(Class<T> type) throws SQLException {
            throw new SQLException("no " + type);
        }

        @Override
        public boolean isWrapperFor(Class<?> type) {
            return false;
        }
    }

    @Override
    public String name() {
        return "The database " + address;
    }

    @Override
    public <T extends @Nullable Object> T run(boolean writing, Store.Work<T> work) {
        for (int tries = 1; ; tries++) {
            try {
                return transact(writing, work);
            } catch (BrokenStatement e) {
                again(e.said(), tries);
            } catch (SQLException e) {
                again(e, tries);
            }
        }
    }

    private <T extends @Nullable Object> T transact(boolean writing, Store.Work<T> work) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setReadOnly(!writing);
            connection.setTransactionIsolation(
                    writing ? Connection.TRANSACTION_READ_COMMITTED : Connection.TRANSACTION_REPEATABLE_READ);
            boolean done = false;
            try {
                T result = work.in(new Transaction(connection));
                connection.commit();
                done = true;
                return result;
            } finally {
                if (!done) {
                    rollBack(connection);
                }
            }
        }
    }

    private static void rollBack(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            // the connection is gone, and the transaction with it; what went wrong first is what is told
        }
    }

    /** Returns if the transaction can be tried again: it waited for another that waited for it. */
    private void again(SQLException said, int tries) {
        boolean deadlocked = "40001".equals(said.getSQLState()) || "40P01".equals(said.getSQLState());
        if (!deadlocked || tries == TRIES) {
            throw PostgresLetters.letter(address, said);
        }
        try {
            // by chance, so that those who met do not meet again
            Thread.sleep(ThreadLocalRandom.current().nextLong(1, 1 + tries * PAUSE_MILLIS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw PostgresLetters.letter(address, said);
        }
    }

    @Override
    public void lockForMigration(Transaction transaction) {
        transaction.list("select pg_advisory_xact_lock(?)", row -> true, MIGRATION);
    }

    @Override
    public Presence presence() {
        return presence;
    }

    @Override
    public void close() {
        pool.close();
        presence.close();
    }
}
