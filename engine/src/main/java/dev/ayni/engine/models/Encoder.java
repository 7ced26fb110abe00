package dev.ayni.engine.models;

import java.util.List;

/** A model that reads whole texts, each token seeing those before and after it. Its weights are placed. */
public interface Encoder extends AutoCloseable {
    EncoderSpec spec();

    /**
     * What stands for each token after the last layer. One thread at a time. The bits of a text's numbers do not depend on
     * what else is in the batch.
     *
     * @param batch texts of any lengths; they go through the layers one after another, without padding
     * @return for each text a row for each token, [T][D]
     * @throws IllegalArgumentException for an id, a type or a length that the model does not know
     * @throws ArithmeticException if a result is not finite
     */
    default List<float[][]> encode(List<Text> batch) {
        return encode(batch, new int[] {spec().layers()}).stream()
                .map(layers -> layers[0])
                .toList();
    }

    /**
     * What stands for each token after some of the layers. One thread at a time; the bits of a text's numbers do not depend
     * on what else is in the batch.
     *
     * @param layers which layers, in ascending order: 0 is what enters the first, {@link EncoderSpec#layers} what leaves the
     *     last
     * @return for each text and each of these layers a row for each token, [layer][T][D]
     * @throws IllegalArgumentException for an id, a type, a length or a layer that the model does not know
     * @throws ArithmeticException if a result is not finite
     */
    List<float[][][]> encode(List<Text> batch, int[] layers);

    /**
     * What the classifier says of each text, before any softmax or sigmoid.
     *
     * @return for each text a number for each label
     * @throws IllegalStateException if the model has no classifier
     */
    List<float[]> classify(List<Text> batch);

    /**
     * The tokens of a text, or of two texts with their marks.
     *
     * @param ids at least one
     * @param types the type of each token, 0 for those of a first text, 1 for those of a second
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, not compared
    record Text(int[] ids, int[] types) {
        public Text {
            if (ids.length != types.length || ids.length == 0) {
                throw new IllegalArgumentException(
                        "A text of %d token ids has %d types. Give at least one id, and a type for each."
                                .formatted(ids.length, types.length));
            }
        }

        /** A single text: all tokens are of the first type. */
        public Text(int[] ids) {
            this(ids, new int[ids.length]);
        }
    }

    @Override
    void close();
}
