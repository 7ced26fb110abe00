package dev.ayni.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CliffTest {
    private static final Jvm FAST = new Jvm("OpenJDK 64-Bit Server VM", "mixed mode, sharing");
    private static final Cliff.Load SMALL = new Cliff.Load(1, 100_000_000);

    @TempDir
    private Path root;

    @Test
    void anOrdinaryMachineHasNone() throws IOException {
        write("proc/meminfo", "MemAvailable:    8000000 kB");
        write("proc/cpuinfo", "physical id : 0\ncore id : 0\nphysical id : 0\ncore id : 1\n");
        write("sys/fs/cgroup/memory.max", "max");
        write("sys/fs/cgroup/cpu.max", "max 100000");
        assertThat(Cliff.of(FAST, Machine.at(root), SMALL)).isEmpty();
    }

    @Test
    void aMachineThatSaysNothingHasNone() {
        assertThat(Cliff.of(FAST, Machine.at(root), SMALL)).isEmpty();
    }

    @Test
    void aJvmThatIsNotHotSpot() {
        assertThat(problems(new Jvm("Eclipse OpenJ9 VM", "JIT enabled"), SMALL))
                .containsExactly(
                        "This JVM is Eclipse OpenJ9 VM, and the kernels of the Vector API were made for HotSpot's compiler.");
    }

    @Test
    void aContainerWithLessMemoryThanTheModel() throws IOException {
        write("proc/meminfo", "MemAvailable:    8000000 kB");
        write("sys/fs/cgroup/memory.max", "350000000");
        assertThat(Cliff.of(FAST, Machine.at(root), SMALL))
                .containsExactly(new Cliff(
                        "About 400 MB of memory are needed, and the container may use 350 MB: weights would be read from the disk for each token.",
                        "Raise the container's limit, or choose a smaller model or context."));
    }

    @Test
    void aMachineWithLessMemoryThanTheModel() throws IOException {
        write("proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable:    300000 kB");
        assertThat(problems(FAST, SMALL)).singleElement().asString().contains("307 MB are available");
    }

    @Test
    void aProgramOnTheDisk() throws IOException {
        write("proc/self/status", "VmHWM: 900000 kB\nVmSwap:   200000 kB");
        assertThat(problems(FAST, SMALL)).containsExactly("205 MB of this program were pushed out to the disk.");
    }

    @Test
    void moreThreadsThanTheContainerMayUse() throws IOException {
        write("sys/fs/cgroup/cpu.max", "150000 100000");
        assertThat(problems(FAST, new Cliff.Load(2, 1))).isEmpty();
        assertThat(Cliff.of(FAST, Machine.at(root), new Cliff.Load(4, 1)))
                .containsExactly(new Cliff(
                        "4 threads compute, and the container may use 1.5 processors: they wait for each other.",
                        "Give --threads 2, or raise the container's limit."));
    }

    @Test
    void moreThreadsThanCores() throws IOException {
        write("proc/cpuinfo", "physical id : 0\ncore id : 0\n\nphysical id : 0\ncore id : 0\n");
        assertThat(problems(FAST, new Cliff.Load(2, 1)))
                .singleElement()
                .asString()
                .contains("they wait for each other");
    }

    /** Real JVMs, started with what makes them slow. */
    @ParameterizedTest
    @CsvSource({"-Xint, The JVM compiles nothing", "-XX:TieredStopAtLevel=1, The JVM's best compiler (C2) is off"})
    void aJvmStartedSlow(String option, String problem) throws Exception {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option,
                "-cp",
                classes(Cliff.class) + File.pathSeparator + classes(CliffTest.class),
                Said.class.getName());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        assertThat(said).contains(problem);
        assertThat(said.lines().filter(line -> line.startsWith("cliff "))).hasSize(1);
    }

    /** Prints the cliffs of its own JVM. */
    static final class Said {
        public static void main(String[] arguments) {
            Cliff.of(Jvm.here(), Machine.at(Path.of("/nowhere")), new Cliff.Load(1, 1))
                    .forEach(cliff -> System.out.println("cliff " + cliff));
        }
    }

    private static String classes(Class<?> type) {
        return Path.of(URI.create(
                        type.getProtectionDomain().getCodeSource().getLocation().toString()))
                .toString();
    }

    private List<String> problems(Jvm jvm, Cliff.Load load) {
        return Cliff.of(jvm, Machine.at(root), load).stream()
                .map(Cliff::problem)
                .toList();
    }

    private void write(String file, String content) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
    }
}
