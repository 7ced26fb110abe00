package dev.ayni.guard.personal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.guard.personal.Anonymizer.Piece;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AnonymizerTest {
    private static final String TEXT = "Ann Lee, 0123456789";
    private static final List<Piece> PIECES =
            List.of(new Piece("PHONE_NUMBER", 9, 19, 0.8), new Piece("PERSON", 0, 7, 0.9));

    private static String with(Replacement replacement) {
        return new Anonymizer(Map.of("PHONE_NUMBER", replacement), new Replacement.Replace(null))
                .anonymize(TEXT, PIECES)
                .text();
    }

    @Test
    void eachReplacementDoesWhatItsNameSays() {
        assertThat(with(new Replacement.Replace("X"))).isEqualTo("<PERSON>, X");
        assertThat(with(new Replacement.Redact())).isEqualTo("<PERSON>, ");
        assertThat(with(new Replacement.Keep())).isEqualTo("<PERSON>, 0123456789");
        assertThat(with(new Replacement.Mask("#", 4, true))).isEqualTo("<PERSON>, 012345####");
        assertThat(with(new Replacement.Mask("#", 4, false))).isEqualTo("<PERSON>, ####456789");
        assertThat(with(Replacement.Mask.whole())).isEqualTo("<PERSON>, **********");
    }

    @Test
    void aHashIsTheSameWithTheSameSaltAndAnotherWithout() {
        byte[] salt = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
        assertThat(new Replacement.Hash("sha256", salt).of("PERSON", "Ann"))
                .isEqualTo(new Replacement.Hash("sha256", salt).of("PERSON", "Ann"))
                .hasSize(64);
        Replacement random = Replacement.Hash.randomlySalted("sha512");
        assertThat(random.of("PERSON", "Ann"))
                .isNotEqualTo(random.of("PERSON", "Ann"))
                .hasSize(128);
        assertThatThrownBy(() -> new Replacement.Hash("sha256", new byte[3])).hasMessageContaining("16");
    }

    /** Written by presidio-anonymizer 2.2.366 with this key. */
    private static final String WRITTEN_BY_PRESIDIO = "4ZI3Ev9vjpRZLsgREdZpNmrGbGoiiEd7i9KQs1Ymiv4=";

    @Test
    void whatIsEncryptedComesBackWithItsKeyAndWithNoOther() {
        Replacement.Encrypt key = new Replacement.Encrypt("WmZq4t7w!z%C&F)J".getBytes(StandardCharsets.US_ASCII));
        assertThat(key.undone(key.of("PERSON", "Ann Lée"))).isEqualTo("Ann Lée");
        assertThat(key.undone(WRITTEN_BY_PRESIDIO)).isEqualTo("Ann Lée");
        Replacement.Encrypt other = new Replacement.Encrypt("WmZq4t7w!z%C&F)K".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> other.undone("AAAA")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Replacement.Encrypt(new byte[5])).hasMessageContaining("16, 24 or 32");
        assertThat(key.toString()).doesNotContain("WmZq");
    }

    @Test
    void piecesThatOverlapAreSettledAsPresidioSettlesThem() {
        Anonymizer anonymizer = new Anonymizer(Map.of(), new Replacement.Replace(null));
        // inside another: gone; of one kind with a space between: one
        assertThat(anonymizer
                        .anonymize(
                                "mail a@b.com now",
                                List.of(new Piece("EMAIL_ADDRESS", 5, 12, 1), new Piece("URL", 7, 12, 0.5)))
                        .text())
                .isEqualTo("mail <EMAIL_ADDRESS> now");
        assertThat(anonymizer
                        .anonymize(
                                "12 High Street",
                                List.of(new Piece("LOCATION", 0, 2, 0.7), new Piece("LOCATION", 3, 14, 0.9)))
                        .text())
                .isEqualTo("<LOCATION>");
        // crossing: the surer keeps what both want
        assertThat(anonymizer
                        .anonymize("abcdef", List.of(new Piece("A", 0, 4, 0.9), new Piece("B", 2, 6, 0.5)))
                        .text())
                .isEqualTo("<A><B>");
        assertThat(anonymizer
                        .anonymize("abcdef", List.of(new Piece("A", 0, 4, 0.5), new Piece("B", 2, 6, 0.9)))
                        .text())
                .isEqualTo("<A><B>");
    }

    @Test
    void aPieceOutsideOfTheTextIsRefused() {
        assertThatThrownBy(() -> new Anonymizer(Map.of(), new Replacement.Redact())
                        .anonymize("short", List.of(new Piece("PERSON", 2, 99, 1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("99");
    }

    @Test
    void howeverPiecesOverlapAllOfThemGoesAndNothingElse() {
        String text = "ab😀de ghi jk 😀 no";
        Random random = new Random(5);
        for (int round = 0; round < 20_000; round++) {
            List<Piece> pieces = new ArrayList<>();
            boolean[] wanted = new boolean[text.length()];
            for (int i = random.nextInt(7); i > 0; i--) {
                int start = random.nextInt(text.length());
                int end = start + 1 + random.nextInt(text.length() - start);
                pieces.add(new Piece("ABC".substring(random.nextInt(3)), start, end, random.nextInt(4) / 4.0));
                Arrays.fill(wanted, start, end, true);
            }
            StringBuilder rest = new StringBuilder();
            for (int i = 0; i < wanted.length; i++) {
                // a space between two pieces of one kind may go with them
                rest.append(wanted[i] || text.charAt(i) == ' ' ? "" : text.charAt(i));
            }
            assertThat(new Anonymizer(Map.of(), new Replacement.Redact())
                            .anonymize(text, pieces)
                            .text()
                            .replace(" ", ""))
                    .as(pieces::toString)
                    .isEqualTo(rest.toString());
            assertThat(new Anonymizer(Map.of(), new Replacement.Keep())
                            .anonymize(text, pieces)
                            .text())
                    .isEqualTo(text);
        }
    }

    @Test
    void aHundredThousandPiecesTakeNoTime() {
        String text = "Ann, ".repeat(100_000);
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            pieces.add(new Piece("PERSON", 5 * i, 5 * i + 3, 0.5));
        }
        assertThat(new Anonymizer(Map.of(), new Replacement.Redact())
                        .anonymize(text, pieces)
                        .text())
                .isEqualTo(", ".repeat(100_000));
    }
}
