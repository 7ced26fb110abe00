package dev.ayni.store;

import java.sql.SQLException;

/** What PostgreSQL and its driver refuse, as letters. They name the address, which shows no password. */
final class PostgresLetters {
    private PostgresLetters() {}

    static StoreException letter(StoreAddress.Postgres address, SQLException said) {
        String state = state(said);
        String letter = switch (state) {
            case "28P01", "28000" ->
                "PostgreSQL refuses %s: the user or the password is wrong, or pg_hba.conf does not let them in. A password may also stand in ~/.pgpass."
                        .formatted(address);
            case "3D000" ->
                "The PostgreSQL server has no database '%s'. Make it with: createdb -h %s -p %d %s"
                        .formatted(address.database(), address.host(), address.port(), address.database());
            case "42501" ->
                "The user of %s may not do this: %s. Grant it rights in the schema, for example: grant create, usage on schema public to USER"
                        .formatted(address, firstLine(said));
            case "53100" ->
                "The disk of the PostgreSQL server of %s is full. Nothing of this change was kept; make room and try again."
                        .formatted(address);
            case "53300" ->
                "The PostgreSQL server of %s has no connection left. Raise its max_connections, or start fewer servers."
                        .formatted(address);
            case "57P03" ->
                "The PostgreSQL server of %s is starting or stopping. Try again in a moment.".formatted(address);
            case "25006" ->
                "The PostgreSQL server of %s takes no changes: it is a standby. Give the address of the primary."
                        .formatted(address);
            case "08001", "08003", "08004", "08006", "57P01", "57P02" ->
                "No connection to %s: %s. Is the server running, and does it listen there? Try: psql %s"
                        .formatted(address, firstLine(said), address);
            default -> "%s refuses: %s (%s).".formatted(address, firstLine(said), state);
        };
        return new StoreException(letter, said);
    }

    /** A pool that could not connect puts the driver's words behind its own. */
    private static String state(SQLException said) {
        if (said.getCause() instanceof SQLException cause && cause.getSQLState() != null) {
            return cause.getSQLState();
        }
        return said.getSQLState() == null ? "" : said.getSQLState();
    }

    private static String firstLine(SQLException said) {
        SQLException words = said.getCause() instanceof SQLException cause ? cause : said;
        return String.valueOf(words.getMessage())
                .lines()
                .findFirst()
                .orElse("no reason given")
                .replaceFirst("\\.$", "");
    }
}
