package dev.ayni.engine.models;

import dev.ayni.engine.models.KvPages.Page;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.Kernels.KvView;
import dev.ayni.tensor.Tensor;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The attended past of one conversation: keys and values for every layer, oldest first. */
public final class KvCache implements AutoCloseable {
    /*
     * Pages of 256 positions, so that a long conversation grows without copying [1]; a page is also a chunk of the
     * arithmetic's attention. Rewinding keeps the pages: what lies behind the length is never read. Forks share pages
     * until one of them writes: a page counts its users, and whoever writes into one that has several takes a copy.
     * [1] Efficient Memory Management for Large Language Model Serving with PagedAttention, 2023
     */
    private final KvPages kv;
    private final List<Page> pages = new ArrayList<>();
    private final List<Side> keys = new ArrayList<>();
    private final List<Side> values = new ArrayList<>();
    private int length;
    private boolean far;

    KvCache(KvPages kv) {
        this.kv = kv;
        for (int layer = 0; layer < kv.layers(); layer++) {
            keys.add(new Side(layer, true));
            values.add(new Side(layer, false));
        }
    }

    /** One layer's keys, or its values, a tensor for each page. */
    private final class Side extends AbstractList<Tensor> {
        private final int layer;
        private final boolean isKeys;

        Side(int layer, boolean isKeys) {
            this.layer = layer;
            this.isKeys = isKeys;
        }

        @Override
        public Tensor get(int index) {
            Page page = pages.get(index);
            return (isKeys ? page.keys : page.values).get(layer);
        }

        @Override
        public int size() {
            return pages.size();
        }
    }

    /**
     * Another cache that remembers the same, and goes its own way from here. Pages are shared until either writes into
     * them. Caches of one model are not for several threads at a time.
     */
    public KvCache fork() {
        return fork(length);
    }

    /** Another cache that remembers so many of the first tokens, as {@link #fork()} does. */
    public KvCache fork(int tokens) {
        assert tokens >= 0 && tokens <= length;
        KvCache other = new KvCache(kv);
        for (Page page : pages.subList(0, KvPages.of(tokens))) {
            page.users++;
            other.pages.add(page);
        }
        other.length = tokens;
        other.far = far;
        return other;
    }

    /** How many tokens are remembered. */
    public int length() {
        return length;
    }

    /** Whether it is of a far text: one that goes beyond what all its positions' turning depends on (LongRoPE). */
    public boolean isFar() {
        return far;
    }

    /**
     * Prepares for a text of so many tokens in all. Of one that becomes far, or is it no longer, everything is forgotten and
     * has to be read again, because each of its positions turns in another way.
     */
    public void expect(int tokens) {
        if (far != tokens > kv.near()) {
            far = !far;
            length = 0;
        }
    }

    /** How many tokens can be added before the text becomes far. */
    public int untilFar() {
        return far ? Integer.MAX_VALUE : kv.near() - length;
    }

    /** What keys and values are kept as. */
    public DType type() {
        return kv.type();
    }

    /** Bytes of keys and values of one position, in all layers. */
    public long bytesPerPosition() {
        return kv.bytesPerPosition();
    }

    /** How many pages it has, those included that it shares. */
    public int pages() {
        return pages.size();
    }

    /** Adds its pages to a set in which pages are told apart by identity. */
    public void addPagesTo(Set<Object> all) {
        all.addAll(pages);
    }

    /** How many new pages so many more tokens would take. */
    public int pagesFor(int more) {
        int last = KvPages.of(length + more);
        int missing = Math.max(0, last - pages.size());
        for (Page page : pages.subList(Math.min(length / KvView.PAGE, pages.size()), Math.min(last, pages.size()))) {
            missing += page.users > 1 ? 1 : 0;
        }
        return missing;
    }

    /** Forgets all but the first tokens. */
    public void rewind(int tokens) {
        assert tokens >= 0 && tokens <= length;
        length = tokens;
    }

    /** Gives back the pages that hold nothing. */
    public void trim() {
        while (pages.size() > KvPages.of(length)) {
            kv.release(pages.removeLast());
        }
    }

    /** Makes room for so many more tokens, in pages that nobody shares. */
    void reserve(int more) {
        int needed = KvPages.of(length + more);
        int partial = length % KvView.PAGE == 0 ? 0 : 1; // pages begun, into which writing goes on
        for (int i = length / KvView.PAGE; i < Math.min(needed, pages.size()); i++) {
            Page page = pages.get(i);
            if (page.users > 1) {
                pages.set(i, i < length / KvView.PAGE + partial ? kv.copy(page) : kv.allocate());
                kv.release(page);
            }
        }
        while (pages.size() < needed) {
            pages.add(kv.allocate());
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
        pages.forEach(kv::release);
        pages.clear();
        length = 0;
    }
}
