package dev.ayni.guard.personal;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A linear-chain conditional random field: which words begin, continue or are outside of a name, a place, an address, ... The
 * weights are bytes; it computes with doubles in one order, so that the same text has the same scores everywhere.
 */
final class SequenceModel {
    /*
     * T words, L labels. A labelling of a text scores the sum of its words' weights (all features of a word) and of its
     * transitions; its probability is the exponential of that, divided by the sum over all labellings [1].
     *
     * [1] Conditional Random Fields: Probabilistic Models for Segmenting and Labeling Sequence Data, 2001
     */
    static final List<String> ENTITIES = List.of(
            "PERSON",
            "STREET_ADDRESS",
            "GPE",
            "ORGANIZATION",
            "TITLE",
            "NRP",
            "DATE_TIME",
            "AGE",
            "ZIP_CODE",
            "PHONE_NUMBER",
            "US_DRIVER_LICENSE");

    /** Outside; then for each entity its beginning and its inside. */
    static final int LABELS = 1 + 2 * 11;

    static final int OUTSIDE = 0;

    /** One step of a weight in a file. */
    static final double STEP = 1.0 / 24;

    /**
     * A piece of a text that the model sees as an entity.
     *
     * @param first its first word
     * @param last its last
     * @param score the mean probability that a word of it belongs to this kind of entity
     */
    record Piece(String entity, int first, int last, double score) {}

    private final String card;
    private final int[] features;
    private final byte[] weights_FL;
    private final byte[] transitions_LL;

    /**
     * @param card where it comes from, in words
     * @param features hashes, rising
     * @param transitions_LL from one label to the next; the last row from the beginning of a text
     */
    SequenceModel(String card, int[] features, byte[] weights_FL, byte[] transitions_LL) {
        this.card = card;
        this.features = features;
        this.weights_FL = weights_FL;
        this.transitions_LL = transitions_LL;
    }

    static int begin(int entity) {
        return 1 + 2 * entity;
    }

    static int inside(int entity) {
        return 2 + 2 * entity;
    }

    /** Whether a label may follow another: an inside only its own beginning or inside. */
    static boolean follows(int label, int previous) {
        return label == OUTSIDE || label % 2 == 1 || previous == label || previous == label - 1;
    }

    String card() {
        return card;
    }

    int featureCount() {
        return features.length;
    }

    private double[][] emissions(WordFeatures words, int from, int to, double outside) {
        double[][] scores_TL = new double[to - from][LABELS];
        for (int t = 0; t < scores_TL.length; t++) {
            int[] sum_L = new int[LABELS];
            for (int feature : words.of(from + t)) {
                int found = Arrays.binarySearch(features, feature);
                for (int l = 0; found >= 0 && l < LABELS; l++) {
                    sum_L[l] += weights_FL[found * LABELS + l];
                }
            }
            for (int l = 0; l < LABELS; l++) {
                scores_TL[t][l] = sum_L[l] * STEP;
            }
            scores_TL[t][OUTSIDE] += outside;
        }
        return scores_TL;
    }

    private double[][] transitions() {
        double[][] scores_LL = new double[LABELS + 1][LABELS];
        for (int from = 0; from <= LABELS; from++) {
            for (int to = 0; to < LABELS; to++) {
                boolean allowed = from < LABELS ? follows(to, from) : follows(to, OUTSIDE);
                scores_LL[from][to] = allowed ? transitions_LL[from * LABELS + to] * STEP : Double.NEGATIVE_INFINITY;
            }
        }
        return scores_LL;
    }

    /**
     * The most probable labelling of some words that follow each other, as pieces.
     *
     * @param from the first of them
     * @param to the word after the last
     * @param outside what is added to the score of a word's being outside: below 0, more is found and less of it is right
     */
    List<Piece> pieces(WordFeatures words, int from, int to, double outside) {
        int length = to - from;
        if (length == 0) {
            return List.of();
        }
        double[][] emissions_TL = emissions(words, from, to, outside);
        double[][] transitions_LL = transitions();
        int[] best = SequenceLattice.best(emissions_TL, transitions_LL);
        double[][] chances_TL = SequenceLattice.chances(emissions_TL, transitions_LL);
        List<Piece> pieces = new java.util.ArrayList<>();
        for (int t = 0; t < length; t++) {
            if (best[t] == OUTSIDE) {
                continue;
            }
            int entity = (best[t] - 1) / 2;
            int last = t;
            while (last + 1 < length && best[last + 1] == inside(entity)) {
                last++;
            }
            double sum = 0;
            for (int i = t; i <= last; i++) {
                sum += chances_TL[i][begin(entity)] + chances_TL[i][inside(entity)];
            }
            pieces.add(new Piece(ENTITIES.get(entity), from + t, from + last, Math.min(1, sum / (last - t + 1))));
            t = last;
        }
        return pieces;
    }

    private static final byte[] MAGIC = "AYNISEQ1".getBytes(StandardCharsets.US_ASCII);

    /** The file, the same bytes for the same model. */
    byte[] bytes() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(new GZIPOutputStream(file))) {
            out.write(MAGIC);
            out.writeUTF(card);
            out.writeInt(features.length);
            for (int feature : features) {
                out.writeInt(feature);
            }
            // label by label: the bytes of one label are more alike
            for (int l = 0; l < LABELS; l++) {
                for (int f = 0; f < features.length; f++) {
                    out.writeByte(weights_FL[f * LABELS + l]);
                }
            }
            out.write(transitions_LL);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file.toByteArray();
    }

    static SequenceModel read(InputStream in) throws IOException {
        DataInputStream data = new DataInputStream(new GZIPInputStream(in, 1 << 16));
        if (!Arrays.equals(data.readNBytes(MAGIC.length), MAGIC)) {
            throw new IOException("This is no model of sequences. Expected a file that begins with AYNISEQ1.");
        }
        String card = data.readUTF();
        byte[] hashes = data.readNBytes(4 * data.readInt());
        int[] features = new int[hashes.length / 4];
        java.nio.ByteBuffer.wrap(hashes).asIntBuffer().get(features);
        byte[] weights_FL = new byte[features.length * LABELS];
        for (int l = 0; l < LABELS; l++) {
            byte[] column = data.readNBytes(features.length);
            for (int f = 0; f < column.length; f++) {
                weights_FL[f * LABELS + l] = column[f];
            }
        }
        return new SequenceModel(card, features, weights_FL, data.readNBytes((LABELS + 1) * LABELS));
    }
}
