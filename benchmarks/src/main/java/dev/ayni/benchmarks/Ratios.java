package dev.ayni.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Speeds as ratios to a yardstick measured in the same moment, so that neither a faster machine nor other work on it changes
 * them much; higher is better. A line of their file is {@code kernels | name | ratio}; lines with # are for people.
 */
record Ratios(SortedMap<String, SortedMap<String, Double>> byKernels) {
    /** A name of which both sides know a ratio. */
    record Difference(String name, double stored, double measured) {
        /** How much slower than stored: 0.2 takes a fifth longer; negative if it is faster. */
        double slower() {
            return stored / measured - 1;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "%-28s %8.3f %8.3f  %+4.0f %%", name, stored, measured, 100 * (measured / stored - 1));
        }
    }

    /**
     * Those of a file.
     *
     * @throws IOException if it cannot be read, or has a line that is no ratio; the message says which
     */
    static Ratios read(Path file) throws IOException {
        SortedMap<String, SortedMap<String, Double>> all = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split(" \\| ", -1);
            try {
                all.computeIfAbsent(parts[0], kernels -> new TreeMap<>()).put(parts[1], Double.valueOf(parts[2]));
            } catch (IndexOutOfBoundsException | NumberFormatException e) {
                throw new IOException(
                        "%s: '%s' is no line of the form 'kernels | name | ratio'. Mend it, or measure anew with --renew."
                                .formatted(file, line),
                        e);
            }
        }
        return new Ratios(all);
    }

    /** Writes them, those of other kernels too. */
    void write(Path file) throws IOException {
        StringBuilder text =
                new StringBuilder("# What scripts/bench-regression --renew measured: kernels | name | ratio\n");
        byKernels.forEach((kernels, ratios) -> ratios.forEach(
                (name, ratio) -> text.append(String.format(Locale.ROOT, "%s | %s | %.4f%n", kernels, name, ratio))));
        Files.writeString(file, text, StandardCharsets.UTF_8);
    }

    /** These, with what was measured for some kernels in the place of what was known; other names stay. */
    Ratios with(String kernels, SortedMap<String, Double> measured) {
        SortedMap<String, SortedMap<String, Double>> all = new TreeMap<>(byKernels);
        SortedMap<String, Double> ratios = new TreeMap<>(byKernels.getOrDefault(kernels, new TreeMap<>()));
        ratios.putAll(measured);
        all.put(kernels, ratios);
        return new Ratios(all);
    }

    /** What is stored for these kernels beside what was measured. */
    List<Difference> compare(String kernels, SortedMap<String, Double> measured) {
        List<Difference> differences = new ArrayList<>();
        SortedMap<String, Double> stored = byKernels.getOrDefault(kernels, new TreeMap<>());
        measured.forEach((name, ratio) -> {
            Double before = stored.get(name);
            if (before != null) {
                differences.add(new Difference(name, before, ratio));
            }
        });
        return differences;
    }
}
