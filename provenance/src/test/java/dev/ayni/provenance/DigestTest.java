package dev.ayni.provenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestTest {
    // FIPS 180-4's examples: the empty message and "abc"
    private static final String OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static final String OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @Test
    void theStandardsExamplesComeOut() {
        assertThat(Digest.of(new byte[0]).hex()).isEqualTo(OF_NOTHING);
        assertThat(Digest.of("abc".getBytes(StandardCharsets.US_ASCII))).hasToString("sha256:" + OF_ABC);
    }

    @Test
    void aFileHasTheDigestOfItsBytes(@TempDir Path folder) throws IOException {
        byte[] bytes = new byte[(1 << 20) + 4097];
        new Random(7).nextBytes(bytes);
        Path file = Files.write(folder.resolve("file"), bytes);

        assertThat(Digest.of(file)).isEqualTo(Digest.of(bytes));
        assertThat(Digest.of(Files.createFile(folder.resolve("empty"))).hex()).isEqualTo(OF_NOTHING);
    }

    @Test
    void bytesThatArriveInPartsHaveTheDigestOfTheWhole() {
        MessageDigest sha256 = Digest.sha256();
        sha256.update((byte) 'a');
        sha256.update(new byte[] {'b', 'c'});

        assertThat(Digest.finish(sha256).hex()).isEqualTo(OF_ABC);
    }

    @Test
    void capitalsNameTheSameDigest() {
        assertThat(new Digest(OF_ABC.toUpperCase(Locale.ROOT))).isEqualTo(new Digest(OF_ABC));
    }

    @Test
    void whatIsNoDigestIsRefused() {
        assertThatThrownBy(() -> new Digest(OF_ABC.substring(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("64 hexadecimal digits");
        assertThatThrownBy(() -> new Digest(OF_ABC.replace('b', 'g'))).isInstanceOf(IllegalArgumentException.class);
    }
}
