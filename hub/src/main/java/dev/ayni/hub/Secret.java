package dev.ayni.hub;

/** A text that must not be printed: its own {@link #toString} keeps it. */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
