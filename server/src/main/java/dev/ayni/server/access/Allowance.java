package dev.ayni.server.access;

import org.jspecify.annotations.Nullable;

/**
 * How much may be asked for; null where there is no limit. Tokens are those of prompts and answers together.
 *
 * @param requestsPerMinute requests that come at once may be so many, and then so many in a minute
 * @param tokensPerMinute the same for tokens; what an answer takes beyond it is waited for before the next request
 * @param tokensPerDay of a day in UTC
 * @param tokensPerMonth of a month in UTC
 */
public record Allowance(
        @Nullable Long requestsPerMinute,
        @Nullable Long tokensPerMinute,
        @Nullable Long tokensPerDay,
        @Nullable Long tokensPerMonth) {
    public static final Allowance UNLIMITED = new Allowance(null, null, null, null);

    /** @throws AccessException if a limit is not positive */
    public Allowance {
        refuseIfNotPositive("requests a minute", requestsPerMinute);
        refuseIfNotPositive("tokens a minute", tokensPerMinute);
        refuseIfNotPositive("tokens a day", tokensPerDay);
        refuseIfNotPositive("tokens a month", tokensPerMonth);
    }

    private static void refuseIfNotPositive(String what, @Nullable Long limit) {
        if (limit != null && limit < 1) {
            throw new AccessException(
                    "A limit of %d %s lets nothing in. Give at least 1, or revoke the key.".formatted(limit, what));
        }
    }
}
