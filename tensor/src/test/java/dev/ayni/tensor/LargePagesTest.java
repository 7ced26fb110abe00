package dev.ayni.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LargePagesTest {
    private static final Path ENABLED = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
    private static final Path MAPS = Path.of("/proc/self/smaps");

    @ParameterizedTest
    @ValueSource(longs = {1, 64, 4095, (2 << 20) - 1, 2 << 20, (2 << 20) + 1, 9_999_999})
    void memoryIsZeroedAlignedAndWritableToItsLastByte(long bytes) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = LargePages.allocate(arena, bytes);
            assertThat(memory.byteSize()).isEqualTo(bytes);
            assertThat(memory.address() % 64).isZero();
            assertThat(memory.mismatch(MemorySegment.ofArray(new byte[Math.toIntExact(bytes)])))
                    .isEqualTo(-1);
            memory.fill((byte) 7);
            assertThat(memory.get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 7);
        }
    }

    @Test
    void muchMemoryLiesOnLargePagesAndIsGivenBack() throws IOException {
        assumeTrue(
                Files.exists(ENABLED) && !Files.readString(ENABLED).contains("[never]") && Files.exists(MAPS),
                "only Linux gives large pages, and here it gives none");
        long before = largePagesKilobytes();
        try (Arena arena = Arena.ofShared()) {
            LargePages.allocate(arena, 64 << 20).fill((byte) 7);
            // a machine short of free blocks gives some of them as small pages
            assertThat(largePagesKilobytes() - before).isGreaterThan(16 << 10);
        }
        assertThat(largePagesKilobytes() - before).isLessThan(8 << 10);
    }

    private static long largePagesKilobytes() throws IOException {
        List<String> lines = Files.readAllLines(MAPS);
        return lines.stream()
                .filter(line -> line.startsWith("AnonHugePages:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }
}
