package dev.ayni.server.guarding;

import dev.ayni.chat.Message;
import dev.ayni.guard.Content;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Stage;
import dev.ayni.guard.policy.Policy;
import dev.ayni.guard.policy.PolicyGuard.Decision;
import dev.ayni.guard.policy.PolicyGuard.Explained;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.http.Route;
import dev.ayni.server.http.Route.Described;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The guard by itself, without a model: what it thinks of texts. */
public final class GuardApi implements Api {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST_TEXTS = 256;

    private final Supplier<Guards> guards;
    private final ErrorShape errors;

    /**
     * @param guards asked at each request: what judges may be opened at the first
     * @param errors how errors are written
     */
    public GuardApi(Supplier<Guards> guards, ErrorShape errors) {
        this.guards = guards;
        this.errors = errors;
    }

    @Override
    public String name() {
        return "guard";
    }

    @Override
    public ErrorShape errors() {
        return errors;
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.of(
                        "POST",
                        "/v1/moderations",
                        "Scores texts in OpenAI's thirteen categories, and says whether the policy minds them.",
                        GuardSchemas.MODERATIONS,
                        this::moderations),
                Route.of(
                        "POST",
                        "/v1/guard/checks",
                        "Says what the policy does about a text, and why; no model is asked.",
                        GuardSchemas.CHECKS,
                        this::checks),
                Route.of(
                        "GET",
                        "/v1/guard/policy",
                        "Tells the policy by which whoever asks is served.",
                        new Described("", GuardSchemas.POLICY),
                        this::policy));
    }

    private void moderations(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        fields.harmless("model", "user");
        List<String> texts = texts(fields);
        fields.end();
        if (!fields.passedOver().isEmpty()) {
            exchange.header("x-ayni-passed-over", String.join(", ", fields.passedOver()));
        }
        ObjectNode answer = JSON.createObjectNode()
                .put("id", "modr-" + UUID.randomUUID().toString().replace("-", ""))
                .put("model", guards.get().policy(exchange.caller()).name());
        ArrayNode results = answer.putArray("results");
        for (String text : texts) {
            Explained explained = guards.get().scored(exchange.caller(), Content.of(Stage.PROMPT, text));
            if (explained.verdict().blocks() && undecided(explained)) {
                throw new ApiException(
                        503,
                        "guard_undecided",
                        null,
                        Map.of("Retry-After", "5"),
                        "The guard could not decide about the text. Send it again later, or in parts if it is long;"
                                + " /v1/guard/checks tells why.");
            }
            result(results.addObject(), new ModerationScores(explained.decisions()));
        }
        exchange.json(answer.toString());
    }

    private static boolean undecided(Explained explained) {
        return explained.verdict().findings().getFirst().category().equals(Finding.UNDECIDED);
    }

    private static void result(ObjectNode result, ModerationScores scores) {
        result.put("flagged", scores.flagged());
        ObjectNode categories = result.putObject("categories");
        ModerationScores.CATEGORIES.forEach(category -> categories.put(category, scores.flagged(category)));
        ObjectNode numbers = result.putObject("category_scores");
        ModerationScores.CATEGORIES.forEach(category -> numbers.put(category, scores.score(category)));
        ObjectNode kinds = result.putObject("category_applied_input_types");
        ModerationScores.CATEGORIES.forEach(category -> kinds.putArray(category).add("text"));
    }

    /** A text, several, or parts of a message, each of which is a text. */
    private static List<String> texts(JsonFields fields) {
        JsonNode input = fields.optional("input");
        List<String> texts = new ArrayList<>();
        if (input != null && input.isString()) {
            texts.add(input.stringValue());
        } else if (input != null && input.isArray()) {
            for (JsonNode item : input) {
                JsonNode text =
                        item.isObject() && item.path("type").asString("").equals("text") ? item.path("text") : item;
                if (!text.isString()) {
                    throw fields.wrong(
                            "input[%d]".formatted(texts.size()),
                            item,
                            "a string, or an object of type text; images are not looked at here");
                }
                texts.add(text.stringValue());
            }
        } else if (input != null) {
            throw fields.wrong("input", input, "a string or a list of strings");
        }
        if (texts.isEmpty() || texts.size() > MOST_TEXTS) {
            throw ApiException.invalid(
                    fields.at("input"), "'input' has %d texts; expected 1 to %d.".formatted(texts.size(), MOST_TEXTS));
        }
        return texts;
    }

    private void checks(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        Content content = content(fields);
        fields.end();
        Explained explained = guards.get().explain(exchange.caller(), content);
        exchange.decided(content.stage(), explained.verdict());
        Policy policy = guards.get().policy(exchange.caller());
        ObjectNode answer = JSON.createObjectNode()
                .put("id", "gchk-" + UUID.randomUUID().toString().replace("-", ""))
                .put("object", "guard.check")
                .put("stage", word(content.stage()))
                .put("action", word(explained.verdict().action()));
        if (explained.verdict().blocks()) {
            answer.putNull("text");
        } else {
            answer.put("text", explained.verdict().edited(content.text()));
        }
        answer.put("message", explained.verdict().message());
        ArrayNode findings = answer.putArray("findings");
        for (Decision decision : explained.decisions()) {
            write(decision, findings.addObject());
        }
        describe(policy, answer.putObject("policy"));
        exchange.json(answer.toString());
    }

    private static void write(Decision decision, ObjectNode to) {
        Finding finding = decision.finding();
        to.put("category", finding.category())
                .put("score", finding.score())
                .put("start", finding.start())
                .put("end", finding.end())
                .put("rule", finding.rule())
                .put("why", finding.why())
                .put("action", word(decision.action()));
        if (decision.pattern().isEmpty()) {
            to.putNull("policy_rule").putNull("threshold");
        } else {
            to.put("policy_rule", decision.pattern()).put("threshold", decision.threshold());
        }
    }

    /** A text with its stage, or the last message of a conversation. */
    private static Content content(JsonFields fields) {
        if (fields.has("text") == fields.has("messages")) {
            throw ApiException.invalid(
                    null,
                    "The body has %s; expected 'text' (and 'stage'), or 'messages', of which the last one is looked at."
                            .formatted(
                                    fields.has("text")
                                            ? "both 'text' and 'messages'"
                                            : "neither 'text' nor 'messages'"));
        }
        List<Message> before = new ArrayList<>();
        String text = fields.text("text", "");
        Stage stage = Stage.PROMPT;
        List<JsonFields> messages = fields.objects("messages");
        for (JsonFields message : messages) {
            String role = message.text("role");
            text = message.text("content", "");
            message.harmless("name", "tool_call_id");
            message.end();
            stage = switch (role) {
                case "system", "developer", "user" -> Stage.PROMPT;
                case "assistant" -> Stage.ANSWER;
                case "tool" -> Stage.TOOL_RESULT;
                default ->
                    throw ApiException.invalid(
                            message.at("role"),
                            "'%s' is '%s'; expected system, user, assistant or tool."
                                    .formatted(message.at("role"), role));
            };
            if (before.size() < messages.size() - 1) {
                before.add(
                        stage == Stage.ANSWER
                                ? Message.assistant(text)
                                : role.equals("user") || role.equals("tool")
                                        ? Message.user(text)
                                        : Message.system(text));
            }
        }
        return new Content(stage(fields, stage), text, before, true);
    }

    private static Stage stage(JsonFields fields, Stage otherwise) {
        String asked = fields.text("stage", word(otherwise));
        for (Stage stage : Stage.values()) {
            if (word(stage).equals(asked)) {
                return stage;
            }
        }
        throw ApiException.invalid(
                fields.at("stage"),
                "'stage' is '%s'; expected prompt, retrieved, tool-call, tool-result or answer.".formatted(asked));
    }

    private void policy(Exchange exchange) {
        Policy policy = guards.get().policy(exchange.caller());
        ObjectNode answer = describe(policy, JSON.createObjectNode());
        answer.put("description", policy.description());
        ArrayNode checks = answer.putArray("checks");
        policy.checks().forEach((name, check) -> {
            ObjectNode one = checks.addObject().put("name", name);
            ArrayNode categories = one.putArray("categories");
            check.categories().stream().sorted().forEach(categories::add);
        });
        ObjectNode stages = answer.putObject("stages");
        policy.rules().forEach((stage, rules) -> {
            ObjectNode here = stages.putObject(word(stage));
            rules.forEach((pattern, rule) -> {
                ObjectNode one =
                        here.putObject(pattern).put("do", word(rule.action())).put("threshold", rule.threshold());
                if (!rule.languages().isEmpty()) {
                    ArrayNode languages = one.putArray("languages");
                    rule.languages().stream().sorted().forEach(languages::add);
                }
            });
        });
        ObjectNode failure = answer.putObject("failure");
        failure.put("seconds", policy.failure().patience().toMillis() / 1000.0)
                .put("do", word(policy.failure().action()));
        exchange.json(answer.toString());
    }

    private static ObjectNode describe(Policy policy, ObjectNode to) {
        return to.put("name", policy.name())
                .put("version", policy.version())
                .put("digest", policy.digest().toString());
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
