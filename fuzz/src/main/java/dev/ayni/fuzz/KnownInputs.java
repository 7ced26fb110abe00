package dev.ayni.fuzz;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * The inputs that are known of a fuzz target: its seeds, from which the fuzzer goes on, and those that once broke something.
 *
 * <p>A target is a class of a room's tests, named {@code SomethingFuzz}, with three static methods: {@code
 * fuzzerTestOneInput(byte[])}, which Jazzer calls, {@code seeds()}, a list of inputs, and {@code words()}, a list of texts
 * that the fuzzer mixes in. Nothing in it needs Jazzer.
 */
public final class KnownInputs {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private KnownInputs() {}

    /** A target's method. */
    @FunctionalInterface
    public interface Target {
        void accept(byte[] input) throws Exception;
    }

    /** A test for each seed of a target, and for each input that its room keeps in src/test/fuzz/TARGET. */
    public static Stream<DynamicTest> tests(Class<?> target, List<byte[]> seeds, Target run) {
        List<DynamicTest> tests = new ArrayList<>();
        for (int i = 0; i < seeds.size(); i++) {
            tests.add(test("%s: seed %d".formatted(target.getSimpleName(), i), seeds.get(i), run));
        }
        Path kept = Path.of("src", "test", "fuzz", target.getSimpleName());
        if (Files.isDirectory(kept)) {
            try (Stream<Path> files = Files.list(kept)) {
                for (Path file : files.sorted().toList()) {
                    String name = "%s: %s".formatted(target.getSimpleName(), file.getFileName());
                    tests.add(test(name, Files.readAllBytes(file), run));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return tests.stream();
    }

    private static DynamicTest test(String name, byte[] input, Target run) {
        return DynamicTest.dynamicTest(
                name, () -> assertTimeoutPreemptively(PATIENCE, () -> run.accept(input.clone())));
    }

    /**
     * Writes the seeds of targets, each into a folder, and their words into dictionaries as libFuzzer reads them.
     *
     * @param arguments CLASS FOLDER FILE, and so on
     */
    static void main(String[] arguments) throws Exception {
        for (int i = 0; i < arguments.length; i += 3) {
            Class<?> target = Class.forName(arguments[i]);
            int number = 0;
            for (Object seed : list(target, "seeds")) {
                Files.write(Path.of(arguments[i + 1], "seed-" + number++), (byte[]) seed);
            }
            StringBuilder words = new StringBuilder();
            list(target, "words").forEach(word -> words.append(quoted((String) word)));
            Files.writeString(Path.of(arguments[i + 2]), words);
        }
    }

    private static String quoted(String word) {
        StringBuilder line = new StringBuilder("\"");
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
            line.append(b >= ' ' && b <= '~' && b != '"' && b != '\\' ? "" + (char) b : "\\x%02x".formatted(b));
        }
        return line.append("\"\n").toString();
    }

    private static List<?> list(Class<?> target, String name) throws ReflectiveOperationException {
        Method method = target.getDeclaredMethod(name);
        method.setAccessible(true);
        return (List<?>) method.invoke(null);
    }
}
