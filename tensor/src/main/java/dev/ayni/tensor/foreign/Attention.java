package dev.ayni.tensor.foreign;

import static dev.ayni.tensor.foreign.ForeignKernels.address;
import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.INT;
import static dev.ayni.tensor.strips.NativeMemory.LONG;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Kernels.KvView;
import dev.ayni.tensor.Tensor;
import dev.ayni.tensor.strips.Scratch;
import java.util.List;

/** Cuts attention into units of work: tokens of a conversation, a key/value head, and pages. */
final class Attention {
    private static final int PAGE = KvView.PAGE;

    /** New tokens of a unit at most. */
    private static final int TOKENS = 16;

    /** The bytes of a {@code struct view} and of a {@code struct unit}. */
    private static final long VIEW_BYTES = 40;

    private static final long UNIT_BYTES = 32;

    /** Tokens of a unit at most, where a whole text is seen; and the bytes of a {@code struct text_unit}. */
    private static final int TEXT_TOKENS = 64;

    private static final long TEXT_UNIT_BYTES = 24;

    /** Numbers that a thread appends at a time. */
    private static final long GRAIN = 1 << 14;

    private final Kernel append;
    private final Kernel attend;
    private final Kernel attendScratch;
    private final Kernel mergePartials;
    private final Kernel attendBothWays;
    private final Kernel attendBothWaysScratch;
    private final Task task = new Task();
    private final Scratch views = new Scratch();
    private final Scratch units = new Scratch();
    private final Scratch partials = new Scratch();
    private final Scratch slopes = new Scratch();

    Attention(NativeLibrary library, InstructionSet set) {
        append = library.kernel(set, "append");
        attend = library.kernel(set, "attend");
        attendScratch = library.kernel(set, "attend_scratch");
        mergePartials = library.kernel(set, "merge_partials");
        attendBothWays = library.kernel(set, "attend_both_ways");
        attendBothWaysScratch = library.kernel(set, "attend_both_ways_scratch");
    }

    void append(List<KvView> all, Tensor k_TKH, Tensor v_TKH, Work work) {
        write(all);
        long kvHeads = k_TKH.size(1);
        long width = k_TKH.size(2);
        long valueWidth = v_TKH.size(2);
        for (int i = 0; i < all.size(); i++) {
            KvView view = all.get(i);
            if (view.count() > 0) {
                task.begin().add(address(k_TKH)).add(address(v_TKH)).add(views.address() + VIEW_BYTES * i);
                task.add(kvHeads)
                        .add(width)
                        .add(valueWidth)
                        .add(view.keyPages().getFirst().type().ggmlId());
                work.run(
                        append,
                        task.address(),
                        view.count(),
                        Math.max(1, 2 * GRAIN / (kvHeads * (width + valueWidth))));
            }
        }
    }

    /** Writes views, and after them the addresses of their pages. */
    private void write(List<KvView> all) {
        long bytes = VIEW_BYTES * all.size();
        for (KvView view : all) {
            bytes += 16L * view.keyPages().size();
        }
        views.reserve(bytes);
        long at = views.address();
        long pages = at + VIEW_BYTES * all.size();
        for (KvView view : all) {
            int count = view.keyPages().size();
            ALL.set(LONG, at, view.firstRow());
            ALL.set(LONG, at + 8, view.count());
            ALL.set(LONG, at + 16, view.start());
            ALL.set(LONG, at + 24, pages);
            ALL.set(LONG, at + 32, pages + 8L * count);
            for (int i = 0; i < count; i++) {
                ALL.set(LONG, pages + 8L * i, address(view.keyPages().get(i)));
                ALL.set(
                        LONG,
                        pages + 8L * (count + i),
                        address(view.valuePages().get(i)));
            }
            at += VIEW_BYTES;
            pages += 16L * count;
        }
    }

    void attend(Tensor out_TNH, Tensor q_TNH, List<KvView> all, AttentionRule rule, Work work, int threads) {
        int heads = Math.toIntExact(q_TNH.size(1));
        int width = Math.toIntExact(q_TNH.size(2));
        int valueWidth = Math.toIntExact(out_TNH.size(2));
        int kvHeads = 1;
        DType type = DType.F32;
        int whole = 0;
        int pages = 0;
        for (KvView view : all) {
            if (view.count() > 0) {
                kvHeads = Math.toIntExact(view.keyPages().getFirst().size(0));
                type = view.keyPages().getFirst().type();
                whole += (view.count() + TOKENS - 1) / TOKENS * kvHeads;
                pages += (view.start() + view.count() - 1) / PAGE + 1;
            }
        }
        // a token alone is cut by pages too, if there are not enough units for all threads
        boolean cut = whole < 2 * threads && pages > 1;
        write(all);
        units.reserve(UNIT_BYTES * ((long) whole + (cut ? (long) pages * kvHeads : 0)));
        long group = heads / kvHeads;
        int count = 0;
        long partial = 0;
        for (int i = 0; i < all.size(); i++) {
            KvView view = all.get(i);
            for (int first = 0; first < view.count(); first += TOKENS) {
                int tokens = Math.min(TOKENS, view.count() - first);
                int from = rule.firstVisible(view.start() + first) / PAGE;
                int to = (view.start() + first + tokens - 1) / PAGE + 1;
                for (int head = 0; head < kvHeads; head++) {
                    if (!cut || view.count() > 1) {
                        unit(count++, i, first, tokens, head, from, to, -1);
                        continue;
                    }
                    for (int page = from; page < to; page++) {
                        unit(count++, i, first, 1, head, page, page + 1, partial);
                        partial += group;
                    }
                }
            }
        }
        partials.reserve(4 * partial * (valueWidth + 2));
        attendScratch.call(task.begin().add(0).add(group).add(valueWidth).address(), 0, 1, 0);
        work.scratch(task.result());
        task.begin()
                .add(address(out_TNH))
                .add(address(q_TNH))
                .add(views.address())
                .add(units.address());
        task.add(partials.address())
                .add(heads)
                .add(kvHeads)
                .add(width)
                .add(valueWidth)
                .add(type.ggmlId())
                .add(rule.window())
                .add(rule.section())
                .add(rule.sinks_N() == null ? 0 : address(rule.sinks_N()));
        task.add(rule.scale(), rule.softcap()).add(slopes(rule));
        work.run(attend, task.address(), count, 1);
        mergePartials(count);
    }

    void attendBothWays(
            Tensor out_TNH, Tensor q_TNH, Tensor k_TKH, Tensor v_TKH, int[] lengths_S, AttentionRule rule, Work work) {
        int heads = Math.toIntExact(q_TNH.size(1));
        int kvHeads = Math.toIntExact(k_TKH.size(1));
        int width = Math.toIntExact(q_TNH.size(2));
        long count = 0;
        for (int length : lengths_S) {
            count += (length + TEXT_TOKENS - 1L) / TEXT_TOKENS * kvHeads;
        }
        units.reserve(TEXT_UNIT_BYTES * count);
        long at = units.address();
        int row = 0;
        for (int length : lengths_S) {
            for (int first = 0; first < length; first += TEXT_TOKENS) {
                for (int head = 0; head < kvHeads; head++) {
                    ALL.set(INT, at, row);
                    ALL.set(INT, at + 4, length);
                    ALL.set(INT, at + 8, first);
                    ALL.set(INT, at + 12, Math.min(TEXT_TOKENS, length - first));
                    ALL.set(INT, at + 16, head);
                    at += TEXT_UNIT_BYTES;
                }
            }
            row += length;
        }
        attendBothWaysScratch.call(
                task.begin().add(0).add(heads / kvHeads).add(width).address(), 0, 1, 0);
        work.scratch(task.result());
        task.begin()
                .add(address(out_TNH))
                .add(address(q_TNH))
                .add(address(k_TKH))
                .add(address(v_TKH));
        task.add(units.address()).add(heads).add(kvHeads).add(width).add(rule.window());
        task.add(rule.scale(), rule.softcap()).add(slopes(rule));
        work.run(attendBothWays, task.address(), count, Math.clamp(count / 64, 1, 16));
    }

    /** Where the slopes of all query heads stand; 0 if scores have none. */
    private long slopes(AttentionRule rule) {
        float[] slopes_N = rule.slopes_N();
        if (slopes_N.length == 0) {
            return 0;
        }
        slopes.reserve(4L * slopes_N.length);
        for (int head = 0; head < slopes_N.length; head++) {
            ALL.set(FLOAT, slopes.address() + 4L * head, slopes_N[head]);
        }
        return slopes.address();
    }

    private void unit(int number, int view, int first, int tokens, int head, int fromPage, int toPage, long partial) {
        long at = units.address() + UNIT_BYTES * number;
        ALL.set(INT, at, view);
        ALL.set(INT, at + 4, first);
        ALL.set(INT, at + 8, tokens);
        ALL.set(INT, at + 12, head);
        ALL.set(INT, at + 16, fromPage);
        ALL.set(INT, at + 20, toPage);
        ALL.set(LONG, at + 24, partial);
    }

    /** Merges what units of one page have left; those of one view and head follow one another, with rising pages. */
    private void mergePartials(int count) {
        for (int from = 0; from < count; ) {
            int to = from + 1;
            while (to < count && field(to, 16) > field(to - 1, 16) && field(to, 0) == field(from, 0)) {
                to++;
            }
            if (ALL.get(LONG, units.address() + UNIT_BYTES * from + 24) >= 0) {
                mergePartials.call(task.address(), from, to, 0);
            }
            from = to;
        }
    }

    private int field(int unit, int offset) {
        return ALL.get(INT, units.address() + UNIT_BYTES * unit + offset);
    }

    void free() {
        task.free();
        views.free();
        units.free();
        partials.free();
        slopes.free();
    }
}
