package dev.ayni.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.server.ServerSettings.Certificate;
import dev.ayni.server.access.Access;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TlsTest {
    private static final String PASSWORD = "of-the-key";

    @TempDir
    private static Path folder;

    /** Certificates for 127.0.0.1 that nobody vouches for, with their keys: NAME.crt and NAME.key. */
    @BeforeAll
    static void makeCertificates() throws Exception {
        List<Process> making = new ArrayList<>();
        making.add(keytool("ec", "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "30"));
        making.add(keytool("other", "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "30"));
        making.add(keytool("rsa", "-keyalg", "RSA", "-keysize", "2048", "-validity", "30"));
        making.add(keytool("expired", "-keyalg", "Ed25519", "-startdate", "-9d", "-validity", "5"));
        for (Process process : making) {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(said).isZero();
        }
        for (String name : List.of("ec", "other", "rsa", "expired")) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
                store.load(in, PASSWORD.toCharArray());
            }
            write(name + ".crt", "CERTIFICATE", store.getCertificate(name).getEncoded());
            byte[] key = store.getKey(name, PASSWORD.toCharArray()).getEncoded();
            write(name + ".key", "PRIVATE KEY", key);
            write(name + ".locked", "ENCRYPTED PRIVATE KEY", encrypted(key));
        }
    }

    private static Process keytool(String name, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-dname",
                "CN=" + name,
                "-ext",
                "SAN=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                folder.resolve(name + ".p12").toString()));
        command.addAll(List.of(more));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static byte[] encrypted(byte[] key) throws GeneralSecurityException, IOException {
        String algorithm = "PBEWithHmacSHA256AndAES_256";
        Cipher cipher = Cipher.getInstance(algorithm);
        cipher.init(
                Cipher.ENCRYPT_MODE,
                SecretKeyFactory.getInstance(algorithm).generateSecret(new PBEKeySpec(PASSWORD.toCharArray())));
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("PBES2"); // by which files name them all
        parameters.init(cipher.getParameters().getEncoded());
        return new EncryptedPrivateKeyInfo(parameters, cipher.doFinal(key)).getEncoded();
    }

    private static void write(String file, String what, byte[] der) throws IOException {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(
                folder.resolve(file), "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, base64, what));
    }

    private static Certificate files(String chain, String key) {
        return new Certificate(folder.resolve(chain), folder.resolve(key));
    }

    private static RunningServer server(Certificate certificate) {
        return new RunningServer(ServerSettings.local(0).with(certificate), Access.local());
    }

    /** A client that trusts this certificate and no other. */
    private static HttpClient trusting(String name) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
            trusted.load(in, PASSWORD.toCharArray());
        }
        KeyStore alone = KeyStore.getInstance("PKCS12");
        alone.load(null, null);
        alone.setCertificateEntry(name, trusted.getCertificate(name));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(alone);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private static HttpResponse<String> health(HttpClient client, RunningServer running)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(running.at("/health")).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ec", "rsa"})
    void aClientThatTrustsTheCertificateIsAnsweredEncrypted(String name) throws Exception {
        try (RunningServer running = server(files(name + ".crt", name + ".key"));
                HttpClient client = trusting(name)) {
            HttpResponse<String> answer = health(client, running);

            assertThat(running.server.address().getScheme()).isEqualTo("https");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.sslSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.3");
        }
    }

    @Test
    void olderVersionsThan12AreNotSpoken() throws Exception {
        try (RunningServer running = server(files("ec.crt", "ec.key"));
                HttpClient trusting = trusting("ec")) {
            SSLParameters only12 = new SSLParameters();
            only12.setProtocols(new String[] {"TLSv1.2"});
            try (HttpClient client = HttpClient.newBuilder()
                    .sslContext(trusting.sslContext())
                    .sslParameters(only12)
                    .build()) {
                assertThat(health(client, running).sslSession().orElseThrow().getProtocol())
                        .isEqualTo("TLSv1.2");
            }
            assertThat(PemCertificate.of(files("ec.crt", "ec.key")).context().getIncludeProtocols())
                    .containsExactlyInAnyOrder("TLSv1.3", "TLSv1.2");
        }
    }

    @Test
    void aClientThatTrustsAnotherCertificateDoesNotTalkWithTheServer() throws Exception {
        try (RunningServer running = server(files("ec.crt", "ec.key"));
                HttpClient client = trusting("other")) {
            assertThatThrownBy(() -> health(client, running)).isInstanceOf(SSLHandshakeException.class);
        }
    }

    @Test
    void whoSpeaksWithoutEncryptionGetsNoAnswer() throws Exception {
        try (RunningServer running = server(files("ec.crt", "ec.key"))) {
            String request = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
            assertThat(running.raw(request.getBytes(StandardCharsets.UTF_8), 5000))
                    .doesNotContain("HTTP/1.1")
                    .doesNotContain("ok");
        }
    }

    @Test
    void anEncryptedKeyIsOpenedByItsPassword() throws Exception {
        Certificate locked = new Certificate(folder.resolve("rsa.crt"), folder.resolve("rsa.locked"), PASSWORD);
        try (RunningServer running = server(locked);
                HttpClient client = trusting("rsa")) {
            assertThat(health(client, running).statusCode()).isEqualTo(200);
        }
        assertThat(locked.toString()).doesNotContain(PASSWORD);
    }

    @Test
    void aWrongPasswordIsTold() {
        Certificate wrong = new Certificate(folder.resolve("ec.crt"), folder.resolve("ec.locked"), "guessed");
        assertThatThrownBy(() -> server(wrong))
                .isInstanceOf(ServerException.class)
                .hasMessageContaining("does not open the key in " + folder.resolve("ec.locked"))
                .hasMessageNotContaining("guessed");
        refused("ec.crt", "ec.locked", "is encrypted. Give its password as AYNI_TLS_PASSWORD");
    }

    @Test
    void filesThatAreMissingAreTold() {
        refused("none.crt", "ec.key", folder.resolve("none.crt").toString());
        refused("ec.crt", "none.key", folder.resolve("none.key").toString());
    }

    @Test
    void aKeyThatIsNotTheCertificatesIsTold() {
        refused("ec.crt", "other.key", "is another one than that of the certificate");
        refused("ec.crt", "rsa.key", "none for the certificate's kind, EC");
    }

    @Test
    void filesThatHoldSomethingElseAreTold() throws IOException {
        Files.writeString(
                folder.resolve("old.key"), "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        refused("ec.key", "ec.key", "holds no certificate");
        refused("ec.crt", "ec.crt", "holds no private key");
        refused("ec.crt", "old.key", "openssl pkcs8 -topk8 -nodes");
    }

    @Test
    void aCertificateThatHasExpiredIsTold() {
        refused("expired.crt", "expired.key", "no client would trust it");
    }

    private static void refused(String chain, String key, String told) {
        assertThatThrownBy(() -> server(files(chain, key)))
                .isInstanceOf(ServerException.class)
                .hasMessageContaining(told);
    }

    @Test
    void aNewCertificateIsTakenOverAndABrokenOneIsNot() throws Exception {
        Certificate files = files("changing.crt", "changing.key");
        copy("ec", 1);
        PemCertificate certificate = PemCertificate.of(files);
        certificate.context().start();
        assertThat(used(certificate)).contains("CN=ec");

        copy("other", 2);
        certificate.refresh();
        assertThat(used(certificate)).contains("CN=other");

        copy("expired", 3);
        assertThatThrownBy(certificate::refresh)
                .isInstanceOf(ServerException.class)
                .hasMessageContaining("no client would trust it");
        assertThat(used(certificate)).contains("CN=other");
        certificate.context().stop();
    }

    private static void copy(String name, int seconds) throws IOException {
        for (String end : List.of(".crt", ".key")) {
            Path file = folder.resolve("changing" + end);
            Files.writeString(file, Files.readString(folder.resolve(name + end)));
            Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.fromMillis(seconds * 1000L));
        }
    }

    private static String used(PemCertificate certificate) throws GeneralSecurityException {
        return certificate
                .context()
                .getKeyStore()
                .getCertificate("server")
                .toString()
                .lines()
                .filter(line -> line.contains("Subject: "))
                .findFirst()
                .orElseThrow();
    }
}
