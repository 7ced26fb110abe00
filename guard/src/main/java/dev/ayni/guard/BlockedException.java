package dev.ayni.guard;

import java.io.Serial;

/** A text may not go on, where there is no answer that could say so. */
public final class BlockedException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final Stage stage;
    private final transient Verdict verdict;

    public BlockedException(Stage stage, Verdict verdict) {
        super(
                verdict.message().isEmpty()
                        ? "The guard does not let this text pass: %s, seen in the %s by %s. Ask for something else, or whoever wrote the policy."
                                .formatted(category(verdict), stage.words(), rule(verdict))
                        : verdict.message());
        this.stage = stage;
        this.verdict = verdict;
    }

    public Stage stage() {
        return stage;
    }

    public Verdict verdict() {
        return verdict;
    }

    static String category(Verdict verdict) {
        return verdict.findings().isEmpty()
                ? Finding.UNDECIDED
                : verdict.findings().getFirst().category();
    }

    static String rule(Verdict verdict) {
        return verdict.findings().isEmpty()
                ? "guard"
                : verdict.findings().getFirst().rule();
    }
}
