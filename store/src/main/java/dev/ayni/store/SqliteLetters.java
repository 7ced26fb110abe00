package dev.ayni.store;

import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What SQLite refuses, as letters. */
final class SqliteLetters {
    private SqliteLetters() {}

    /** Whether others hold a lock. */
    static boolean isBusy(SQLException said) {
        return kind(said) == SQLiteErrorCode.SQLITE_BUSY || kind(said) == SQLiteErrorCode.SQLITE_LOCKED;
    }

    private static SQLiteErrorCode kind(SQLException said) {
        SQLiteErrorCode code =
                said instanceof SQLiteException sqlite ? sqlite.getResultCode() : SQLiteErrorCode.SQLITE_ERROR;
        return SQLiteErrorCode.getErrorCode(code.code & 0xff); // the other bytes say more of it
    }

    private static long freeMegabytes(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return folder == null ? 0 : folder.toFile().getUsableSpace() >> 20;
    }

    static StoreException letter(Path file, SQLException said) {
        String letter = switch (kind(said)) {
            case SQLITE_NOTADB ->
                "'%s' is no SQLite database. Nothing was changed in it; give another path.".formatted(file);
            case SQLITE_CORRUPT ->
                "The database %s is damaged (%s). Restore it from a backup; what can be read of it comes out with: sqlite3 %s .recover"
                        .formatted(file, said.getMessage(), file);
            case SQLITE_FULL ->
                "The disk of the database %s is full. Nothing of this change was kept; make room and try again."
                        .formatted(file);
            case SQLITE_BUSY, SQLITE_LOCKED ->
                "The database %s was in use by another program for longer than 10 seconds. Find it with: fuser %s"
                        .formatted(file, file);
            case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH ->
                "The database %s may not be written by this user. Change its owner or permissions, and its folder's."
                        .formatted(file);
            case SQLITE_CANTOPEN ->
                "The database %s cannot be opened (%s). Its folder has to exist and to be writable."
                        .formatted(file, said.getMessage());
            case SQLITE_IOERR ->
                "The disk failed under the database %s, or is full (%s; %d MB are free). Make room; if it is a network's, move the database to a local one: its log needs memory that programs share."
                        .formatted(file, said.getMessage(), freeMegabytes(file));
            default -> "The database %s refuses: %s.".formatted(file, said.getMessage());
        };
        return new StoreException(letter, said);
    }
}
