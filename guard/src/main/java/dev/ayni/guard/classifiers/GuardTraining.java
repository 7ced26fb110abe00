package dev.ayni.guard.classifiers;

import dev.ayni.chat.Embedder;
import dev.ayni.guard.classifiers.Measures.Confusion;
import dev.ayni.guard.classifiers.Training.Made;
import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Makes the weights of the guard's classifiers from the sets that they name: the same bytes each time. */
public final class GuardTraining {
    private static final int FEW = 100;

    private GuardTraining() {}

    /** A set is not what the shipped weights were made from. */
    public static final class OtherDataException extends IOException {
        private static final long serialVersionUID = 1;

        OtherDataException(List<String> differences) {
            super(
                    "The data are not those that the guard's weights are made from: %s. Get the same files, or say that others are meant (--other-data): the weights are then others too."
                            .formatted(String.join("; ", differences)));
        }
    }

    /**
     * Makes the weights, and what categories of few examples are told from.
     *
     * @param data the folder of the sets
     * @param encoder minilm; null: weights that judge by n-grams and counts alone
     * @param otherData whether files with other digests are taken
     * @return the bytes of each file, by its name; without an encoder there is {@code guard.weights} alone
     * @throws OtherDataException if a file differs and none may
     */
    public static Map<String, byte[]> train(
            Path data, @Nullable Embedder encoder, boolean otherData, Consumer<String> aloud) throws IOException {
        List<String> differences = new ArrayList<>();
        for (DataSet set : DataSet.values()) {
            if (set.trains()) {
                set.difference(data).ifPresent(differences::add);
            }
        }
        if (!differences.isEmpty() && !otherData) {
            throw new OtherDataException(differences);
        }
        List<Sample> samples = Corpus.samples(data);
        aloud.accept("%d texts train".formatted(samples.size()));
        Corpus corpus = Corpus.of(samples, encoder, aloud);
        Training training = new Training(corpus);
        List<Made> made = training.make(Recipe.all());
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(
                "guard.weights",
                new GuardWeights(
                                corpus.characters,
                                made.stream().map(Made::classifier).toList(),
                                card(data, samples, made, encoder))
                        .bytes());
        if (encoder != null) {
            files.put("known-texts.bin", KnownTexts.of(samples, encoder).bytes());
        }
        return files;
    }

    private static String card(Path data, List<Sample> samples, List<Made> classified, @Nullable Embedder encoder)
            throws IOException {
        Map<String, Integer> sizes = new TreeMap<>();
        for (Sample sample : samples) {
            sizes.merge(sample.set(), 1, Integer::sum);
        }
        List<Map<String, Object>> sets = new ArrayList<>();
        for (DataSet set : DataSet.values()) {
            if (set.trains()) {
                sets.add(ordered(
                        "set", set.title(),
                        "file", set.path(),
                        "licence", set.licence(),
                        "sha256", Digest.of(data.resolve(set.path())).hex(),
                        "texts", sizes.getOrDefault(set.title(), 0)));
            }
        }
        List<OwnTexts.OwnText> own = OwnTexts.all();
        for (String file : OwnTexts.FILES) {
            sets.add(ordered(
                    "set", "own",
                    "file", "own/%s, in the room guard".formatted(file),
                    "licence", "Apache-2.0",
                    "sha256", Digest.of(OwnTexts.bytes(file)).hex(),
                    "texts",
                            own.stream()
                                    .filter(text -> text.file().equals(file))
                                    .count()));
        }
        for (String made : List.of("made/suffixes", "made/injections", "made/documents")) {
            sets.add(ordered(
                    "set", made,
                    "file", "made by the recipe",
                    "licence", "Apache-2.0",
                    "sha256", "",
                    "texts", sizes.getOrDefault(made, 0)));
        }
        List<Map<String, Object>> classifiers = new ArrayList<>();
        for (Made each : classified) {
            classifiers.add(classifier(each, encoder != null));
        }
        return JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValueAsString(ordered(
                        "encoder",
                        encoder == null ? "" : encoder.name(),
                        "language",
                        "English; other languages by few texts of the project's own",
                        "sets",
                        sets,
                        "classifiers",
                        classifiers));
    }

    private static Map<String, Object> classifier(Made made, boolean encoder) {
        int positives = (int)
                IntStream.range(0, made.is().length).filter(i -> made.is()[i]).count();
        Map<String, Object> card = ordered(
                "name", made.recipe().name(),
                "category", made.recipe().category(),
                "what", made.recipe().what(),
                "positives", positives,
                "others", made.is().length - positives,
                "thin", positives < FEW,
                "without-encoder", errors(made.alone(), made.harmlessAlone(), made, false));
        if (encoder) {
            card.put("with-encoder", errors(made.together(), made.harmlessTogether(), made, true));
        }
        return card;
    }

    /** On texts that the measured model had not seen, near-duplicates neither. */
    private static Map<String, Object> errors(double[] scores, double[] harmless, Made made, boolean encoder) {
        double threshold = made.classifier().threshold(encoder);
        Confusion confusion = Confusion.of(scores, made.is(), threshold);
        return ordered(
                "average-precision", thousandths(Measures.averagePrecision(scores, made.is())),
                "threshold", thousandths(threshold),
                "precision", thousandths(confusion.precision()),
                "recall", thousandths(confusion.recall()),
                "false-positives", thousandths(1 - confusion.specificity()),
                "harmless-texts", harmless.length,
                "harmless-alarms",
                        thousandths((double) Arrays.stream(harmless)
                                        .filter(score -> score >= threshold)
                                        .count()
                                / Math.max(1, harmless.length)),
                "confusion",
                        ordered(
                                "hits", confusion.hits(),
                                "misses", confusion.misses(),
                                "false-alarms", confusion.falseAlarms(),
                                "rejections", confusion.rejections()));
    }

    private static double thousandths(double number) {
        return Math.round(number * 1000) / 1000.0;
    }

    private static Map<String, Object> ordered(Object... namesAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }
}
