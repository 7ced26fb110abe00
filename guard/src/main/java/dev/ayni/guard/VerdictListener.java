package dev.ayni.guard;

/** Hears what a guard decided: for logs and measurements. May be called by several threads. */
@FunctionalInterface
public interface VerdictListener {
    /** Nobody hears it. */
    VerdictListener NONE = (stage, verdict) -> {};

    /** A text was decided about; of an answer that grew, what was found in all of it, once. */
    void decided(Stage stage, Verdict verdict);
}
