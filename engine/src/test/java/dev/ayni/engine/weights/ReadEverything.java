package dev.ayni.engine.weights;

import dev.ayni.fuzz.Letters;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads all that a model's files hold: each value, and of each tensor every byte. */
final class ReadEverything {
    private ReadEverything() {}

    static void of(Weights weights) throws Exception {
        for (String key : weights.metadata().keys()) {
            touch(weights.metadata().value(key));
        }
        for (String name : weights.names()) {
            weights.stored(name);
            Letters.orLetter(
                    WeightsException.class, () -> touch(weights.tensor(name).data()));
            Letters.orLetter(WeightsException.class, () -> touch(weights.data(name)));
            weights.forget(name);
        }
    }

    private static void touch(@Nullable Object value) {
        if (value instanceof List<?> list) {
            list.forEach(ReadEverything::touch);
        }
    }

    private static int touch(MemorySegment data) {
        int sum = 0;
        for (long i = 0; i < data.byteSize(); i++) {
            sum += data.get(ValueLayout.JAVA_BYTE, i);
        }
        return sum;
    }
}
