package dev.ayni.studio;

import java.util.Locale;

/** Numbers as people read them. */
final class Numbers {
    private Numbers() {}

    /** Bytes with a decimal unit: "98 MB", "1.06 GB". */
    static String bytes(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        do {
            value /= 1000;
            unit++;
        } while (value >= 999.5 && unit < 4);
        int digits = value >= 99.5 || unit == 0 ? 0 : value >= 9.95 ? 1 : 2;
        if (unit == 1 && value >= 9.95) {
            digits = 0;
        }
        return String.format(Locale.ROOT, "%." + digits + "f %sB", value, "kMGTP".charAt(unit));
    }

    /** A count with a unit: "135 M", "1.71 G". */
    static String count(long count) {
        return count < 1_000_000
                ? Long.toString(count)
                : count < 1_000_000_000
                        ? String.format(Locale.ROOT, "%.0f million", count / 1e6)
                        : String.format(Locale.ROOT, "%.2f billion", count / 1e9);
    }
}
