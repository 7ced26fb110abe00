package dev.ayni.server.access;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jose.util.ResourceRetriever;
import java.io.IOException;
import java.net.URL;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An issuer's public keys, from where its own description says that they are (OpenID Connect Discovery 1.0, section 4). It is
 * asked for when the first token comes, so that a server may start before its issuer does.
 */
final class DiscoveredKeys implements JWKSource<SecurityContext> {
    private static final Logger LOG = LoggerFactory.getLogger(DiscoveredKeys.class);
    private static final long AGAIN_NANOS = 5_000_000_000L;

    private final String issuer;
    private final URL description;
    private final ResourceRetriever retriever;
    private final Function<String, JWKSource<SecurityContext>> keysAt;
    private @Nullable JWKSource<SecurityContext> keys;
    private @Nullable KeySourceException failure;
    private long failedAt;

    /**
     * @param issuer what has to stand in the description, too
     * @param description where it is
     * @param keysAt the keys at an address; throws an {@link AccessException} if that cannot be trusted
     */
    DiscoveredKeys(
            String issuer,
            URL description,
            ResourceRetriever retriever,
            Function<String, JWKSource<SecurityContext>> keysAt) {
        this.issuer = issuer;
        this.description = description;
        this.retriever = retriever;
        this.keysAt = keysAt;
    }

    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) throws KeySourceException {
        return found().get(selector, context);
    }

    private synchronized JWKSource<SecurityContext> found() throws KeySourceException {
        if (keys != null) {
            return keys;
        }
        if (failure != null && System.nanoTime() - failedAt < AGAIN_NANOS) {
            throw failure;
        }
        try {
            keys = keysAt.apply(address());
            return keys;
        } catch (IOException | ParseException | AccessException e) {
            LOG.warn("The description of the tokens' issuer at {} cannot be used: {}", description, e.getMessage());
            failure = new KeySourceException("The issuer's description cannot be used", e);
            failedAt = System.nanoTime();
            throw failure;
        }
    }

    private String address() throws IOException, ParseException {
        Map<String, Object> said =
                JSONObjectUtils.parse(retriever.retrieveResource(description).getContent());
        if (!issuer.equals(said.get("issuer"))) {
            throw new AccessException(
                    "It is of the issuer '%s', and tokens are to be of '%s'.".formatted(said.get("issuer"), issuer));
        }
        if (said.get("jwks_uri") instanceof String address) {
            return address;
        }
        throw new AccessException("It has no 'jwks_uri'.");
    }
}
