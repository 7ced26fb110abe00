import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Compiles the C kernels, where there is a C compiler: {@code java Compile.java SOURCES CLASSES}. Maven runs it. For each
 * platform it makes {@code CLASSES/META-INF/native/<os>-<arch>/<library>}; every kernel is in it once for each instruction
 * set. Does nothing if the library is newer than the sources, and ends well, with a line that says so, without a compiler.
 */
final class Compile {
    /** An instruction set: the prefix of its kernels' names, and what the compiler calls it. */
    private record InstructionSet(String name, String... options) {}

    private static final List<InstructionSet> X86 = List.of(
            new InstructionSet(
                    "avx512",
                    "-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mavx2 -mfma -mf16c -mbmi2 -mprefer-vector-width=512"
                            .split(" ")),
            new InstructionSet("avxvnni", "-mavx2 -mfma -mf16c -mbmi2 -mavxvnni".split(" ")),
            new InstructionSet("avx2", "-mavx2 -mfma -mf16c -mbmi2".split(" ")));
    private static final List<InstructionSet> ARM =
            List.of(new InstructionSet("neon", "-march=armv8.2-a+dotprod".split(" ")));

    /** The arithmetic is exact to the bit: nothing is contracted or reordered. */
    private static final List<String> OPTIONS = List.of(
            "-std=gnu11", "-O3", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math");

    public static void main(String[] arguments) throws Exception {
        Path sources = Path.of(arguments[0]);
        Path classes = Path.of(arguments[1]);
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String os = system.startsWith("windows") ? "windows" : system.startsWith("mac") ? "macos" : "linux";
        boolean arm = System.getProperty("os.arch").equals("aarch64");
        library(sources, classes, os, arm, arm || isX86() ? compiler("cc", "gcc", "clang") : "");
        if (os.equals("linux") && !arm) {
            library(sources, classes, os, true, compiler("aarch64-linux-gnu-gcc"));
        }
    }

    private static boolean isX86() {
        return List.of("amd64", "x86_64").contains(System.getProperty("os.arch"));
    }

    /** The first of these programs that is on the path, or nothing. */
    private static String compiler(String... names) {
        for (String name : names) {
            for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
                for (String ending : List.of("", ".exe")) {
                    Path program = Path.of(folder.isEmpty() ? "." : folder, name + ending);
                    if (Files.isExecutable(program) && !Files.isDirectory(program)) {
                        return program.toString();
                    }
                }
            }
        }
        return "";
    }

    private static void library(Path sources, Path classes, String os, boolean arm, String compiler) throws Exception {
        String platform = os + (arm ? "-aarch64" : "-x86_64");
        if (compiler.isEmpty()) {
            System.out.println("No C compiler for " + platform + ": the build goes on without its foreign kernels");
            return;
        }
        Path library = classes.resolve("META-INF/native/" + platform + "/" + System.mapLibraryName("ayni"));
        List<Path> files;
        try (Stream<Path> all = Files.list(sources)) {
            files = all.sorted().toList();
        }
        if (Files.exists(library)) {
            long built = Files.getLastModifiedTime(library).toMillis();
            if (files.stream().allMatch(file -> file.toFile().lastModified() < built)) {
                return;
            }
        }
        Path objects = classes.resolveSibling("native").resolve(platform);
        Files.createDirectories(objects);
        Files.createDirectories(library.getParent());
        List<Callable<String>> steps = new ArrayList<>();
        List<String> link = new ArrayList<>(List.of(compiler, "-shared", "-s", "-o", library.toString()));
        for (Path file : files) {
            String name = file.getFileName().toString();
            if (!name.endsWith(".c")) {
                continue;
            }
            List<InstructionSet> sets = name.equals("machine.c") ? List.of(new InstructionSet("any")) : arm ? ARM : X86;
            for (InstructionSet set : sets) {
                String object = objects.resolve(name.replace(".c", "-" + set.name + ".o")).toString();
                List<String> command = new ArrayList<>(List.of(compiler));
                command.addAll(OPTIONS);
                command.addAll(List.of(set.options));
                command.addAll(List.of("-DSET=" + set.name, "-c", file.toString(), "-o", object));
                steps.add(() -> run(command));
                link.add(object);
            }
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            for (Future<String> step : threads.invokeAll(steps)) {
                System.out.print(step.get());
            }
        }
        System.out.print(run(link));
    }

    /** Runs a program; what it said. */
    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            System.err.println(String.join(" ", command) + "\n" + said + "The C kernels do not compile; see above."
                    + " With no C compiler on the path, the build would go on without them.");
            System.exit(1);
        }
        return said;
    }
}
