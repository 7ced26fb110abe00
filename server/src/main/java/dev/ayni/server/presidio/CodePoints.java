package dev.ayni.server.presidio;

/** Places in a text by code points and by UTF-16 units; where all letters are of one unit they are the same. */
final class CodePoints {
    private final int count;
    /** The code points before each unit, and the units before each code point; empty where they are the same. */
    private final int[] points;

    private final int[] units;

    CodePoints(String text) {
        this.count = text.codePointCount(0, text.length());
        boolean same = count == text.length();
        this.points = new int[same ? 0 : text.length() + 1];
        this.units = new int[same ? 0 : count + 1];
        int point = 0;
        for (int unit = 0; !same && unit < text.length(); unit++) {
            points[unit] = point;
            units[point] = unit;
            if (Character.isHighSurrogate(text.charAt(unit))
                    && unit + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(unit + 1))) {
                points[++unit] = point + 1; // between its halves: behind it
            }
            point++;
        }
        if (!same) {
            points[text.length()] = count;
            units[count] = text.length();
        }
    }

    int count() {
        return count;
    }

    int ofUnit(int unit) {
        return points.length == 0 ? unit : points[unit];
    }

    int unitOf(int point) {
        return units.length == 0 ? point : units[point];
    }
}
