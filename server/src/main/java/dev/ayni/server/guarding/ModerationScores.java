package dev.ayni.server.guarding;

import dev.ayni.guard.Action;
import dev.ayni.guard.Finding;
import dev.ayni.guard.policy.PolicyGuard.Decision;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A guard's findings in the thirteen categories of {@code /v1/moderations}. */
final class ModerationScores {
    static final List<String> CATEGORIES = List.of(
            "harassment",
            "harassment/threatening",
            "hate",
            "hate/threatening",
            "illicit",
            "illicit/violent",
            "self-harm",
            "self-harm/intent",
            "self-harm/instructions",
            "sexual",
            "sexual/minors",
            "violence",
            "violence/graphic");

    /*
     * The classifiers of moderation bear the names of these categories, and speak for them alone. A hazard is asked for, or
     * found by a judge: help with self-harm is instructions for it. A threat is what is both violent and hateful, or violent and
     * insulting.
     */
    private static final String MODERATION = "classifier/moderation/";

    private static final Map<String, List<String>> OF_HAZARDS = Map.of(
            "S1", List.of("violence", "illicit/violent"),
            "S2", List.of("illicit"),
            "S3", List.of("sexual"),
            "S4", List.of("sexual/minors"),
            "S9", List.of("illicit/violent"),
            "S10", List.of("hate"),
            "S11", List.of("self-harm", "self-harm/instructions"),
            "S12", List.of("sexual"));

    private final Map<String, Double> scores = new LinkedHashMap<>();
    private final List<String> flagged = new ArrayList<>();

    ModerationScores(List<Decision> decisions) {
        CATEGORIES.forEach(category -> scores.put(category, 0.0));
        for (Decision decision : decisions) {
            for (String category : categories(decision.finding())) {
                scores.merge(category, decision.finding().score(), Math::max);
                if (decision.action() != Action.ALLOW) {
                    flagged.add(category);
                }
            }
        }
        both("hate/threatening", "hate", "violence");
        both("harassment/threatening", "harassment", "violence");
    }

    private static List<String> categories(Finding finding) {
        String found = finding.rule().startsWith(MODERATION)
                ? finding.rule().substring(MODERATION.length())
                : finding.category();
        return CATEGORIES.contains(found) ? List.of(found) : OF_HAZARDS.getOrDefault(found, List.of());
    }

    private void both(String threat, String one, String other) {
        scores.merge(threat, Math.min(score(one), score(other)), Math::max);
        if (flagged.contains(one) && flagged.contains(other)) {
            flagged.add(threat);
        }
    }

    double score(String category) {
        return scores.getOrDefault(category, 0.0);
    }

    /** Whether the policy does anything about it. */
    boolean flagged(String category) {
        return flagged.contains(category);
    }

    boolean flagged() {
        return !flagged.isEmpty();
    }
}
