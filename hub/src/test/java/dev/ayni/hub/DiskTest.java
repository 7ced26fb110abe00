package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class DiskTest {
    @Test
    void bytesReadAsPeopleSayThem() {
        assertThat(Disk.human(999)).isEqualTo("999 bytes");
        assertThat(Disk.human(98_362_432)).isEqualTo("98.4 MB");
        assertThat(Disk.human(999_950_000)).isEqualTo("1.0 GB");
        assertThat(Disk.human(4_372_812_000L)).isEqualTo("4.4 GB");
    }

    @Test
    void whatCannotFitIsSaidBeforehand(@TempDir Path folder) {
        Disk.checkRoom(folder, 1, "m.gguf");
        assertThatThrownBy(() -> Disk.checkRoom(folder, Long.MAX_VALUE, "m.gguf"))
                .hasMessageStartingWith("m.gguf needs")
                .hasMessageContaining("ayni remove");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aDiskThatFillsUpGetsALetter() throws IOException {
        Path file = Path.of("/dev/full"); // every write to it fails for want of space
        try (FileChannel out = Disk.append(file)) {
            assertThatThrownBy(() -> Disk.write(out, file, ByteBuffer.allocate(10)))
                    .isInstanceOf(DiskException.class)
                    .hasMessageContaining("is full")
                    .hasMessageContaining("run the same command again");
        }
    }

    @Test
    void deletingAFolderSparesWhatItLinksTo(@TempDir Path folder) throws IOException {
        Path kept = Files.writeString(folder.resolve("kept"), "x");
        Path doomed = folder.resolve("doomed");
        Disk.link(doomed.resolve("sub/link"), kept);
        assertThat(doomed.resolve("sub/link")).hasContent("x");

        Disk.delete(doomed);

        assertThat(doomed).doesNotExist();
        assertThat(kept).hasContent("x");
    }
}
