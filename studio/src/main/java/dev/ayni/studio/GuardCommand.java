package dev.ayni.studio;

import dev.ayni.guard.Action;
import dev.ayni.guard.Content;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Stage;
import dev.ayni.guard.policy.Checks;
import dev.ayni.guard.policy.GuardModels;
import dev.ayni.guard.policy.Policies;
import dev.ayni.guard.policy.Policy;
import dev.ayni.guard.policy.PolicyGuard;
import dev.ayni.guard.policy.PolicyGuard.Decision;
import dev.ayni.guard.policy.PolicyGuard.Explained;
import dev.ayni.guard.policy.Rule;
import dev.ayni.hub.Hub;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.json.JsonMapper;

/** Reads policies, and tells what they would do. */
@Command(
        name = "guard",
        description = "Read the policies of a guard, and see what they do about a text.",
        synopsisSubcommandLabel = "(policies | check | test | explain | train)",
        footer = {
            "",
            "A policy is a YAML file, or one of those that come with Ayni. It guards a",
            "server by `ayni serve --guard POLICY` and a chat by `ayni chat --guard POLICY`.",
            "",
            "Examples:",
            "  ayni guard policies",
            "  ayni guard policies general > mine.yaml         a beginning for one's own",
            "  ayni guard check mine.yaml",
            "  ayni guard test mine.yaml \"Write to ann@example.org\"",
            "  ayni guard explain minors --stage answer - < answer.txt"
        })
final class GuardCommand implements Runnable {
    /** The status that says that a text would be blocked. */
    static final int BLOCKED = 3;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Spec
    private @Nullable CommandSpec spec;

    private final Streams streams;

    GuardCommand(Streams streams) {
        this.streams = streams;
    }

    /**
     * All policies that can be had here.
     *
     * @param models by which their checks judge
     */
    static Policies policies(GuardModels models) {
        return new Policies(Checks.shipped(models));
    }

    private LibraryModels models() {
        return new LibraryModels(Hub.ofThisUser(), streams::remark);
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(
                    spec.commandLine(), "Say what to do: policies, check, test, explain or train.");
        }
    }

    /** Reads a stage as policies write it. */
    static final class StageWords implements ITypeConverter<Stage> {
        @Override
        public Stage convert(String text) {
            for (Stage stage : Stage.values()) {
                if (word(stage).equals(text)) {
                    return stage;
                }
            }
            throw new TypeConversionException(
                    "'%s' is no stage. Expected prompt, retrieved, tool-call, tool-result or answer.".formatted(text));
        }
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Command(
            name = "policies",
            description = "List the policies that come with Ayni, or print one, as a beginning for one's own.",
            footer = {"", "Example:", "  ayni guard policies minors > mine.yaml"})
    int list(
            @Mixin CommonOptions options,
            @Parameters(arity = "0..1", paramLabel = "NAME", description = "The one to print.") @Nullable String name) {
        if (name != null) {
            if (!Policies.SHIPPED.contains(name)) {
                throw new Letter("No policy '%s' comes with Ayni. There are %s."
                        .formatted(name, String.join(", ", Policies.SHIPPED)));
            }
            streams.out().print(Policies.text(name));
            return Failures.OK;
        }
        for (String shipped : Policies.SHIPPED) {
            streams.out()
                    .println("%-15s %s"
                            .formatted(
                                    shipped,
                                    policies(GuardModels.NONE).find(shipped).description()));
        }
        return Failures.OK;
    }

    @Command(
            name = "check",
            description = "Say whether a policy's file is right, and what is not, with its lines.",
            footer = {"", "Example:", "  ayni guard check mine.yaml"})
    int check(
            @Mixin CommonOptions options,
            @Parameters(paramLabel = "POLICY", description = "A file, or the name of one that comes with Ayni.")
                    String file) {
        try (LibraryModels models = models()) {
            check(file, policies(models).find(file)); // a mistake is told as all are
        }
        return Failures.OK;
    }

    private void check(String file, Policy policy) {
        streams.out()
                .println("%s: policy '%s', version %d, %s"
                        .formatted(file, policy.name(), policy.version(), policy.digest()));
        policy.checks()
                .forEach((name, check) -> streams.out()
                        .println("  check %-20s %d categories"
                                .formatted(name, check.categories().size())));
        for (Map.Entry<Stage, Map<String, Rule>> stage : policy.rules().entrySet()) {
            long acts = stage.getValue().values().stream()
                    .filter(rule -> rule.action() != Action.ALLOW)
                    .count();
            streams.out()
                    .println("  stage %-20s %d rules, %d of which do something"
                            .formatted(word(stage.getKey()), stage.getValue().size(), acts));
        }
        policy.callers()
                .keySet()
                .forEach(key -> streams.out().println("  key   %s has rules of its own".formatted(key)));
    }

    @Command(
            name = "test",
            description = "Say what would happen to a text, and print it as it would go on.",
            exitCodeListHeading = "%nIt leaves the status%n",
            exitCodeList = {"0:if the text goes on, rewritten or not", "3:if it is blocked"},
            footer = {"", "Example:", "  ayni guard test general \"Write to ann@example.org\""})
    int test(@Mixin CommonOptions options, @Mixin Judged judged) {
        String given = given(judged.text);
        Explained explained = explained(judged, given);
        streams.remark("%s%s".formatted(word(explained.verdict().action()), because(explained)));
        if (explained.verdict().blocks()) {
            if (!explained.verdict().message().isEmpty()) {
                streams.out().println(explained.verdict().message());
            }
            return BLOCKED;
        }
        streams.out().println(explained.verdict().edited(given));
        return Failures.OK;
    }

    private static String because(Explained explained) {
        List<String> rules = explained.decisions().stream()
                .filter(decision -> decision.action() != Action.ALLOW)
                .map(decision -> "%s by %s"
                        .formatted(
                                decision.finding().category(),
                                decision.finding().rule()))
                .distinct()
                .toList();
        return rules.isEmpty() ? "" : ": " + String.join(", ", rules);
    }

    @Command(
            name = "explain",
            description = "Tell all that the checks find in a text, and which rule of the policy is about it.",
            footer = {"", "Example:", "  ayni guard explain general \"Write to ann@example.org\" --json"})
    int explain(
            @Mixin CommonOptions options,
            @Mixin Judged judged,
            @Option(names = "--json", description = "Print JSON, one line for each finding.") boolean json) {
        Explained explained = explained(judged, given(judged.text));
        for (Decision decision : explained.decisions()) {
            if (json) {
                streams.out().println(json(decision));
            } else {
                streams.out().println(lines(decision));
            }
        }
        streams.remark("%d findings; what is done: %s"
                .formatted(
                        explained.decisions().size(), word(explained.verdict().action())));
        streams.remark("policy %s".formatted(explained.verdict().policy()));
        return Failures.OK;
    }

    /** A finding in lines that a terminal need not break: what, where; why; by which rule. */
    private static String lines(Decision decision) {
        Finding finding = decision.finding();
        String rule = decision.pattern().isEmpty()
                ? "no rule of the policy"
                : "the policy's rule '%s', from %.2f on".formatted(decision.pattern(), decision.threshold());
        return "%-8s %-20s %.2f at %d to %d%n         %s%n         by %s; %s"
                .formatted(
                        word(decision.action()),
                        finding.category(),
                        finding.score(),
                        finding.start(),
                        finding.end(),
                        finding.why(),
                        finding.rule(),
                        rule);
    }

    private static String json(Decision decision) {
        Finding finding = decision.finding();
        return JsonMapper.shared()
                .createObjectNode()
                .put("action", word(decision.action()))
                .put("category", finding.category())
                .put("score", finding.score())
                .put("start", finding.start())
                .put("end", finding.end())
                .put("rule", finding.rule())
                .put("why", finding.why())
                .put("policy_rule", decision.pattern())
                .put("threshold", decision.threshold())
                .toString();
    }

    private String given(@Nullable String text) {
        return text == null || text.equals("-") ? streams.readAll() : text;
    }

    private Explained explained(Judged judged, String text) {
        try (LibraryModels models = models()) {
            Policy found = policies(models).find(judged.policy);
            Policy own = judged.key.isEmpty() ? found : found.of(List.of(judged.key));
            return new PolicyGuard(own).explain(Content.of(judged.stage, text));
        }
    }

    /** A text, and by what it is judged. */
    static final class Judged {
        @Parameters(index = "0", paramLabel = "POLICY", description = "A name or a file.")
        private String policy = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "TEXT",
                description = "The text; -, or nothing: read it from standard input.")
        private @Nullable String text;

        @Option(
                names = "--stage",
                defaultValue = "prompt",
                converter = StageWords.class,
                paramLabel = "STAGE",
                description = "prompt, retrieved, tool-call, tool-result or answer. Default: prompt.")
        private Stage stage = Stage.PROMPT;

        @Option(names = "--key", defaultValue = "", paramLabel = "NAME", description = "As whoever has this key.")
        private String key = "";
    }
}
