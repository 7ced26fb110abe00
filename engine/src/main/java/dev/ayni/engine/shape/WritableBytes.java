package dev.ayni.engine.shape;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that a vocabulary can write alone. A text of other bytes could be begun by a longer token and then not be gone on
 * with, so that it is not written at all.
 */
final class WritableBytes {
    static final WritableBytes ALL = all();

    private final BitSet bytes;
    private @Nullable CodePoints raw;
    private @Nullable CodePoints escaped;

    WritableBytes(BitSet bytes) {
        this.bytes = (BitSet) bytes.clone();
    }

    private static WritableBytes all() {
        BitSet all = new BitSet();
        all.set(0, 256);
        return new WritableBytes(all);
    }

    boolean contains(int b) {
        return bytes.get(b);
    }

    boolean isAll() {
        return bytes.cardinality() == 256;
    }

    /** The first byte from this one on that can be written; -1: there is none. */
    int from(int b) {
        return bytes.nextSetBit(b);
    }

    /** The code points that can be written as they are, or within JSON's quotes. */
    synchronized CodePoints codePoints(boolean json) {
        if (raw == null || escaped == null) {
            raw = isAll() ? CodePoints.ALL : CodePoints.where(this::isRaw);
            escaped = isAll()
                    ? CodePoints.ALL
                    : CodePoints.where(
                            c -> c < 0x20 || c == '"' || c == '\\' ? isAscii(JsonText.written(c)) : isRaw(c));
        }
        return json ? escaped : raw;
    }

    private boolean isAscii(String text) {
        return text.chars().allMatch(bytes::get);
    }

    private boolean isRaw(int c) {
        int length = Utf8Runs.length(c);
        for (int place = 0; place < length; place++) {
            if (!bytes.get(Utf8Runs.byteOf(c, place, length))) {
                return false;
            }
        }
        return true;
    }
}
