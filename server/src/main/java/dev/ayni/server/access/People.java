package dev.ayni.server.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.ayni.server.http.ApiException;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** People who come with a signed token (JWT) of an issuer that the server trusts, as OpenID Connect hands them out. */
public final class People {
    /** What the principal of a person begins with; no key's owner has a name with a colon. */
    static final String PREFIX = "person:";

    private static final Set<String> SIGNATURES =
            Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");
    private static final int FETCH_MILLIS = 5_000;
    private static final int MOST_BYTES = 1 << 18;
    private static final int MOST_SAID = 300;

    private final Issuer issuer;
    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

    /**
     * Whose tokens let in.
     *
     * @param name what has to stand in {@code iss}
     * @param audience what has to be among {@code aud}
     * @param keys where the issuer's public keys (a JWK set) are: an {@code https:} address, {@code http:} on this machine,
     *     or a file; empty: where the issuer's description says, at its name and {@code /.well-known/openid-configuration}
     * @param algorithms that are accepted; others, whatever a token says, are not
     * @param skew by how much clocks may differ
     * @param roleClaim the claim that holds words, one or a list, some of which are roles
     * @param roles which words are which roles; whoever has none of them is a user
     */
    public record Issuer(
            String name,
            String audience,
            String keys,
            Set<String> algorithms,
            Duration skew,
            String roleClaim,
            Map<String, Role> roles) {
        public static final Set<String> USUAL_ALGORITHMS = Set.of("RS256", "ES256");
        public static final Duration USUAL_SKEW = Duration.ofSeconds(60);
        public static final Map<String, Role> USUAL_ROLES =
                Map.of("ayni-operator", Role.OPERATOR, "ayni-admin", Role.ADMIN);

        /** @throws AccessException if it could let in whom it should not */
        public Issuer {
            algorithms = Set.copyOf(algorithms);
            roles = Map.copyOf(roles);
            if (name.isBlank() || audience.isBlank()) {
                throw new AccessException(
                        "An issuer needs its name ('iss') and the audience ('aud') that its tokens for this server have: without them, a token made for another service would let in.");
            }
            if (algorithms.isEmpty() || !SIGNATURES.containsAll(algorithms)) {
                throw new AccessException(
                        "The algorithms of an issuer's tokens were %s. Allowed are signatures with a public key: %s."
                                .formatted(sorted(algorithms), sorted(SIGNATURES)));
            }
            if (skew.isNegative() || skew.compareTo(Duration.ofMinutes(10)) > 0) {
                throw new AccessException(
                        "Clocks that differ by %s would let in tokens that expired long ago. Give at most 10 minutes, and set the clocks."
                                .formatted(skew));
            }
        }

        private static String sorted(Set<String> words) {
            return words.stream().sorted().collect(Collectors.joining(", "));
        }
    }

    /** @throws AccessException if the issuer's keys are named in a way that cannot be trusted, or their file cannot be read */
    public People(Issuer issuer) {
        this.issuer = issuer;
        processor.setJWSTypeVerifier(
                new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(
                issuer.algorithms().stream().map(JWSAlgorithm::parse).collect(Collectors.toSet()),
                issuer.keys().isEmpty() ? discovered(issuer.name()) : keys(issuer.keys())));
        DefaultJWTClaimsVerifier<SecurityContext> claims = new DefaultJWTClaimsVerifier<>(
                issuer.audience(),
                new JWTClaimsSet.Builder().issuer(issuer.name()).build(),
                Set.of("sub", "exp"));
        claims.setMaxClockSkew((int) issuer.skew().toSeconds());
        processor.setJWTClaimsSetVerifier(claims);
    }

    private static DefaultResourceRetriever retriever() {
        return new DefaultResourceRetriever(FETCH_MILLIS, FETCH_MILLIS, MOST_BYTES);
    }

    private static JWKSource<SecurityContext> discovered(String issuer) {
        URL description = trusted(issuer.replaceFirst("/$", "") + "/.well-known/openid-configuration");
        return new DiscoveredKeys(issuer, description, retriever(), address -> keysAt(trusted(address)));
    }

    private static JWKSource<SecurityContext> keysAt(URL address) {
        return JWKSourceBuilder.create(address, retriever()).retrying(true).build();
    }

    /** An address on the way from which nobody exchanges anything. */
    private static URL trusted(String place) {
        try {
            URI address = URI.create(place);
            boolean here = Set.of("127.0.0.1", "localhost", "[::1]").contains(String.valueOf(address.getHost()));
            if (!"https".equals(address.getScheme()) && !("http".equals(address.getScheme()) && here)) {
                throw new AccessException(
                        "The issuer's keys are at %s, where somebody on the way could exchange them. Give an https: address, or a file."
                                .formatted(place));
            }
            return address.toURL();
        } catch (IOException | IllegalArgumentException e) {
            throw new AccessException("'%s' is no address: %s.".formatted(place, e.getMessage()), e);
        }
    }

    private static JWKSource<SecurityContext> keys(String place) {
        if (place.contains("://")) {
            return keysAt(trusted(place));
        }
        try {
            return new ImmutableJWKSet<>(JWKSet.parse(Files.readString(Path.of(place))));
        } catch (IOException | ParseException e) {
            throw new AccessException(
                    "The issuer's keys cannot be read from %s: %s. Expected a JSON object with a list 'keys' (a JWK set)."
                            .formatted(place, e.getMessage()),
                    e);
        }
    }

    static boolean looksLikeToken(String credential) {
        return credential.chars().filter(c -> c == '.').count() >= 2;
    }

    /** @throws ApiException (401) if the token does not let in; (503) if the issuer's keys cannot be fetched */
    Caller identify(String token) {
        JWTClaimsSet claims;
        try {
            claims = processor.process(token, null);
        } catch (RateLimitReachedException e) {
            throw new ApiException(
                    503,
                    "issuer_unreachable",
                    null,
                    Map.of("Retry-After", "30"),
                    "The signed token names a key that is none of the issuer's, as far as is known here; they were asked for a moment ago. Get a fresh token, or send the request again in half a minute.");
        } catch (KeySourceException e) {
            throw new ApiException(
                    503,
                    "issuer_unreachable",
                    null,
                    Map.of("Retry-After", "10"),
                    "The public keys of the tokens' issuer cannot be fetched just now. Send the request again in a moment.");
        } catch (ParseException | BadJOSEException | JOSEException e) {
            throw KeyedAccess.refused("The signed token lets nobody in: %s. Get a fresh one from %s for '%s'."
                    .formatted(why(e), issuer.name(), issuer.audience()));
        }
        String subject = claims.getSubject();
        if (subject == null || subject.isBlank() || subject.length() > 255) {
            throw KeyedAccess.refused("The signed token does not say who it is for ('sub').");
        }
        return new Caller(PREFIX + subject, "", KeyedAccess.roles(role(claims)), 0);
    }

    private String why(Exception e) {
        String said = String.valueOf(e.getMessage()).replaceFirst("\\.$", "");
        if (said.startsWith("Unsecured (plain)")) {
            return "it is not signed";
        }
        if (said.contains("no matching key(s) found")) {
            return "the issuer has no key of the id ('kid') and algorithm that its head names, or the algorithm is none of "
                    + Issuer.sorted(issuer.algorithms());
        }
        return said.length() > MOST_SAID ? said.substring(0, MOST_SAID) + "..." : said;
    }

    private Role role(JWTClaimsSet claims) {
        Role highest = Role.USER;
        for (Object word : words(claims.getClaim(issuer.roleClaim()))) {
            Role role = word instanceof String text ? issuer.roles().get(text) : null;
            if (role != null && role.compareTo(highest) > 0) {
                highest = role;
            }
        }
        return highest;
    }

    private static List<?> words(@Nullable Object claim) {
        return switch (claim) {
            case null -> List.of();
            case List<?> list -> list;
            default -> List.of(claim);
        };
    }
}
