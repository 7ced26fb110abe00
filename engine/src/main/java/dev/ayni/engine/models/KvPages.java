package dev.ayni.engine.models;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.KvView;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The pages of one model's caches: what one is, and how many there are. For one thread at a time, but for the count. */
public final class KvPages {
    private final Kernels kernels;
    private final DType type;
    private final int layers;
    private final int kvHeads;
    private final int headWidth;
    private final int near;
    private final int valueWidth;
    private volatile int held;

    KvPages(Kernels kernels, DType type, ModelSpec spec) {
        this.kernels = kernels;
        this.type = type;
        this.layers = spec.layers().size();
        this.kvHeads = spec.kvHeads();
        this.headWidth = spec.headWidth();
        this.near = spec.near();
        this.valueWidth = spec.valueWidth();
    }

    /** Keys and values of 256 positions in all layers, {@code [K, 256, H]} each, and how many caches have them. */
    static final class Page {
        final List<Tensor> keys;
        final List<Tensor> values;
        int users = 1;

        Page(List<Tensor> keys, List<Tensor> values) {
            this.keys = keys;
            this.values = values;
        }
    }

    /** How many pages there are, each counted once however many caches share it. Any thread may ask. */
    public int held() {
        return held;
    }

    /** How many positions a text has at most before all of its positions turn in another way. */
    int near() {
        return near;
    }

    /** What keys and values are kept as. */
    public DType type() {
        return type;
    }

    int layers() {
        return layers;
    }

    /** Bytes of keys and values of one position, in all layers. */
    public long bytesPerPosition() {
        return layers * type.bytes((long) kvHeads * (headWidth + valueWidth));
    }

    /** Bytes of one page. */
    public long bytesPerPage() {
        return KvView.PAGE * bytesPerPosition();
    }

    /** How many pages so many positions take. */
    public static int of(int positions) {
        return (positions + KvView.PAGE - 1) / KvView.PAGE;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    Page allocate() {
        List<Tensor> tensors = new ArrayList<>(2 * layers);
        try {
            for (int i = 0; i < 2 * layers; i++) {
                tensors.add(kernels.allocate(type, kvHeads, KvView.PAGE, i < layers ? headWidth : valueWidth));
            }
        } catch (RuntimeException | Error e) {
            tensors.forEach(kernels::release); // half a page is none
            throw e;
        }
        held++;
        return new Page(tensors.subList(0, layers), tensors.subList(layers, 2 * layers));
    }

    /** Another page of the same numbers. */
    Page copy(Page page) {
        Page copy = allocate();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment keys = arena.allocate(type.bytes(page.keys.getFirst().values()), 64);
            MemorySegment values =
                    arena.allocate(type.bytes(page.values.getFirst().values()), 64);
            for (int layer = 0; layer < layers; layer++) {
                kernels.read(page.keys.get(layer), keys);
                kernels.write(keys, copy.keys.get(layer));
                kernels.read(page.values.get(layer), values);
                kernels.write(values, copy.values.get(layer));
            }
        }
        return copy;
    }

    /** Takes one user of a page away; the last one's going gives its memory back. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
    void release(Page page) {
        page.users--;
        if (page.users == 0) {
            page.keys.forEach(kernels::release);
            page.values.forEach(kernels::release);
            held--;
        }
    }
}
