package dev.ayni.engine.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * A reason why computing will be many times slower than this machine could, and what cures it. Nothing fails on a cliff,
 * which is why it has to be said aloud.
 *
 * @param problem what was found and what it costs, a sentence
 * @param cure what to do, a sentence
 */
public record Cliff(String problem, String cure) {
    /** Memory beside weights and conversations: the JVM, the program, intermediate results. */
    public static final long PROGRAM_BYTES = 300_000_000;

    /** So much of the program on the disk is no accident. */
    private static final long SWAPPED_BYTES = 64L << 20;

    /**
     * What is about to be computed.
     *
     * @param threads how many threads compute
     * @param bytes the memory that weights and conversations need
     */
    public record Load(int threads, long bytes) {}

    /**
     * All cliffs that this load stands before, but for those that the choice of kernels tells of. Cheap: a few small files
     * are read.
     */
    public static List<Cliff> of(Jvm jvm, Machine machine, Load load) {
        List<Cliff> cliffs = new ArrayList<>();
        compiler(jvm, cliffs);
        threads(machine, load.threads(), cliffs);
        memory(machine, load.bytes(), cliffs);
        return cliffs;
    }

    private static void compiler(Jvm jvm, List<Cliff> cliffs) {
        String options = "JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS and AYNI_JAVA_OPTIONS";
        if (!jvm.name().contains("HotSpot")
                && !jvm.name().contains("OpenJDK")
                && !jvm.name().contains("GraalVM")) {
            cliffs.add(
                    new Cliff(
                            "This JVM is %s, and the kernels of the Vector API were made for HotSpot's compiler."
                                    .formatted(jvm.name()),
                            "Install a JDK 25 with HotSpot (Temurin, Corretto, Zulu, your system's OpenJDK) and name it in AYNI_JAVA_HOME."));
        }
        if (jvm.mode().contains("interpreted")) {
            cliffs.add(new Cliff(
                    "The JVM compiles nothing (%s), so that all Java code runs ten to sixty times slower."
                            .formatted(jvm.mode()),
                    "Remove -Xint from %s.".formatted(options)));
        } else if (jvm.mode().contains("emulated-client")) {
            cliffs.add(new Cliff(
                    "The JVM's best compiler (C2) is off (%s), so that Java kernels run ten to sixty times slower."
                            .formatted(jvm.mode()),
                    "Remove -client and -XX:TieredStopAtLevel from %s.".formatted(options)));
        }
    }

    private static void threads(Machine machine, int threads, List<Cliff> cliffs) {
        int cores = machine.physicalCores();
        int processors = Runtime.getRuntime().availableProcessors();
        OptionalDouble quota = machine.processorQuota();
        if (quota.isPresent() && threads > Math.ceil(quota.getAsDouble())) {
            cliffs.add(new Cliff(
                    String.format(
                            Locale.ROOT,
                            "%d threads compute, and the container may use %.1f processors: they wait for each other.",
                            threads,
                            quota.getAsDouble()),
                    "Give --threads %d, or raise the container's limit."
                            .formatted((int) Math.ceil(quota.getAsDouble()))));
        } else if (threads > processors || cores > 0 && threads > cores) {
            int best = cores > 0 ? Math.min(cores, processors) : processors;
            cliffs.add(new Cliff(
                    "%d threads compute, and %s: they wait for each other."
                            .formatted(
                                    threads,
                                    threads > processors
                                            ? "this program may use %d processors".formatted(processors)
                                            : "the machine has %d cores".formatted(cores)),
                    "Give --threads %d, or leave the option out.".formatted(best)));
        }
    }

    private static void memory(Machine machine, long bytes, List<Cliff> cliffs) {
        OptionalLong quota = machine.memoryQuotaBytes();
        OptionalLong free = machine.availableBytes();
        long usable = Math.min(quota.orElse(Long.MAX_VALUE), free.orElse(Long.MAX_VALUE));
        long needed = bytes + PROGRAM_BYTES;
        if (needed > usable) {
            boolean limited = quota.isPresent() && quota.getAsLong() == usable;
            cliffs.add(new Cliff(
                    "About %s of memory are needed, and %s: weights would be read from the disk for each token."
                            .formatted(
                                    megabytes(needed),
                                    limited
                                            ? "the container may use %s".formatted(megabytes(usable))
                                            : "%s are available".formatted(megabytes(usable))),
                    limited
                            ? "Raise the container's limit, or choose a smaller model or context."
                            : "Close other programs, or choose a smaller model or context."));
        }
        OptionalLong swapped = machine.swappedBytes();
        if (swapped.isPresent() && swapped.getAsLong() > SWAPPED_BYTES) {
            cliffs.add(new Cliff(
                    "%s of this program were pushed out to the disk.".formatted(megabytes(swapped.getAsLong())),
                    "Close other programs, or choose a smaller model or context."));
        }
    }

    private static String megabytes(long bytes) {
        return "%d MB".formatted((bytes + 500_000) / 1_000_000);
    }
}
