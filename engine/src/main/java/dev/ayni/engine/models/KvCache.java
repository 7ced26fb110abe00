package dev.ayni.engine.models;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.KvView;
import dev.ayni.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The attended past of one conversation: keys and values for every layer, oldest first. */
public final class KvCache implements AutoCloseable {
    /*
     * Pages of 256 positions, so that a long conversation grows without copying [1]; a page is also a chunk of the
     * arithmetic's attention. Rewinding keeps the pages: what lies behind the length is never read.
     * [1] Efficient Memory Management for Large Language Model Serving with PagedAttention, 2023
     */
    private final Kernels kernels;
    private final DType type;
    private final int kvHeads;
    private final int headWidth;
    private final List<List<Tensor>> keys = new ArrayList<>();
    private final List<List<Tensor>> values = new ArrayList<>();
    private int length;

    KvCache(Kernels kernels, DType type, ModelSpec spec) {
        this.kernels = kernels;
        this.type = type;
        this.kvHeads = spec.kvHeads();
        this.headWidth = spec.headWidth();
        for (int i = 0; i < spec.layers().size(); i++) {
            keys.add(new ArrayList<>());
            values.add(new ArrayList<>());
        }
    }

    /** How many tokens are remembered. */
    public int length() {
        return length;
    }

    /** Bytes of keys and values of one position, in all layers. */
    public long bytesPerPosition() {
        return 2L * keys.size() * type.bytes((long) kvHeads * headWidth);
    }

    /** Forgets all but the first tokens. */
    public void rewind(int tokens) {
        assert tokens >= 0 && tokens <= length;
        length = tokens;
    }

    /** Gives back the pages that hold nothing. */
    public void trim() {
        int pages = (length + KvView.PAGE - 1) / KvView.PAGE;
        for (List<List<Tensor>> side : List.of(keys, values)) {
            for (List<Tensor> layer : side) {
                while (layer.size() > pages) {
                    kernels.release(layer.removeLast());
                }
            }
        }
    }

    /** Makes room for so many more tokens. */
    void reserve(int more) {
        int pages = (length + more + KvView.PAGE - 1) / KvView.PAGE;
        for (int layer = 0; layer < keys.size(); layer++) {
            while (values.get(layer).size() < pages) { // keys first: a failure in between is made up for the next time
                if (keys.get(layer).size() == values.get(layer).size()) {
                    keys.get(layer).add(kernels.allocate(type, kvHeads, KvView.PAGE, headWidth));
                }
                values.get(layer).add(kernels.allocate(type, kvHeads, KvView.PAGE, headWidth));
            }
        }
    }

    /** What one layer needs to see of it, for so many new tokens in rows of the batch. */
    KvView view(int layer, int firstRow, int count) {
        return new KvView(keys.get(layer), values.get(layer), firstRow, count, length);
    }

    /** Counts tokens whose keys and values all layers have appended. */
    void advance(int tokens) {
        length += tokens;
    }

    @Override
    public void close() {
        keys.forEach(pages -> pages.forEach(kernels::release));
        values.forEach(pages -> pages.forEach(kernels::release));
        keys.forEach(List::clear);
        values.forEach(List::clear);
        length = 0;
    }
}
