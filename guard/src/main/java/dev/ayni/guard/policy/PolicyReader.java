package dev.ayni.guard.policy;

import dev.ayni.guard.Action;
import dev.ayni.guard.Check;
import dev.ayni.guard.Stage;
import dev.ayni.guard.policy.PolicyFields.Problems;
import dev.ayni.guard.rules.Language;
import dev.ayni.provenance.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads a policy's file: every rule must be about something that a check of the file can find. */
final class PolicyReader {
    private static final String ALL = "all";

    private final String source;
    private final Checks known;
    private final @Nullable Path folder;
    private final Problems problems;
    private final Others others;

    /** Finds policies that a file names. */
    interface Others {
        /** @throws PolicyException if there is none of that name, or it is wrong */
        Policy find(String name);
    }

    /**
     * @param source the file's name, for errors
     * @param folder the file's; null: it has none
     */
    PolicyReader(String source, Checks known, @Nullable Path folder, Others others) {
        this.source = source;
        this.known = known;
        this.folder = folder;
        this.problems = new Problems(source);
        this.others = others;
    }

    /** @throws PolicyException with all that is wrong with it */
    Policy read(String text) {
        PolicyNode.Mapping root = PolicyNode.read(text, source);
        PolicyFields fields = new PolicyFields(root, "", problems);
        String name = fields.text("name");
        int version = fields.whole("version", 1, Integer.MAX_VALUE, 1);
        String description = fields.text("description", "");
        String language = fields.text("language", "en");
        Map<String, String> messages = messages(fields);
        Map<String, List<String>> groups =
                fields.has("categories") ? fields.namedLists("categories") : Policy.RISK_CATEGORIES;
        Map<String, Check> checks = checks(fields);
        Map<String, List<String>> named = new LinkedHashMap<>(groups);
        // a check's name stands for all that it finds
        checks.forEach((check, does) -> named.putIfAbsent(check, List.copyOf(does.categories())));
        Set<String> found = new TreeSet<>();
        checks.values().forEach(check -> found.addAll(check.categories()));
        Map<Stage, Map<String, Rule>> rules = stages(fields, Map.of(), named, found);
        if (!fields.has("stages")) {
            problems.add(1, "'stages' is missing: nothing would be done about anything. Write what is to be blocked.");
        }
        Policy policy = new Policy(
                name,
                version,
                description,
                language,
                messages,
                named,
                checks,
                rules,
                failure(fields.fields("failure")),
                streaming(fields.fields("streaming")),
                windows(fields.fields("windows")),
                Map.of(),
                digest(root, checks));
        Map<String, Policy> callers = callers(fields, policy, found);
        fields.end();
        problems.end();
        return with(policy, callers);
    }

    /** Of what the file says, and of what its checks were made from. */
    private static Digest digest(PolicyNode.Mapping root, Map<String, Check> checks) {
        StringBuilder said = new StringBuilder(root.canonical());
        checks.forEach((name, check) ->
                check.madeFrom().forEach(digest -> said.append('\n').append(digest)));
        return Digest.of(said.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static Policy with(Policy policy, Map<String, Policy> callers) {
        return new Policy(
                policy.name(),
                policy.version(),
                policy.description(),
                policy.language(),
                policy.messages(),
                policy.groups(),
                policy.checks(),
                policy.rules(),
                policy.failure(),
                policy.streaming(),
                policy.windows(),
                callers,
                policy.digest());
    }

    /** A message: a text, or one for each language. */
    private static Map<String, String> messages(PolicyFields fields) {
        PolicyNode node = fields.node("message");
        if (node instanceof PolicyNode.Scalar scalar) {
            return Map.of("en", scalar.text());
        }
        return fields.namedTexts("message");
    }

    private Map<String, Check> checks(PolicyFields fields) {
        Map<String, Check> checks = new LinkedHashMap<>();
        PolicyFields named = fields.fields("checks");
        if (named == null || named.names().isEmpty()) {
            problems.add(
                    fields.line("checks"),
                    "'checks' names none: nobody would look at anything. Name some of %s."
                            .formatted(String.join(", ", known.names())));
            return checks;
        }
        for (String name : named.names()) {
            Checks.Maker maker = known.maker(name);
            PolicyFields settings = named.fields(name);
            if (maker == null) {
                problems.add(
                        named.line(name),
                        "There is no check '%s'. There are %s.".formatted(name, String.join(", ", known.names())));
            } else if (settings != null) {
                try {
                    checks.put(name, maker.make(settings, folder));
                    settings.end();
                } catch (IllegalArgumentException e) {
                    problems.add(named.line(name), String.valueOf(e.getMessage()));
                }
            }
        }
        return checks;
    }

    /** @param base rules that hold where these say nothing */
    private Map<Stage, Map<String, Rule>> stages(
            PolicyFields fields,
            Map<Stage, Map<String, Rule>> base,
            Map<String, List<String>> groups,
            Set<String> found) {
        Map<Stage, Map<String, Rule>> rules = new EnumMap<>(Stage.class);
        for (Stage stage : Stage.values()) {
            rules.put(stage, new LinkedHashMap<>(base.getOrDefault(stage, Map.of())));
        }
        PolicyFields stages = fields.fields("stages");
        if (stages == null) {
            return rules;
        }
        PolicyFields all = stages.fields(ALL);
        if (all != null) {
            Map<String, Rule> everywhere = rules(all, groups, found);
            rules.values().forEach(here -> here.putAll(everywhere));
        }
        for (Stage stage : Stage.values()) {
            PolicyFields here = stages.fields(PolicyFields.word(stage));
            if (here != null) {
                rules.getOrDefault(stage, new LinkedHashMap<>()).putAll(rules(here, groups, found));
            }
        }
        stages.end();
        return rules;
    }

    private Map<String, Rule> rules(PolicyFields stage, Map<String, List<String>> groups, Set<String> found) {
        Map<String, Rule> rules = new LinkedHashMap<>();
        for (String pattern : stage.names()) {
            if (!findable(pattern, groups, found)) {
                problems.add(
                        stage.line(pattern),
                        "'%s' is nothing that the checks of this policy find, so that the rule would never apply. They find %s. Correct the name, or add the check that finds it."
                                .formatted(stage.at(pattern), found.isEmpty() ? "nothing" : String.join(", ", found)));
            }
            rules.put(pattern, rule(stage, pattern));
        }
        return rules;
    }

    private static boolean findable(String pattern, Map<String, List<String>> groups, Set<String> found) {
        if (pattern.equals("*")) {
            return !found.isEmpty();
        }
        if (pattern.endsWith("/*")) {
            String prefix = pattern.substring(0, pattern.length() - 1);
            return found.stream().anyMatch(category -> category.startsWith(prefix));
        }
        List<String> group = groups.get(pattern);
        return found.contains(pattern) || group != null && group.stream().anyMatch(found::contains);
    }

    /** {@code S4: block}, or more about it. */
    private Rule rule(PolicyFields stage, String pattern) {
        PolicyNode node = stage.node(pattern);
        if (node instanceof PolicyNode.Scalar) {
            Action action = stage.oneOf(pattern, Action.class, Action.BLOCK);
            return new Rule(action, Rule.USUAL_THRESHOLD, Rewriting.REPLACE, Map.of(), Set.of());
        }
        PolicyFields said = node == null ? null : stage.fields(pattern);
        if (said == null) {
            if (node == null) {
                problems.add(
                        stage.line(pattern),
                        "'%s' says nothing; expected allow, flag, rewrite or block.".formatted(stage.at(pattern)));
            }
            return new Rule(Action.BLOCK, Rule.USUAL_THRESHOLD, Rewriting.REPLACE, Map.of(), Set.of());
        }
        if (!said.has("do")) {
            problems.add(
                    said.line(), "'%s' is missing; expected allow, flag, rewrite or block.".formatted(said.at("do")));
        }
        Action action = said.oneOf("do", Action.class, Action.BLOCK);
        OptionalDouble threshold = said.number("threshold", 0, 1);
        if (said.has("with") && action != Action.REWRITE) {
            problems.add(
                    said.line("with"),
                    "'%s' says how to rewrite, but what is done is %s. Write 'do: rewrite', or take it out."
                            .formatted(said.at("with"), PolicyFields.word(action)));
        }
        Rewriting rewriting = said.oneOf("with", Rewriting.class, Rewriting.REPLACE);
        Map<String, String> own = messages(said);
        Set<String> languages = languages(said);
        said.end();
        return new Rule(action, threshold.orElse(Rule.USUAL_THRESHOLD), rewriting, own, languages);
    }

    /** The languages of the texts that a rule is about. */
    private Set<String> languages(PolicyFields said) {
        if (!said.has("languages")) {
            return Set.of();
        }
        Set<String> languages = Set.copyOf(said.texts("languages"));
        try {
            new Language.Settings(languages);
        } catch (IllegalArgumentException e) {
            problems.add(said.line("languages"), String.valueOf(e.getMessage()));
            return Set.of();
        }
        return languages;
    }

    private Policy.Failure failure(@Nullable PolicyFields said) {
        if (said == null) {
            return Policy.Failure.USUAL;
        }
        double seconds = said.number("seconds", 0.01, 600)
                .orElse(Policy.Failure.USUAL.patience().toMillis() / 1000.0);
        Action action = said.oneOf("do", Action.class, Action.BLOCK);
        if (action != Action.BLOCK && action != Action.FLAG) {
            problems.add(
                    said.line("do"),
                    "'%s' is %s; expected block, or flag: what nobody could decide about is not passed over in silence."
                            .formatted(said.at("do"), PolicyFields.word(action)));
        }
        said.end();
        return new Policy.Failure(Duration.ofMillis(Math.round(seconds * 1000)), action);
    }

    private static Policy.Streaming streaming(@Nullable PolicyFields said) {
        if (said == null) {
            return Policy.Streaming.USUAL;
        }
        int holdBack = said.whole("hold-back", 0, 1_000_000, Policy.Streaming.USUAL.holdBack());
        said.end();
        return new Policy.Streaming(holdBack);
    }

    private Policy.Windows windows(@Nullable PolicyFields said) {
        if (said == null) {
            return Policy.Windows.USUAL;
        }
        int size = said.whole("size", 200, 10_000_000, Policy.Windows.USUAL.size());
        int overlap = said.whole("overlap", 0, 1_000_000, Math.min(size / 2, Policy.Windows.USUAL.overlap()));
        if (overlap > size / 2) {
            problems.add(
                    said.line("overlap"),
                    "'%s' is %d, and windows have %d units; expected at most half of that."
                            .formatted(said.at("overlap"), overlap, size));
        }
        said.end();
        return new Policy.Windows(size, Math.min(overlap, size / 2));
    }

    private Map<String, Policy> callers(PolicyFields fields, Policy policy, Set<String> found) {
        Map<String, Policy> callers = new LinkedHashMap<>();
        PolicyFields keys = fields.fields("keys");
        if (keys == null) {
            return callers;
        }
        for (String key : keys.names()) {
            PolicyFields said = keys.fields(key);
            if (said == null) {
                continue;
            }
            if (said.has("policy")) {
                String other = said.text("policy");
                try {
                    callers.put(key, others.find(other));
                } catch (PolicyException e) {
                    problems.add(said.line("policy"), "The policy '%s' cannot be used for '%s':".formatted(other, key));
                    problems.addAll(e);
                }
                said.end();
                continue;
            }
            Map<String, String> messages = said.has("message") ? messages(said) : policy.messages();
            callers.put(
                    key,
                    new Policy(
                            policy.name(),
                            policy.version(),
                            policy.description(),
                            said.text("language", policy.language()),
                            messages,
                            policy.groups(),
                            policy.checks(),
                            stages(said, policy.rules(), policy.groups(), found),
                            policy.failure(),
                            policy.streaming(),
                            policy.windows(),
                            Map.of(),
                            policy.digest()));
            said.end();
        }
        return callers;
    }
}
