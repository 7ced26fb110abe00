package dev.ayni.studio;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.machine.Cliff;
import dev.ayni.engine.machine.Jvm;
import dev.ayni.engine.machine.Machine;
import dev.ayni.engine.machine.MachineLimits;
import dev.ayni.hub.CatalogueEntry;
import dev.ayni.hub.Hub;
import dev.ayni.tensor.DType;
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
     * What share of the memory's bandwidth generating reaches with the default model, with kernels in C and in Java: less
     * than a large model's, because of its small matrices. docs/log.md has the measurement.
     */
    private static final double SHARE_IN_C = 0.8;
    private static final double SHARE_IN_JAVA = 0.5;

    @Mixin
    CommonOptions common = new CommonOptions();

    private final Streams streams;
    private final Machine machine = Machine.here();
    private final List<String> problems = new ArrayList<>();

    DoctorCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() {
        line("ayni", Main.Version.number());
        java();
        compiler();
        processors();
        memory();
        int threads = EngineOptions.defaults().computingThreads();
        long smallest = Hub.ofThisUser().catalogue().standard().memoryBytes(4096, 2);
        Cliff.of(Jvm.here(), machine, new Cliff.Load(threads, smallest))
                .forEach(cliff -> problems.add(cliff.problem() + " " + cliff.cure()));
        speed(threads, kernels(threads));
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
        line("Java", "%s, %s".formatted(Runtime.version(), Jvm.here().name()));
        line("", System.getProperty("java.home"));
    }

    private void compiler() {
        String compilers = ManagementFactory.getCompilationMXBean() == null
                ? "none"
                : ManagementFactory.getCompilationMXBean().getName();
        line("compiler", "%s (%s)".formatted(compilers, Jvm.here().mode()));
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

    private void processors() {
        int cores = machine.physicalCores();
        OptionalDouble quota = machine.processorQuota();
        line("processor", machine.processor());
        line(
                "",
                "%d processors for this program%s%s"
                        .formatted(
                                Runtime.getRuntime().availableProcessors(),
                                cores > 0 ? ", %d cores in the machine".formatted(cores) : "",
                                quota.isPresent()
                                        ? String.format(
                                                Locale.ROOT, ", the container may use %.1f", quota.getAsDouble())
                                        : ""));
    }

    private void memory() {
        OptionalLong all = machine.memoryBytes();
        OptionalLong free = machine.availableBytes();
        OptionalLong quota = machine.memoryQuotaBytes();
        line(
                "memory",
                "%s%s%s; the Java heap may take %s"
                        .formatted(
                                all.isPresent() ? Numbers.bytes(all.getAsLong()) : "the system does not say",
                                free.isPresent() ? ", " + Numbers.bytes(free.getAsLong()) + " available" : "",
                                quota.isPresent() ? ", limit of the container " + Numbers.bytes(quota.getAsLong()) : "",
                                Numbers.bytes(Runtime.getRuntime().maxMemory())));
    }

    /** The name of the kernels that compute here. */
    private String kernels(int threads) {
        try (Kernels kernels = KernelChoice.open(KernelChoice.AUTO, threads, this::chosen)) {
            return kernels.name();
        }
    }

    private void chosen(String told) {
        String chosen = told.replaceFirst("^kernels: ", "");
        line("kernels", chosen);
        if (chosen.contains(" unavailable ")) {
            problems.add(
                    "Faster kernels cannot run here, and computing is slower than it could be; why, and what to do: "
                            + chosen);
        }
    }

    private void speed(int threads, String kernels) {
        MachineLimits limits = MachineLimits.measure(KernelChoice.AUTO, threads, DType.Q8_0);
        double bandwidth = limits.bandwidth();
        line("bandwidth", "%s/s, read by %d threads".formatted(Numbers.bytes((long) bandwidth), threads));
        line("multiplying", limits.multiplyRateText());
        CatalogueEntry standard = Hub.ofThisUser().catalogue().standard();
        double bound = bandwidth / standard.bytes();
        double expectedShare = kernels.startsWith("foreign") ? SHARE_IN_C : SHARE_IN_JAVA;
        line(
                "expected",
                String.format(
                        Locale.ROOT,
                        "%s: about %.0f tokens/s; the memory's bound is %.0f (measure it: ayni bench %s)",
                        standard.name(),
                        expectedShare * bound,
                        bound,
                        standard.name()));
    }

    private void line(String name, String value) {
        streams.out().println("%-12s %s".formatted(name, value));
        streams.out().flush();
    }
}
