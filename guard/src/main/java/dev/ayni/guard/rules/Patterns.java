package dev.ayni.guard.rules;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The user's own regular expressions, in RE2's notation: no look-around and no references back, and so in time linear in the
 * text, whatever the expression and whatever the text. They are sought in the text as it is and as a reader sees it, without
 * what is invisible in it and with look-alikes as the letters that they pass for.
 *
 * <p>Scores: an expression's own, 1 where the user gives none.
 */
public final class Patterns implements Check {
    /**
     * An expression.
     *
     * @param name the finding's category is {@code pattern/} and this
     * @param regex in RE2's notation; where it has a group, the first one is the finding's place
     * @param score from 0 to 1
     * @param longest how many units a match in a growing text may have: so much of an answer is held back. A longer match is
     *     found, but its beginning may have left
     */
    public record Expression(String name, String regex, double score, int longest) {
        public Expression {
            if (name.isBlank()) {
                throw new IllegalArgumentException(
                        "The pattern '%s' has no name. Expected one, such as 'ticket'.".formatted(regex));
            }
            if (!(score >= 0 && score <= 1)) {
                throw new IllegalArgumentException(
                        "The pattern '%s' has a score of %s: expected 0 to 1.".formatted(name, score));
            }
            if (longest < 1) {
                throw new IllegalArgumentException(
                        "The pattern '%s' has matches of at most %d units: expected 1 or more."
                                .formatted(name, longest));
            }
        }

        public Expression(String name, String regex) {
            this(name, regex, 1, 128);
        }
    }

    /** What is looked for. */
    public record Settings(List<Expression> expressions) {
        public Settings {
            expressions = List.copyOf(expressions);
        }
    }

    private record Compiled(Expression expression, Pattern pattern) {}

    private final List<Compiled> compiled;

    /** @throws IllegalArgumentException if an expression is none, or matches texts of no length */
    public Patterns(Settings settings) {
        compiled = settings.expressions().stream().map(Patterns::compiled).toList();
    }

    private static Compiled compiled(Expression expression) {
        try {
            Pattern pattern = WrittenExpressions.compile(expression.regex(), 0);
            if (pattern.matches("")) {
                throw new IllegalArgumentException(
                        "The pattern '%s' (%s) matches an empty text, and so everywhere. Expected one that needs at least a character."
                                .formatted(expression.name(), expression.regex()));
            }
            return new Compiled(expression, pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "The pattern '%s' (%s) is no regular expression of RE2: %s. Look-around and references back do not exist there."
                            .formatted(expression.name(), expression.regex(), e.getDescription()),
                    e);
        }
    }

    @Override
    public String name() {
        return "patterns";
    }

    @Override
    public Set<String> categories() {
        return compiled.stream()
                .map(one -> "pattern/" + one.expression().name())
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public int reach() {
        return 1
                + compiled.stream()
                        .mapToInt(one -> one.expression().longest())
                        .max()
                        .orElse(0);
    }

    @Override
    public List<Finding> find(Reading reading) {
        String text = reading.text();
        boolean complete = reading.content().complete();
        List<Finding> findings = found(text, complete);
        Derived visible = reading.view(PlainText.VISIBLE);
        if (!visible.text().equals(text)) {
            for (Finding seen : found(visible.text(), complete)) {
                int start = visible.origin(seen.start());
                int end = visible.origin(seen.end());
                boolean known = findings.stream()
                        .anyMatch(other ->
                                other.rule().equals(seen.rule()) && other.start() < end && start < other.end());
                if (!known && (complete || end - start < reach())) {
                    findings.add(new Finding(
                            seen.category(),
                            seen.score(),
                            start,
                            end,
                            seen.rule(),
                            seen.why() + ", among characters that nobody sees or takes for others"));
                }
            }
        }
        findings.sort(Comparator.comparingInt(Finding::start));
        return List.copyOf(findings);
    }

    private List<Finding> found(String text, boolean complete) {
        List<Finding> findings = new ArrayList<>();
        for (Compiled one : compiled) {
            Expression expression = one.expression();
            Matcher matcher = one.pattern().matcher(text);
            int group = one.pattern().groupCount() > 0 ? 1 : 0;
            while (matcher.find()) {
                if (matcher.end() == matcher.start()) {
                    continue;
                }
                boolean open = !complete
                        && matcher.end() == text.length()
                        && matcher.end() - matcher.start() < expression.longest();
                if (open) {
                    break; // more text may make it longer, or none
                }
                boolean part = matcher.start(group) >= 0;
                findings.add(new Finding(
                        "pattern/" + expression.name(),
                        expression.score(),
                        matcher.start(part ? group : 0),
                        matcher.end(part ? group : 0),
                        "patterns/" + expression.name(),
                        "the pattern '%s' of the policy".formatted(expression.name())));
            }
        }
        return findings;
    }
}
