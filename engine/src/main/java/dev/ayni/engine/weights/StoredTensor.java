package dev.ayni.engine.weights;

import java.util.List;

/**
 * What a file says of one of its tensors.
 *
 * @param type the type's name as the format has it, also where nothing here can compute with it
 * @param shape outermost dimension first
 * @param bytes what it takes in the file; 0 where the type is not known
 */
public record StoredTensor(String name, String type, List<Long> shape, long bytes) {}
