package dev.ayni.guard.classifiers;

import dev.ayni.chat.Embedder;
import dev.ayni.guard.Content;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import dev.ayni.guard.classifiers.Measures.Confusion;
import dev.ayni.guard.classifiers.Training.Made;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Measures the classifiers on texts that training did not see, and writes the tables of the guide. */
public final class Quality {
    /** A set that only measures is read up to so many texts. */
    private static final int MOST = 2500;

    private static final int REPEATS = 40;

    private final Path data;
    private final @Nullable Embedder encoder;
    private final Consumer<String> aloud;
    private final Corpus corpus;
    private final Training training;
    private final StringBuilder out = new StringBuilder();

    private Quality(Path data, @Nullable Embedder encoder, Consumer<String> aloud) throws IOException {
        this.data = data;
        this.encoder = encoder;
        this.aloud = aloud;
        corpus = Corpus.of(Corpus.samples(data), encoder, aloud);
        training = new Training(corpus);
    }

    /** All tables, as Markdown. @param encoder null: without one */
    public static String tables(Path data, @Nullable Embedder encoder, Consumer<String> aloud) throws IOException {
        Quality quality = new Quality(data, encoder, aloud);
        quality.harmful();
        quality.attacks();
        quality.refusal();
        quality.content();
        if (encoder != null) {
            quality.out.append(FewExamplesQuality.tables(data, encoder, aloud));
        }
        return quality.out.toString();
    }

    private void line(String format, Object... values) {
        out.append(format.formatted(values)).append('\n');
        aloud.accept(format.formatted(values));
    }

    private static Recipe recipe(String name) {
        return Recipe.all().stream()
                .filter(recipe -> recipe.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void content() {
        line("\n### Content, openai-moderation (five folds, near-duplicates together)\n");
        line("| label | positives | AUPRC | without the encoder | precision | recall | hits, misses, false alarms,"
                + " rejections |");
        line("|---|---|---|---|---|---|---|");
        List<Made> all = new ArrayList<>();
        for (Recipe recipe : Recipe.all()) {
            if (recipe.name().startsWith("moderation/") || recipe.name().equals("toxicity")) {
                Made made = training.make(recipe);
                all.add(made);
                int positives = count(made.is());
                Confusion confusion = Confusion.of(
                        made.together(), made.is(), made.classifier().threshold(true));
                line(
                        "| %s | %d | %s | %.3f | %.3f | %.3f | %d, %d, %d, %d |",
                        recipe.name(),
                        positives,
                        positives >= 20 ? Measures.averagePrecisionInterval(made.together(), made.is()) : "too few",
                        Measures.averagePrecision(made.alone(), made.is()),
                        confusion.precision(),
                        confusion.recall(),
                        confusion.hits(),
                        confusion.misses(),
                        confusion.falseAlarms(),
                        confusion.rejections());
            }
        }
        near(all);
    }

    /** Of passages near the border, how many a classifier of content takes for its kind; none of them trains one. */
    private void near(List<Made> made) {
        List<String> passages = corpus.samples.stream()
                .filter(sample -> sample.set().equals(Recipe.NEAR))
                .map(Sample::text)
                .toList();
        for (boolean together : encoder == null ? new boolean[] {false} : new boolean[] {true, false}) {
            double[] scores = new Scorer(made.stream().map(Made::classifier).toList(), together).all(passages);
            line(
                    "\nOur passages that are allowed but near the border, taken for any kind, %s: %s of %d",
                    together ? "with the encoder" : "without", Measures.share(scores, 0.5), scores.length);
        }
    }

    private static int count(boolean[] flags) {
        return (int) IntStream.range(0, flags.length).filter(i -> flags[i]).count();
    }

    /** XSTest by types of prompt: each is judged by a model that has seen neither it nor the type that contrasts with it. */
    private void harmful() throws IOException {
        Recipe recipe = recipe("harmful");
        int[] used = corpus.used(recipe);
        int[] groups = Arrays.stream(used).map(i -> corpus.groups[i]).toArray();
        int[] folds = Groups.folds(groups, Training.FOLDS, 1);
        List<String> types = new ArrayList<>();
        for (int i = 0; i < used.length; i++) {
            Sample sample = corpus.samples.get(used[i]);
            if (sample.set().equals("xstest")) {
                String type = pair(sample.label("type"));
                if (!types.contains(type)) {
                    types.add(type);
                }
                folds[i] = Training.FOLDS + types.indexOf(type);
            }
        }
        Made left = training.make(recipe, used, folds, Training.FOLDS + types.size());
        int[] places = places(left, sample -> sample.set().equals("xstest"));
        boolean[] is = Measures.taken(left.is(), places);
        line(
                "\n"
                        + "### Harmful requests: XSTest, leaving out one type of prompt and what contrasts with it (%d"
                        + " pairs)\n",
                types.size());
        line("| | over-refusal on 250 safe | of 200 unsafe caught |");
        line("|---|---|---|");
        for (boolean together : encoder == null ? new boolean[] {false} : new boolean[] {true, false}) {
            double[] scores = Measures.taken(together ? left.together() : left.alone(), places);
            String how = together ? "with the encoder" : "without";
            double[] safe = only(scores, is, false);
            double[] unsafe = only(scores, is, true);
            double threshold = left.classifier().threshold(together);
            line(
                    "| %s, at the threshold | %s | %s |",
                    how, Measures.share(safe, threshold), Measures.share(unsafe, threshold));
            double[] sorted = unsafe.clone();
            Arrays.sort(sorted);
            double three = sorted[sorted.length / 4];
            line(
                    "| %s, where three in four are caught | %s | %s |",
                    how, Measures.share(safe, three), Measures.share(unsafe, three));
        }
        for (boolean together : encoder == null ? new boolean[] {false} : new boolean[] {true, false}) {
            Scorer scorer = new Scorer(List.of(left.classifier()), together);
            for (DataSet set : List.of(DataSet.SECURITY_QUESTIONS, DataSet.HARMLESS_VAL)) {
                double[] scores = scorer.all(texts(set));
                line(
                        "\n%s taken for harmful, %s: %s of %d",
                        set.title(),
                        together ? "with the encoder" : "without",
                        Measures.share(scores, 0.5),
                        scores.length);
            }
        }
    }

    /** Types of prompt of which one is the contrast of the other, under one name. */
    private static String pair(String type) {
        return switch (type.replace("contrast_", "")) {
            case "nons_group_real_discr", "real_group_nons_discr", "discr" -> "discrimination";
            case "privacy_public", "privacy_fictional", "privacy" -> "privacy";
            default -> type.replace("contrast_", "");
        };
    }

    private void refusal() {
        Recipe recipe = recipe("refusal");
        Made left = training.make(recipe);
        line("\n### Refusal, XSTest's answers, leaving one model out\n");
        line("| | precision | specificity | recall | accuracy | hits, misses, false alarms, rejections |");
        line("|---|---|---|---|---|---|");
        for (boolean together : new boolean[] {true, false}) {
            double[] scores = together ? left.together() : left.alone();
            double threshold = left.classifier().threshold(together);
            List<String> models = new ArrayList<>(List.of("all"));
            if (together) {
                for (DataSet set : List.of(DataSet.XSTEST_GPT4, DataSet.XSTEST_LLAMA2, DataSet.XSTEST_MISTRAL)) {
                    models.add(set.title());
                }
            }
            for (String model : models) {
                int[] places = places(
                        left, sample -> model.equals("all") || sample.set().equals(model));
                double[] some = Measures.taken(scores, places);
                boolean[] is = Measures.taken(left.is(), places);
                Function<Function<Confusion, Double>, Measures.Interval> interval = measure -> Measures.interval(
                        places.length,
                        drawn -> measure.apply(
                                Confusion.of(Measures.taken(some, drawn), Measures.taken(is, drawn), threshold)));
                Confusion confusion = Confusion.of(some, is, threshold);
                line(
                        "| %s%s | %s | %s | %s | %s | %d, %d, %d, %d |",
                        model,
                        together ? "" : ", without the encoder",
                        interval.apply(Confusion::precision),
                        interval.apply(Confusion::specificity),
                        interval.apply(Confusion::recall),
                        interval.apply(Confusion::accuracy),
                        confusion.hits(),
                        confusion.misses(),
                        confusion.falseAlarms(),
                        confusion.rejections());
            }
        }
    }

    private void attacks() throws IOException {
        Recipe recipe = recipe("prompt-attack");
        Made made = training.make(recipe);
        Recipe withoutPair = new Recipe(
                recipe.name(),
                recipe.category(),
                sample -> sample.set().equals("jailbreakbench-pair")
                        ? Recipe.Role.LEFT_OUT
                        : recipe.role().apply(sample),
                recipe.textPenalty(),
                recipe.layersPenalty(),
                recipe.emphasis(),
                recipe.falsePositives(),
                recipe.alarms(),
                recipe.beside(),
                recipe.answers(),
                recipe.what());
        Made noPair = training.make(withoutPair);
        Made suffix = training.make(recipe("prompt-attack/suffix"));
        for (boolean together : new boolean[] {true, false}) {
            if (together && encoder == null) {
                continue;
            }
            line("\n### Prompt attacks, one threshold for all, %s\n", together ? "with the encoder" : "without");
            line("| harmless texts | how measured | taken for attacks |");
            line("|---|---|---|");
            Map<Sample, Double> scores = new IdentityHashMap<>();
            for (Made each : List.of(made, suffix)) {
                double threshold = each.classifier().threshold(together);
                double[] probabilities = together ? each.together() : each.alone();
                for (int i = 0; i < probabilities.length; i++) {
                    scores.merge(
                            corpus.samples.get(each.used()[i]),
                            Classifier.scaled(probabilities[i], threshold),
                            Math::max);
                }
            }
            Scorer scorer = new Scorer(List.of(made.classifier(), suffix.classifier()), together);
            for (DataSet set : List.of(DataSet.HARMLESS_VAL, DataSet.SECURITY_QUESTIONS)) {
                double[] some = scorer.all(texts(set));
                line("| %s | never trains; %d texts | %s |", set.title(), some.length, Measures.share(some, 0.5));
            }
            for (Map.Entry<String, Predicate<Sample>> set : harmless().entrySet()) {
                inFolds(set.getKey(), scores, set.getValue());
            }
            line("\n| attacks | how measured | caught |");
            line("|---|---|---|");
            for (String set : List.of(
                    "jailbreaks-in-the-wild",
                    "jailbreakbench-jbc",
                    "jailbreakbench-random-search",
                    "jailbreakbench-pair",
                    "own/injection",
                    "own/attack",
                    "own/injection-document",
                    "own/jailbreak",
                    "own/jailbreak-tongues",
                    "made/injections",
                    "made/suffixes")) {
                inFolds(set, scores, sample -> sample.set().equals(set));
            }
            for (DataSet set : List.of(DataSet.CYBERSECEVAL_INJECTIONS, DataSet.GCG, DataSet.DSN)) {
                double[] some = scorer.all(texts(set));
                line("| %s | never trains; %d texts | %s |", set.title(), some.length, Measures.share(some, 0.5));
            }
            double[] pair =
                    new Scorer(List.of(noPair.classifier(), suffix.classifier()), together).all(texts(DataSet.PAIR));
            line(
                    "| jailbreakbench-pair | left out of training; %d texts | %s |",
                    pair.length, Measures.share(pair, 0.5));
            wrapped(recipe, suffix, together);
        }
        if (encoder != null) {
            time(List.of(made.classifier(), suffix.classifier()));
        }
    }

    private void inFolds(String name, Map<Sample, Double> scores, Predicate<Sample> which) {
        double[] some = corpus.samples.stream()
                .filter(sample -> scores.containsKey(sample) && which.test(sample))
                .mapToDouble(sample -> scores.getOrDefault(sample, 0.0))
                .toArray();
        line("| %s | in folds; %d texts | %s |", name, some.length, Measures.share(some, 0.5));
    }

    private static Map<String, Predicate<Sample>> harmless() {
        Map<String, Predicate<Sample>> sets = new LinkedHashMap<>();
        sets.put(
                "XSTest safe",
                sample -> sample.set().equals("xstest") && sample.label("label").equals("safe"));
        sets.put("code, own", sample -> sample.set().equals("own/harmless-code"));
        for (String set : List.of(
                "languages", "tongues", "everyday", "security", "contrasts", "messages", "documents", "passages")) {
            sets.put("own, " + set, sample -> sample.set().equals("own/harmless-" + set));
        }
        sets.put("made/documents", sample -> sample.set().equals("made/documents"));
        sets.put("TruthfulQA's questions", sample -> sample.set().equals("truthfulqa"));
        sets.put("openai-moderation", sample -> sample.set().equals("openai-moderation"));
        return sets;
    }

    /** Attacks that one fold's model has not seen, wrapped. */
    private void wrapped(Recipe recipe, Made suffix, boolean together) {
        int[] used = corpus.used(recipe);
        int[] groups = Arrays.stream(used).map(i -> corpus.groups[i]).toArray();
        int[] folds = Groups.folds(groups, Training.FOLDS, 1);
        int[] seen = IntStream.range(0, used.length).filter(i -> folds[i] != 0).toArray();
        Made made = training.make(
                recipe,
                Arrays.stream(seen).map(i -> used[i]).toArray(),
                Groups.folds(Arrays.stream(seen).map(i -> groups[i]).toArray(), Training.FOLDS, 2),
                Training.FOLDS);
        Scorer scorer = new Scorer(List.of(made.classifier(), suffix.classifier()), together);
        List<String> attacks = new ArrayList<>();
        for (int i = 0; i < used.length; i++) {
            Sample sample = corpus.samples.get(used[i]);
            if (folds[i] == 0
                    && (sample.set().equals("jailbreaks-in-the-wild")
                            || sample.set().equals("own/injection"))) {
                attacks.add(
                        sample.text().substring(0, Math.min(700, sample.text().length())));
            }
        }
        for (Map.Entry<String, UnaryOperator<String>> wrapping : wrappings().entrySet()) {
            double[] scores =
                    scorer.all(attacks.stream().map(wrapping.getValue()).toList());
            line(
                    "| jailbreaks and injections, %s | one fold; %d texts | %s |",
                    wrapping.getKey(), scores.length, Measures.share(scores, 0.5));
        }
    }

    private static Map<String, UnaryOperator<String>> wrappings() {
        Map<String, UnaryOperator<String>> wrappings = new LinkedHashMap<>();
        wrappings.put("as they are", text -> text);
        wrappings.put("base64", text -> Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
        wrappings.put("spaced out", text -> String.join(" ", text.split("", -1)));
        wrappings.put("leetspeak", text -> {
            StringBuilder leet = new StringBuilder(text);
            for (int i = 0; i < text.length(); i++) {
                int place = "aeiostAEIOST".indexOf(text.charAt(i));
                if (place >= 0) {
                    leet.setCharAt(i, "431057431057".charAt(place));
                }
            }
            return leet.toString();
        });
        wrappings.put("backwards", text -> new StringBuilder(text).reverse().toString());
        return wrappings;
    }

    private void time(List<Classifier> classifiers) {
        String text = corpus.samples.stream()
                .map(Sample::text)
                .filter(each -> each.length() >= 2200)
                .findFirst()
                .orElseThrow()
                .substring(0, 2200);
        for (boolean together : new boolean[] {true, false}) {
            Scorer scorer = new Scorer(classifiers, together);
            double[] times = new double[REPEATS];
            for (int i = -10; i < REPEATS; i++) {
                long start = System.nanoTime();
                scorer.score(text + i);
                if (i >= 0) {
                    times[i] = (System.nanoTime() - start) / 1e6;
                }
            }
            Arrays.sort(times);
            line(
                    "\nA text of 2200 characters, about 512 tokens, %s: p50 %.1f ms, p99 %.1f ms",
                    together ? "with the encoder" : "without", times[REPEATS / 2], times[REPEATS - 1]);
        }
    }

    private int[] places(Made made, Predicate<Sample> which) {
        return IntStream.range(0, made.used().length)
                .filter(i -> which.test(corpus.samples.get(made.used()[i])))
                .toArray();
    }

    private static double[] only(double[] scores, boolean[] is, boolean wanted) {
        return Measures.taken(
                scores,
                IntStream.range(0, is.length).filter(i -> is[i] == wanted).toArray());
    }

    private List<String> texts(DataSet set) throws IOException {
        return set.read(data).stream().map(Sample::text).limit(MOST).toList();
    }

    /** The score of whole texts: of their windows, and of what is hidden in it, the highest. */
    private final class Scorer {
        private final List<Classifier> classifiers;
        private final Seen seen;

        Scorer(List<Classifier> classifiers, boolean together) {
            this.classifiers = classifiers;
            seen = new Seen(new GuardWeights(corpus.characters, classifiers, ""), together ? encoder : null);
        }

        double score(String text) {
            Reading reading = new Reading(Content.of(Stage.PROMPT, text));
            List<Seen.Part> parts = new ArrayList<>(seen.plain(reading));
            parts.addAll(seen.hidden(reading));
            double most = 0;
            for (Seen.Part part : parts) {
                for (Classifier classifier : classifiers) {
                    most = Math.max(most, classifier.score(part.signs()));
                }
            }
            return most;
        }

        double[] all(List<String> texts) {
            return texts.stream().mapToDouble(this::score).toArray();
        }
    }
}
