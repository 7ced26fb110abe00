package dev.ayni.guard.personal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Recognisers as users write them, in the layout that Presidio reads: in a YAML file, or in a request. */
public final class WrittenRecognizers {
    /** What Presidio takes a listed word for, unless it is told otherwise. */
    private static final double LISTED = 1.0;

    private WrittenRecognizers() {}

    /**
     * The recognisers of a YAML file: a list {@code recognizers}, each with {@code name}, {@code supported_entity} and
     * {@code patterns} or {@code deny_list}. Presidio's own, which such a file names as {@code type: predefined}, are passed
     * over: Ayni has its own.
     *
     * @throws IllegalArgumentException with a letter, if one cannot be read
     */
    public static List<Recognizer> read(Path file) throws IOException {
        JsonNode root;
        try {
            root = new YAMLMapper().readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "%s is no valid YAML: %s at line %d. Expected a list 'recognizers', as Presidio reads it."
                            .formatted(
                                    file,
                                    e.getOriginalMessage(),
                                    e.getLocation() == null
                                            ? 1
                                            : e.getLocation().getLineNr()),
                    e);
        }
        JsonNode list = root.path("recognizers");
        if (!list.isArray()) {
            throw new IllegalArgumentException(
                    "%s has no list 'recognizers'. Expected one, as Presidio reads it.".formatted(file));
        }
        List<Recognizer> recognizers = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            JsonNode one = list.get(i);
            if (!one.isString()
                    && !one.path("type").asString("custom").equals("predefined")
                    && one.path("enabled").asBoolean(true)) {
                recognizers.add(of(one, "%s: recognizers[%d]".formatted(file.getFileName(), i), FLAGS));
            }
        }
        return recognizers;
    }

    /** What Presidio compiles patterns with: capitals are not told from small letters, a dot is any sign, a line has an end. */
    public static final int FLAGS = com.google.re2j.Pattern.CASE_INSENSITIVE
            | com.google.re2j.Pattern.DOTALL
            | com.google.re2j.Pattern.MULTILINE;

    /**
     * One recogniser.
     *
     * @param where the place to name in a letter
     * @param flags of {@code com.google.re2j.Pattern}
     * @throws IllegalArgumentException with a letter, if it cannot be read
     */
    public static Recognizer of(JsonNode one, String where, int flags) {
        String name = one.path("name").asString("");
        String entity = one.path("supported_entity").asString("");
        if (name.isEmpty() || entity.isEmpty()) {
            throw new IllegalArgumentException(
                    "%s has no '%s'. Expected 'name', 'supported_entity', and 'patterns' or 'deny_list'."
                            .formatted(where, name.isEmpty() ? "name" : "supported_entity"));
        }
        List<Form> forms = new ArrayList<>();
        for (JsonNode pattern : one.path("patterns")) {
            if (!pattern.path("regex").isString() || !pattern.path("score").isNumber()) {
                throw new IllegalArgumentException(
                        "%s, '%s', has a pattern without 'regex' or 'score'. Expected a regular expression, and a number from 0 to 1."
                                .formatted(where, name));
            }
            forms.add(Form.written(
                    pattern.path("name").asString(name),
                    pattern.path("score").asDouble(),
                    pattern.path("regex").asString(),
                    flags));
        }
        List<String> listed = texts(one.path("deny_list"));
        if (!listed.isEmpty()) {
            forms.add(Form.listed("deny_list", one.path("deny_list_score").asDouble(LISTED), listed));
        }
        Set<String> languages = new LinkedHashSet<>();
        Set<String> context = new LinkedHashSet<>(texts(one.path("context")));
        if (one.path("supported_language").isString()) {
            languages.add(one.path("supported_language").asString());
        }
        for (JsonNode language : one.path("supported_languages")) {
            languages.add(
                    language.isString()
                            ? language.asString()
                            : language.path("language").asString(""));
            context.addAll(texts(language.path("context")));
        }
        Set<String> small = ContextWords.of(context.toArray(String[]::new));
        return new PatternRecognizer(name, entity, forms, null, small, languages);
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        for (JsonNode text : list) {
            texts.add(text.asString());
        }
        return texts;
    }
}
