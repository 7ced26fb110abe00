package dev.ayni.tensor.foreign;

import static dev.ayni.tensor.strips.NativeMemory.ALL;
import static dev.ayni.tensor.strips.NativeMemory.FLOAT;
import static dev.ayni.tensor.strips.NativeMemory.LONG;

import dev.ayni.tensor.strips.Scratch;

/** What a kernel is to do: the fields of a C structure, 8 bytes each, written one after the other and used again and again. */
final class Task {
    private static final int BYTES = 256;

    private final Scratch memory = new Scratch();
    private int at;

    /** Begins anew. */
    Task begin() {
        memory.reserve(BYTES);
        at = 0;
        return this;
    }

    /** An integer or an address. */
    Task add(long value) {
        ALL.set(LONG, next(), value);
        return this;
    }

    /** Two floats, which share a field; a single one may be followed by anything. */
    Task add(float first, float second) {
        long field = next();
        ALL.set(FLOAT, field, first);
        ALL.set(FLOAT, field + 4, second);
        return this;
    }

    /** Leaves room for a kernel's answer, 0 so far; what {@link #field} reads it by. */
    long room() {
        add(0L);
        return at - 8L;
    }

    /** What stands in a field. */
    long field(long field) {
        return ALL.get(LONG, memory.address() + field);
    }

    private long next() {
        assert at < BYTES;
        at += 8;
        return memory.address() + at - 8;
    }

    /** Where it lies. */
    long address() {
        return memory.address();
    }

    /** What a kernel wrote into the first field. */
    long result() {
        return ALL.get(LONG, memory.address());
    }

    void free() {
        memory.free();
    }
}
