package dev.ayni.guard.rules;

import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Words and phrases that the user lists under the name of a topic. They are found as whole words, in any case, also where
 * look-alikes, dressed letters or invisible characters disguise them; spaces and line ends between words may be several. A word
 * that ends in {@code *} begins any word: {@code explos*}.
 *
 * <p>Scores: a topic's own, 1 where the user gives none.
 */
public final class Topics implements Check {
    private static final int SLACK = 32;

    /**
     * A topic.
     *
     * @param name the finding's category is {@code topic/} and this
     * @param phrases words and phrases, in any language
     * @param score from 0 to 1
     */
    public record Topic(String name, List<String> phrases, double score) {
        public Topic {
            phrases = List.copyOf(phrases);
            if (name.isBlank()) {
                throw new IllegalArgumentException("A topic has no name. Expected one, such as 'competitors'.");
            }
            if (phrases.isEmpty()
                    || phrases.stream()
                            .anyMatch(phrase -> phrase.replace("*", "").isBlank())) {
                throw new IllegalArgumentException(
                        "The topic '%s' has no phrases, or an empty one. Expected a list of words and phrases."
                                .formatted(name));
            }
            if (!(score >= 0 && score <= 1)) {
                throw new IllegalArgumentException(
                        "The topic '%s' has a score of %s: expected 0 to 1.".formatted(name, score));
            }
        }

        public Topic(String name, List<String> phrases) {
            this(name, phrases, 1);
        }
    }

    /** What is looked for. */
    public record Settings(List<Topic> topics) {
        public Settings {
            topics = List.copyOf(topics);
        }
    }

    /** A state of the automaton that looks for all phrases at once (Aho and Corasick, 1975). */
    private static final class State {
        private final Map<Character, State> next = new HashMap<>();
        private final List<Phrase> ends = new ArrayList<>();
        private State fallback = this;
    }

    /** @param open whether the last word may go on */
    private record Phrase(Topic topic, int length, boolean open) {}

    private final State root = new State();
    private final Set<String> categories = new LinkedHashSet<>();
    private final int reach;

    public Topics(Settings settings) {
        int longest = 0;
        for (Topic topic : settings.topics()) {
            categories.add("topic/" + topic.name());
            for (String phrase : topic.phrases()) {
                boolean open = phrase.endsWith("*");
                String folded = PlainText.fold(open ? phrase.substring(0, phrase.length() - 1) : phrase)
                        .strip()
                        .replaceAll("\\s+", " ");
                State state = root;
                for (char unit : folded.toCharArray()) {
                    state = state.next.computeIfAbsent(unit, c -> new State());
                }
                state.ends.add(new Phrase(topic, folded.length(), open));
                longest = Math.max(longest, folded.length());
            }
        }
        link();
        reach = 2 * longest + SLACK;
    }

    private void link() {
        Deque<State> open = new ArrayDeque<>();
        root.fallback = root;
        for (State child : root.next.values()) {
            child.fallback = root;
            open.add(child);
        }
        while (!open.isEmpty()) {
            State state = open.remove();
            state.next.forEach((unit, child) -> {
                State fallback = state.fallback;
                while (fallback != root && !fallback.next.containsKey(unit)) {
                    fallback = fallback.fallback;
                }
                child.fallback = fallback.next.getOrDefault(unit, root);
                child.ends.addAll(child.fallback.ends);
                open.add(child);
            });
        }
    }

    @Override
    public String name() {
        return "topics";
    }

    @Override
    public Set<String> categories() {
        return Set.copyOf(categories);
    }

    /** Twice the longest phrase and some units more: a phrase that what nobody sees stretches further is found once the text has ended. */
    @Override
    public int reach() {
        return reach;
    }

    @Override
    public List<Finding> find(Reading reading) {
        Derived folded = reading.view(PlainText.FOLDED);
        String text = folded.text();
        boolean complete = reading.content().complete();
        List<Finding> findings = new ArrayList<>();
        int[] places = new int[text.length() + 1]; // where each unit stands that the automaton has seen
        int seen = 0;
        State state = root;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (Character.isWhitespace(unit)) {
                if (seen > 0 && Character.isWhitespace(text.charAt(places[seen - 1]))) {
                    continue; // several spaces are one
                }
                unit = ' ';
            }
            places[seen++] = i;
            while (state != root && !state.next.containsKey(unit)) {
                state = state.fallback;
            }
            state = state.next.getOrDefault(unit, root);
            for (Phrase phrase : state.ends) {
                int start = places[seen - phrase.length()];
                boolean starts = start == 0 || !joins(text.charAt(start), text.charAt(start - 1));
                boolean ends = phrase.open() || (i + 1 < text.length() ? !joins(unit, text.charAt(i + 1)) : complete);
                int from = folded.origin(start);
                int to = folded.origin(i + 1);
                if (starts && ends && (complete || to - from < reach)) {
                    Topic topic = phrase.topic();
                    findings.add(new Finding(
                            "topic/" + topic.name(),
                            topic.score(),
                            from,
                            to,
                            "topics/" + topic.name(),
                            "a word or phrase of the topic"));
                }
            }
        }
        findings.sort(Comparator.comparingInt(Finding::start));
        return List.copyOf(findings);
    }

    /** Whether two units side by side belong to one word. Scripts that write no spaces have no such borders. */
    private static boolean joins(char one, char other) {
        return Character.isLetterOrDigit(one)
                && Character.isLetterOrDigit(other)
                && !Character.isIdeographic(one)
                && !Character.isIdeographic(other);
    }
}
