package dev.ayni.store;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where a store is kept. Written as text, no address shows a password. */
public sealed interface StoreAddress {

    /** A SQLite file; it is made if there is none. */
    record SqliteFile(Path file) implements StoreAddress {
        @Override
        public String toString() {
            return file.toString();
        }
    }

    /**
     * A database of a PostgreSQL server.
     *
     * @param password none: the driver looks into the user's {@code .pgpass}
     * @param parameters further ones of the driver, such as {@code sslmode}
     */
    record Postgres(
            String host,
            int port,
            String database,
            @Nullable String user,
            @Nullable String password,
            Map<String, String> parameters)
            implements StoreAddress {
        public Postgres {
            parameters = Map.copyOf(parameters);
        }

        @Override
        public String toString() {
            return "postgresql://%s%s:%d/%s".formatted(user == null ? "" : user + "@", host, port, database);
        }
    }

    int POSTGRES_PORT = 5432;

    /**
     * Reads {@code postgresql://user:password@host:port/database?sslmode=require}, {@code sqlite:FILE}, or a file's path.
     *
     * @throws StoreException for anything else; the message does not repeat what could hold a password
     */
    static StoreAddress parse(String text) {
        String address = text.strip();
        if (address.startsWith("jdbc:")) {
            address = address.substring("jdbc:".length());
        }
        if (address.startsWith("postgresql:") || address.startsWith("postgres:")) {
            return postgres(address);
        }
        if (address.startsWith("sqlite:")) {
            return sqlite(address.substring("sqlite:".length()));
        }
        int scheme = address.indexOf("://");
        if (scheme >= 0) {
            throw new StoreException(
                    "A database's address begins with '%s://', which is no database that Ayni can use. Give a file for SQLite, or postgresql://USER@HOST:PORT/DATABASE."
                            .formatted(address.substring(0, scheme)));
        }
        return sqlite(address);
    }

    private static StoreAddress sqlite(String path) {
        if (path.isEmpty() || path.equals(":memory:")) {
            throw new StoreException(
                    "A SQLite database needs a file, so that it outlives the program. Give a path, such as ./ayni.db.");
        }
        try {
            return new SqliteFile(Path.of(path).toAbsolutePath().normalize());
        } catch (InvalidPathException e) {
            throw new StoreException("'%s' is no path: %s. Give the path of a file.".formatted(path, e.getReason()), e);
        }
    }

    private static StoreAddress postgres(String text) {
        String expected =
                "Expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %-escapes for what is special in a password (%40 for @).";
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) { // whose message repeats the text, and with it a password
            throw new StoreException(
                    "The address of the PostgreSQL database cannot be read (from its character %d on). %s"
                            .formatted(e.getIndex() + 1, expected));
        }
        String path = uri.getPath();
        if (uri.getHost() == null || path == null || path.length() < 2) {
            throw new StoreException("The address of the PostgreSQL database names no %s. %s"
                    .formatted(uri.getHost() == null ? "host" : "database", expected));
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        if (uri.getRawQuery() != null) {
            for (String pair : uri.getRawQuery().split("&")) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    parameters.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
                }
            }
        }
        String user = parameters.remove("user");
        String password = parameters.remove("password");
        if (uri.getRawUserInfo() != null) {
            String[] parts = uri.getRawUserInfo().split(":", 2);
            user = decoded(parts[0]);
            password = parts.length == 2 ? decoded(parts[1]) : password;
        }
        int port = uri.getPort() < 0 ? POSTGRES_PORT : uri.getPort();
        return new Postgres(uri.getHost(), port, path.substring(1), user, password, parameters);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
