package dev.ayni.guard.personal;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How the model of names is made: from labelled texts in the layout of Presidio's research data, and from sentences of Ayni's
 * own that are filled with inventions. The same data gives the same file, to the byte.
 */
public final class NameRecipe {
    private static final int FOLDS = 5;
    private static final int TIMES = 14;
    private static final long SEED = 20;

    private NameRecipe() {}

    /** The file of a model that learned from these texts. */
    public static byte[] train(Path data) throws IOException {
        byte[] json = Files.readAllBytes(data);
        List<SequenceTraining.Example> examples = new ArrayList<>();
        for (LabelledText text : LabelledText.read(json)) {
            examples.add(text.example());
        }
        for (LabelledText text : LabelledText.invented(TIMES, SEED)) {
            examples.add(text.example());
        }
        return SequenceTraining.train(examples, SequenceTraining.Settings.USUAL, card(data, json))
                .bytes();
    }

    private static String card(Path data, byte[] json) throws IOException {
        return "Names, places, addresses and the like. Learned from %s (%s) and from sentences of Ayni's own (%s), filled from lists (%s, %s)."
                .formatted(
                        data.getFileName(),
                        Digest.of(json),
                        digest("sentences.txt"),
                        digest("lists.txt.gz"),
                        digest("words.txt"));
    }

    private static Digest digest(String resource) throws IOException {
        try (InputStream in = WordLists.open(resource)) {
            return Digest.of(in.readAllBytes());
        }
    }

    /**
     * What is found in each text by a check whose model has not seen any text of the same template: a line of JSON for each,
     * {@code {"spans": [[ENTITY, start, end, score, recogniser, kind], ...], "micros": n}}, places in code points.
     */
    static void crossValidate(Path data, Path out, List<Double> outsides, double threshold) throws IOException {
        List<LabelledText> texts = LabelledText.read(Files.readAllBytes(data));
        List<LabelledText> invented = LabelledText.invented(TIMES, SEED);
        List<SequenceTraining.Example> own =
                invented.stream().map(LabelledText::example).toList();
        List<SequenceTraining.Example> told =
                texts.stream().map(LabelledText::example).toList();
        Map<String, Integer> folds = folds(texts);
        List<SequenceModel> models = new ArrayList<>();
        for (int fold = 0; fold < FOLDS; fold++) {
            List<SequenceTraining.Example> examples = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                if (folds.getOrDefault(texts.get(i).template(), 0) != fold) {
                    examples.add(told.get(i));
                }
            }
            Set<String> heldBack = new HashSet<>();
            for (LabelledText text : texts) {
                if (folds.getOrDefault(text.template(), 0) == fold) {
                    heldBack.add(text.template());
                }
            }
            Map<String, Boolean> tooNear = new HashMap<>();
            for (int i = 0; i < invented.size(); i++) {
                if (!tooNear.computeIfAbsent(
                        invented.get(i).template(),
                        sentence -> heldBack.stream().anyMatch(held -> echoes(sentence, held)))) {
                    examples.add(own.get(i));
                }
            }
            models.add(SequenceTraining.train(examples, SequenceTraining.Settings.USUAL, ""));
        }
        for (double outside : outsides) {
            StringBuilder lines = new StringBuilder();
            for (LabelledText text : texts) {
                Names names = new Names(models.get(folds.getOrDefault(text.template(), 0)), outside);
                lines.append(line(text, new PersonalData(Wanted.ALL.withThreshold(threshold), names)))
                        .append('\n');
            }
            Files.writeString(outsides.size() == 1 ? out : Path.of(out + "." + outside), lines);
        }
    }

    /** What the shipped check finds: the same lines. */
    static void shipped(Path data, Path out) throws IOException {
        PersonalData check = new PersonalData();
        List<LabelledText> texts = LabelledText.read(Files.readAllBytes(data));
        for (LabelledText text : texts) {
            check.find(text.reading()); // the first round warms up
        }
        StringBuilder lines = new StringBuilder();
        for (LabelledText text : texts) {
            lines.append(line(text, check)).append('\n');
        }
        Files.writeString(out, lines);
    }

    private static String line(LabelledText text, PersonalData check) {
        long start = System.nanoTime();
        List<Sighting> seen = check.sightings(text.reading());
        long micros = (System.nanoTime() - start) / 1000;
        ObjectNode line = new JsonMapper().createObjectNode();
        ArrayNode spans = line.putArray("spans");
        for (Sighting one : seen) {
            spans.addArray()
                    .add(one.entity())
                    .add(text.text().codePointCount(0, one.start()))
                    .add(text.text().codePointCount(0, one.end()))
                    .add(one.score())
                    .add(one.recognizer())
                    .add(one.grounds().form());
        }
        return line.put("micros", micros).toString();
    }

    /** Templates by fold; two that share most of their words count as one. */
    static Map<String, Integer> folds(List<LabelledText> texts) {
        Map<String, Integer> folds = new HashMap<>();
        int next = 0;
        for (LabelledText text : texts) {
            if (folds.containsKey(text.template())) {
                continue;
            }
            Integer like = null;
            for (Map.Entry<String, Integer> known : folds.entrySet()) {
                if (alike(known.getKey(), text.template())) {
                    like = known.getValue();
                    break;
                }
            }
            folds.put(text.template(), like == null ? next++ % FOLDS : like);
        }
        return folds;
    }

    private static final Pattern TOKEN = Pattern.compile("\\{+\\w+\\}+|[\\p{L}']+");

    private static List<String> tokens(String template) {
        return TOKEN.matcher(template)
                .results()
                .map(token ->
                        token.group().startsWith("{") ? "@" : token.group().toLowerCase(Locale.ROOT))
                .toList();
    }

    /** Whether a sentence of Ayni's own says in nearly the same words what a template says: it must not teach what the template asks. */
    static boolean echoes(String own, String template) {
        List<String> one = tokens(own);
        List<String> other = tokens(template);
        Set<String> both = new HashSet<>(one);
        both.remove("@");
        Set<String> words = new HashSet<>(other);
        words.remove("@");
        int all = both.size() + words.size();
        both.retainAll(words);
        if (2 * both.size() > 0.5 * all && both.size() > 0) {
            return true;
        }
        Set<List<String>> runs = new HashSet<>();
        for (int i = 0; i + 4 <= one.size(); i++) {
            runs.add(one.subList(i, i + 4));
        }
        for (int i = 0; i + 4 <= other.size(); i++) {
            List<String> run = other.subList(i, i + 4);
            if (runs.contains(run) && run.stream().filter("@"::equals).count() <= 2) {
                return true;
            }
        }
        return false;
    }

    private static boolean alike(String one, String other) {
        Set<String> both = new HashSet<>(List.of(one.split("\\s+", -1)));
        Set<String> words =
                Set.copyOf(List.of(other.split("\\s+", -1)).stream().distinct().toList());
        int all = both.size() + words.size();
        both.retainAll(words);
        return 2.0 * both.size() / all > 0.75;
    }

    /**
     * {@code train DATA OUT} writes the model; {@code cross DATA OUT [OUTSIDE,... [THRESHOLD]]} and {@code shipped DATA OUT}
     * write what is found, into a file for each OUTSIDE if there are several.
     */
    public static void main(String[] arguments) throws IOException {
        Path data = Path.of(arguments[1]);
        Path out = Path.of(arguments[2]);
        switch (arguments[0]) {
            case "train" -> Files.write(out, train(data));
            case "shipped" -> shipped(data, out);
            case "cross" -> {
                List<Double> outsides = new ArrayList<>();
                for (String outside : arguments.length > 3 ? arguments[3].split(",", -1) : new String[0]) {
                    outsides.add(Double.valueOf(outside));
                }
                crossValidate(
                        data,
                        out,
                        outsides.isEmpty() ? List.of(Names.OUTSIDE) : outsides,
                        arguments.length > 4 ? Double.parseDouble(arguments[4]) : Wanted.ALL.threshold());
            }
            default ->
                throw new IllegalArgumentException(
                        "'%s' is nothing that can be done with the names. Expected train, cross or shipped."
                                .formatted(arguments[0]));
        }
    }
}
