package dev.ayni.studio;

import dev.ayni.engine.models.KvCache;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.Run;
import dev.ayni.engine.models.Run.Wanted;
import java.util.Arrays;
import java.util.List;

/** The logits of many positions, a few rows at a time: all of them may be far larger than memory. */
final class LogitRows {
    private static final int TOKENS_AT_ONCE = 256;
    private static final long BYTES_AT_ONCE = 32 << 20;

    /** Takes the row of one position. */
    @FunctionalInterface
    interface Sink {
        void accept(int position, float[] logits_V);
    }

    private LogitRows() {}

    /** Computes all ids from an empty past, and passes on the rows of the positions from {@code first} on, in order. */
    static void compute(Model model, int[] ids, int first, Sink sink) {
        int rowsAtOnce = Math.clamp(BYTES_AT_ONCE / (4L * model.spec().vocabulary()), 1, TOKENS_AT_ONCE);
        try (KvCache cache = model.newCache()) {
            cache.expect(ids.length);
            int position = 0;
            while (position < ids.length) {
                boolean wanted = position >= first;
                int until = wanted
                        ? Math.min(position + rowsAtOnce, ids.length)
                        : Math.min(position + TOKENS_AT_ONCE, first);
                Run run = new Run(Arrays.copyOfRange(ids, position, until), cache, wanted ? Wanted.ALL : Wanted.NONE);
                float[][] rows = model.forward(List.of(run)).getFirst();
                for (int i = 0; i < rows.length; i++) {
                    sink.accept(position + i, rows[i]);
                }
                position = until;
            }
        }
    }
}
