package dev.ayni.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.ayni.server.http.ApiException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signed tokens of an issuer made here: which let in, and which never do. */
final class PeopleTest {
    private static final String ISSUER = "https://id.example";
    private static final String AUDIENCE = "ayni";

    @TempDir
    private Path folder;

    private static RSAKey rsa;
    private static RSAKey stranger;
    private static ECKey ec;
    private People people;

    @BeforeAll
    static void issuer() throws Exception {
        rsa = new RSAKeyGenerator(2048).keyID("one").generate();
        stranger = new RSAKeyGenerator(2048).keyID("one").generate();
        ec = new ECKeyGenerator(Curve.P_256).keyID("two").generate();
    }

    @BeforeEach
    void trusted() throws Exception {
        people = new People(issuer(keysFile().toString(), Set.of("RS256", "ES256")));
    }

    @Test
    void aTokenOfTheIssuerLetsInAsAUser() throws Exception {
        Caller caller = people.identify(signed(claims().build(), "JWT"));
        assertThat(caller.principal()).isEqualTo("person:ana");
        assertThat(caller.keyId()).isEmpty();
        assertThat(caller.roles()).containsExactly(Role.USER);
        SignedJWT elliptic = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("two").build(), claims().build());
        elliptic.sign(new ECDSASigner(ec));
        assertThat(people.identify(elliptic.serialize()).principal()).isEqualTo("person:ana");
        assertThat(people.identify(signed(claims().build(), "at+jwt")).principal())
                .isEqualTo("person:ana");
    }

    @Test
    void wordsOfAClaimAreRoles() throws Exception {
        assertThat(people.identify(signed(
                                claims().claim("groups", List.of("staff", "ayni-operator"))
                                        .build(),
                                "JWT"))
                        .roles())
                .containsExactlyInAnyOrder(Role.USER, Role.OPERATOR);
        assertThat(people.identify(signed(claims().claim("groups", "ayni-admin").build(), "JWT"))
                        .may(Role.ADMIN))
                .isTrue();
        assertThat(people.identify(signed(
                                claims().claim("groups", Map.of("ayni-admin", true))
                                        .build(),
                                "JWT"))
                        .may(Role.ADMIN))
                .isFalse();
    }

    @Test
    void clocksMayDifferByAMinute() throws Exception {
        Instant now = Instant.now();
        people.identify(signed(
                claims().expirationTime(Date.from(now.minusSeconds(30)))
                        .notBeforeTime(Date.from(now.plusSeconds(30)))
                        .build(),
                "JWT"));
        refused(signed(claims().expirationTime(Date.from(now.minusSeconds(90))).build(), "JWT"));
        refused(signed(claims().notBeforeTime(Date.from(now.plusSeconds(90))).build(), "JWT"));
    }

    static Stream<JWTClaimsSet> claimsThatAreNotForUs() {
        return Stream.of(
                claims().issuer("https://id.example.evil").build(),
                claims().issuer(null).build(),
                claims().audience("another service").build(),
                claims().audience(List.of()).build(),
                claims().subject(null).build(),
                claims().subject(" ").build(),
                claims().expirationTime(null).build());
    }

    @ParameterizedTest
    @MethodSource("claimsThatAreNotForUs")
    void aTokenForSomethingElseIsRefused(JWTClaimsSet claims) throws Exception {
        refused(signed(claims, "JWT"));
    }

    @Test
    void forgedTokensAreRefused() throws Exception {
        // nobody's signature
        refused(new PlainJWT(claims().build()).serialize());
        String none = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8));
        String[] whole = signed(claims().build(), "JWT").split("\\.");
        refused(none + "." + whole[1] + ".");
        refused(none + "." + whole[1] + "." + whole[2]);
        // a stranger's key under the issuer's name for its own
        SignedJWT strange = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(), claims().build());
        strange.sign(new RSASSASigner(stranger));
        refused(strange.serialize());
        // a stranger's key brought along
        SignedJWT brought = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .jwk(stranger.toPublicJWK())
                        .build(),
                claims().build());
        brought.sign(new RSASSASigner(stranger));
        refused(brought.serialize());
        // the public key, which everybody knows, as if it were a shared secret
        for (byte[] secret : List.of(
                rsa.toRSAPublicKey().getEncoded(),
                rsa.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8))) {
            SignedJWT confused = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("one").build(), claims().build());
            confused.sign(new MACSigner(secret));
            refused(confused.serialize());
        }
        // an algorithm of the same key that was not allowed
        SignedJWT other = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS512).keyID("one").build(), claims().build());
        other.sign(new RSASSASigner(rsa));
        refused(other.serialize());
        // other claims under a true signature
        String admin = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(claims().claim("groups", "ayni-admin")
                        .build()
                        .toString()
                        .getBytes(StandardCharsets.UTF_8));
        refused(whole[0] + "." + admin + "." + whole[2]);
        // something else that the issuer signed
        refused(signed(claims().build(), "logout+jwt"));
        for (String nonsense : List.of("..", "a.b.c", "a.b.c.d.e", whole[0] + "." + whole[1] + ".", "\u0000.\u0000.")) {
            refused(nonsense);
        }
    }

    @Test
    void keysThatTheIssuerExchangedAreFetchedAgain() throws Exception {
        RSAKey next = new RSAKeyGenerator(2048).keyID("three").generate();
        List<JWKSet> published = List.of(new JWKSet(rsa.toPublicJWK()), new JWKSet(List.of(next.toPublicJWK())));
        AtomicInteger fetched = new AtomicInteger();
        try (ServerSocket server = new ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                while (!server.isClosed()) {
                    try (Socket socket = server.accept()) {
                        socket.getInputStream().read(new byte[4096]);
                        byte[] body = published
                                .get(Math.min(1, fetched.getAndIncrement()))
                                .toString()
                                .getBytes(StandardCharsets.UTF_8);
                        socket.getOutputStream()
                                .write(
                                        ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                                                        + body.length + "\r\n\r\n")
                                                .getBytes(StandardCharsets.UTF_8));
                        socket.getOutputStream().write(body);
                    } catch (java.io.IOException e) {
                        return;
                    }
                }
            });
            People fetching =
                    new People(issuer("http://127.0.0.1:%d/keys".formatted(server.getLocalPort()), Set.of("RS256")));
            String old = signed(claims().build(), "JWT");
            fetching.identify(old);
            fetching.identify(old);
            assertThat(fetched).hasValue(1);
            SignedJWT fresh = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("three").build(), claims().build());
            fresh.sign(new RSASSASigner(next));
            assertThat(fetching.identify(fresh.serialize()).principal()).isEqualTo("person:ana");
            assertThat(fetched).hasValue(2);
        }
        People cutOff = new People(issuer("http://127.0.0.1:1/keys", Set.of("RS256")));
        ApiException unreachable =
                catchThrowableOfType(ApiException.class, () -> cutOff.identify(signed(claims().build(), "JWT")));
        assertThat(unreachable.status()).isEqualTo(503);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "none", "RSA-OAEP", ""})
    void onlySignaturesWithAPublicKeyCanBeAllowed(String algorithm) {
        assertThatThrownBy(() -> issuer("keys.json", algorithm.isEmpty() ? Set.of() : Set.of("RS256", algorithm)))
                .isInstanceOf(AccessException.class)
                .hasMessageContaining("Allowed are signatures with a public key");
    }

    @Test
    void anIssuerThatCannotBeTrustedIsRefusedAtTheStart() throws Exception {
        assertThatThrownBy(() -> new People(issuer("http://id.example/keys", Set.of("RS256"))))
                .isInstanceOf(AccessException.class)
                .hasMessageContaining("https:");
        Path file = Files.writeString(folder.resolve("no.json"), "{}");
        assertThatThrownBy(() -> new People(issuer(file.toString(), Set.of("RS256"))))
                .isInstanceOf(AccessException.class)
                .hasMessageContaining("JWK set");
        assertThatThrownBy(() -> new People.Issuer(
                        ISSUER,
                        "",
                        "keys.json",
                        Set.of("RS256"),
                        People.Issuer.USUAL_SKEW,
                        "groups",
                        People.Issuer.USUAL_ROLES))
                .hasMessageContaining("audience");
    }

    private void refused(String token) {
        ApiException refused = catchThrowableOfType(ApiException.class, () -> people.identify(token));
        assertThat(refused).describedAs(token).isNotNull();
        assertThat(refused.status()).isEqualTo(401);
    }

    private Path keysFile() throws Exception {
        return Files.writeString(
                folder.resolve("keys.json"), new JWKSet(List.of(rsa.toPublicJWK(), ec.toPublicJWK())).toString());
    }

    private static People.Issuer issuer(String keys, Set<String> algorithms) {
        return new People.Issuer(
                ISSUER, AUDIENCE, keys, algorithms, Duration.ofSeconds(60), "groups", People.Issuer.USUAL_ROLES);
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(AUDIENCE)
                .subject("ana")
                .expirationTime(Date.from(Instant.now().plusSeconds(300)));
    }

    private static String signed(JWTClaimsSet claims, String type) throws Exception {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .keyID("one")
                        .type(new JOSEObjectType(type))
                        .build(),
                claims);
        token.sign(new RSASSASigner(rsa));
        return token.serialize();
    }
}
