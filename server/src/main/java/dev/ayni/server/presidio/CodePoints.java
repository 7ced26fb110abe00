package dev.ayni.server.presidio;

/** Places in a text by code points and by UTF-16 units; where all letters are of one unit they are the same. */
final class CodePoints {
    private final String text;
    private final int count;

    CodePoints(String text) {
        this.text = text;
        this.count = text.codePointCount(0, text.length());
    }

    int count() {
        return count;
    }

    int ofUnit(int unit) {
        return count == text.length() ? unit : text.codePointCount(0, unit);
    }

    int unitOf(int point) {
        return count == text.length() ? point : text.offsetByCodePoints(0, point);
    }
}
