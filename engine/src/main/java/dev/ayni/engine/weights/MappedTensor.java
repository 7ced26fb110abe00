package dev.ayni.engine.weights;

import dev.ayni.tensor.DType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A tensor and its bytes in a mapped file.
 *
 * @param type null where nothing here can compute with it
 * @param data exactly its bytes; none where the type is not known
 */
record MappedTensor(StoredTensor stored, @Nullable DType type, MemorySegment data) {}
