package dev.ayni.tensor.vector;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.LE;
import static dev.ayni.tensor.strips.NativeMemory.MASK;
import static dev.ayni.tensor.vector.Native.F;
import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import dev.ayni.tensor.Functions;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** Operations on each number by itself. What is left over after whole vectors goes the scalar way, to the same bits. */
final class Elementwise {
    private Elementwise() {}

    /** {@link Functions#exp}, lane by lane. */
    private static FloatVector exp(FloatVector x) {
        FloatVector bounded = x.blend(Functions.EXP_MAX, x.compare(GT, Functions.EXP_MAX));
        bounded = bounded.blend(Functions.EXP_MIN, bounded.compare(LT, Functions.EXP_MIN));
        FloatVector shifted =
                bounded.fma(FloatVector.broadcast(F, Functions.LOG2_E), FloatVector.broadcast(F, Functions.ROUNDER));
        FloatVector n = shifted.sub(Functions.ROUNDER);
        FloatVector r = n.fma(FloatVector.broadcast(F, -Functions.LN2_HIGH), bounded);
        r = n.fma(FloatVector.broadcast(F, -Functions.LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(F, Functions.E6).fma(r, FloatVector.broadcast(F, Functions.E5));
        p = p.fma(r, FloatVector.broadcast(F, Functions.E4));
        p = p.fma(r, FloatVector.broadcast(F, Functions.E3));
        p = p.fma(r, FloatVector.broadcast(F, Functions.E2));
        p = r.mul(r).fma(p, r).add(1f);
        IntVector power = shifted.reinterpretAsInts().sub(Float.floatToRawIntBits(Functions.ROUNDER));
        IntVector half = power.lanewise(ASHR, 1);
        FloatVector first = half.add(127).lanewise(LSHL, 23).reinterpretAsFloats();
        FloatVector second = power.sub(half).add(127).lanewise(LSHL, 23).reinterpretAsFloats();
        return p.mul(first).mul(second);
    }

    /** {@link Functions#tanh}, lane by lane. */
    private static FloatVector tanh(FloatVector x) {
        FloatVector size = x.lanewise(ABS);
        FloatVector square = x.mul(x);
        FloatVector p = FloatVector.broadcast(F, Functions.T4).fma(square, FloatVector.broadcast(F, Functions.T3));
        p = p.fma(square, FloatVector.broadcast(F, Functions.T2));
        p = p.fma(square, FloatVector.broadcast(F, Functions.T1));
        p = p.fma(square, FloatVector.broadcast(F, Functions.T0));
        FloatVector small = p.mul(square).fma(x, x);
        FloatVector large = FloatVector.broadcast(F, 1f)
                .sub(FloatVector.broadcast(F, 2f).div(exp(size.add(size)).add(1f)));
        FloatVector signed = large.blend(large.neg(), x.compare(LT, 0f));
        return signed.blend(small, size.compare(LT, Functions.TANH_SMALL));
    }

    /** {@code gate = silu(gate) * up}. */
    static void siluMultiply(long gate, long up, int count) {
        gate &= MASK;
        up &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = (long) Native.VECTOR_BYTES * i;
            FloatVector x = FloatVector.fromMemorySegment(F, ALL, gate + at, LE);
            x.div(exp(x.neg()).add(1f))
                    .mul(FloatVector.fromMemorySegment(F, ALL, up + at, LE))
                    .intoMemorySegment(ALL, gate + at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            float value = Functions.silu(ALL.get(FLOAT, gate + 4L * i)) * ALL.get(FLOAT, up + 4L * i);
            ALL.set(FLOAT, gate + 4L * i, value);
        }
    }

    /** {@link Functions#clampedSwiglu} of gate and up. */
    static void clampedSwiglu(long gate, long up, float alpha, float limit, int count) {
        gate &= MASK;
        up &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = (long) Native.VECTOR_BYTES * i;
            FloatVector g = FloatVector.fromMemorySegment(F, ALL, gate + at, LE);
            FloatVector u = FloatVector.fromMemorySegment(F, ALL, up + at, LE);
            g = g.blend(limit, g.compare(GT, limit));
            u = u.blend(limit, u.compare(GT, limit));
            u = u.blend(-limit, u.compare(LT, -limit));
            g.div(exp(g.mul(alpha).neg()).add(1f)).mul(u.add(1f)).intoMemorySegment(ALL, gate + at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            float g = ALL.get(FLOAT, gate + 4L * i);
            ALL.set(FLOAT, gate + 4L * i, Functions.clampedSwiglu(g, ALL.get(FLOAT, up + 4L * i), alpha, limit));
        }
    }

    /** {@code gate = gelu(gate) * up}. */
    static void geluMultiply(long gate, long up, int count) {
        gate &= MASK;
        up &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = (long) Native.VECTOR_BYTES * i;
            FloatVector x = FloatVector.fromMemorySegment(F, ALL, gate + at, LE);
            tanhGelu(x).mul(FloatVector.fromMemorySegment(F, ALL, up + at, LE)).intoMemorySegment(ALL, gate + at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            float value = Functions.gelu(ALL.get(FLOAT, gate + 4L * i)) * ALL.get(FLOAT, up + 4L * i);
            ALL.set(FLOAT, gate + 4L * i, value);
        }
    }

    /** {@code gate = sigmoid(gate) * up}. */
    static void sigmoidMultiply(long gate, long up, int count) {
        gate &= MASK;
        up &= MASK;
        int whole = count / Native.WIDTH;
        FloatVector one = FloatVector.broadcast(F, 1f);
        for (int i = 0; i < whole; i++) {
            long at = (long) Native.VECTOR_BYTES * i;
            FloatVector x = FloatVector.fromMemorySegment(F, ALL, gate + at, LE);
            one.div(exp(x.neg()).add(1f))
                    .mul(FloatVector.fromMemorySegment(F, ALL, up + at, LE))
                    .intoMemorySegment(ALL, gate + at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            float value = Functions.sigmoid(ALL.get(FLOAT, gate + 4L * i)) * ALL.get(FLOAT, up + 4L * i);
            ALL.set(FLOAT, gate + 4L * i, value);
        }
    }

    /** {@code x = gelu(x)}. */
    static void tanhGelu(long x, int count) {
        x &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = x + (long) Native.VECTOR_BYTES * i;
            tanhGelu(FloatVector.fromMemorySegment(F, ALL, at, LE)).intoMemorySegment(ALL, at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            ALL.set(FLOAT, x + 4L * i, Functions.gelu(ALL.get(FLOAT, x + 4L * i)));
        }
    }

    /** {@link Functions#gelu}, lane by lane. */
    private static FloatVector tanhGelu(FloatVector x) {
        FloatVector inner = x.mul(Functions.GELU_CUBE).mul(x).fma(x, x);
        return x.mul(0.5f).mul(tanh(inner.mul(Functions.GELU_SCALE)).add(1f));
    }

    /** {@code x = relu(x)}. */
    static void relu(long x, int count) {
        x &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = x + (long) Native.VECTOR_BYTES * i;
            FloatVector value = FloatVector.fromMemorySegment(F, ALL, at, LE);
            value.blend(0f, value.compare(LT, 0f)).intoMemorySegment(ALL, at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            ALL.set(FLOAT, x + 4L * i, Functions.relu(ALL.get(FLOAT, x + 4L * i)));
        }
    }

    /** {@code x = normalGelu(x)}. */
    static void gelu(long x, int count) {
        x &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = x + (long) Native.VECTOR_BYTES * i;
            normalGelu(FloatVector.fromMemorySegment(F, ALL, at, LE)).intoMemorySegment(ALL, at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            ALL.set(FLOAT, x + 4L * i, Functions.normalGelu(ALL.get(FLOAT, x + 4L * i)));
        }
    }

    /** {@link Functions#normalGelu}, lane by lane. */
    private static FloatVector normalGelu(FloatVector x) {
        FloatVector size = x.lanewise(ABS);
        size = size.blend(Functions.NORMAL_MAX, size.compare(GT, Functions.NORMAL_MAX));
        FloatVector square = size.mul(size);
        FloatVector rest = size.fma(size, square.neg());
        FloatVector e = exp(square.mul(-0.5f));
        e = rest.mul(-0.5f).fma(e, e);
        FloatVector one = FloatVector.broadcast(F, 1f);
        FloatVector t = one.div(size.fma(FloatVector.broadcast(F, Functions.NORMAL_SLOPE), one));
        FloatVector p = FloatVector.broadcast(F, Functions.N8).fma(t, FloatVector.broadcast(F, Functions.N7));
        p = p.fma(t, FloatVector.broadcast(F, Functions.N6));
        p = p.fma(t, FloatVector.broadcast(F, Functions.N5));
        p = p.fma(t, FloatVector.broadcast(F, Functions.N4));
        p = p.fma(t, FloatVector.broadcast(F, Functions.N3));
        p = p.fma(t, FloatVector.broadcast(F, Functions.N2));
        p = p.fma(t, FloatVector.broadcast(F, Functions.N1));
        p = p.fma(t, FloatVector.broadcast(F, Functions.N0));
        FloatVector positive = FloatVector.zero(F).blend(x, x.compare(GT, 0f));
        return positive.sub(size.mul(0.5f).mul(p.mul(t).mul(e)));
    }

    /** {@code out = x - less}. */
    static void subtract(long out, long x, float less, int count) {
        out &= MASK;
        x &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = (long) Native.VECTOR_BYTES * i;
            FloatVector.fromMemorySegment(F, ALL, x + at, LE).sub(less).intoMemorySegment(ALL, out + at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            ALL.set(FLOAT, out + 4L * i, ALL.get(FLOAT, x + 4L * i) - less);
        }
    }

    /** {@code x = x * factor * weight + bias}, the last product and the sum rounded once. */
    static void scaleAndShift(long x, float factor, long weight, long bias, int count) {
        x &= MASK;
        weight &= MASK;
        bias &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = (long) Native.VECTOR_BYTES * i;
            FloatVector.fromMemorySegment(F, ALL, x + at, LE)
                    .mul(factor)
                    .fma(
                            FloatVector.fromMemorySegment(F, ALL, weight + at, LE),
                            FloatVector.fromMemorySegment(F, ALL, bias + at, LE))
                    .intoMemorySegment(ALL, x + at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            float scaled = ALL.get(FLOAT, x + 4L * i) * factor;
            ALL.set(
                    FLOAT,
                    x + 4L * i,
                    Math.fma(scaled, ALL.get(FLOAT, weight + 4L * i), ALL.get(FLOAT, bias + 4L * i)));
        }
    }

    /** {@code x = cap * tanh(x / cap)}. */
    static void softcap(long x, float cap, int count) {
        x &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = x + (long) Native.VECTOR_BYTES * i;
            tanh(FloatVector.fromMemorySegment(F, ALL, at, LE).div(cap))
                    .mul(cap)
                    .intoMemorySegment(ALL, at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            ALL.set(FLOAT, x + 4L * i, Functions.softcap(ALL.get(FLOAT, x + 4L * i), cap));
        }
    }

    /** {@code x = exp(x - less)}, for whole lines of sixteen. */
    static void expLess(long x, float less, int lines) {
        x &= MASK;
        for (int i = 0; i < lines * 16 / Native.WIDTH; i++) {
            long at = x + (long) Native.VECTOR_BYTES * i;
            exp(FloatVector.fromMemorySegment(F, ALL, at, LE).sub(less)).intoMemorySegment(ALL, at, LE);
        }
    }

    /** {@code x += y}. */
    static void add(long x, long y, int count) {
        x &= MASK;
        y &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = (long) Native.VECTOR_BYTES * i;
            FloatVector.fromMemorySegment(F, ALL, x + at, LE)
                    .add(FloatVector.fromMemorySegment(F, ALL, y + at, LE))
                    .intoMemorySegment(ALL, x + at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            ALL.set(FLOAT, x + 4L * i, ALL.get(FLOAT, x + 4L * i) + ALL.get(FLOAT, y + 4L * i));
        }
    }

    /** {@code x *= y}. */
    static void multiply(long x, long y, int count) {
        x &= MASK;
        y &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = (long) Native.VECTOR_BYTES * i;
            FloatVector.fromMemorySegment(F, ALL, x + at, LE)
                    .mul(FloatVector.fromMemorySegment(F, ALL, y + at, LE))
                    .intoMemorySegment(ALL, x + at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            ALL.set(FLOAT, x + 4L * i, ALL.get(FLOAT, x + 4L * i) * ALL.get(FLOAT, y + 4L * i));
        }
    }

    /** {@code out = x * factor}. */
    static void scale(long out, long x, float factor, int count) {
        out &= MASK;
        x &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = (long) Native.VECTOR_BYTES * i;
            FloatVector.fromMemorySegment(F, ALL, x + at, LE).mul(factor).intoMemorySegment(ALL, out + at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            ALL.set(FLOAT, out + 4L * i, ALL.get(FLOAT, x + 4L * i) * factor);
        }
    }

    /** {@code out = x * factor * weight}. */
    static void scale(long out, long x, float factor, long weight, int count) {
        out &= MASK;
        x &= MASK;
        weight &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = (long) Native.VECTOR_BYTES * i;
            FloatVector.fromMemorySegment(F, ALL, x + at, LE)
                    .mul(factor)
                    .mul(FloatVector.fromMemorySegment(F, ALL, weight + at, LE))
                    .intoMemorySegment(ALL, out + at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            ALL.set(FLOAT, out + 4L * i, ALL.get(FLOAT, x + 4L * i) * factor * ALL.get(FLOAT, weight + 4L * i));
        }
    }

    /** {@code x /= divisor}. */
    static void divide(long x, float divisor, int count) {
        x &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = x + (long) Native.VECTOR_BYTES * i;
            FloatVector.fromMemorySegment(F, ALL, at, LE).div(divisor).intoMemorySegment(ALL, at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            ALL.set(FLOAT, x + 4L * i, ALL.get(FLOAT, x + 4L * i) / divisor);
        }
    }

    /** {@code x = y * b + x * a}, the first product and the sum rounded once. */
    static void merge(long x, float a, long y, float b, int count) {
        x &= MASK;
        y &= MASK;
        int whole = count / Native.WIDTH;
        for (int i = 0; i < whole; i++) {
            long at = (long) Native.VECTOR_BYTES * i;
            FloatVector scaled =
                    FloatVector.fromMemorySegment(F, ALL, x + at, LE).mul(a);
            FloatVector.fromMemorySegment(F, ALL, y + at, LE)
                    .fma(FloatVector.broadcast(F, b), scaled)
                    .intoMemorySegment(ALL, x + at, LE);
        }
        for (int i = whole * Native.WIDTH; i < count; i++) {
            float value = Math.fma(ALL.get(FLOAT, y + 4L * i), b, ALL.get(FLOAT, x + 4L * i) * a);
            ALL.set(FLOAT, x + 4L * i, value);
        }
    }
}
