package dev.ayni.guard.policy;

import dev.ayni.guard.Action;
import dev.ayni.guard.Check;
import dev.ayni.guard.Stage;
import dev.ayni.provenance.Digest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What may go in and what may come out.
 *
 * @param description whom it is for, in a sentence
 * @param language of what people are told, such as {@code en}
 * @param messages what is said in place of a text that is blocked, by language; empty: nothing
 * @param groups names for several categories: risk categories such as {@code illicit-criminal}, and the checks, for all that
 *     they find
 * @param checks what looks at texts, by its name in the file
 * @param rules for each stage, what is done about a category, a group, {@code topic/*} or {@code *}
 * @param failure what is done when no decision comes, and after how long
 * @param streaming how answers are held back while they are written
 * @param windows how long texts are looked at
 * @param callers other policies for some who ask, by their names
 * @param digest of what the file says
 */
public record Policy(
        String name,
        int version,
        String description,
        String language,
        Map<String, String> messages,
        Map<String, List<String>> groups,
        Map<String, Check> checks,
        Map<Stage, Map<String, Rule>> rules,
        Failure failure,
        Streaming streaming,
        Windows windows,
        Map<String, Policy> callers,
        Digest digest) {
    /** The hazards S1 to S14 in the three risk categories; S7 and S8 lie across them and have one of their own. */
    public static final Map<String, List<String>> RISK_CATEGORIES;

    static {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        groups.put("illicit-criminal", List.of("S1", "S2", "S3", "S4", "S9", "S14"));
        groups.put("hateful-harmful", List.of("S5", "S10", "S11", "S12"));
        groups.put("unqualified-advice", List.of("S6", "S13"));
        groups.put("rights", List.of("S7", "S8"));
        RISK_CATEGORIES = java.util.Collections.unmodifiableMap(groups);
    }

    public Policy {
        messages = ordered(messages);
        groups = ordered(groups);
        checks = ordered(checks);
        rules = ordered(rules);
        callers = ordered(callers);
    }

    private static <K, V> Map<K, V> ordered(Map<K, V> map) {
        return java.util.Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    /**
     * What is done when no decision comes.
     *
     * @param action BLOCK or FLAG
     */
    public record Failure(Duration patience, Action action) {
        static final Failure USUAL = new Failure(Duration.ofSeconds(5), Action.BLOCK);
    }

    /**
     * How answers are held back.
     *
     * @param holdBack UTF-16 units that are kept; -1: as many as the checks reach
     */
    public record Streaming(int holdBack) {
        static final Streaming USUAL = new Streaming(-1);
    }

    /**
     * How long texts are looked at.
     *
     * @param size of a window, in UTF-16 units
     * @param overlap of one with the next, at least
     */
    public record Windows(int size, int overlap) {
        static final Windows USUAL = new Windows(6000, 600);
    }

    /** The policy for whoever goes by one of these names; the first that is named counts, and this one if none is. */
    public Policy of(List<String> names) {
        for (String caller : names) {
            Policy own = callers.get(caller);
            if (own != null) {
                return own;
            }
        }
        return this;
    }

    /** A rule, and the words of the file that it stands under. */
    public record Applied(String pattern, Rule rule) {}

    /** The rules for a category, whatever the language: its own, then its group's, then those of ever wider patterns. */
    public List<Applied> rules(Stage stage, String category) {
        Map<String, Rule> here = rules.getOrDefault(stage, Map.of());
        List<Applied> applied = new ArrayList<>();
        for (String pattern : patterns(category)) {
            Rule rule = here.get(pattern);
            if (rule != null) {
                applied.add(new Applied(pattern, rule));
            }
        }
        return applied;
    }

    /** All that a rule for a category may be written under, the narrowest first. */
    private List<String> patterns(String category) {
        List<String> patterns = new ArrayList<>();
        patterns.add(category);
        groups.forEach((group, members) -> {
            if (members.contains(category)) {
                patterns.add(group);
            }
        });
        for (int slash = category.lastIndexOf('/'); slash > 0; slash = category.lastIndexOf('/', slash - 1)) {
            patterns.add(category.substring(0, slash) + "/*");
        }
        patterns.add("*");
        return patterns;
    }

    /** What is said about a rule, in the policy's language. */
    public String message(Rule rule) {
        String own = in(rule.messages());
        return own.isEmpty() ? in(messages) : own;
    }

    /** What is said in general. */
    public String message() {
        return in(messages);
    }

    private String in(Map<String, String> texts) {
        String text = texts.get(language);
        if (text == null) {
            text = texts.get("en");
        }
        return text != null ? text : texts.values().stream().findFirst().orElse("");
    }

    /** Whether anything is done about what a check finds at a stage. */
    boolean matters(Check check, Stage stage) {
        return does(check, stage, Action.FLAG);
    }

    /** The categories of a check about which anything is done at a stage. */
    Set<String> minded(Check check, Stage stage) {
        return check.categories().stream()
                .filter(category -> rules(stage, category).stream()
                        .anyMatch(applied -> applied.rule().action().compareTo(Action.FLAG) >= 0))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether a text may be changed or stopped at a stage for what a check finds. */
    boolean changes(Check check, Stage stage) {
        return does(check, stage, Action.REWRITE);
    }

    /** Whether a text may be changed at a stage for what a check finds. */
    boolean rewrites(Check check, Stage stage) {
        return actions(check, stage).anyMatch(action -> action == Action.REWRITE);
    }

    private boolean does(Check check, Stage stage, Action least) {
        return actions(check, stage).anyMatch(action -> action.compareTo(least) >= 0);
    }

    private Stream<Action> actions(Check check, Stage stage) {
        return check.categories().stream()
                .flatMap(category -> rules(stage, category).stream())
                .map(applied -> applied.rule().action());
    }
}
