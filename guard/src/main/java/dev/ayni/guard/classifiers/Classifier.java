package dev.ayni.guard.classifiers;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Judges whether a text is of one kind: by its n-grams and counts, and by an encoder's layers where there is one. */
final class Classifier {
    private final String name;
    private final String category;
    private final BucketWeights buckets;
    private final float[] counts;
    private final float[] manner;
    private final double textBias;
    private final float[] layers;
    private final double layersBias;
    private final Fusion together;
    private final Fusion alone;

    /**
     * How sums become a probability: the sigmoid of their weighted sum.
     *
     * @param text of the sum over n-grams and counts
     * @param layers of the sum over layers
     * @param threshold the probability from which on a text counts as of the kind
     */
    record Fusion(double text, double layers, double bias, double threshold) {
        double probability(double textSum, double layersSum) {
            return 1 / (1 + StrictMath.exp(-(text * textSum + layers * layersSum + bias)));
        }

        Fusion withThreshold(double other) {
            return new Fusion(text, layers, bias, other);
        }

        void write(DataOutput out) throws IOException {
            out.writeDouble(text);
            out.writeDouble(layers);
            out.writeDouble(bias);
            out.writeDouble(threshold);
        }

        static Fusion read(DataInput in) throws IOException {
            return new Fusion(in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble());
        }
    }

    /**
     * @param counts a weight for each count
     * @param manner a weight for each number of an answer's manner; empty where it is not looked at
     * @param textBias what is added to the sum over n-grams and counts
     * @param layers a weight for each number of the layers; empty where no encoder is used
     * @param layersBias what is added to the sum over layers
     * @param together with an encoder
     * @param alone without one
     */
    Classifier(
            String name,
            String category,
            BucketWeights buckets,
            float[] counts,
            float[] manner,
            double textBias,
            float[] layers,
            double layersBias,
            Fusion together,
            Fusion alone) {
        this.name = name;
        this.category = category;
        this.buckets = buckets;
        this.counts = counts;
        this.manner = manner;
        this.textBias = textBias;
        this.layers = layers;
        this.layersBias = layersBias;
        this.together = together;
        this.alone = alone;
    }

    String name() {
        return name;
    }

    String category() {
        return category;
    }

    /** The probability from which on a text counts as of the kind. */
    double threshold(boolean encoder) {
        return fusion(encoder).threshold();
    }

    double probability(Signs signs) {
        return fusion(signs.layers() != null).probability(textSum(signs), layersSum(signs));
    }

    /** How sure it is, 0.5 where the threshold lies. */
    double score(Signs signs) {
        return scaled(probability(signs), threshold(signs.layers() != null));
    }

    /** A probability so moved that it is 0.5 at the threshold. */
    static double scaled(double probability, double threshold) {
        double is = Math.clamp(probability, 1e-12, 1 - 1e-12);
        double from = Math.clamp(threshold, 1e-12, 1 - 1e-12);
        return is * (1 - from) / (is * (1 - from) + (1 - is) * from);
    }

    private Fusion fusion(boolean encoder) {
        return encoder && layers.length > 0 ? together : alone;
    }

    double textSum(Signs signs) {
        double sum = textBias + buckets.sum(signs.ngrams());
        for (int i = 0; i < counts.length; i++) {
            sum += (double) counts[i] * signs.counts()[i];
        }
        if (manner.length > 0) {
            float[] seen = Manner.of(signs.text());
            for (int i = 0; i < manner.length; i++) {
                sum += (double) manner[i] * seen[i];
            }
        }
        return sum;
    }

    double layersSum(Signs signs) {
        double sum = 0;
        if (signs.layers() != null) {
            sum = layersBias;
            for (int i = 0; i < layers.length; i++) {
                sum += (double) layers[i] * signs.layers()[i];
            }
        }
        return sum;
    }

    Classifier withFusions(Fusion newTogether, Fusion newAlone) {
        return new Classifier(
                name, category, buckets, counts, manner, textBias, layers, layersBias, newTogether, newAlone);
    }

    void write(DataOutput out) throws IOException {
        out.writeUTF(name);
        out.writeUTF(category);
        buckets.write(out);
        write(counts, out);
        write(manner, out);
        out.writeDouble(textBias);
        write(layers, out);
        out.writeDouble(layersBias);
        together.write(out);
        alone.write(out);
    }

    static Classifier read(DataInput in) throws IOException {
        return new Classifier(
                in.readUTF(),
                in.readUTF(),
                BucketWeights.read(in),
                floats(in),
                floats(in),
                in.readDouble(),
                floats(in),
                in.readDouble(),
                Fusion.read(in),
                Fusion.read(in));
    }

    private static void write(float[] numbers, DataOutput out) throws IOException {
        out.writeInt(numbers.length);
        for (float number : numbers) {
            out.writeFloat(number);
        }
    }

    private static float[] floats(DataInput in) throws IOException {
        float[] numbers = new float[in.readInt()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = in.readFloat();
        }
        return numbers;
    }
}
