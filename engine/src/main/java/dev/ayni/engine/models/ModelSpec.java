package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.Rotation;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of a model, read from its metadata before any weight is.
 *
 * @param family the architecture's name, as "llama"
 * @param dialect how the file names its weights
 * @param name what the model calls itself; the file's name where it says nothing
 * @param width D, the numbers that stand for a token between layers
 * @param hidden F, the inner width of the feed-forward part
 * @param heads N, query heads
 * @param kvHeads K, key and value heads; each serves N / K query heads
 * @param headWidth H
 * @param vocabulary V, the number of token ids
 * @param context the number of positions the model was trained for
 * @param normEpsilon added to the mean square in norms
 * @param tiedOutput whether the output matrix is the embedding table
 * @param layers what differs from layer to layer: one entry for each
 * @param valueWidth the width of a head's values; H, its queries' and keys', in most families
 * @param own sizes that only this family has, by the names that its file uses
 */
public record ModelSpec(
        String family,
        Metadata.Dialect dialect,
        String name,
        int width,
        int hidden,
        int heads,
        int kvHeads,
        int headWidth,
        int vocabulary,
        int context,
        float normEpsilon,
        boolean tiedOutput,
        List<Layer> layers,
        int valueWidth,
        Map<String, Integer> own) {

    /**
     * How one layer looks at the past.
     *
     * @param rotation how queries and keys are turned by their position
     * @param window how many latest positions it sees; 0: all
     * @param reach the positions up to which the rotation holds, or for which the model has learned something
     * @param far how all positions of a text are turned that goes beyond the reach; null if no such text can be computed
     * @param experts how many experts its feed-forward half has; 0: one network for all tokens
     */
    public record Layer(
            Rotation rotation,
            int window,
            int reach,
            @Nullable Rotation far,
            int experts) {
        /** A layer without experts. */
        Layer(Rotation rotation, int window, int reach, @Nullable Rotation far) {
            this(rotation, window, reach, far, 0);
        }

        /** A layer with one rotation for all texts within its reach. */
        Layer(Rotation rotation, int window, int reach) {
            this(rotation, window, reach, null);
        }

        /** A layer that turns nothing. */
        static Layer unturned(int window, int reach) {
            return new Layer(Rotations.NONE, window, reach);
        }

        /** Whether queries and keys are turned at all. */
        public boolean turns() {
            return rotation.frequencies().length > 0;
        }

        /** A layer whose rotation holds for every position. */
        Layer(Rotation rotation, int window) {
            this(rotation, window, Integer.MAX_VALUE);
        }

        /** This layer with so many experts. */
        Layer withExperts(int count) {
            return new Layer(rotation, window, reach, far, count);
        }
    }

    public ModelSpec {
        layers = List.copyOf(layers);
        own = Map.copyOf(own);
    }

    /** The sizes of a model whose values are as wide as its keys, and that has no sizes of its own. */
    ModelSpec(
            String family,
            Metadata.Dialect dialect,
            String name,
            int width,
            int hidden,
            int heads,
            int kvHeads,
            int headWidth,
            int vocabulary,
            int context,
            float normEpsilon,
            boolean tiedOutput,
            List<Layer> layers) {
        this(
                family,
                dialect,
                name,
                width,
                hidden,
                heads,
                kvHeads,
                headWidth,
                vocabulary,
                context,
                normEpsilon,
                tiedOutput,
                layers,
                headWidth,
                Map.of());
    }

    /** These sizes with some that only this family has. */
    ModelSpec withOwn(Map<String, Integer> sizes) {
        return with(kvHeads, headWidth, valueWidth, sizes);
    }

    /** These sizes with other heads. */
    ModelSpec withHeads(int keysAndValues, int widthOfKeys, int widthOfValues) {
        return with(keysAndValues, widthOfKeys, widthOfValues, own);
    }

    private ModelSpec with(int keysAndValues, int widthOfKeys, int widthOfValues, Map<String, Integer> sizes) {
        return new ModelSpec(
                family,
                dialect,
                name,
                width,
                hidden,
                heads,
                keysAndValues,
                widthOfKeys,
                vocabulary,
                context,
                normEpsilon,
                tiedOutput,
                layers,
                widthOfValues,
                sizes);
    }

    /** A size that this family has. */
    public int own(String size) {
        return Objects.requireNonNull(own.get(size), () -> "%s has no size '%s'".formatted(family, size));
    }

    /** How many positions can be computed at all. */
    public int reach() {
        return layers.stream()
                .filter(layer -> layer.far == null)
                .mapToInt(Layer::reach)
                .min()
                .orElse(Integer.MAX_VALUE);
    }

    /** How many positions a text has at most before all of its positions turn in another way. */
    public int near() {
        return layers.stream()
                .filter(layer -> layer.far != null)
                .mapToInt(Layer::reach)
                .min()
                .orElse(Integer.MAX_VALUE);
    }

    /**
     * Bytes that the keys and values of so many positions take, in pages of 256 positions; {@link CacheType#AUTO} is counted
     * as two bytes a number.
     *
     * @throws WeightsException if keys and values cannot be kept so
     */
    public long cacheBytes(int positions, CacheType cache) {
        long pages = (positions + 255L) / 256;
        return cache.pages(false, this).bytes(pages * 256 * kvHeads * (headWidth + valueWidth)) * layers.size();
    }
}
