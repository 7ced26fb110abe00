package dev.ayni.server.access;

import dev.ayni.server.http.ApiException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One key for everybody, which stands in no database: for a server of one's own. Only its digest is kept. */
public final class OneKey implements Access {
    /** How it is called in the ledger. */
    static final String ID = "one";

    private static final Caller HOLDER = new Caller("holder", ID, Set.of(Role.values()), 0);

    private final byte[] digest;
    private final Access account;

    /**
     * A key without limits or a ledger.
     *
     * @throws IllegalArgumentException if the key is shorter than 16 characters
     */
    public OneKey(String key) {
        this(key, Access.local());
    }

    /**
     * A key whose use is written down, and limited.
     *
     * @param account in which it is, and which knows its limits
     * @throws IllegalArgumentException if the key is shorter than 16 characters
     */
    public OneKey(String key, KeyedAccess account) {
        this(key, (Access) account);
    }

    private OneKey(String key, Access account) {
        if (key.strip().length() < 16) {
            throw new IllegalArgumentException(
                    "The key has %d characters, and at least 16 are expected, so that nobody guesses it. Make one by: openssl rand -hex 32"
                            .formatted(key.strip().length()));
        }
        this.digest = digest(key.strip());
        this.account = account;
    }

    @Override
    public Caller identify(Function<String, @Nullable String> header) {
        String shown = shown(header);
        if (shown == null) {
            throw refused(
                    "missing_api_key",
                    "No key was shown, and this server asks for one. Send it as 'Authorization: Bearer KEY' or 'x-api-key: KEY'.");
        }
        if (!MessageDigest.isEqual(digest(shown), digest)) {
            throw refused("invalid_api_key", "The key that was shown is not this server's. Ask whoever runs it.");
        }
        return HOLDER;
    }

    /** The key in the places where clients put it. */
    private static @Nullable String shown(Function<String, @Nullable String> header) {
        String authorization = header.apply("authorization");
        if (authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return authorization.substring(7).strip();
        }
        return header.apply("x-api-key");
    }

    private static ApiException refused(String code, String letter) {
        return new ApiException(401, code, null, Map.of("WWW-Authenticate", "Bearer"), letter);
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    @Override
    public Admission admit(Caller caller, String requestId) {
        return account.admit(caller, requestId);
    }
}
