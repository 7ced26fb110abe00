package dev.ayni.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ayni.tensor.strips.Layout;
import dev.ayni.tensor.strips.Packing;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MappedPagesTest {
    private static final int MEGABYTES = 64;

    @TempDir
    Path folder;

    @Test
    void forgottenPagesLeaveTheResidentMemoryAndComeBackUnchanged() throws IOException {
        Path status = Path.of("/proc/self/status");
        assumeTrue(Files.exists(status), "only Linux tells the resident memory in /proc");
        try (Arena arena = Arena.ofShared()) {
            MemorySegment mapped = map(file(MEGABYTES << 20), FileChannel.MapMode.READ_ONLY, arena);
            long before = sum(mapped);
            long resident = residentMegabytes(status);
            assertThat(MappedPages.forget(mapped)).isTrue();
            assertThat(resident - residentMegabytes(status)).isGreaterThan(MEGABYTES - 16);
            assertThat(sum(mapped)).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 4095", "0, 100", "5, 20000", "4096, 4096", "4097, 70000", "100, 0"})
    void aSliceKeepsItsBytesAndItsNeighbours(int from, int bytes) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment mapped = map(file(1 << 20), FileChannel.MapMode.READ_ONLY, arena);
            long before = sum(mapped);
            MappedPages.forget(mapped.asSlice(from, bytes));
            assertThat(sum(mapped)).isEqualTo(before);
        }
    }

    @Test
    void memoryThatIsNoReadOnlyFileIsLeftAlone() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment own = arena.allocate(1 << 20).fill((byte) 7);
            assertThat(MappedPages.forget(own)).isFalse();
            assertThat(sum(own)).isEqualTo(7L << 20);
            MemorySegment heap = MemorySegment.ofArray(new byte[1 << 20]).fill((byte) 7);
            assertThat(MappedPages.forget(heap)).isFalse();
            MemorySegment changed =
                    map(file(1 << 20), FileChannel.MapMode.PRIVATE, arena).fill((byte) 7);
            assertThat(MappedPages.forget(changed)).isFalse();
            assertThat(sum(changed)).isEqualTo(7L << 20);
        }
    }

    @Test
    void aWeightIsCopiedWithoutStandingInMemoryTwice() throws IOException {
        Path status = Path.of("/proc/self/status");
        assumeTrue(Files.exists(status), "only Linux tells the resident memory in /proc");
        try (Arena arena = Arena.ofShared()) {
            MemorySegment mapped = map(file(MEGABYTES << 20), FileChannel.MapMode.READ_ONLY, arena);
            int blocks = (MEGABYTES << 20) / DType.Q8_0.blockBytes() / 32;
            long rowBytes = DType.Q8_0.bytes(1024);
            HostTensor weight = new HostTensor(DType.Q8_0, mapped.asSlice(0, blocks * rowBytes), blocks, 1024);
            long resident = residentMegabytes(status);
            List<Long> most = new ArrayList<>();
            long[] next = {0};
            assertThat(Packing.inSlices(weight, (first, last) -> {
                        assertThat(first).isEqualTo(next[0]);
                        next[0] = last;
                        long from = first * Layout.ROWS * rowBytes;
                        long end = Math.min(
                                last * Layout.ROWS * rowBytes, weight.data().byteSize());
                        sum(weight.data().asSlice(from, end - from));
                        most.add(residentMegabytes(status) - resident);
                        return true;
                    }))
                    .isTrue();
            assertThat(next[0]).isEqualTo((blocks + Layout.ROWS - 1) / Layout.ROWS);
            assertThat(most).hasSizeGreaterThan(3).allMatch(megabytes -> megabytes < 24);
        }
    }

    private Path file(int bytes) throws IOException {
        Path file = folder.resolve("mapped");
        byte[] block = new byte[1 << 20];
        for (int i = 0; i < block.length; i++) {
            block[i] = (byte) (i * 31);
        }
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int written = 0; written < bytes; written += block.length) {
                out.write(block);
            }
        }
        return file;
    }

    private static MemorySegment map(Path file, FileChannel.MapMode mode, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                mode == FileChannel.MapMode.READ_ONLY
                        ? new StandardOpenOption[] {StandardOpenOption.READ}
                        : new StandardOpenOption[] {StandardOpenOption.READ, StandardOpenOption.WRITE})) {
            return channel.map(mode, 0, channel.size(), arena);
        }
    }

    private static long sum(MemorySegment segment) {
        long sum = 0;
        for (long i = 0; i < segment.byteSize(); i++) {
            sum += segment.get(ValueLayout.JAVA_BYTE, i);
        }
        return sum;
    }

    /** How much of mapped files this process holds in memory. */
    private static long residentMegabytes(Path status) {
        try {
            return Files.readAllLines(status).stream()
                            .filter(line -> line.startsWith("RssFile:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .sum()
                    / 1024;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
