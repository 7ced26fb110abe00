package dev.ayni.engine.shape;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a text may stand within one rule, callers left aside; steps are computed once. */
abstract class Local {
    /** Reads a byte into a rule that calls others: continue with {@code back} when the called rule has ended. */
    record Call(Rule rule, Local back) {}

    final int id;
    /** Whether the rule may end here. */
    final boolean ends;
    /** The fewest bytes to an end of the rule, called rules included. */
    final int distance;

    private final @Nullable Local[] next = new @Nullable Local[256];
    private final boolean[] known = new boolean[256];

    Local(int id, boolean ends, int distance) {
        this.id = id;
        this.ends = ends;
        this.distance = distance;
    }

    /** Where a byte leads; null: nowhere. */
    final @Nullable Local next(int b) {
        if (!known[b]) {
            next[b] = step(b);
            known[b] = true;
        }
        return next[b];
    }

    abstract @Nullable Local step(int b);

    /** The rules that may begin here. */
    List<Call> calls() {
        return List.of();
    }

    /** Whether some byte can be read here without calling a rule. */
    abstract boolean reads();

    /** The only byte that can be read; -1: none, or several. */
    abstract int onlyByte();

    /**
     * Where each character of ordinary text (all but controls, the quote and the backslash) leads, if they all lead to the
     * same place; else null.
     */
    @Nullable
    Local afterPlainCharacter() {
        return null;
    }

    /** Whether no character of ordinary text can be read. */
    boolean refusesPlainCharacters() {
        return false;
    }
}
