package dev.ayni.tensor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The vectors of small magnitudes from which the grid formats choose; read once from {@code grids.txt}. */
final class Grids {
    private static final Map<DType, byte[][]> ALL = read();

    private Grids() {}

    /** The entries of a format's grid, each eight (IQ2, IQ1) or four (IQ3) numbers. */
    static byte[][] of(DType type) {
        byte[][] grid = ALL.get(type);
        if (grid == null) {
            throw new IllegalArgumentException(type + " has no grid");
        }
        return grid;
    }

    private static Map<DType, byte[][]> read() {
        Map<DType, byte[][]> grids = new EnumMap<>(DType.class);
        try (InputStream in = Grids.class.getResourceAsStream("grids.txt")) {
            if (in == null) {
                throw new IllegalStateException(
                        "grids.txt is missing beside the classes of dev.ayni.tensor; build again");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (String section : text.split("\n(?=IQ)", -1)) {
                if (!section.startsWith("#")) {
                    int colon = section.indexOf(':');
                    grids.put(DType.valueOf(section.substring(0, colon)), entries(section.substring(colon + 1)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return grids;
    }

    /** The first line lists the magnitudes, the others name them by their digit. */
    private static byte[][] entries(String section) {
        String[] lines = section.strip().split("\n", 2);
        String[] magnitudes = lines[0].split(" ", -1);
        List<byte[]> entries = new ArrayList<>();
        for (String word : lines[1].split("\\s+", -1)) {
            byte[] entry = new byte[word.length()];
            for (int i = 0; i < entry.length; i++) {
                entry[i] = Byte.parseByte(magnitudes[word.charAt(i) - '0']);
            }
            entries.add(entry);
        }
        return entries.toArray(new byte[0][]);
    }
}
