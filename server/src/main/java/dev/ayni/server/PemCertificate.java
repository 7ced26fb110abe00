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
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.NoSuchPaddingException;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A certificate and its key, from files as certificate authorities give them. */
final class PemCertificate {
    private static final Logger LOG = LoggerFactory.getLogger(PemCertificate.class);
    private static final Duration SOON = Duration.ofDays(14);
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
            X509Certificate[] chain = chain();
            PrivateKey key = key(chain[0].getPublicKey().getAlgorithm());
            requireFit(key, chain[0].getPublicKey());
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, new char[0]);
            store.setKeyEntry("server", key, new char[0], chain);
            return store;
        } catch (IOException e) {
            throw unreadable(e);
        } catch (GeneralSecurityException e) {
            throw new ServerException("%s cannot be used: %s.".formatted(files, e.getMessage()), e);
        }
    }

    private X509Certificate[] chain() throws IOException, GeneralSecurityException {
        byte[] pem = Files.readAllBytes(files.chain());
        X509Certificate[] chain;
        try {
            chain = CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem)).stream()
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
        } catch (CertificateException e) {
            chain = new X509Certificate[0]; // the JDK's words say nothing that helps
        }
        if (chain.length == 0) {
            throw new ServerException(
                    "%s holds no certificate. Expected -----BEGIN CERTIFICATE-----, one or more, the server's first."
                            .formatted(files.chain()));
        }
        Instant now = Instant.now();
        Instant begin = chain[0].getNotBefore().toInstant();
        Instant end = chain[0].getNotAfter().toInstant();
        if (now.isBefore(begin) || now.isAfter(end)) {
            throw new ServerException(
                    "The certificate %s is valid from %s to %s, and now it is %s: no client would trust it. Get a new one, or set the clock right."
                            .formatted(files.chain(), begin, end, now.truncatedTo(ChronoUnit.SECONDS)));
        }
        if (now.plus(SOON).isAfter(end)) {
            LOG.warn("The certificate {} expires on {}. Get a new one before.", files.chain(), end);
        }
        return chain;
    }

    private PrivateKey key(String algorithm) throws IOException, GeneralSecurityException {
        Path file = files.key();
        Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
        boolean found = pem.find();
        boolean encrypted = found && pem.group(1).equals("ENCRYPTED PRIVATE KEY");
        if (!found || !encrypted && !pem.group(1).equals("PRIVATE KEY")) {
            throw new ServerException(
                    "%s holds no private key in the form -----BEGIN PRIVATE KEY-----. Convert it by: openssl pkcs8 -topk8 -nodes -in OLD -out %s"
                            .formatted(file, file.getFileName()));
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
            return KeyFactory.getInstance(algorithm)
                    .generatePrivate(encrypted ? decrypted(der) : new PKCS8EncodedKeySpec(der));
        } catch (InvalidKeySpecException | IllegalArgumentException e) {
            throw new ServerException(
                    "The key in %s is none for the certificate's kind, %s. Give the key that the certificate was made with."
                            .formatted(file, algorithm),
                    e);
        }
    }

    private PKCS8EncodedKeySpec decrypted(byte[] der) throws IOException {
        if (files.password().isEmpty()) {
            throw new ServerException(
                    "The key in %s is encrypted. Give its password as AYNI_TLS_PASSWORD, or decrypt it by: openssl pkcs8 -in %s"
                            .formatted(files.key(), files.key().getFileName()));
        }
        EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
        String algorithm = info.getAlgParameters() == null
                ? info.getAlgName()
                : String.valueOf(info.getAlgParameters()); // the name says no more than PBES2
        try {
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    SecretKeyFactory.getInstance(algorithm)
                            .generateSecret(new PBEKeySpec(files.password().toCharArray())),
                    info.getAlgParameters());
            return info.getKeySpec(cipher);
        } catch (NoSuchAlgorithmException | NoSuchPaddingException e) {
            throw new ServerException(
                    "The key in %s is encrypted by %s, which the JDK does not know. Encrypt it anew by: openssl pkcs8 -topk8 -v2 aes256"
                            .formatted(files.key(), algorithm),
                    e);
        } catch (GeneralSecurityException e) {
            throw new ServerException(
                    "The password in AYNI_TLS_PASSWORD does not open the key in %s. Give the one that it was encrypted with."
                            .formatted(files.key()),
                    e);
        }
    }

    /** Signs something: only the certificate's own key does it so that the certificate proves it. */
    private void requireFit(PrivateKey key, PublicKey certified) throws GeneralSecurityException {
        String kind = certified.getAlgorithm();
        Signature signature = Signature.getInstance(
                switch (kind) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> kind; // of others one name means both
                });
        if (kind.equals("RSASSA-PSS")) {
            signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        }
        signature.initSign(key);
        signature.update(certified.getEncoded());
        byte[] signed = signature.sign();
        signature.initVerify(certified);
        signature.update(certified.getEncoded());
        if (!signature.verify(signed)) {
            throw new ServerException(
                    "The key in %s is another one than that of the certificate %s. Give the key that the certificate was made with."
                            .formatted(files.key(), files.chain()));
        }
    }
}
