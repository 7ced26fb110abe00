package dev.ayni.guard.classifiers;

import dev.ayni.chat.Embedder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** What people ask, harmless and harmful, as the encoder places it: what a category of few examples is told from. */
final class KnownTexts {
    /*
     * A text is seen as the direction in which its vector lies from the middle of all known texts, and beside it, at half the
     * length, as the direction of its likeness to each known kind of harm (hazards of AILuminate, categories of HarmBench and
     * StrongREJECT). Likeness is Fisher's linear discriminant [1] with a covariance that is held near the identity, which is
     * also how a category's examples are compared with a text.
     * [1] The use of multiple measurements in taxonomic problems, 1936; Regularized discriminant analysis, 1989
     */
    /** How much more the identity counts than the covariance, brought to the same size. */
    private static final double SHRINKAGE = 10;

    private static final float KINDS_LENGTH = 0.5f;
    private static final int MAGIC = 0x41474B31; // AGK1
    private static final int NO_KIND = 0xFF;
    private static final int TEXTS_AT_ONCE = 64;

    private final float[] middle;
    /** [texts][width of a vector], a direction as bytes. */
    private final byte[][] texts;
    /** Of each text the number of its kind. */
    private final byte[] kinds;

    /** [texts][width of a place] */
    private final float[][] places;

    private final float[] placesMiddle;
    /** [kinds][width of a vector], and behind them what is added. */
    private final float[][] likeness;

    private final float[] likenessScales;
    private final Cholesky covariance;

    private KnownTexts(float[] middle, byte[][] texts, byte[] kinds) {
        this.middle = middle;
        this.texts = texts;
        this.kinds = kinds;
        float[][] vectors = new float[texts.length][middle.length];
        for (int i = 0; i < texts.length; i++) {
            for (int j = 0; j < middle.length; j++) {
                vectors[i][j] = texts[i][j];
            }
            unit(vectors[i], 1);
        }
        float[] mean = mean(vectors);
        likeness = likeness(vectors, mean, shrunk(covariance(vectors, mean)));
        likenessScales = new float[likeness.length];
        float[][] raw = new float[vectors.length][];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = likeness(vectors[i]);
        }
        float[] rawMean = mean(raw);
        for (int k = 0; k < likeness.length; k++) {
            double squares = 0;
            for (float[] row : raw) {
                squares += (row[k] - rawMean[k]) * (double) (row[k] - rawMean[k]);
            }
            likeness[k][middle.length] -= rawMean[k];
            likenessScales[k] = (float) (1 / Math.sqrt(Math.max(1e-12, squares / raw.length)));
        }
        places = new float[vectors.length][];
        for (int i = 0; i < places.length; i++) {
            places[i] = joined(vectors[i]);
        }
        placesMiddle = mean(places);
        covariance = shrunk(covariance(places, placesMiddle));
    }

    private static final class Shipped {
        static final KnownTexts TEXTS = read();

        private static KnownTexts read() {
            try (InputStream in = KnownTexts.class.getResourceAsStream("known-texts.bin")) {
                if (in == null) {
                    throw new IllegalStateException(
                            "The texts that categories of few examples are told from are not in this build. Make them with: ayni guard train --data DIR --out guard/src/main/resources/dev/ayni/guard/classifiers");
                }
                return KnownTexts.read(in.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "The texts that categories of few examples are told from cannot be read from their jar. Build or fetch it again.",
                        e);
            }
        }
    }

    /** Those that ship with Ayni; opened when they are first needed, which takes about a second. */
    static KnownTexts shipped() {
        return Shipped.TEXTS;
    }

    /** Whether a text of training is one of those that a category is told from: of the room's own, those that patterns stand for. */
    static boolean has(Sample sample) {
        return sample.set().startsWith("own/")
                        && !Recipe.isOwnAnswer(sample)
                        && !sample.same().isEmpty()
                || !kind(sample).isEmpty();
    }

    /** The kind of harm that a text's set says it asks for; empty where it says none. */
    private static String kind(Sample sample) {
        return switch (sample.set()) {
            // the four kinds of advice are a hazard each, and few
            case "ailuminate" -> "ailuminate " + sample.label("hazard").replaceFirst("^spc_.*", "spc");
            case "harmbench" -> "harmbench " + sample.label("SemanticCategory");
            case "strongreject" -> "strongreject " + sample.label("category");
            default -> "";
        };
    }

    /**
     * Of samples those that a category is told from.
     *
     * @param layers of each sample, the encoder's layers one behind another
     */
    static KnownTexts of(List<Sample> samples, List<float[]> layers) {
        List<float[]> vectors = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            if (has(samples.get(i))) {
                vectors.add(vector(layers.get(i)));
                names.add(kind(samples.get(i)));
            }
        }
        TreeSet<String> different = new TreeSet<>(names);
        different.remove("");
        List<String> kindNames = List.copyOf(different);
        float[] middle = mean(vectors.toArray(float[][]::new));
        byte[][] texts = new byte[vectors.size()][middle.length];
        byte[] kinds = new byte[vectors.size()];
        for (int i = 0; i < texts.length; i++) {
            float[] from = vectors.get(i);
            float largest = 1e-9f;
            for (int j = 0; j < middle.length; j++) {
                from[j] -= middle[j];
                largest = Math.max(largest, Math.abs(from[j]));
            }
            for (int j = 0; j < middle.length; j++) {
                texts[i][j] = (byte) Math.round(from[j] / largest * 127);
            }
            kinds[i] = (byte) (names.get(i).isEmpty() ? NO_KIND : kindNames.indexOf(names.get(i)));
        }
        return new KnownTexts(middle, texts, kinds);
    }

    /** The same, of samples whose first windows an encoder reads now. */
    static KnownTexts of(List<Sample> samples, Embedder encoder) {
        List<Sample> some = samples.stream().filter(KnownTexts::has).toList();
        return of(some, layers(some.stream().map(Sample::text).toList(), encoder));
    }

    /** The layers of the first window of each text, one behind another. */
    static List<float[]> layers(List<String> texts, Embedder encoder) {
        List<float[]> layers = new ArrayList<>();
        for (int from = 0; from < texts.size(); from += TEXTS_AT_ONCE) {
            List<String> some = texts.subList(from, Math.min(texts.size(), from + TEXTS_AT_ONCE)).stream()
                    .map(text -> {
                        Windows.Window window = Windows.of(text).getFirst();
                        return text.substring(window.start(), window.end());
                    })
                    .toList();
            for (float[][] each : encoder.layers(some, GuardWeights.LAYERS)) {
                layers.add(Corpus.joined(each));
            }
        }
        return layers;
    }

    /** The mean of the last layer: the vector that the encoder gives as a text's, of length 1. */
    static float[] vector(float[] layers) {
        int width = layers.length / GuardWeights.LAYERS.length;
        float[] vector = Arrays.copyOfRange(layers, layers.length - width, layers.length - width / 2);
        unit(vector, 1);
        return vector;
    }

    int size() {
        return places.length;
    }

    /** The place of one of the known texts. */
    float[] place(int text) {
        return places[text];
    }

    /** The place of a text. @param layers the encoder's layers of it, one behind another */
    float[] place(float[] layers) {
        float[] vector = vector(layers);
        for (int j = 0; j < vector.length; j++) {
            vector[j] -= middle[j];
        }
        unit(vector, 1);
        return joined(vector);
    }

    /** The middle of the known texts' places. */
    float[] middle() {
        return placesMiddle;
    }

    /** Numbers of a vector, with which a place begins. */
    int width() {
        return middle.length;
    }

    /** The weights that best tell texts that differ from the known ones by so much on average. */
    double[] weights(double[] difference) {
        return covariance.solved(difference);
    }

    private float[] joined(float[] vector) {
        float[] like = likeness(vector);
        for (int k = 0; k < like.length; k++) {
            like[k] *= likenessScales[k];
        }
        unit(like, KINDS_LENGTH);
        float[] joined = Arrays.copyOf(vector, vector.length + like.length);
        System.arraycopy(like, 0, joined, vector.length, like.length);
        return joined;
    }

    private float[] likeness(float[] vector) {
        float[] like = new float[likeness.length];
        for (int k = 0; k < like.length; k++) {
            double sum = likeness[k][vector.length];
            for (int j = 0; j < vector.length; j++) {
                sum += likeness[k][j] * (double) vector[j];
            }
            like[k] = (float) sum;
        }
        return like;
    }

    private float[][] likeness(float[][] vectors, float[] mean, Cholesky covariance) {
        Map<Integer, List<float[]>> ofKind = new TreeMap<>();
        for (int i = 0; i < vectors.length; i++) {
            if (Byte.toUnsignedInt(kinds[i]) != NO_KIND) {
                ofKind.computeIfAbsent(Byte.toUnsignedInt(kinds[i]), kind -> new ArrayList<>())
                        .add(vectors[i]);
            }
        }
        List<float[]> rows = new ArrayList<>();
        for (List<float[]> some : ofKind.values()) {
            float[] center = mean(some.toArray(float[][]::new));
            double[] difference = new double[center.length];
            for (int j = 0; j < center.length; j++) {
                difference[j] = center[j] - mean[j];
            }
            double[] solved = covariance.solved(difference);
            float[] row = new float[center.length + 1];
            for (int j = 0; j < center.length; j++) {
                row[j] = (float) solved[j];
            }
            rows.add(row);
        }
        return rows.toArray(float[][]::new);
    }

    private static float[] mean(float[][] rows) {
        int width = rows.length == 0 ? 0 : rows[0].length;
        double[] sums = new double[width];
        for (float[] row : rows) {
            for (int j = 0; j < width; j++) {
                sums[j] += row[j];
            }
        }
        float[] mean = new float[width];
        for (int j = 0; j < width; j++) {
            mean[j] = (float) (sums[j] / rows.length);
        }
        return mean;
    }

    /** Each sum in the order of the rows, so that it is the same whatever the number of threads. */
    private static double[][] covariance(float[][] rows, float[] mean) {
        int width = mean.length;
        float[][] columns = new float[width][rows.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < width; j++) {
                columns[j][i] = rows[i][j] - mean[j];
            }
        }
        double[][] covariance = new double[width][width];
        IntStream.range(0, width).parallel().forEach(j -> {
            for (int k = 0; k <= j; k++) {
                covariance[j][k] = dot(columns[j], columns[k]) / rows.length;
            }
        });
        return covariance;
    }

    /** In four sums side by side, always the same four. */
    private static double dot(float[] a, float[] b) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 4 <= a.length; i += 4) {
            s0 += a[i] * b[i];
            s1 += a[i + 1] * b[i + 1];
            s2 += a[i + 2] * b[i + 2];
            s3 += a[i + 3] * b[i + 3];
        }
        for (; i < a.length; i++) {
            s0 += a[i] * b[i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    private static Cholesky shrunk(double[][] covariance) {
        double trace = 0;
        for (int j = 0; j < covariance.length; j++) {
            trace += covariance[j][j];
        }
        double size = Math.max(1e-12, trace / Math.max(1, covariance.length));
        for (int j = 0; j < covariance.length; j++) {
            for (int k = 0; k <= j; k++) {
                covariance[j][k] /= SHRINKAGE * size;
            }
            covariance[j][j] += 1;
        }
        return new Cholesky(covariance);
    }

    private static void unit(float[] vector, float wanted) {
        double squares = 0;
        for (float number : vector) {
            squares += number * (double) number;
        }
        float factor = (float) (wanted / Math.sqrt(Math.max(1e-12, squares)));
        for (int j = 0; j < vector.length; j++) {
            vector[j] *= factor;
        }
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            out.writeInt(middle.length);
            out.writeInt(texts.length);
            for (float number : middle) {
                out.writeFloat(number);
            }
            out.write(kinds);
            for (byte[] text : texts) {
                out.write(text);
            }
        } catch (IOException e) {
            throw new AssertionError("memory takes all bytes", e);
        }
        return bytes.toByteArray();
    }

    static KnownTexts read(byte[] bytes) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readInt() != MAGIC) {
                throw new IOException(
                        "These are no known texts of a guard of this version. Make them again with: ayni guard train --data DIR");
            }
            float[] middle = new float[in.readInt()];
            byte[][] texts = new byte[in.readInt()][middle.length];
            for (int j = 0; j < middle.length; j++) {
                middle[j] = in.readFloat();
            }
            byte[] kinds = new byte[texts.length];
            in.readFully(kinds);
            for (byte[] text : texts) {
                in.readFully(text);
            }
            return new KnownTexts(middle, texts, kinds);
        }
    }
}
