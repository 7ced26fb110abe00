package dev.ayni.server;

import dev.ayni.server.ServerSettings.Certificate;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** A certificate and its key, from files as certificate authorities give them. */
final class PemCertificate {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN ([A-Z ]*PRIVATE KEY)-----([^-]+)-----END", Pattern.DOTALL);

    private final Certificate files;
    private final SslContextFactory.Server tls = new SslContextFactory.Server();
    private long read;

    private PemCertificate(Certificate files) {
        this.files = files;
        tls.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        tls.setSniRequired(false);
        tls.setKeyStorePassword("");
        use();
    }

    /** @throws ServerException if the files cannot be used; the letter says why */
    static PemCertificate of(Certificate files) {
        return new PemCertificate(files);
    }

    /** TLS 1.2 and 1.3 with this certificate. */
    SslContextFactory.Server context() {
        return tls;
    }

    private void use() {
        read = changed();
        tls.setKeyStore(keyStore());
    }

    /**
     * Takes the certificate anew if its files have changed; connections that are open keep the old one.
     *
     * @throws ServerException if the new one cannot be used; the old one stays
     */
    void refresh() {
        if (changed() == read) {
            return;
        }
        try {
            tls.reload(factory -> use());
        } catch (ServerException e) {
            throw e;
        } catch (Exception e) {
            throw new ServerException("The new certificate cannot be used: %s.".formatted(e.getMessage()), e);
        }
    }

    private long changed() {
        try {
            return Files.getLastModifiedTime(files.chain()).toMillis() * 31
                    + Files.getLastModifiedTime(files.key()).toMillis();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static ServerException unreadable(IOException e) {
        return new ServerException(
                "The certificate or its key cannot be read: %s. Check the paths and permissions of --tls-cert and --tls-key."
                        .formatted(e.getMessage()),
                e);
    }

    private KeyStore keyStore() {
        try {
            java.security.cert.Certificate[] chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(files.chain())))
                    .toArray(java.security.cert.Certificate[]::new);
            if (chain.length == 0) {
                throw new ServerException("%s holds no certificate. Expected -----BEGIN CERTIFICATE-----, one or more."
                        .formatted(files.chain()));
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, new char[0]);
            store.setKeyEntry(
                    "server", privateKey(files.key(), chain[0].getPublicKey().getAlgorithm()), new char[0], chain);
            return store;
        } catch (IOException e) {
            throw unreadable(e);
        } catch (GeneralSecurityException e) {
            throw new ServerException(
                    "The certificate %s cannot be used with the key %s: %s."
                            .formatted(files.chain(), files.key(), e.getMessage()),
                    e);
        }
    }

    private static PrivateKey privateKey(Path file, String algorithm) throws IOException, GeneralSecurityException {
        Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
        if (!pem.find() || !pem.group(1).equals("PRIVATE KEY")) {
            throw new ServerException(
                    "%s holds no private key in the form -----BEGIN PRIVATE KEY-----. Convert it by: openssl pkcs8 -topk8 -nodes -in OLD -out %s"
                            .formatted(file, file.getFileName()));
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (InvalidKeySpecException | IllegalArgumentException e) {
            throw new ServerException(
                    "The key in %s is none for the certificate's kind, %s. Give the key that the certificate was made with."
                            .formatted(file, algorithm),
                    e);
        }
    }
}
