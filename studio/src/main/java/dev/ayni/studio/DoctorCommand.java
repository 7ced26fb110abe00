package dev.ayni.studio;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.ayni.hub.CatalogueEntry;
import dev.ayni.hub.Hub;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Looks at this machine as Ayni sees it. */
@Command(
        name = "doctor",
        description =
                "Examine this machine: Java, compiler, vectors, kernels, memory, speed; each problem with its cure.",
        footer = {"", "The status is 1 if there is a problem.", "", "Example:", "  ayni doctor"})
final class DoctorCommand implements Callable<Integer> {
    /*
     * What share of the memory's bandwidth generating reaches with the default model: small, because much of the time of
     * so small a model goes into other things than reading weights. docs/log.md has the measurement.
     */
    private static final double EXPECTED_SHARE = 0.5;
    private static final int MEMORY_OF_THE_PROGRAM = 300_000_000;

    @Mixin
    CommonOptions common = new CommonOptions();

    private final Streams streams;
    private final List<String> problems = new ArrayList<>();

    DoctorCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() {
        line("ayni", Main.Version.number());
        java();
        compiler();
        int threads = processors();
        memory();
        kernels(threads);
        speed(threads);
        streams.out().println();
        if (problems.isEmpty()) {
            streams.out().println("No problem was found.");
            return Failures.OK;
        }
        streams.out().println(problems.size() == 1 ? "One problem:" : problems.size() + " problems:");
        problems.forEach(problem -> streams.out().println("- " + problem));
        return Failures.FAILED;
    }

    private void java() {
        line("Java", "%s, %s".formatted(Runtime.version(), System.getProperty("java.vm.name")));
        line("", System.getProperty("java.home"));
        if (!ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
            problems.add(
                    "The Vector API is not there, without which the fast kernels cannot run. Start Ayni with ./ayni, or give java the option --add-modules jdk.incubator.vector; a JRE made by jlink must contain that module.");
        }
    }

    private void compiler() {
        String compilers = ManagementFactory.getCompilationMXBean() == null
                ? "none"
                : ManagementFactory.getCompilationMXBean().getName();
        String level = flag("TieredStopAtLevel");
        boolean best = !compilers.equals("none") && (level.isEmpty() || level.equals("4"));
        line("compiler", "%s%s".formatted(compilers, best ? ", C2 included" : ", without C2"));
        if (!best) {
            problems.add(
                    "The JVM's best compiler (C2) is off%s, so computing is ten to sixty times slower. Remove -Xint, -XX:TieredStopAtLevel and -client from JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS and AYNI_JAVA_OPTIONS."
                            .formatted(level.isEmpty() ? "" : " (TieredStopAtLevel=" + level + ")"));
        }
        String avx = flag("UseAVX");
        String width = flag("MaxVectorSize");
        line(
                "vectors",
                width.isEmpty()
                        ? "the JVM does not say"
                        : "%d bit at most%s"
                                .formatted(8 * Integer.parseInt(width), avx.isEmpty() ? "" : " (UseAVX=" + avx + ")"));
    }

    private static String flag(String name) {
        try {
            HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            return jvm == null ? "" : jvm.getVMOption(name).getValue();
        } catch (IllegalArgumentException e) {
            return ""; // this JVM has no such flag
        }
    }

    private int processors() {
        int processors = Runtime.getRuntime().availableProcessors();
        int cores = Machine.physicalCores();
        OptionalDouble quota = Machine.processorQuota();
        line("processor", Machine.processor());
        line(
                "",
                "%d processors for this program%s%s"
                        .formatted(
                                processors,
                                cores > 0 ? ", %d cores in the machine".formatted(cores) : "",
                                quota.isPresent()
                                        ? String.format(
                                                Locale.ROOT, ", the container may use %.1f", quota.getAsDouble())
                                        : ""));
        if (quota.isPresent() && quota.getAsDouble() < processors - 0.01) {
            problems.add(String.format(
                    Locale.ROOT,
                    "The container may use %.1f processors and %d threads would compute: they would wait for each other. Give --threads %d, or raise the container's limit.",
                    quota.getAsDouble(),
                    processors,
                    Math.max(1, (int) quota.getAsDouble())));
        }
        return processors;
    }

    private void memory() {
        OptionalLong all = Machine.memoryBytes();
        OptionalLong free = Machine.availableBytes();
        OptionalLong quota = Machine.memoryQuotaBytes();
        line(
                "memory",
                "%s%s%s; the Java heap may take %s"
                        .formatted(
                                all.isPresent() ? Numbers.bytes(all.getAsLong()) : "the system does not say",
                                free.isPresent() ? ", " + Numbers.bytes(free.getAsLong()) + " available" : "",
                                quota.isPresent() ? ", limit of the container " + Numbers.bytes(quota.getAsLong()) : "",
                                Numbers.bytes(Runtime.getRuntime().maxMemory())));
        long usable = Math.min(free.orElse(Long.MAX_VALUE), quota.orElse(Long.MAX_VALUE));
        CatalogueEntry standard = Hub.ofThisUser().catalogue().standard();
        long needed = standard.memoryBytes(4096, 2) + MEMORY_OF_THE_PROGRAM;
        if (usable < needed) {
            problems.add(
                    "Even the smallest model (%s) needs about %s, and %s are available. Close other programs, or raise the container's limit."
                            .formatted(standard.name(), Numbers.bytes(needed), Numbers.bytes(usable)));
        }
    }

    private void kernels(int threads) {
        try (Kernels kernels = KernelChoice.open(
                KernelChoice.AUTO, threads, told -> line("kernels", told.replaceFirst("^kernels: ", "")))) {
            if (!kernels.name().startsWith("vector")) {
                problems.add(
                        "The fast kernels are not in use; the line 'kernels' says why. Until then everything is several times slower.");
            }
        }
    }

    private void speed(int threads) {
        double bandwidth = MemoryBandwidth.measure(threads);
        line("bandwidth", "%s/s, read by %d threads".formatted(Numbers.bytes((long) bandwidth), threads));
        CatalogueEntry standard = Hub.ofThisUser().catalogue().standard();
        double bound = bandwidth / standard.bytes();
        line(
                "expected",
                String.format(
                        Locale.ROOT,
                        "%s: about %.0f tokens/s; the memory's bound is %.0f (measure it: ayni bench %s)",
                        standard.name(),
                        EXPECTED_SHARE * bound,
                        bound,
                        standard.name()));
    }

    private void line(String name, String value) {
        streams.out().println("%-12s %s".formatted(name, value));
        streams.out().flush();
    }
}
