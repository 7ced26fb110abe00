package dev.ayni.engine.weights;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys and values of a GGUF file.
 *
 * @param types what each value is in the file
 */
record GgufMetadata(String source, Map<String, Object> values, Map<String, GgufType> types) implements Metadata {
    @Override
    public Dialect dialect() {
        return Dialect.GGUF;
    }

    @Override
    public Set<String> keys() {
        return Collections.unmodifiableSet(values.keySet());
    }

    @Override
    public @Nullable Object value(String key) {
        return values.get(key);
    }
}
