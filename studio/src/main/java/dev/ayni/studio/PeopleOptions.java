package dev.ayni.studio;

import dev.ayni.server.access.Allowance;
import dev.ayni.server.access.People;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whose signed tokens let people in. */
final class PeopleOptions {
    @Option(
            names = "--jwt-issuer",
            paramLabel = "ISS",
            description = "Let in people with a signed token (JWT) of this issuer.")
    private @Nullable String issuer;

    @Option(names = "--jwt-audience", paramLabel = "AUD", description = "What such a token has to be made for.")
    private @Nullable String audience;

    @Option(
            names = "--jwt-keys",
            paramLabel = "PLACE",
            description =
                    "Where the issuer's public keys are: an https: address of a JWK set, or a file. Default: where the issuer's"
                            + " own description (/.well-known/openid-configuration) says.")
    private @Nullable String keys;

    @Option(
            names = "--jwt-algorithms",
            split = ",",
            paramLabel = "NAME",
            description = "Signatures that count. Default: RS256,ES256.")
    private List<String> algorithms = List.copyOf(People.Issuer.USUAL_ALGORITHMS);

    @Option(
            names = "--jwt-roles",
            paramLabel = "CLAIM",
            description = "The claim in which 'ayni-operator' or 'ayni-admin' gives that role. Default: groups.")
    private String roles = "groups";

    @Option(names = "--jwt-tokens-per-day", paramLabel = "N", description = "A quota for each person and day in UTC.")
    private @Nullable Long tokensPerDay;

    @Option(
            names = "--jwt-requests-per-minute",
            paramLabel = "N",
            description = "At most so many requests of each person.")
    private @Nullable Long requestsPerMinute;

    /** The people of the issuer; null if none was named. */
    @Nullable
    People people() {
        if (issuer == null && audience == null && keys == null) {
            return null;
        }
        if (issuer == null || audience == null) {
            throw new Letter(
                    "--jwt-issuer and --jwt-audience belong together: without one of them, tokens made for others would let in.");
        }
        Set<String> allowed = new LinkedHashSet<>(algorithms);
        return new People(new People.Issuer(
                issuer,
                audience,
                keys == null ? "" : keys,
                allowed,
                People.Issuer.USUAL_SKEW,
                roles,
                People.Issuer.USUAL_ROLES));
    }

    Allowance allowance() {
        return new Allowance(requestsPerMinute, null, tokensPerDay, null);
    }
}
