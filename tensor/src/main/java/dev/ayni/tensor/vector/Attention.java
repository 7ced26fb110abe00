package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.LE;
import static dev.ayni.tensor.strips.NativeMemory.MASK;
import static dev.ayni.tensor.vector.Native.F;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Kernels.AttentionRule;
import dev.ayni.tensor.Kernels.KvView;
import dev.ayni.tensor.Tensor;
import dev.ayni.tensor.strips.NativeMemory;
import jdk.incubator.vector.FloatVector;

/** Attention of some new tokens of one conversation with the query heads of one key/value head. */
final class Attention {
    /** New tokens whose attention is computed together, so that keys and values are widened once for them. */
    static final int QUERIES = 16;

    private static final int PAGE = KvView.PAGE;
    private static final int LINE = NativeMemory.LINE;

    private final long out;
    private final long q;
    private final int heads;
    private final int kvHeads;
    private final int width;
    private final int valueWidth;
    private final AttentionRule rule;

    /**
     * @param out where the results go, [tokens, heads, valueWidth]
     * @param q the queries, [tokens, heads, width]
     */
    Attention(long out, long q, int heads, int kvHeads, int width, int valueWidth, AttentionRule rule) {
        this.out = out;
        this.q = q;
        this.heads = heads;
        this.kvHeads = kvHeads;
        this.width = width;
        this.valueWidth = valueWidth;
        this.rule = rule;
    }

    /** The bytes of {@code scratch} that {@link #attend} takes. */
    long scratchBytes() {
        return lines(PAGE * width)
                + lines(PAGE * valueWidth)
                + PAGE * 4L
                + 2 * LINE
                + lines(valueWidth)
                + 8L * QUERIES * (heads / kvHeads);
    }

    private static long lines(int floats) {
        return (4L * floats + LINE - 1) / LINE * LINE;
    }

    /** Attends with tokens {@code first} to {@code first + count - 1} of a view. */
    void attend(KvView view, int first, int count, int kvHead, long scratch) {
        int group = heads / kvHeads;
        int firstPosition = view.start() + first;
        int lastPosition = firstPosition + count - 1;
        long keys = scratch;
        long values = keys + lines(PAGE * width);
        long e = values + lines(PAGE * valueWidth);
        long lanes = e + PAGE * 4L;
        long o = lanes + 2 * LINE;
        long states = o + lines(valueWidth);
        for (int page = rule.firstVisible(firstPosition) / PAGE; page <= lastPosition / PAGE; page++) {
            int start = page * PAGE;
            int low = Math.max(rule.firstVisible(firstPosition) - start, 0);
            int high = Math.min(lastPosition - start + 1, PAGE);
            long k = widened(view.keyPages().get(page), width, kvHead, low, high, keys);
            long v = widened(view.valuePages().get(page), valueWidth, kvHead, low, high, values);
            for (int i = 0; i < count; i++) {
                int position = firstPosition + i;
                int from = Math.max(rule.firstVisible(position) - start, 0);
                int to = Math.min(position - start + 1, PAGE);
                boolean isFirst = rule.firstVisible(position) >= start;
                for (int g = 0; g < group && from < to; g++) {
                    long row = (long) (view.firstRow() + first + i) * heads + kvHead * group + g;
                    long result = out + 4 * valueWidth * row;
                    long state = states + 8L * (i * group + g);
                    Scores scores = new Scores(rule, kvHead * group + g, position - start);
                    chunk(q + 4 * width * row, k, v, from, to, scores, e, lanes, isFirst ? result : o);
                    if (isFirst) {
                        ALL.set(FLOAT, state, ALL.get(FLOAT, lanes));
                        ALL.set(FLOAT, state + 4, ALL.get(FLOAT, lanes + 4));
                    } else {
                        merge(state, result, lanes, o);
                    }
                    if (position < start + PAGE) {
                        if (rule.sinks_N() instanceof HostTensor sinks) {
                            mergeSink(state, result, sinks.data().address() + 4L * (kvHead * group + g));
                        }
                        Elementwise.divide(result, ALL.get(FLOAT, state + 4), valueWidth);
                    }
                }
            }
        }
    }

    /**
     * Attends with tokens {@code first} to {@code first + count - 1} of a text to the whole of it, or to the rule's window on
     * either side.
     *
     * @param k the keys of all texts, [tokens, kvHeads, width]
     * @param v the values, of the same shape
     * @param firstRow the text's first row
     * @param length the text's rows
     */
    void attendBothWays(long k, long v, int firstRow, int length, int first, int count, int kvHead, long scratch) {
        int group = heads / kvHeads;
        int reach = rule.window() == 0 ? length : rule.window();
        long keys = scratch;
        long values = keys + lines(PAGE * width);
        long e = values + lines(PAGE * valueWidth);
        long lanes = e + PAGE * 4L;
        long o = lanes + 2 * LINE;
        long states = o + lines(valueWidth);
        int lowest = Math.max(0, first - reach + 1);
        int highest = Math.min(length, first + count - 1 + reach);
        for (int start = lowest / PAGE * PAGE; start < highest; start += PAGE) {
            int low = Math.max(lowest - start, 0);
            int high = Math.min(highest - start, PAGE);
            for (int t = low; t < high; t++) {
                long from = ((long) (firstRow + start + t) * kvHeads + kvHead) * width * 4;
                ALL.asSlice(keys + 4L * width * t, 4L * width).copyFrom(ALL.asSlice(k + from, 4L * width));
                ALL.asSlice(values + 4L * width * t, 4L * width).copyFrom(ALL.asSlice(v + from, 4L * width));
            }
            for (int i = 0; i < count; i++) {
                int position = first + i;
                int begin = Math.max(0, position - reach + 1);
                int end = Math.min(length, position + reach);
                int from = Math.max(begin - start, 0);
                int to = Math.min(end - start, PAGE);
                for (int g = 0; g < group && from < to; g++) {
                    long row = ((long) (firstRow + position) * heads + kvHead * group + g) * width * 4;
                    long state = states + 8L * (i * group + g);
                    boolean isFirst = begin >= start;
                    Scores scores = new Scores(rule, kvHead * group + g, position - start);
                    chunk(q + row, keys, values, from, to, scores, e, lanes, isFirst ? out + row : o);
                    if (isFirst) {
                        ALL.set(FLOAT, state, ALL.get(FLOAT, lanes));
                        ALL.set(FLOAT, state + 4, ALL.get(FLOAT, lanes + 4));
                    } else {
                        merge(state, out + row, lanes, o);
                    }
                    if (end <= start + PAGE) {
                        Elementwise.divide(out + row, ALL.get(FLOAT, state + 4), width);
                    }
                }
            }
        }
    }

    /** Where rows {@code low} to {@code high - 1} of a page's head stand as F32: in the page, or copied. */
    private static long widened(Tensor page, int width, int kvHead, int low, int high, long to) {
        long head = ((HostTensor) page).data().address() + page.type().bytes((long) kvHead * PAGE * width);
        if (page.type() == DType.F32) {
            return head;
        }
        Floats.widen(
                page.type(), head + page.type().bytes((long) low * width), (high - low) * width, to + 4L * low * width);
        return to;
    }

    /** How the products of a query head become scores; its position is counted from the chunk's beginning. */
    private record Scores(AttentionRule rule, int head, int position) {
        void of(long products, int from, int to) {
            if (rule.softcap() != 0) {
                Elementwise.softcap(products + 4L * from, rule.softcap(), to - from);
            }
            float slope = rule.slope(head);
            if (slope != 0) {
                for (int t = from; t < to; t++) {
                    float score = ALL.get(FLOAT, products + 4L * t);
                    ALL.set(FLOAT, products + 4L * t, Math.fma(-slope, (float) Math.abs(position - t), score));
                }
            }
        }
    }

    /**
     * One chunk for one query head, positions {@code from} to {@code to - 1} of it.
     *
     * @param e room for the chunk's scores
     * @param result its first two floats become the largest score and the sum; a line of room behind them
     * @param o becomes the values, weighed
     */
    private void chunk(
            long query, long keys, long values, int from, int to, Scores scores, long e, long result, long o) {
        long lanes = result + LINE;
        int firstLine = from / 16;
        int endLine = (to + 15) / 16;
        for (int t = from; t < to; t++) {
            ALL.set(FLOAT, e + 4L * t, LanedSum.product(query, keys + 4L * width * t, width, lanes) * rule.scale());
        }
        scores.of(e, from, to);
        float m = largest(e, from, to);
        for (int t = 16 * firstLine; t < from; t++) {
            ALL.set(FLOAT, e + 4L * t, 0f);
        }
        for (int t = to; t < 16 * endLine; t++) {
            ALL.set(FLOAT, e + 4L * t, 0f);
        }
        Elementwise.expLess(e + 64L * firstLine, m, endLine - firstLine);
        // what is not visible adds nothing to the sum
        for (int t = 16 * firstLine; t < from; t++) {
            ALL.set(FLOAT, e + 4L * t, 0f);
        }
        for (int t = to; t < 16 * endLine; t++) {
            ALL.set(FLOAT, e + 4L * t, 0f);
        }
        float s = LanedSum.of(e + 64L * firstLine, 16 * (endLine - firstLine), lanes);
        ALL.set(FLOAT, result, m);
        ALL.set(FLOAT, result + 4, s);
        weigh(e, values, from, to, valueWidth, o);
    }

    private static float largest(long e, int from, int to) {
        float m = Float.NEGATIVE_INFINITY;
        for (int t = from; t < to; t++) {
            m = Math.max(m, ALL.get(FLOAT, e + 4L * t));
        }
        return m;
    }

    /** {@code o[i] = sum of e[t] * values[t][i]}, each a chain over t in order. */
    private static void weigh(long e, long values, int from, int to, int width, long o) {
        e &= MASK;
        values &= MASK;
        o &= MASK;
        int at = 0;
        for (; at + 4 * Native.WIDTH <= width; at += 4 * Native.WIDTH) {
            FloatVector a = FloatVector.zero(F);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            for (int t = from; t < to; t++) {
                FloatVector weight = FloatVector.broadcast(F, ALL.get(FLOAT, e + 4L * t));
                long row = values + 4L * ((long) width * t + at);
                a = weight.fma(FloatVector.fromMemorySegment(F, ALL, row, LE), a);
                b = weight.fma(FloatVector.fromMemorySegment(F, ALL, row + Native.VECTOR_BYTES, LE), b);
                c = weight.fma(FloatVector.fromMemorySegment(F, ALL, row + 2 * Native.VECTOR_BYTES, LE), c);
                d = weight.fma(FloatVector.fromMemorySegment(F, ALL, row + 3 * Native.VECTOR_BYTES, LE), d);
            }
            a.intoMemorySegment(ALL, o + 4L * at, LE);
            b.intoMemorySegment(ALL, o + 4L * at + Native.VECTOR_BYTES, LE);
            c.intoMemorySegment(ALL, o + 4L * at + 2 * Native.VECTOR_BYTES, LE);
            d.intoMemorySegment(ALL, o + 4L * at + 3 * Native.VECTOR_BYTES, LE);
        }
        for (; at + Native.WIDTH <= width; at += Native.WIDTH) {
            FloatVector a = FloatVector.zero(F);
            for (int t = from; t < to; t++) {
                FloatVector weight = FloatVector.broadcast(F, ALL.get(FLOAT, e + 4L * t));
                a = weight.fma(FloatVector.fromMemorySegment(F, ALL, values + 4L * ((long) width * t + at), LE), a);
            }
            a.intoMemorySegment(ALL, o + 4L * at, LE);
        }
        for (; at < width; at++) {
            float sum = 0f;
            for (int t = from; t < to; t++) {
                sum = Math.fma(ALL.get(FLOAT, e + 4L * t), ALL.get(FLOAT, values + 4L * ((long) width * t + at)), sum);
            }
            ALL.set(FLOAT, o + 4L * at, sum);
        }
    }

    /** Adds one position more, with the score that stands at {@code sink} and without a value. */
    private void mergeSink(long state, long all, long sink) {
        float before = ALL.get(FLOAT, state);
        float score = ALL.get(FLOAT, sink);
        float larger = Math.max(before, score);
        float a = dev.ayni.tensor.Functions.exp(before - larger);
        Elementwise.scale(all, all, a, valueWidth);
        ALL.set(FLOAT, state, larger);
        float sum = ALL.get(FLOAT, state + 4) * a + dev.ayni.tensor.Functions.exp(score - larger);
        ALL.set(FLOAT, state + 4, sum);
    }

    /** Adds a chunk (m, s, o) to what was seen before (M, S in {@code state}, O in {@code all}). */
    private void merge(long state, long all, long chunk, long o) {
        float before = ALL.get(FLOAT, state);
        float now = ALL.get(FLOAT, chunk);
        float larger = Math.max(before, now);
        float a = dev.ayni.tensor.Functions.exp(before - larger);
        float b = dev.ayni.tensor.Functions.exp(now - larger);
        Elementwise.merge(all, a, o, b, valueWidth);
        ALL.set(FLOAT, state, larger);
        ALL.set(FLOAT, state + 4, Math.fma(ALL.get(FLOAT, chunk + 4), b, ALL.get(FLOAT, state + 4) * a));
    }
}
