package dev.ayni.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ReadmeSnippetTest {
    private static final Path HERE = Path.of(System.getProperty("basedir", "."));

    @Test
    void theReadmeShowsAProgramThatCompiles() throws IOException {
        Path readme = HERE.resolve("../README.md");
        boolean continuous = "true".equals(System.getenv("CI"));
        Assumptions.assumeTrue(continuous || Files.exists(readme), "README.md is not beside this module");
        assertThat(flat(Files.readAllLines(readme))).contains(flat(lines()));
    }

    @Test
    void theProgramIsFiveLinesAtMost() throws IOException {
        assertThat(lines()).hasSizeBetween(3, 5);
    }

    private static List<String> lines() throws IOException {
        List<String> source = Files.readAllLines(HERE.resolve("src/test/java/dev/ayni/library/ReadmeSnippet.java"));
        int from = source.indexOf("        // the lines of README.md");
        return source.subList(from + 1, source.indexOf("        // end"));
    }

    private static String flat(List<String> lines) {
        return lines.stream().map(String::strip).collect(Collectors.joining("\n"));
    }
}
