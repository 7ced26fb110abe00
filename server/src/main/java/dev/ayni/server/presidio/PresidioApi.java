package dev.ayni.server.presidio;

import dev.ayni.guard.Content;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import dev.ayni.guard.personal.Anonymizer;
import dev.ayni.guard.personal.Anonymizer.Piece;
import dev.ayni.guard.personal.PersonalData;
import dev.ayni.guard.personal.Recognizer;
import dev.ayni.guard.personal.Replacement;
import dev.ayni.guard.personal.Sighting;
import dev.ayni.guard.personal.Sighting.Proof;
import dev.ayni.guard.personal.Wanted;
import dev.ayni.guard.personal.WrittenRecognizers;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.http.Route;
import dev.ayni.server.http.Route.Described;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Personal data as clients of Presidio's analyzer and anonymizer ask for it: where it stands in a text, and the text without
 * it. Places count Unicode code points, as theirs do.
 */
public final class PresidioApi implements Api {
    private static final JsonMapper JSON = new JsonMapper();
    /** Presidio has dates, but no dates of birth; who wants them apart asks for them by name. */
    private static final String BIRTH = "DATE_OF_BIRTH";

    /** Python's IGNORECASE, MULTILINE and DOTALL, with which Presidio compiles patterns. */
    private static final int PYTHON_FLAGS = 2 | 8 | 16;

    private static final List<String> ANONYMIZERS = List.of("encrypt", "hash", "keep", "mask", "redact", "replace");

    private final PersonalData personal;
    private final Wanted usual;

    /**
     * @param personal what finds
     * @param usual what is looked for where a request says nothing else; its own recognisers are asked always
     */
    public PresidioApi(PersonalData personal, Wanted usual) {
        this.personal = personal;
        this.usual = usual;
    }

    @Override
    public String name() {
        return "Presidio";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.of("POST", "/analyze", "Finds personal data in a text.", Schemas.ANALYZE, this::analyze),
                Route.of("POST", "/anonymize", "Replaces personal data in a text.", Schemas.ANONYMIZE, this::anonymize),
                Route.of(
                        "POST",
                        "/deanonymize",
                        "Decrypts what was encrypted in a text.",
                        Schemas.DEANONYMIZE,
                        this::deanonymize),
                Route.of(
                        "GET", "/recognizers", "Names what finds personal data.", Described.NOTHING, this::recognizers),
                Route.of(
                        "GET",
                        "/supportedentities",
                        "Names the kinds of personal data.",
                        Described.NOTHING,
                        this::entities),
                Route.of(
                        "GET",
                        "/anonymizers",
                        "Names what can be put in its place.",
                        Described.NOTHING,
                        exchange -> exchange.json(ANONYMIZERS)),
                Route.of(
                        "GET",
                        "/deanonymizers",
                        "Names what can be undone.",
                        Described.NOTHING,
                        exchange -> exchange.json(List.of("decrypt"))));
    }

    @Override
    public ErrorShape errors() {
        return (error, requestId) -> JSON.createObjectNode()
                .put("error", String.valueOf(error.getMessage()))
                .toString();
    }

    private void analyze(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        JsonNode asked = fields.optional("text");
        boolean several = asked != null && asked.isArray();
        List<String> texts = several ? fields.texts("text") : List.of(fields.text("text"));
        Wanted wanted = wanted(fields);
        boolean explained = fields.flag("return_decision_process", false);
        fields.harmless("correlation_id", "log_decision_process");
        fields.end();
        ArrayNode all = JSON.createArrayNode();
        for (String text : texts) {
            ArrayNode found = several ? all.addArray() : all;
            CodePoints points = new CodePoints(text);
            for (Sighting seen : personal.sightings(new Reading(Content.of(Stage.PROMPT, text)), wanted)) {
                ObjectNode one = found.addObject();
                one.put("entity_type", seen.entity());
                one.put("start", points.ofUnit(seen.start()));
                one.put("end", points.ofUnit(seen.end()));
                one.put("score", seen.score());
                one.set("analysis_explanation", explained ? explanation(seen, wanted) : JSON.nullNode());
            }
        }
        exchange.json(all.toString());
    }

    private Wanted wanted(JsonFields fields) {
        String language = fields.text("language").toLowerCase(Locale.ROOT);
        int flags = flags((int) fields.whole("regex_flags", 0, 511, PYTHON_FLAGS));
        List<Recognizer> own = new ArrayList<>(usual.own());
        List<JsonNode> adHoc = fields.items("ad_hoc_recognizers");
        for (int i = 0; i < adHoc.size(); i++) {
            own.add(WrittenRecognizers.of(
                    adHoc.get(i), fields.at("ad_hoc_recognizers[%d]".formatted(i)), WrittenRecognizers.FLAGS));
        }
        Set<String> entities = new LinkedHashSet<>(fields.texts("entities"));
        if (entities.isEmpty()) {
            entities.addAll(supported(own));
            entities.remove(BIRTH);
        }
        double threshold = fields.number("score_threshold", 0, 1, usual.threshold());
        // what users wrote themselves they get whole, as from Presidio; what ships suspects too much for that
        double ownThreshold = fields.number("score_threshold", 0, 1, 0);
        Set<String> beside = new LinkedHashSet<>();
        for (String word : fields.texts("context")) {
            beside.add(word.toLowerCase(Locale.ROOT));
        }
        return new Wanted(entities, threshold, own, ownThreshold, allowed(fields, flags), beside, language);
    }

    private static Wanted.Allowed allowed(JsonFields fields, int flags) {
        List<String> list = fields.texts("allow_list");
        String match = fields.text("allow_list_match", "exact");
        return switch (match) {
            case "exact" -> Wanted.Allowed.texts(Set.copyOf(new LinkedHashSet<>(list)));
            case "regex" -> Wanted.Allowed.patterns(list, flags);
            default ->
                throw ApiException.invalid(
                        fields.at("allow_list_match"),
                        "'allow_list_match' is '%s'. Expected 'exact' or 'regex'.".formatted(match));
        };
    }

    /** Python's flags of regular expressions as RE2's: 2 ignores case, 8 is for lines, 16 lets a dot be any sign. */
    private static int flags(int python) {
        return ((python & 2) != 0 ? com.google.re2j.Pattern.CASE_INSENSITIVE : 0)
                | ((python & 8) != 0 ? com.google.re2j.Pattern.MULTILINE : 0)
                | ((python & 16) != 0 ? com.google.re2j.Pattern.DOTALL : 0);
    }

    private static ObjectNode explanation(Sighting seen, Wanted wanted) {
        Sighting.Grounds grounds = seen.grounds();
        ObjectNode why = JSON.createObjectNode();
        why.put("recognizer", seen.recognizer());
        why.put("pattern_name", grounds.form().isEmpty() ? null : grounds.form());
        why.put("pattern", grounds.expression().isEmpty() ? null : grounds.expression());
        why.put("original_score", grounds.formScore());
        why.put("score", seen.score());
        why.put(
                "textual_explanation",
                grounds.expression().isEmpty()
                        ? "Identified as %s by %s".formatted(seen.entity(), seen.recognizer())
                        : "Detected by `%s` using pattern `%s`".formatted(seen.recognizer(), grounds.form()));
        boolean beside = !grounds.contextWord().isEmpty();
        why.put("score_context_improvement", beside ? seen.score() - grounds.formScore() : 0);
        why.put("supportive_context_word", grounds.contextWord());
        why.put("validation_result", grounds.proof() == Proof.NONE ? null : (Boolean) (grounds.proof() == Proof.RIGHT));
        boolean own = wanted.own().stream().anyMatch(one -> one.name().equals(seen.recognizer()));
        why.put("regex_flags", own ? (Integer) PYTHON_FLAGS : null);
        return why;
    }

    private void recognizers(Exchange exchange) {
        String language = exchange.query("language");
        List<String> names = new ArrayList<>();
        for (Recognizer recognizer : all(usual.own())) {
            if (speaks(recognizer, language)) {
                names.add(recognizer.name());
            }
        }
        exchange.json(names);
    }

    private void entities(Exchange exchange) {
        String language = exchange.query("language");
        Set<String> entities = new TreeSet<>();
        for (Recognizer recognizer : all(usual.own())) {
            if (speaks(recognizer, language)) {
                entities.addAll(recognizer.entities());
            }
        }
        exchange.json(List.copyOf(entities));
    }

    private static boolean speaks(Recognizer recognizer, @Nullable String language) {
        return language == null
                || recognizer.languages().isEmpty()
                || recognizer.languages().contains(language);
    }

    private List<Recognizer> all(List<Recognizer> own) {
        List<Recognizer> all = new ArrayList<>(personal.recognizers());
        all.addAll(own);
        return all;
    }

    private Set<String> supported(List<Recognizer> own) {
        Set<String> entities = new LinkedHashSet<>();
        all(own).forEach(recognizer -> entities.addAll(recognizer.entities()));
        return entities;
    }

    private void anonymize(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        String text = fields.text("text");
        Map<String, Replacement> byEntity = new HashMap<>();
        JsonFields asked = fields.object("anonymizers");
        if (asked != null) {
            for (String entity : asked.whole().propertyNames()) {
                byEntity.put(entity, Operators.replacement(asked.object(entity), asked.at(entity)));
            }
        }
        Replacement otherwise = byEntity.getOrDefault("DEFAULT", new Replacement.Replace(null));
        List<Piece> pieces = pieces(fields, "analyzer_results", text);
        fields.end();
        answer(exchange, new Anonymizer(byEntity, otherwise).anonymize(text, pieces));
    }

    private void deanonymize(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        String text = fields.text("text");
        Map<String, Replacement.Encrypt> keys = new HashMap<>();
        JsonFields asked = fields.object("deanonymizers");
        if (asked != null) {
            for (String entity : asked.whole().propertyNames()) {
                keys.put(entity, Operators.key(asked.object(entity), asked.at(entity), "decrypt"));
            }
        }
        List<Piece> pieces = pieces(fields, "anonymizer_results", text);
        fields.end();
        Replacement.Encrypt otherwise = keys.get("DEFAULT");
        for (Piece piece : pieces) {
            if (otherwise == null && !keys.containsKey(piece.entity())) {
                throw ApiException.invalid(
                        "deanonymizers",
                        "There is no key for %s in 'deanonymizers'. Expected one under that name, or under DEFAULT."
                                .formatted(piece.entity()));
            }
        }
        Replacement.Encrypt any = otherwise == null ? new Replacement.Encrypt(new byte[16]) : otherwise;
        answer(exchange, Anonymizer.decrypt(text, pieces, keys, any));
    }

    private static List<Piece> pieces(JsonFields fields, String name, String text) {
        CodePoints points = new CodePoints(text);
        List<Piece> pieces = new ArrayList<>();
        for (JsonFields one : fields.objects(name)) {
            int start = (int) one.whole("start", 0, points.count(), -1);
            int end = (int) one.whole("end", 0, points.count(), -1);
            if (start < 0 || end < start) {
                throw ApiException.invalid(
                        one.at("start"),
                        "'%s' is %d and '%s' is %d. Expected a place within the text of %d characters."
                                .formatted(one.at("start"), start, one.at("end"), end, points.count()));
            }
            pieces.add(new Piece(
                    one.text("entity_type"), points.unitOf(start), points.unitOf(end), one.number("score", 0, 1, 1)));
            one.harmless("analysis_explanation", "recognition_metadata", "text", "operator");
        }
        return pieces;
    }

    private static void answer(Exchange exchange, Anonymizer.Result result) {
        CodePoints points = new CodePoints(result.text());
        ObjectNode answer = JSON.createObjectNode().put("text", result.text());
        ArrayNode items = answer.putArray("items");
        for (Anonymizer.Put put : result.puts().reversed()) {
            items.addObject()
                    .put("start", points.ofUnit(put.start()))
                    .put("end", points.ofUnit(put.end()))
                    .put("entity_type", put.entity())
                    .put("text", put.text())
                    .put("operator", put.operator())
                    .put("score", put.score());
        }
        exchange.json(answer.toString());
    }

    /** The operators of a request. */
    private static final class Operators {
        private Operators() {}

        static Replacement replacement(@Nullable JsonFields fields, String where) {
            String type = fields == null ? "replace" : fields.text("type", "replace");
            if (fields == null) {
                return new Replacement.Replace(null);
            }
            Replacement replacement = switch (type) {
                case "replace" -> {
                    String text = fields.text("new_value", "");
                    yield new Replacement.Replace(text.isEmpty() ? null : text);
                }
                case "redact" -> new Replacement.Redact();
                case "keep" -> new Replacement.Keep();
                case "mask" ->
                    new Replacement.Mask(
                            fields.text("masking_char", "*"),
                            (int) fields.whole(
                                    "chars_to_mask", Integer.MIN_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE),
                            fields.flag("from_end", false));
                case "hash" -> {
                    String algorithm = fields.text("hash_type", "sha256");
                    boolean salted = fields.has("salt");
                    byte[] salt = fields.text("salt", "").getBytes(StandardCharsets.UTF_8);
                    yield salted ? new Replacement.Hash(algorithm, salt) : Replacement.Hash.randomlySalted(algorithm);
                }
                case "encrypt" -> key(fields, where, "encrypt");
                default ->
                    throw ApiException.invalid(
                            where,
                            "'%s' is '%s'. Expected one of %s.".formatted(where, type, String.join(", ", ANONYMIZERS)));
            };
            fields.end();
            return replacement;
        }

        static Replacement.Encrypt key(@Nullable JsonFields fields, String where, String type) {
            if (fields == null || !fields.text("type", type).equals(type)) {
                throw ApiException.invalid(where, "'%s' is no '%s' with a 'key'. Expected one.".formatted(where, type));
            }
            return new Replacement.Encrypt(fields.text("key").getBytes(StandardCharsets.UTF_8));
        }
    }
}
