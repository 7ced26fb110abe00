package dev.ayni.hub;

import java.util.List;

/**
 * The models of another program's cache, used where they lie.
 *
 * @param letters what was found and cannot be used, and why
 */
public record FoundModels(List<LocalModel> models, List<String> letters) {
    public FoundModels {
        models = List.copyOf(models);
        letters = List.copyOf(letters);
    }
}
