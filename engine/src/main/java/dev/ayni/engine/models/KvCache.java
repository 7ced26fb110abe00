package dev.ayni.engine.models;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Kernels.KvView;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The attended past of one conversation: keys and values for every layer, oldest first. */
public final class KvCache implements AutoCloseable {
    /*
     * Pages of 256 positions, so that a long conversation grows without copying [1]; a page is also a chunk of the
     * arithmetic's attention. Rewinding keeps the pages: what lies behind the length is never read. Forks share pages
     * until one of them writes: the shared map counts the users of each page that has several, and every cache that came
     * of the same one holds that map.
     * [1] Efficient Memory Management for Large Language Model Serving with PagedAttention, 2023
     */
    private final Kernels kernels;
    private final DType type;
    private final int kvHeads;
    private final int headWidth;
    private final Map<Tensor, Integer> shared;
    private final List<List<Tensor>> keys = new ArrayList<>();
    private final List<List<Tensor>> values = new ArrayList<>();
    private int length;

    KvCache(Kernels kernels, DType type, ModelSpec spec) {
        this(kernels, type, spec.kvHeads(), spec.headWidth(), new IdentityHashMap<>());
        for (int i = 0; i < spec.layers().size(); i++) {
            keys.add(new ArrayList<>());
            values.add(new ArrayList<>());
        }
    }

    private KvCache(Kernels kernels, DType type, int kvHeads, int headWidth, Map<Tensor, Integer> shared) {
        this.kernels = kernels;
        this.type = type;
        this.kvHeads = kvHeads;
        this.headWidth = headWidth;
        this.shared = shared;
    }

    /**
     * Another cache that remembers the same, and goes its own way from here. Pages are shared until either writes into
     * them. Caches that came of the same one are not for several threads at a time.
     */
    public KvCache fork() {
        trim();
        KvCache other = new KvCache(kernels, type, kvHeads, headWidth, shared);
        for (int layer = 0; layer < keys.size(); layer++) {
            other.keys.add(new ArrayList<>(keys.get(layer)));
            other.values.add(new ArrayList<>(values.get(layer)));
            keys.get(layer).forEach(page -> shared.merge(page, 2, (users, two) -> users + 1));
            values.get(layer).forEach(page -> shared.merge(page, 2, (users, two) -> users + 1));
        }
        other.length = length;
        return other;
    }

    private void release(Tensor page) {
        Integer users = shared.get(page);
        if (users == null) {
            kernels.release(page);
        } else if (users == 2) {
            shared.remove(page);
        } else {
            shared.put(page, users - 1);
        }
    }

    /** How many tokens are remembered. */
    public int length() {
        return length;
    }

    /** What keys and values are kept as. */
    public DType type() {
        return type;
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
                    release(layer.removeLast());
                }
            }
        }
    }

    /** Makes room for so many more tokens, in pages that nobody shares. */
    void reserve(int more) {
        int pages = (length + more + KvView.PAGE - 1) / KvView.PAGE;
        if (!shared.isEmpty()) {
            for (List<List<Tensor>> side : List.of(keys, values)) {
                side.forEach(this::own);
            }
        }
        for (int layer = 0; layer < keys.size(); layer++) {
            while (values.get(layer).size() < pages) { // keys first: a failure in between is made up for the next time
                if (keys.get(layer).size() == values.get(layer).size()) {
                    keys.get(layer).add(kernels.allocate(type, kvHeads, KvView.PAGE, headWidth));
                }
                values.get(layer).add(kernels.allocate(type, kvHeads, KvView.PAGE, headWidth));
            }
        }
    }

    /** Replaces the pages into which further tokens would be written by copies of its own, where they are shared. */
    private void own(List<Tensor> layer) {
        for (int i = length / KvView.PAGE; i < layer.size(); i++) {
            Tensor page = layer.get(i);
            if (shared.containsKey(page)) {
                Tensor copy = kernels.allocate(type, kvHeads, KvView.PAGE, headWidth);
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment numbers = arena.allocate(type.bytes(page.values()), 64);
                    kernels.read(page, numbers);
                    kernels.write(numbers, copy);
                }
                layer.set(i, copy);
                release(page);
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
        keys.forEach(pages -> pages.forEach(this::release));
        values.forEach(pages -> pages.forEach(this::release));
        keys.forEach(List::clear);
        values.forEach(List::clear);
        length = 0;
    }
}
