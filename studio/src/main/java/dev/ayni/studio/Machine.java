package dev.ayni.studio;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/** What the operating system says of this machine and this process; nothing where it does not say it in Linux's way. */
final class Machine {
    private Machine() {}

    /** The most memory that this process has held resident so far, in bytes. */
    static OptionalLong peakResidentBytes() {
        return kilobytes(Path.of("/proc/self/status"), "VmHWM:");
    }

    static OptionalLong memoryBytes() {
        return kilobytes(Path.of("/proc/meminfo"), "MemTotal:");
    }

    /** Memory that programs could still get without others being pushed out. */
    static OptionalLong availableBytes() {
        return kilobytes(Path.of("/proc/meminfo"), "MemAvailable:");
    }

    /** The memory limit of the container, if there is one. */
    static OptionalLong memoryQuotaBytes() {
        return lines(Path.of("/sys/fs/cgroup/memory.max")).stream()
                .filter(line -> line.matches("\\d+"))
                .mapToLong(Long::parseLong)
                .findFirst();
    }

    /** The processor time that the container may use, in processors, if it is limited. */
    static OptionalDouble processorQuota() {
        return lines(Path.of("/sys/fs/cgroup/cpu.max")).stream()
                .filter(line -> line.matches("\\d+ \\d+"))
                .mapToDouble(line -> {
                    int space = line.indexOf(' ');
                    return Double.parseDouble(line.substring(0, space)) / Double.parseDouble(line.substring(space + 1));
                })
                .findFirst();
    }

    /** What the processor calls itself. */
    static String processor() {
        return lines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse(System.getProperty("os.arch"));
    }

    /** Cores that share no execution units; 0 if the system does not say. */
    static int physicalCores() {
        Set<String> cores = new HashSet<>();
        String socket = "";
        for (String line : lines(Path.of("/proc/cpuinfo"))) {
            if (line.startsWith("physical id")) {
                socket = line;
            } else if (line.startsWith("core id")) {
                cores.add(socket + line);
            }
        }
        return cores.size();
    }

    private static OptionalLong kilobytes(Path file, String key) {
        return lines(file).stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            return List.of(); // another system, or a container that hides it
        }
    }
}
