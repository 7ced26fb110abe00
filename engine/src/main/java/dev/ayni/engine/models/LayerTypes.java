package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.WeightsException;
import java.util.List;

/** Which layers of a model see only a window of latest positions, as its files say it. */
final class LayerTypes {
    private LayerTypes() {}

    /**
     * From config.json's "layer_types".
     *
     * @param otherwise where the file has no such list
     */
    static boolean windowed(Metadata metadata, int number, boolean otherwise) {
        List<?> types = metadata.list("layer_types");
        if (types.isEmpty()) {
            return otherwise;
        }
        Object type = number < types.size() ? types.get(number) : "missing";
        if (type.equals("sliding_attention") || type.equals("full_attention")) {
            return type.equals("sliding_attention");
        }
        throw new WeightsException(
                "%s: 'layer_types' says of layer %d: %s, and 'sliding_attention' or 'full_attention' was expected. The file is broken or for another family; get it again."
                        .formatted(metadata.source(), number, type));
    }

    /**
     * From GGUF's "attention.sliding_window_pattern", which is a period whose last layer sees everything, or says it of each
     * layer.
     *
     * @param prefix the family's, with its dot
     * @param period where the file does not say it
     */
    static boolean windowed(Metadata metadata, String prefix, int number, int period) {
        String key = prefix + "attention.sliding_window_pattern";
        if (metadata.value(key) instanceof List<?> each) {
            if (number < each.size() && each.get(number) instanceof Boolean windowed) {
                return windowed;
            }
            throw new WeightsException(
                    "%s: '%s' does not say true or false of layer %d. The file is broken; get it again."
                            .formatted(metadata.source(), key, number));
        }
        int stated = metadata.optionalInteger(key).orElse(period);
        return stated == 0 || (number + 1) % stated != 0;
    }
}
