package dev.ayni.guard.classifiers;

import dev.ayni.chat.Embedder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All texts that train, and what is seen of the first window of each. */
final class Corpus {
    private static final int TEXTS_AT_ONCE = 64;

    final List<Sample> samples;
    final CharacterModel characters;
    final List<Signs> signs;
    /** Near-duplicates have the same number. */
    final int[] groups;

    private Corpus(List<Sample> samples, CharacterModel characters, List<Signs> signs, int[] groups) {
        this.samples = samples;
        this.characters = characters;
        this.signs = signs;
        this.groups = groups;
    }

    /** The samples that train: of the sets whose licence allows it, the room's own, and those made from them. */
    static List<Sample> samples(Path data) throws IOException {
        List<Sample> samples = new ArrayList<>();
        for (DataSet set : DataSet.values()) {
            if (set.trains()) {
                samples.addAll(set.read(data));
            }
        }
        List<Sample> answers = new ArrayList<>();
        for (OwnTexts.OwnText own : OwnTexts.all()) {
            Sample sample = new Sample("own/" + own.set(), own.text(), Map.of(), own.pattern());
            (Recipe.isOwnAnswer(sample) ? answers : samples).add(sample);
        }
        List<String> requests = new ArrayList<>();
        TreeSet<String> words = new TreeSet<>();
        for (int i = 0; i < samples.size(); i++) {
            Sample sample = samples.get(i);
            boolean request = sample.set().equals("truthfulqa")
                    || sample.set().equals("strongreject")
                    || sample.set().equals("own/harmless-general");
            if (request && requests.size() < 600 && i % 2 == 0) {
                requests.add(sample.text());
            }
            if (!sample.set().startsWith("jailbreak")) {
                for (String word : sample.text().split("\\s+", -1)) {
                    if (word.length() >= 3 && word.length() < 20) {
                        words.add(word);
                    }
                }
            }
        }
        List<String> sentences = new ArrayList<>();
        List<Sample> attacks = new ArrayList<>();
        for (Sample sample : samples) {
            switch (sample.set()) {
                case "truthfulqa",
                        "own/harmless-documents",
                        "own/harmless-talk",
                        "own/harmless-general",
                        "own/harmless-instructions" -> sentences.add(sample.text());
                case "own/injection", "own/jailbreak" -> attacks.add(sample);
                default -> {}
            }
        }
        samples.addAll(MadeSuffixes.of(requests, List.copyOf(words)));
        samples.addAll(MadeInjections.of(sentences, attacks, 500));
        samples.addAll(answers); // last, so that the folds of the others do not depend on them
        return samples;
    }

    /** What ordinary texts are: those of no attack. */
    private static CharacterModel characters(List<Sample> samples) {
        return CharacterModel.learned(samples.stream()
                .filter(sample ->
                        !sample.set().startsWith("jailbreak") && !sample.set().startsWith("made/"))
                .filter(sample -> !sample.set().startsWith("own/injection")
                        && !sample.set().startsWith("own/jailbreak")
                        && !sample.set().startsWith("own/attack")
                        && !Recipe.isOwnAnswer(sample))
                .map(Sample::text)
                .toList());
    }

    /** @param encoder null: n-grams and counts only */
    static Corpus of(List<Sample> samples, @Nullable Embedder encoder, Consumer<String> aloud) {
        CharacterModel characters = characters(samples);
        List<String> texts = samples.stream().map(Corpus::firstWindow).toList();
        List<Signs> signs = signs(texts, characters, encoder, aloud);
        int[] groups = Groups.of(
                // what is made of other texts shares their words; it is alike where it was made from the same pattern;
                // short answers of the room's own would make one group of texts that have nothing in common
                samples.stream()
                        .map(sample ->
                                sample.set().startsWith("made/") || Recipe.isOwnAnswer(sample) ? "" : sample.text())
                        .toList(),
                samples.stream().map(Sample::same).toList());
        return new Corpus(samples, characters, signs, groups);
    }

    private static String firstWindow(Sample sample) {
        Windows.Window window = Windows.of(sample.text()).getFirst();
        return sample.text().substring(window.start(), window.end());
    }

    /** What is seen of each text; equal texts are encoded once. */
    static List<Signs> signs(
            List<String> texts, CharacterModel characters, @Nullable Embedder encoder, Consumer<String> aloud) {
        Map<String, float[]> layers = new HashMap<>();
        if (encoder != null) {
            List<String> different = texts.stream().distinct().toList();
            for (int from = 0; from < different.size(); from += TEXTS_AT_ONCE) {
                List<String> some = different.subList(from, Math.min(different.size(), from + TEXTS_AT_ONCE));
                List<float[][]> shown = encoder.layers(some, GuardWeights.LAYERS);
                for (int i = 0; i < some.size(); i++) {
                    layers.put(some.get(i), joined(shown.get(i)));
                }
                if (from / TEXTS_AT_ONCE % 16 == 15) {
                    aloud.accept("read %d of %d texts".formatted(from + some.size(), different.size()));
                }
            }
        }
        List<Signs> signs = new ArrayList<>(texts.size());
        for (String text : texts) {
            signs.add(new Signs(text, NGrams.of(text), Counts.of(text, characters), layers.get(text)));
        }
        return signs;
    }

    static float[] joined(float[][] layers) {
        int width = layers[0].length;
        float[] joined = new float[layers.length * width];
        for (int i = 0; i < layers.length; i++) {
            System.arraycopy(layers[i], 0, joined, i * width, width);
        }
        return joined;
    }

    /** The places of the samples that a recipe uses. */
    int[] used(Recipe recipe) {
        int[] used = new int[samples.size()];
        int count = 0;
        for (int i = 0; i < used.length; i++) {
            if (recipe.role().apply(samples.get(i)) != Recipe.Role.LEFT_OUT) {
                used[count++] = i;
            }
        }
        return Arrays.copyOf(used, count);
    }
}
