package dev.ayni.guard.classifiers;

import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What the small classifiers that ship with Ayni say of a text. A finding's score is 0.5 where the threshold lies that was
 * chosen when the classifier was made; its rule is {@code classifier/} and the classifier's name.
 */
public final class ClassifierCheck implements Check {
    /** How much of a growing answer is held back: what makes a text harmful rarely needs more than a sentence. */
    private static final int REACH = 200;

    private final Kind kind;
    private final Seen seen;
    private final List<Classifier> classifiers;
    private final double leastScore;

    /** Classifiers that are asked together. */
    public enum Kind {
        /** Content by the labels that moderation uses: hate, harassment, self-harm, sexual, violence and their graver forms. */
        MODERATION("moderation/"),
        /** Requests by hazard, S1 to S13; of prompts only, for requests are all that they have learned from. */
        HAZARDS("request/"),
        /** Requests for help with harm, of any hazard; of prompts only. */
        HARMFUL("harmful"),
        /** Jailbreaks, and injections in prompts, documents and tool results. */
        PROMPT_ATTACK("prompt-attack"),
        /** Answers that refuse; of answers only. */
        REFUSAL("refusal"),
        /** Hate and harassment, of anyone. */
        TOXICITY("toxicity");

        private final String prefix;

        Kind(String prefix) {
            this.prefix = prefix;
        }

        private boolean looksAt(Stage stage) {
            return switch (this) {
                case HAZARDS, HARMFUL -> stage == Stage.PROMPT;
                case REFUSAL -> stage == Stage.ANSWER;
                case MODERATION, PROMPT_ATTACK, TOXICITY -> true;
            };
        }

        /** The name that policies know it by: {@code prompt-attack}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    ClassifierCheck(Kind kind, Seen seen, double leastScore) {
        this.kind = kind;
        this.seen = seen;
        this.leastScore = leastScore;
        classifiers = seen.weights().classifiers().stream()
                .filter(classifier -> classifier.name().startsWith(kind.prefix))
                .toList();
    }

    @Override
    public String name() {
        return "classifier";
    }

    @Override
    public Set<String> categories() {
        Set<String> categories = new LinkedHashSet<>();
        for (Classifier classifier : classifiers) {
            categories.add(classifier.category());
        }
        return categories;
    }

    @Override
    public int reach() {
        return REACH;
    }

    @Override
    public List<Finding> find(Reading reading) {
        return findings(reading, leastScore);
    }

    @Override
    public List<Finding> scores(Reading reading) {
        return findings(reading, 0);
    }

    private List<Finding> findings(Reading reading, double least) {
        if (!kind.looksAt(reading.content().stage())) {
            return List.of();
        }
        List<Finding> findings = new ArrayList<>();
        for (Classifier classifier : classifiers) {
            finding(classifier, reading, least).ifPresent(findings::add);
        }
        return findings;
    }

    private Optional<Finding> finding(Classifier classifier, Reading reading, double least) {
        Seen.Part most = null;
        double score = -1;
        for (Seen.Part part : parts(reading)) {
            double here = classifier.score(part.signs());
            if (here > score) {
                most = part;
                score = here;
            }
        }
        if (most == null || score < least) {
            return Optional.empty();
        }
        return Optional.of(new Finding(
                classifier.category(),
                score,
                most.start(),
                most.end(),
                "classifier/" + classifier.name(),
                "%s%s.%s"
                        .formatted(
                                score >= 0.5 ? "Reads like " : "Reads little like ",
                                classifier.name(),
                                most.hidden()
                                        ? " It does so in what is hidden in it: decoded, joined or read with letters"
                                                + " for digits."
                                        : "")));
    }

    private List<Seen.Part> parts(Reading reading) {
        List<Seen.Part> plain = seen.plain(reading);
        return switch (kind) {
            case REFUSAL -> plain.subList(0, Math.min(1, plain.size())); // who refuses says so at the start
            case PROMPT_ATTACK, HARMFUL, HAZARDS -> {
                List<Seen.Part> all = new ArrayList<>(plain);
                all.addAll(seen.hidden(reading));
                yield all;
            }
            case MODERATION, TOXICITY -> plain;
        };
    }
}
