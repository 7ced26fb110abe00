package dev.ayni.server.access;

import dev.ayni.store.Row;
import dev.ayni.store.Store;
import dev.ayni.store.Transaction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The API keys of a server. A key is shown when it is made and never again; what is kept does not give it back. */
public final class Keys {
    /*
     * A key is 40 letters and digits drawn by chance, 238 bits. Nobody finds such a text by trying, so that one pass of
     * SHA-256 keeps it as safe as a slow hash keeps a password. It is looked up by its hash: what the time of a lookup
     * could tell is about the hash, of which nobody can choose a beginning.
     */
    private static final String BEGIN = "ayni-";
    private static final int LENGTH = 40;
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private final Store store;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    /** @param store opened with {@link AccessTables#SCHEMA} */
    public Keys(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** A key that was just made, with the text that lets in. Its own text does not show it. */
    public record Made(Key key, String secret) {
        @Override
        public String toString() {
            return "Made[" + key + "]";
        }
    }

    /**
     * Makes a key.
     *
     * @param principal whose it is: letters, digits, {@code . _ @ -}
     * @param expires null: never
     * @throws AccessException if the principal's name cannot be one
     */
    public Made create(String principal, Role role, int priority, Allowance allowance, @Nullable Instant expires) {
        if (!principal.matches("[\\p{L}\\p{N}._@-]{1,64}") || principal.equals(Caller.LOCAL.principal())) {
            throw new AccessException(
                    "'%s' cannot be the name of a key's owner. Use up to 64 letters, digits and . _ @ -; 'local' is taken by whoever needs no key."
                            .formatted(principal));
        }
        String secret = BEGIN + drawn(LENGTH);
        String hint = secret.substring(0, BEGIN.length() + 4) + "..." + secret.substring(secret.length() - 4);
        // as the database keeps times
        Instant now = Instant.ofEpochMilli(clock.millis());
        Instant until = expires == null ? null : Instant.ofEpochMilli(expires.toEpochMilli());
        Key key = new Key("key_" + drawn(12), principal, hint, role, priority, allowance, now, until, null);
        store.write(transaction -> transaction.update(
                """
                insert into api_key (id, principal, sha256, hint, role, priority, requests_per_minute,
                  tokens_per_minute, tokens_per_day, tokens_per_month, created_at, expires_at)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                key.id(),
                key.principal(),
                sha256(secret),
                key.hint(),
                key.role().name(),
                key.priority(),
                allowance.requestsPerMinute(),
                allowance.tokensPerMinute(),
                allowance.tokensPerDay(),
                allowance.tokensPerMonth(),
                key.created().toEpochMilli(),
                until == null ? null : until.toEpochMilli()));
        return new Made(key, secret);
    }

    /** All keys that were ever made, oldest first. */
    public List<Key> list() {
        return store.read(transaction -> transaction.list("select * from api_key order by created_at, id", Keys::read));
    }

    /**
     * Makes a key let nobody in from now on; answers it as it is then.
     *
     * @throws AccessException if there is none of that id
     */
    public Key revoke(String id) {
        return store.write(transaction -> {
            transaction.update(
                    "update api_key set revoked_at = ? where id = ? and revoked_at is null", clock.millis(), id);
            return byId(transaction, id)
                    .orElseThrow(() ->
                            new AccessException("There is no key '%s'. `ayni keys list` shows the ids.".formatted(id)));
        });
    }

    /** The key of that text, valid or not. */
    Optional<Key> find(String secret) {
        return looksLikeKey(secret)
                ? store.read(transaction ->
                        transaction.first("select * from api_key where sha256 = ?", Keys::read, sha256(secret)))
                : Optional.empty();
    }

    /** Whether a key was ever made, revoked ones included: from then on nobody comes in without. */
    boolean everMade() {
        return store.read(transaction ->
                transaction.number("select count(*) as n from (select id from api_key limit 1) as k") > 0);
    }

    static boolean looksLikeKey(String credential) {
        return credential.startsWith(BEGIN);
    }

    static Optional<Key> byId(Transaction transaction, String id) {
        return transaction.first("select * from api_key where id = ?", Keys::read, id);
    }

    private static Key read(Row row) {
        return new Key(
                row.text("id"),
                row.text("principal"),
                row.text("hint"),
                Role.valueOf(row.text("role").toUpperCase(Locale.ROOT)),
                (int) row.number("priority"),
                new Allowance(
                        row.numberOrNull("requests_per_minute"),
                        row.numberOrNull("tokens_per_minute"),
                        row.numberOrNull("tokens_per_day"),
                        row.numberOrNull("tokens_per_month")),
                Instant.ofEpochMilli(row.number("created_at")),
                instant(row.numberOrNull("expires_at")),
                instant(row.numberOrNull("revoked_at")));
    }

    private static @Nullable Instant instant(@Nullable Long millis) {
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }

    private String drawn(int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
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
