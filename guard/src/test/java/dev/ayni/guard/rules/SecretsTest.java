package dev.ayni.guard.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.guard.Finding;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
    private static final String DIGITS = "0123456789";
    private static final String HEX = DIGITS + "abcdef";
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private final Secrets secrets = new Secrets(Secrets.Settings.DEFAULT);
    private final Random random = new Random(7);

    private String drawn(String from, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(from.charAt(random.nextInt(from.length())));
        }
        return text.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "aws-access-key, AKIA, ABCDEFGHIJKLMNOPQRSTUVWXYZ234567, 16",
        "github, ghp_, alnum, 36",
        "github-fine-grained, github_pat_, alnum, 82",
        "gitlab, glpat-, alnum, 20",
        "stripe, sk_live_, alnum, 24",
        "google-api, AIza, alnum, 35",
        "openai-project, sk-proj-, alnum, 120",
        "anthropic, sk-ant-api03-, alnum, 93",
        "hugging-face, hf_, letters, 34",
        "npm, npm_, alnum, 36",
        "pypi, pypi-AgEIcHlwaS5vcmc, alnum, 160",
        "sendgrid-key, SG., alnum, 66",
        "digitalocean, dop_v1_, hex, 64",
        "databricks, dapi, hex, 32",
        "groq, gsk_, alnum, 52",
        "age, AGE-SECRET-KEY-1, QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L, 58"
    })
    void aTokenIsFoundWholeByTheFormatOfItsProvider(String rule, String prefix, String alphabet, int length) {
        String from = switch (alphabet) {
            case "alnum" -> DIGITS + LETTERS;
            case "letters" -> LETTERS;
            case "hex" -> HEX;
            default -> alphabet;
        };
        String token = prefix + drawn(from, length);
        String text = "Set it with export KEY='" + token + "' and go on.";

        List<Finding> found = Streamed.find(secrets, text);

        assertThat(found).hasSize(1);
        Finding finding = found.getFirst();
        assertThat(text.substring(finding.start(), finding.end())).isEqualTo(token);
        assertThat(finding.rule()).isEqualTo("secrets/" + rule);
        assertThat(finding.score()).isGreaterThanOrEqualTo(0.8);
        assertThat(finding.why()).doesNotContain(token);
        Streamed.holds(secrets, text);
    }

    @Test
    void aPrivateKeyIsFoundFromItsHeadToItsFoot() {
        String key = "-----BEGIN RSA PRIVATE " + "KEY-----\n" + (drawn(DIGITS + LETTERS, 64) + "\n").repeat(12)
                + "-----END RSA PRIVATE " + "KEY-----";
        String text = "Here it is:\n" + key + "\nKeep it safe.";

        List<Finding> found = Streamed.find(secrets, text);

        assertThat(found).hasSize(1);
        assertThat(text.substring(found.getFirst().start(), found.getFirst().end()))
                .isEqualTo(key);
        assertThat(found.getFirst().score()).isGreaterThan(0.95);
        Streamed.holds(secrets, text);
    }

    @Test
    void aPrivateKeyInsideJsonIsFound() {
        String text = "{\"private_key\": \"-----BEGIN PRIVATE " + "KEY-----\\n" + drawn(LETTERS, 64) + "\\n"
                + drawn(LETTERS, 40) + "\\n-----END PRIVATE KEY-----\\n\"}";
        assertThat(Streamed.find(secrets, text))
                .anyMatch(finding -> finding.rule().equals("secrets/private-key") && finding.score() > 0.95);
    }

    @Test
    void aWebTokenIsFoundWholeAndOtherBase64IsNot() {
        String token = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "."
                + base64("{\"sub\":\"somebody\",\"admin\":true}") + "." + drawn(DIGITS + LETTERS, 43);
        String text = "curl -H 'X-Key: " + token + "' localhost";

        List<Finding> found = Streamed.find(secrets, text);

        assertThat(found).extracting(Finding::rule).containsExactly("secrets/jwt");
        assertThat(text.substring(found.getFirst().start(), found.getFirst().end()))
                .isEqualTo(token);
        assertThat(Streamed.find(secrets, base64("{\"name\":\"a plain document\"}") + "." + base64("{\"more\":1}")))
                .isEmpty();
        Streamed.holds(secrets, text);
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void onlyThePasswordOfAnAddressIsTheFinding() {
        String text = "url: postgresql://shop:k3y-of-9houses@db.internal:5432/orders";
        List<Finding> found = Streamed.find(secrets, text);
        assertThat(found).hasSize(1);
        assertThat(text.substring(found.getFirst().start(), found.getFirst().end()))
                .isEqualTo("k3y-of-9houses");
        Streamed.holds(secrets, text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "api_key = \"9fQ2xL0vB7nKc4TzR1wS\"",
                "\"clientSecret\": \"9fQ2xL0vB7nKc4TzR1wS\"",
                "API_TOKEN=9fQ2xL0vB7nKc4TzR1wS",
                "export DB_PASSWORD='tr0ub4dor&3'",
                "password: \"Summer2031!\"",
                "headers.put(\"password\", \"Summer2031!\");",
                "The password is Winter!2031 now.",
            })
    void aValueAssignedToASecretsNameIsFound(String text) {
        List<Finding> found = Streamed.find(secrets, text);
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().score()).isBetween(0.6, 0.7);
        Streamed.holds(secrets, text + "\nand so on");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password = System.getenv(\"DB_PASSWORD\")",
                "token = request.headers.authorization",
                "private static final String SECRET_NAME = \"my.secret.name\";",
                "password: ${DB_PASSWORD}",
                "tokens: 151936",
                "The token is the smallest unit that a model reads.",
                "String key = readPrivateKey(path);",
                "commit 6f1d3c9a0b2e4d5f60718293a4b5c6d7e8f90a1b",
                "id: 550e8400-e29b-41d4-a716-446655440000",
                "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.",
                "https://example.org/path?with=query",
                "git@github.com:owner/name.git",
            })
    void hashesNamesAndProseAreNoSecrets(String text) {
        assertThat(Streamed.find(secrets, text)).isEmpty();
    }

    @Test
    void anExamplesPlaceholderScoresLow() {
        assertThat(Streamed.find(secrets, "AKIA" + "IOSFODNN7EXAMPLE")).allMatch(finding -> finding.score() <= 0.2);
        assertThat(Streamed.find(secrets, "mysql://user:password@localhost/db"))
                .allMatch(finding -> finding.score() <= 0.2);
    }

    @Test
    void whatTheUserKnowsToBeHarmlessIsNoFinding() {
        String token = "ghp_" + drawn(DIGITS + LETTERS, 36);
        Secrets knowing = new Secrets(new Secrets.Settings(3.2, true, Set.of(token)));
        assertThat(Streamed.find(secrets, token)).hasSize(1);
        assertThat(Streamed.find(knowing, token)).isEmpty();
    }

    @Test
    void thisProjectsOwnSourcesHoldNone() throws IOException {
        Path root = Path.of("..").toAbsolutePath().normalize();
        List<String> wrong = new ArrayList<>();
        long units = 0;
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files.filter(
                    path -> path.toString().matches(".*/src/main/.*\\.(java|c|h)|.*/docs/.*\\.md"))::iterator) {
                String text = Files.readString(file);
                units += text.length();
                for (Finding finding : Streamed.find(secrets, text)) {
                    if (finding.score() >= 0.5) {
                        wrong.add(root.relativize(file) + " " + finding.rule() + " at " + finding.start());
                    }
                }
            }
        }
        assertThat(units).isGreaterThan(1_000_000);
        assertThat(wrong).isEmpty();
    }

    @Test
    void textsOfManyLanguagesHoldNone() throws IOException {
        Path folder = Path.of(System.getProperty("ayni.shared", "../shared"), "data", "tokenizers");
        Assumptions.assumeTrue(Files.isDirectory(folder), "The texts of " + folder + " are not here.");
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    (Iterable<Path>) files.filter(path -> path.toString().endsWith(".inp"))::iterator) {
                try {
                    assertThat(Streamed.find(secrets, Files.readString(file)))
                            .as(file.toString())
                            .isEmpty();
                } catch (MalformedInputException e) {
                    throw new AssertionError(file + " is no UTF-8", e);
                }
            }
        }
    }
}
