package dev.ayni.engine.shape;

import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** A regular language of bytes that knows its own automaton. */
interface Leaf {
    /** Stands where a rule has states of its own. */
    Leaf NONE = (writable, ids) -> null;

    /**
     * Where its texts begin; null if it has none.
     *
     * @param writable the bytes that the vocabulary can write
     * @param ids a number for each new place
     */
    @Nullable
    Local open(WritableBytes writable, IntSupplier ids);
}
