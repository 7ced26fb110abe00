package dev.ayni.engine.shape;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The official JSON Schema test suite, draft 2020-12, from the source distribution of the Python package jsonschema: every
 * schema is refused, or what it allows is what the automaton allows. Writes a table by keyword into target/.
 */
class JsonSchemaSuiteTest {
    private static final String PACKAGE = "jsonschema==4.26.0";
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** What became of the schemas of one file. */
    private static final class Row {
        int enforced;
        int meant;
        int refused;
        int wrong;
    }

    private final List<String> letters = new ArrayList<>();
    private final List<String> differences = new ArrayList<>();
    private final List<String> mistakes = new ArrayList<>();

    @Test
    void everySchemaIsEnforcedToTheLetterOrRefused() throws IOException, InterruptedException {
        Path fetched = suite();
        Assumptions.assumeTrue(fetched != null, "pip could not fetch " + PACKAGE + ", which holds the suite");
        Path suite = Objects.requireNonNull(fetched);
        Map<String, Row> rows = new TreeMap<>();
        try (Stream<Path> files = Files.list(suite)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
                rows.put(file.getFileName().toString().replace(".json", ""), judge(file));
            }
        }
        try (Stream<Path> files = Files.list(suite.resolve("optional/format"))) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
                rows.put("format: " + file.getFileName().toString().replace(".json", ""), judge(file));
            }
        }
        Files.writeString(Path.of("target/json-schema-suite.md"), report(rows));
        assertThat(mistakes).isEmpty();
    }

    private Row judge(Path file) throws IOException {
        Row row = new Row();
        for (JsonNode group : MAPPER.readTree(Files.readString(file))) {
            String name = file.getFileName() + ": " + group.get("description").asString();
            ShapeAutomaton automaton;
            try {
                automaton = automaton(group.get("schema").toString());
            } catch (ShapeException e) {
                if (String.valueOf(e.getMessage()).startsWith("No text has this shape")) {
                    boolean anyValid = false;
                    for (JsonNode test : group.get("tests")) {
                        anyValid |= test.get("valid").asBoolean();
                    }
                    if (anyValid) {
                        row.wrong++;
                        mistakes.add(name + ": thought to be empty");
                    } else {
                        row.enforced++;
                    }
                    continue;
                }
                row.refused++;
                letters.add(name + ": " + e.getMessage());
                continue;
            }
            boolean wrong = false;
            boolean meant = false;
            for (JsonNode test : group.get("tests")) {
                boolean valid = test.get("valid").asBoolean();
                boolean accepted = CanonicalJson.of(test.get("data")).stream().anyMatch(automaton::matches);
                if (accepted != valid) {
                    String why = valid ? meant(file, group, test.get("data")) : null;
                    (why == null ? mistakes : differences)
                            .add(name + ": " + test.get("description").asString()
                                    + (valid ? " is refused" : " is accepted") + (why == null ? "" : " (" + why + ")"));
                    wrong |= why == null;
                    meant |= why != null;
                }
            }
            if (wrong) {
                row.wrong++;
            } else if (meant) {
                row.meant++;
            } else {
                row.enforced++;
            }
        }
        return row;
    }

    /** Why a valid instance is not written on purpose; null if it is not on purpose. */
    private static @Nullable String meant(Path file, JsonNode group, JsonNode data) {
        if (file.endsWith("format.json")) {
            return "a format is enforced, not only noted";
        }
        if (data.isString() && data.asString().contains(":60")
                || data.toString().contains(":60")) {
            return "leap seconds are not written";
        }
        if (data.isNumber()
                && data.decimalValue().precision() - data.decimalValue().scale() > NumberLeaf.DIGITS) {
            return "numbers have at most %d whole digits".formatted(NumberLeaf.DIGITS);
        }
        return null;
    }

    static ShapeAutomaton automaton(String schema) {
        return new ShapeAutomaton(Shapes.grammar(new Shape.JsonSchema(schema)), WritableBytes.ALL);
    }

    private String report(Map<String, Row> rows) {
        StringBuilder report = new StringBuilder(
                "| keyword | enforced | of them with a difference that is meant | refused | wrong |\n|---|---|---|---|---|\n");
        Row all = new Row();
        rows.forEach((name, row) -> {
            report.append(line(name, row));
            all.enforced += row.enforced;
            all.meant += row.meant;
            all.refused += row.refused;
            all.wrong += row.wrong;
        });
        report.append(line("all", all));
        section(report, "Wrong", mistakes);
        section(report, "Differences that are meant", differences);
        section(report, "Refused", letters);
        return report.toString();
    }

    private static String line(String name, Row row) {
        return "| %s | %d | %d | %d | %d |\n"
                .formatted(name, row.enforced + row.meant, row.meant, row.refused, row.wrong);
    }

    private static void section(StringBuilder report, String title, List<String> lines) {
        report.append("\n## ").append(title).append(" (").append(lines.size()).append(")\n");
        lines.forEach(line -> report.append("- ").append(line).append('\n'));
    }

    /** The suite's folder for the draft; null if it cannot be had. */
    private static @Nullable Path suite() throws IOException, InterruptedException {
        Path folder = Path.of("target/json-schema-suite");
        Path suite = folder.resolve("jsonschema-4.26.0/json/tests/draft2020-12");
        if (Files.isDirectory(suite)) {
            return suite;
        }
        Files.createDirectories(folder);
        String pip = System.getenv().getOrDefault("AYNI_PIP", "pip");
        boolean fetched = run(folder, pip, "download", "--no-binary", ":all:", "--no-deps", "--quiet", PACKAGE);
        boolean unpacked = Files.exists(folder.resolve("jsonschema-4.26.0.tar.gz"))
                && run(folder, "tar", "xzf", "jsonschema-4.26.0.tar.gz");
        return (fetched || unpacked) && Files.isDirectory(suite) ? suite : null;
    }

    private static boolean run(Path folder, String... command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(10, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // there is no such program here
        }
    }
}
