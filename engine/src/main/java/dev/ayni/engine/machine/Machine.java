package dev.ayni.engine.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/** What the operating system says of this machine and this process; nothing where it does not say it in Linux's way. */
public final class Machine {
    private final Path root;

    private Machine(Path root) {
        this.root = root;
    }

    /** The machine that this program runs on. */
    public static Machine here() {
        return new Machine(Path.of("/"));
    }

    /** A machine whose folders proc and sys lie elsewhere. */
    static Machine at(Path root) {
        return new Machine(root);
    }

    /** The most memory that this process has held resident so far, in bytes. */
    public OptionalLong peakResidentBytes() {
        return kilobytes("proc/self/status", "VmHWM:");
    }

    /** What of this process's memory stands on the disk, for lack of room. */
    public OptionalLong swappedBytes() {
        return kilobytes("proc/self/status", "VmSwap:");
    }

    /** All memory. */
    public OptionalLong memoryBytes() {
        return kilobytes("proc/meminfo", "MemTotal:");
    }

    /** Memory that programs could still get without others being pushed out. */
    public OptionalLong availableBytes() {
        return kilobytes("proc/meminfo", "MemAvailable:");
    }

    /** The memory limit of the container, if there is one. */
    public OptionalLong memoryQuotaBytes() {
        return lines("sys/fs/cgroup/memory.max").stream()
                .filter(line -> line.matches("\\d+"))
                .mapToLong(Long::parseLong)
                .findFirst();
    }

    /** The processor time that the container may use, in processors, if it is limited. */
    public OptionalDouble processorQuota() {
        return lines("sys/fs/cgroup/cpu.max").stream()
                .filter(line -> line.matches("\\d+ \\d+"))
                .mapToDouble(line -> {
                    int space = line.indexOf(' ');
                    return Double.parseDouble(line.substring(0, space)) / Double.parseDouble(line.substring(space + 1));
                })
                .findFirst();
    }

    /** What the processor calls itself. */
    public String processor() {
        return lines("proc/cpuinfo").stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse(System.getProperty("os.arch"));
    }

    /** Cores that share no execution units; 0 if the system does not say. */
    public int physicalCores() {
        Set<String> cores = new HashSet<>();
        String socket = "";
        for (String line : lines("proc/cpuinfo")) {
            if (line.startsWith("physical id")) {
                socket = line;
            } else if (line.startsWith("core id")) {
                cores.add(socket + line);
            }
        }
        return cores.size();
    }

    private OptionalLong kilobytes(String file, String key) {
        return lines(file).stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst();
    }

    private List<String> lines(String file) {
        Path path = root.resolve(file);
        try {
            return Files.isReadable(path) ? Files.readAllLines(path) : List.of();
        } catch (IOException e) {
            return List.of(); // another system, or a container that hides it
        }
    }
}
