package dev.ayni.guard.classifiers;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Where ordinary texts lie among the encoder's layers: the directions in which they differ, and the places of some. */
final class Background {
    private final float[] means;
    private final float[] scales;
    /** [directions][numbers of the layers], each in steps of its largest. */
    private final byte[][] directions;

    private final float[] steps;
    /** [texts][directions], in steps of a direction's spread / 16. */
    private final byte[][] places;

    private final float[] spreads;

    private Background(
            float[] means, float[] scales, byte[][] directions, float[] steps, byte[][] places, float[] spreads) {
        this.means = means;
        this.scales = scales;
        this.directions = directions;
        this.steps = steps;
        this.places = places;
        this.spreads = spreads;
    }

    /** Whether a text of training is one of those that a category is told from: what people ask, harmless and harmful. */
    static boolean has(Sample sample) {
        return switch (sample.set()) {
            case "ailuminate", "harmbench" -> true;
            default -> sample.set().startsWith("own/") && !Recipe.isOwnAnswer(sample);
        };
    }

    static Background none() {
        return new Background(new float[0], new float[0], new byte[0][], new float[0], new byte[0][], new float[0]);
    }

    /** @param texts the layers of the texts whose places are kept */
    static Background of(Projection projection, int count, float[][] texts) {
        float[][] exact = projection.directions();
        int kept = Math.min(count, exact.length);
        byte[][] directions = new byte[kept][];
        float[] steps = new float[kept];
        for (int i = 0; i < kept; i++) {
            float largest = 0;
            for (float number : exact[i]) {
                largest = Math.max(largest, Math.abs(number));
            }
            steps[i] = Math.max(1e-9f, largest / 127);
            directions[i] = new byte[exact[i].length];
            for (int j = 0; j < exact[i].length; j++) {
                directions[i][j] = (byte) Math.round(exact[i][j] / steps[i]);
            }
        }
        Background bare = new Background(
                projection.means(), projection.scales(), directions, steps, new byte[0][], new float[kept]);
        float[][] raw = new float[texts.length][];
        float[] spreads = new float[kept];
        for (int i = 0; i < texts.length; i++) {
            raw[i] = bare.raw(texts[i], kept);
            for (int j = 0; j < kept; j++) {
                spreads[j] += raw[i][j] * raw[i][j] / texts.length;
            }
        }
        for (int j = 0; j < kept; j++) {
            spreads[j] = (float) Math.sqrt(Math.max(1e-9, spreads[j]));
        }
        byte[][] places = new byte[texts.length][kept];
        for (int i = 0; i < texts.length; i++) {
            for (int j = 0; j < kept; j++) {
                places[i][j] = (byte) Math.clamp(Math.round(raw[i][j] / spreads[j] * 16), -127, 127);
            }
        }
        return new Background(projection.means(), projection.scales(), directions, steps, places, spreads);
    }

    int size() {
        return places.length;
    }

    /** The place of one of the texts along the first directions, of length 1. */
    float[] place(int text, int count) {
        float[] place = new float[Math.min(count, directions.length)];
        for (int j = 0; j < place.length; j++) {
            place[j] = places[text][j] / 16f * (float) Math.sqrt(spreads[j]);
        }
        return unit(place);
    }

    /** The place of a text along the first directions, of length 1. */
    float[] place(float[] layers, int count) {
        float[] raw = raw(layers, Math.min(count, directions.length));
        for (int j = 0; j < raw.length; j++) {
            raw[j] /= (float) Math.sqrt(spreads[j]);
        }
        return unit(raw);
    }

    private float[] raw(float[] layers, int count) {
        float[] standard = new float[layers.length];
        for (int j = 0; j < layers.length; j++) {
            standard[j] = (layers[j] - means[j]) * scales[j];
        }
        float[] raw = new float[count];
        for (int i = 0; i < count; i++) {
            double sum = 0;
            byte[] direction = directions[i];
            for (int j = 0; j < standard.length; j++) {
                sum += direction[j] * (double) standard[j];
            }
            raw[i] = (float) (sum * steps[i]);
        }
        return raw;
    }

    private static float[] unit(float[] vector) {
        double squares = 0;
        for (float number : vector) {
            squares += number * (double) number;
        }
        float length = (float) Math.sqrt(Math.max(1e-12, squares));
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= length;
        }
        return vector;
    }

    void write(DataOutput out) throws IOException {
        out.writeInt(means.length);
        for (int j = 0; j < means.length; j++) {
            out.writeFloat(means[j]);
            out.writeFloat(scales[j]);
        }
        out.writeInt(directions.length);
        for (int i = 0; i < directions.length; i++) {
            out.writeFloat(steps[i]);
            out.writeFloat(spreads[i]);
            out.write(directions[i]);
        }
        out.writeInt(places.length);
        for (byte[] place : places) {
            out.write(place);
        }
    }

    static Background read(DataInput in) throws IOException {
        int width = in.readInt();
        float[] means = new float[width];
        float[] scales = new float[width];
        for (int j = 0; j < width; j++) {
            means[j] = in.readFloat();
            scales[j] = in.readFloat();
        }
        int count = in.readInt();
        float[] steps = new float[count];
        float[] spreads = new float[count];
        byte[][] directions = new byte[count][width];
        for (int i = 0; i < count; i++) {
            steps[i] = in.readFloat();
            spreads[i] = in.readFloat();
            in.readFully(directions[i]);
        }
        byte[][] places = new byte[in.readInt()][count];
        for (byte[] place : places) {
            in.readFully(place);
        }
        return new Background(means, scales, directions, steps, places, spreads);
    }
}
