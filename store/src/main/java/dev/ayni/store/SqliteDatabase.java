package dev.ayni.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;

/** A SQLite file with its write-ahead log: one connection that writes, a few that read beside it. */
final class SqliteDatabase implements Database {
    private static final int READERS = 4;
    /** Another program, such as {@code ayni keys}, may be writing. */
    private static final int BUSY_MILLIS = 10_000;

    private final Path file;
    private final ReentrantLock writing = new ReentrantLock(true);
    private final Connection writer;
    /** Connections that nobody uses; an empty place is a connection that has not been needed yet. */
    private final BlockingQueue<Reader> readers = new ArrayBlockingQueue<>(READERS);

    private final PresenceByFiles presence;
    private volatile boolean closed;

    private record Reader(@Nullable Connection connection) {}

    SqliteDatabase(StoreAddress.SqliteFile address) {
        this.file = address.file();
        makeForOwner(file);
        Connection opened = null;
        try {
            opened = connectWriter();
            execute(opened, "select count(*) from sqlite_master"); // a file that is no database shows itself here
            this.writer = opened;
            this.presence = new PresenceByFiles(file.resolveSibling(file.getFileName() + "-present"));
        } catch (SQLException e) {
            close(opened);
            throw SqliteLetters.letter(file, e);
        } catch (RuntimeException e) {
            close(opened);
            throw e;
        }
        for (int i = 0; i < READERS; i++) {
            readers.add(new Reader(null));
        }
    }

    /** Made before SQLite makes it, so that nobody else may read it; SQLite gives its log the same permissions. */
    private static void makeForOwner(Path file) {
        try {
            Path folder = file.getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            if (Files.isDirectory(file)) {
                throw new StoreException("'%s' is a folder. Give the path of a file for the database.".formatted(file));
            }
            if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
        } catch (FileAlreadyExistsException e) {
            // opened as it is
        } catch (IOException e) {
            throw new StoreException(
                    "The database %s cannot be made: %s (%s). Give a path in a folder that may be written."
                            .formatted(file, e.getMessage(), e.getClass().getSimpleName()),
                    e);
        }
    }

    /** SQLite does not wait by itself where several programs that open a new file turn its log on at the same time. */
    private Connection connectWriter() throws SQLException {
        long start = System.nanoTime();
        while (true) {
            try {
                return connect(false);
            } catch (SQLException e) {
                if (!SqliteLetters.isBusy(e)
                        || System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(BUSY_MILLIS)
                        || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    private Connection connect(boolean readOnly) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(readOnly);
        config.setBusyTimeout(BUSY_MILLIS);
        config.enforceForeignKeys(true);
        if (!readOnly) {
            config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        }
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL); // a commit is on the disk when it returns
        Connection connection = new JDBC().connect("jdbc:sqlite:" + file, config.toProperties());
        if (connection == null) {
            throw new AssertionError("the driver does not know its own address");
        }
        return connection;
    }

    @Override
    public String name() {
        return "The database " + file;
    }

    @Override
    public <T extends @Nullable Object> T run(boolean write, Store.Work<T> work) {
        try {
            return write ? write(work) : read(work);
        } catch (BrokenStatement e) {
            throw SqliteLetters.letter(file, e.said());
        } catch (SQLException e) {
            throw SqliteLetters.letter(file, e);
        }
    }

    private <T extends @Nullable Object> T write(Store.Work<T> work) throws SQLException {
        writing.lock();
        try {
            refuseIfClosed();
            return transact(writer, "begin immediate", work);
        } finally {
            writing.unlock();
        }
    }

    private <T extends @Nullable Object> T read(Store.Work<T> work) throws SQLException {
        Reader reader = taken();
        Connection connection = reader.connection();
        try {
            refuseIfClosed();
            if (connection == null) {
                connection = connect(true);
            }
            return transact(connection, "begin", work);
        } finally {
            readers.add(new Reader(connection));
            if (closed) {
                closeReaders();
            }
        }
    }

    /** Closes the connections that nobody uses, and leaves their places empty. */
    private void closeReaders() {
        List<Reader> idle = new ArrayList<>();
        readers.drainTo(idle);
        for (Reader reader : idle) {
            close(reader.connection());
            readers.add(new Reader(null));
        }
    }

    private Reader taken() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return readers.take(); // never long: those who read do nothing else meanwhile
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Begins by itself, since the driver would begin the next transaction, and with it lock the file, at the end of one. */
    private static <T extends @Nullable Object> T transact(Connection connection, String begin, Store.Work<T> work)
            throws SQLException {
        execute(connection, begin);
        boolean done = false;
        try {
            T result = work.in(new Transaction(connection));
            execute(connection, "commit");
            done = true;
            return result;
        } finally {
            if (!done) {
                rollBack(connection);
            }
        }
    }

    private static void rollBack(Connection connection) {
        try {
            execute(connection, "rollback");
        } catch (SQLException e) {
            // SQLite has rolled back by itself, as it does when the disk is full
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new StoreException(name() + " has been closed. Nothing was changed.");
        }
    }

    @Override
    public void lockForMigration(Transaction transaction) {
        // every transaction that writes holds the lock already
    }

    @Override
    public Presence presence() {
        return presence;
    }

    @Override
    public void close() {
        writing.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            closeReaders();
            close(writer);
            presence.close();
        } finally {
            writing.unlock();
        }
    }

    private static void close(@Nullable Connection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                // what was committed is in the file or its log; nothing depends on a clean farewell
            }
        }
    }
}
