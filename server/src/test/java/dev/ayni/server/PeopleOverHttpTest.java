package dev.ayni.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.ayni.server.access.AccessTables;
import dev.ayni.server.access.Allowance;
import dev.ayni.server.access.KeyedAccess;
import dev.ayni.server.access.People;
import dev.ayni.store.Store;
import dev.ayni.store.StoreAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** An issuer that describes itself and publishes its keys over HTTP, and a server that trusts it. */
@Timeout(60)
class PeopleOverHttpTest {
    private static RSAKey one;
    private static RSAKey two;

    private Issuer issuer;
    private Store store;

    @BeforeAll
    static void keys() throws JOSEException {
        one = new RSAKeyGenerator(2048).keyID("one").generate();
        two = new RSAKeyGenerator(2048).keyID("two").generate();
    }

    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        issuer = new Issuer();
        issuer.describe(issuer.name(), issuer.name() + "/keys");
        issuer.publish(one);
        store = Store.open(new StoreAddress.SqliteFile(folder.resolve("ayni.db")), AccessTables.SCHEMA);
    }

    @AfterEach
    void stop() throws IOException {
        issuer.close();
        store.close();
    }

    /** As much of an OpenID provider as a server that checks tokens sees of it. */
    private static final class Issuer implements AutoCloseable {
        private final ServerSocket listening = new ServerSocket(0, 20, InetAddress.getLoopbackAddress());
        private final Map<String, String> pages = new ConcurrentHashMap<>();
        final List<String> asked = new CopyOnWriteArrayList<>();

        Issuer() throws IOException {
            Thread.ofVirtual().start(() -> {
                while (!listening.isClosed()) {
                    try (Socket socket = listening.accept()) {
                        answer(socket);
                    } catch (IOException e) {
                        // the next one
                    }
                }
            });
        }

        private void answer(Socket socket) throws IOException {
            byte[] head = new byte[4096];
            int length = socket.getInputStream().read(head);
            String path = new String(head, 0, Math.max(0, length), StandardCharsets.US_ASCII).split(" ")[1];
            asked.add(path);
            String page = pages.get(path);
            byte[] body = (page == null ? "" : page).getBytes(StandardCharsets.UTF_8);
            socket.getOutputStream()
                    .write(
                            "HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                                    .formatted(page == null ? "404 Not Found" : "200 OK", body.length)
                                    .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
        }

        String name() {
            return "http://127.0.0.1:" + listening.getLocalPort();
        }

        void describe(String name, String keys) {
            pages.put(
                    "/.well-known/openid-configuration",
                    new JsonMapper().writeValueAsString(Map.of("issuer", name, "jwks_uri", keys)));
        }

        void publish(RSAKey key) {
            pages.put("/keys", new JWKSet(key.toPublicJWK()).toString());
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }

    private RunningServer server() {
        People people = new People(new People.Issuer(
                issuer.name(),
                "ayni",
                "",
                Set.of("RS256"),
                People.Issuer.USUAL_SKEW,
                "groups",
                People.Issuer.USUAL_ROLES));
        return new RunningServer(
                ServerSettings.local(0), new KeyedAccess(store, people, Allowance.UNLIMITED, Clock.systemUTC()));
    }

    private JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(issuer.name())
                .audience("ayni")
                .subject("ana")
                .expirationTime(Date.from(Instant.now().plusSeconds(300)));
    }

    private static String signed(RSAKey key, String id, JWTClaimsSet claims) throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(id).build(), claims);
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }

    private static HttpResponse<String> ask(RunningServer server, String token) {
        return server.post("/v1/text", "{\"text\": \"in\"}", "authorization", "Bearer " + token);
    }

    private static void refused(RunningServer server, String token, String why) {
        HttpResponse<String> answer = ask(server, token);
        assertThat(answer.statusCode()).as(why).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        assertThat(answer.body()).contains(why, "Get a fresh one from http").doesNotContain("extend", "nimbus");
    }

    @Test
    void whoHasATokenOfTheIssuerIsLetInAndNobodyElse() throws JOSEException {
        try (RunningServer server = server()) {
            assertThat(ask(server, signed(one, "one", claims().build())).body()).contains("{\"text\":\"in\"}");
            server.awaitLog(1);
            assertThat(server.log.getFirst()).contains("\"principal\":\"person:ana\"");
            assertThat(issuer.asked).containsExactly("/.well-known/openid-configuration", "/keys");

            refused(
                    server,
                    signed(one, "one", claims().issuer("https://other.example").build()),
                    "iss");
            refused(server, signed(one, "one", claims().audience("another").build()), "aud");
            refused(
                    server,
                    signed(
                            one,
                            "one",
                            claims().expirationTime(Date.from(Instant.now().minusSeconds(100)))
                                    .build()),
                    "xpired");
            refused(server, signed(two, "nobody's", claims().build()), "no key of the id ('kid')");
            refused(server, signed(two, "one", claims().build()), "Invalid signature");
            refused(server, new PlainJWT(claims().build()).serialize(), "it is not signed");
            SignedJWT confused = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("one").build(), claims().build());
            confused.sign(new MACSigner(one.toRSAPublicKey().getEncoded()));
            refused(server, confused.serialize(), "the algorithm is none of RS256");
            assertThat(server.get("/v1/things/a").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void keysMayChangeAndTheirIssuerMayComeLater() throws Exception {
        issuer.pages.clear();
        try (RunningServer server = server()) {
            HttpResponse<String> early = ask(server, signed(one, "one", claims().build()));
            assertThat(early.statusCode()).isEqualTo(503);
            assertThat(early.body()).contains("issuer_unreachable");
            assertThat(early.headers().firstValue("Retry-After")).contains("10");
        }
        issuer.describe(issuer.name(), issuer.name() + "/keys");
        issuer.publish(one);
        try (RunningServer server = server()) {
            String old = signed(one, "one", claims().build());
            assertThat(ask(server, old).statusCode()).isEqualTo(200);
            issuer.publish(two);
            assertThat(ask(server, signed(two, "two", claims().build())).statusCode())
                    .isEqualTo(200);
            HttpResponse<String> again = ask(server, old);
            assertThat(again.statusCode()).as("its key may come back").isEqualTo(503);
            assertThat(again.body()).contains("names a key that is none of the issuer's");
            assertThat(issuer.asked)
                    .as("the issuer is not asked for every token")
                    .hasSize(4);
        }
    }

    @Test
    void aDescriptionOfAnotherIssuerOrOfKeysThatCannotBeTrustedLetsNobodyIn() throws JOSEException {
        for (List<String> wrong : List.of(
                List.of("https://other.example", issuer.name() + "/keys"),
                List.of(issuer.name(), "http://keys.example/keys"),
                List.of(issuer.name(), "file:///etc/passwd"))) {
            issuer.describe(wrong.get(0), wrong.get(1));
            try (RunningServer server = server()) {
                assertThat(ask(server, signed(one, "one", claims().build())).statusCode())
                        .as(wrong.toString())
                        .isEqualTo(503);
                assertThat(issuer.asked).doesNotContain("/keys");
            }
        }
    }
}
