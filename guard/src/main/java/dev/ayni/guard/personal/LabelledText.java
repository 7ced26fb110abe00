package dev.ayni.guard.personal;

import dev.ayni.guard.Content;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import dev.ayni.guard.personal.WordLists.Kind;
import dev.ayni.guard.personal.Words.Word;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A text in which the personal data is known.
 *
 * @param template what the text was made from; texts of one template never stand on both sides of a split
 */
record LabelledText(String text, List<Span> spans, String template) {
    record Span(String entity, int start, int end) {}

    /**
     * Reads texts in the layout of Presidio's research data: a list of objects with {@code full_text}, {@code masked} and
     * {@code spans}, whose places count Unicode code points.
     */
    static List<LabelledText> read(byte[] json) {
        List<LabelledText> texts = new ArrayList<>();
        for (JsonNode one : new JsonMapper().readTree(json)) {
            String text = one.path("full_text").asString();
            List<Span> spans = new ArrayList<>();
            for (JsonNode span : one.path("spans")) {
                spans.add(new Span(
                        span.path("entity_type").asString(),
                        text.offsetByCodePoints(0, span.path("start_position").asInt()),
                        text.offsetByCodePoints(0, span.path("end_position").asInt())));
            }
            texts.add(new LabelledText(text, spans, one.path("masked").asString()));
        }
        return texts;
    }

    private static final Pattern SLOT = Pattern.compile("\\{([A-Z]+)\\}");

    /** The sentences that Ayni brings, each filled so often with inventions. */
    static List<LabelledText> invented(int times, long seed) {
        Map<Kind, List<String>> lists = WordLists.entries();
        List<LabelledText> texts = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(seed);
        Inventions inventions = new Inventions(lists, random);
        for (String sentence : sentences()) {
            int copies = sentence.indexOf('{') < 0 ? Math.max(1, times / 4) : times;
            for (int copy = 0; copy < copies; copy++) {
                texts.add(fill(sentence, inventions, random));
            }
        }
        return texts;
    }

    private static List<String> sentences() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(WordLists.open("sentences.txt"), StandardCharsets.UTF_8))) {
            return lines.lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.replace("\\n", "\n"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("The sentences to learn from cannot be read.", e);
        }
    }

    private static LabelledText fill(String sentence, Inventions inventions, SplittableRandom random) {
        boolean block = sentence.contains("{NUMBER}") || sentence.contains("{UNIT}");
        StringBuilder text = new StringBuilder();
        List<Span> spans = new ArrayList<>();
        Matcher slot = SLOT.matcher(sentence);
        int from = 0;
        while (slot.find()) {
            text.append(sentence, from, slot.start());
            String value = inventions.of(slot.group(1));
            String entity = entity(slot.group(1), block);
            if (!entity.isEmpty()) {
                spans.add(new Span(entity, text.length(), text.length() + value.length()));
            }
            text.append(value);
            from = slot.end();
        }
        text.append(sentence, from, sentence.length());
        String whole = text.toString();
        // some people write without capitals
        String written = random.nextInt(16) == 0 ? ContextWords.small(whole) : whole;
        return new LabelledText(written, spans, sentence);
    }

    private static String entity(String slot, boolean block) {
        return switch (slot) {
            case "PERSON", "FIRST", "LAST" -> "PERSON";
            case "TITLE", "JOB" -> "TITLE";
            case "ORG" -> "ORGANIZATION";
            case "CITY", "COUNTRY", "STATE" -> "GPE";
            case "NATION" -> "NRP";
            case "DATE", "YEAR", "DAY" -> "DATE_TIME";
            case "AGE" -> "AGE";
            case "ADDRESS", "STREET", "NUMBER", "UNIT" -> "STREET_ADDRESS";
            case "ZIP" -> block ? "STREET_ADDRESS" : "ZIP_CODE";
            case "PHONE" -> "PHONE_NUMBER";
            case "LICENCE" -> "US_DRIVER_LICENSE";
            default -> "";
        };
    }

    Reading reading() {
        return new Reading(Content.of(Stage.PROMPT, text));
    }

    /** What the model of sequences learns from it. */
    SequenceTraining.Example example() {
        Names.Told told = Names.Told.of(reading());
        List<Word> words = told.words();
        int[][] features_T = new int[words.size()][];
        int[] labels_T = new int[words.size()];
        for (int t = 0; t < features_T.length; t++) {
            features_T[t] = told.features().of(t);
        }
        for (Span span : spans) {
            int entity = SequenceModel.ENTITIES.indexOf(span.entity());
            boolean begun = false;
            for (int t = 0; t < labels_T.length && entity >= 0; t++) {
                Word word = words.get(t);
                if (word.start() < span.end() && word.end() > span.start() && isForTheModel(word, span)) {
                    labels_T[t] = begun ? SequenceModel.inside(entity) : SequenceModel.begin(entity);
                    begun = true;
                }
            }
        }
        return new SequenceTraining.Example(features_T, labels_T);
    }

    /** What a recogniser has settled is not, unless it is a part of something larger, as a postal code of an address. */
    private static boolean isForTheModel(Word word, Span span) {
        return word.kind().isEmpty() || word.end() - word.start() < span.end() - span.start();
    }
}
