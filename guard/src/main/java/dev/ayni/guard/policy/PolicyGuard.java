package dev.ayni.guard.policy;

import dev.ayni.chat.ChatRequest;
import dev.ayni.guard.Action;
import dev.ayni.guard.Check;
import dev.ayni.guard.Content;
import dev.ayni.guard.Edit;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Guard;
import dev.ayni.guard.GuardSession;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import dev.ayni.guard.Verdict;
import dev.ayni.guard.rules.Language;
import dev.ayni.provenance.Digest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Enforces a policy. */
public final class PolicyGuard implements Guard {
    /*
     * All checks of a stage look at one Reading, and so share what each of them computes. A text longer than a window is
     * looked at in windows that overlap by more than the checks reach; of a text that grows, only what is new, and so much
     * before it. What a check sees at the cut edge of a window may be half of something: the window that has all of it
     * counts. Checks that reach further than FURTHEST, such as models that judge, get the whole text. While an answer grows
     * only those checks look at it that can change it; those that can but flag it look once it has ended.
     */
    private static final int FURTHEST = 100_000;

    /** Twice what all checks usually take for a short text, the encoder's part included. */
    private static final Duration HEAD_START = Duration.ofMillis(20);

    /** What may be kept of findings in texts that came. */
    private static final long KNOWN_BYTES = 4 << 20;

    private final Policy policy;
    private final Map<Stage, List<Check>> checks = new EnumMap<>(Stage.class);
    /** The categories about which something is done, by the checks that find them. */
    private final Map<Stage, Map<Check, Set<String>>> minded = new EnumMap<>(Stage.class);
    /** Those that look at an answer while it grows, and those that look at the end. */
    private final List<Check> whileGrowing;

    private final List<Check> atTheEnd;
    /** What tells texts of other languages, by the languages that rules are about. */
    private final Map<Set<String>, Language> languages = new LinkedHashMap<>();

    private final RememberedFindings known = new RememberedFindings(KNOWN_BYTES);
    private final int holdBack;
    private final int overlap;
    private final int reachWhileGrowing;
    private final int window;

    public PolicyGuard(Policy policy) {
        this.policy = policy;
        for (Stage stage : Stage.values()) {
            checks.put(
                    stage,
                    policy.checks().values().stream()
                            .filter(check -> policy.matters(check, stage))
                            .toList());
            Map<Check, Set<String>> here = new IdentityHashMap<>();
            checks.getOrDefault(stage, List.of()).forEach(check -> here.put(check, policy.minded(check, stage)));
            minded.put(stage, here);
        }
        readLanguages();
        List<Check> ofAnswers = checks.getOrDefault(Stage.ANSWER, List.of());
        whileGrowing = ofAnswers.stream()
                .filter(check -> policy.changes(check, Stage.ANSWER))
                .toList();
        atTheEnd = ofAnswers.stream()
                .filter(check -> !policy.changes(check, Stage.ANSWER))
                .toList();
        int reach = whileGrowing.stream().mapToInt(Check::reach).max().orElse(0);
        reachWhileGrowing = Math.min(reach, FURTHEST);
        int told = policy.streaming().holdBack();
        this.holdBack = told >= 0 ? told : reach;
        int furthest = policy.checks().values().stream()
                .mapToInt(Check::reach)
                .filter(far -> far <= FURTHEST)
                .max()
                .orElse(0);
        this.overlap = Math.max(policy.windows().overlap(), furthest);
        this.window = Math.max(policy.windows().size(), 2 * overlap);
    }

    private void readLanguages() {
        Language reader = null;
        for (Map<String, Rule> rules : policy.rules().values()) {
            for (Rule rule : rules.values()) {
                if (!rule.languages().isEmpty() && !languages.containsKey(rule.languages())) {
                    Language.Settings settings = new Language.Settings(rule.languages());
                    reader = reader == null ? new Language(settings) : reader.with(settings);
                    languages.put(rule.languages(), reader);
                }
            }
        }
    }

    public Policy policy() {
        return policy;
    }

    @Override
    public String name() {
        return policy.name();
    }

    /** Models that judge do so first: beside the one that answers each would be slower, and might decide too late. */
    @Override
    public boolean looksFirst(Stage stage) {
        return checks.getOrDefault(stage, List.of()).stream()
                .anyMatch(check -> policy.rewrites(check, stage) || check.reach() > FURTHEST);
    }

    @Override
    public Duration headStart(Stage stage) {
        boolean stops = checks.getOrDefault(stage, List.of()).stream().anyMatch(check -> policy.changes(check, stage));
        return stops ? HEAD_START : Duration.ZERO;
    }

    @Override
    public Duration patience() {
        return policy.failure().patience();
    }

    @Override
    public Verdict undecided(Stage stage, int length, String why) {
        String letter =
                "%s. How long a decision may take, and what is done when none comes, the policy says under 'failure', such as {seconds: 20, do: block}"
                        .formatted(why);
        Verdict hardest = Guard.super.undecided(stage, length, letter);
        boolean blocks = policy.failure().action() == Action.BLOCK;
        return new Verdict(
                policy.failure().action(),
                hardest.findings(),
                List.of(),
                blocks ? policy.message() : "",
                policy.digest());
    }

    /** What was found in earlier texts of the same principal is used again; of a request without one nothing is kept. */
    @Override
    public GuardSession begin(ChatRequest request) {
        String principal = request.scheduling().principal();
        return new Session(new Pseudonyms(), principal.isEmpty() ? null : new RememberedFindings.Request(principal));
    }

    /**
     * What is done about one finding.
     *
     * @param pattern the words of the policy that its rule stands under; empty: no rule is about it
     * @param threshold the least score at which something is done
     */
    public record Decision(Finding finding, Action action, String pattern, double threshold) {}

    /** A verdict, and how each finding was decided about, the weightiest first. */
    public record Explained(Verdict verdict, List<Decision> decisions) {
        public Explained {
            decisions = List.copyOf(decisions);
        }
    }

    /** What would be decided about a text that stands alone, by all checks, those whose findings change nothing included. */
    public Explained explain(Content content) {
        return alone().decide(content, all(), Check::find);
    }

    /** The same, with all scores that checks can give, however low. */
    public Explained scored(Content content) {
        return alone().decide(content, all(), Check::scores);
    }

    private Session alone() {
        return new Session(new Pseudonyms(), null);
    }

    private List<Looking> all() {
        return List.of(new Looking(policy.checks().values(), 0, 0));
    }

    /** Checks that look at a text from one unit on, and have looked at it up to another. */
    private record Looking(Collection<Check> checks, int from, int seen) {}

    /** The rules that are about a text: some are about some languages only. */
    private final class Rules {
        private final Content content;
        private final Map<Set<String>, List<Finding>> foreign = new LinkedHashMap<>();

        Rules(Content content) {
            this.content = content;
        }

        Optional<Policy.Applied> of(Finding finding) {
            return policy.rules(content.stage(), finding.category()).stream()
                    .filter(applied -> speaks(applied.rule().languages(), finding))
                    .findFirst();
        }

        /** Whether nothing shows that the place of a finding is in another language. */
        private boolean speaks(Set<String> expected, Finding finding) {
            Language language = languages.get(expected);
            if (language == null) {
                return true;
            }
            List<Finding> others = foreign.computeIfAbsent(expected, set -> language.find(new Reading(content)));
            int length = Math.max(1, finding.end() - finding.start());
            int elsewhere = others.stream()
                    .mapToInt(other -> Math.max(
                            0, Math.min(other.end(), finding.end()) - Math.max(other.start(), finding.start())))
                    .sum();
            return 2L * elsewhere <= length;
        }
    }

    private final class Session implements GuardSession {
        private final Pseudonyms pseudonyms;
        private final RememberedFindings.@Nullable Request request;
        private String seen = "";

        /** @param request null: nothing that is found is kept or used again */
        Session(Pseudonyms pseudonyms, RememberedFindings.@Nullable Request request) {
            this.pseudonyms = pseudonyms;
            this.request = request;
        }

        @Override
        public int holdBack() {
            return Math.max(holdBack, pseudonyms.longest());
        }

        @Override
        public GuardSession another() {
            return new Session(pseudonyms, null); // for a text that grows, and is known once it comes back
        }

        @Override
        public Verdict check(Content content) {
            if (content.stage() != Stage.ANSWER) {
                return ofQuestion(content);
            }
            String text = content.text();
            boolean grows = !seen.isEmpty() && text.startsWith(seen);
            int from = grows ? (int) Math.max(0, (long) seen.length() - reachWhileGrowing - holdBack()) : 0;
            if (from > 0 && from < text.length() && Character.isLowSurrogate(text.charAt(from))) {
                from--;
            }
            boolean whole = content.complete() && from == 0; // all look at one reading
            int before = grows ? seen.length() : 0;
            seen = text;
            if (whole) {
                return decide(content, List.of(new Looking(checks(Stage.ANSWER), from, before)), this::minded)
                        .verdict();
            }
            List<Looking> looking = new ArrayList<>();
            looking.add(new Looking(whileGrowing, from, before));
            if (content.complete()) {
                looking.add(new Looking(atTheEnd, 0, 0));
            }
            return decide(content, looking, this::minded).verdict();
        }

        /** Decides about a text that does not grow. The same one may have come before; what is done about it is decided anew. */
        private Verdict ofQuestion(Content content) {
            Digest name = request == null || !content.complete() ? null : request.name(content);
            List<Finding> before = name == null ? null : known.found(name);
            if (before != null) {
                return decided(content, before).verdict().asRemembered();
            }
            List<Finding> findings = found(content, List.of(new Looking(checks(content.stage()), 0, 0)), this::minded);
            boolean sure = !Thread.currentThread().isInterrupted() // else a check may have stopped half way
                    && findings.stream().noneMatch(finding -> finding.category().equals(Finding.UNDECIDED));
            if (name != null && sure) {
                known.keep(name, findings);
            }
            return decided(content, findings).verdict();
        }

        private List<Check> checks(Stage stage) {
            return checks.getOrDefault(stage, List.of());
        }

        /** What a check finds of what the policy minds at this stage. */
        private List<Finding> minded(Check check, Reading reading) {
            Stage stage = reading.content().stage();
            return check.find(reading, minded.getOrDefault(stage, Map.of()).getOrDefault(check, Set.of()));
        }

        Explained decide(Content content, List<Looking> looking, BiFunction<Check, Reading, List<Finding>> how) {
            return decided(content, found(content, looking, how));
        }

        private List<Finding> found(
                Content content, List<Looking> looking, BiFunction<Check, Reading, List<Finding>> how) {
            List<Finding> findings = new ArrayList<>();
            looking.forEach(some -> look(content, some, how, findings));
            return List.copyOf(merged(findings));
        }

        private Explained decided(Content content, List<Finding> findings) {
            Rules rules = new Rules(content);
            List<Decision> decisions = new ArrayList<>();
            for (Finding finding : findings) {
                decisions.add(decision(content, rules, finding));
            }
            decisions.sort(Comparator.comparing(Decision::action)
                    .reversed()
                    .thenComparing(decision -> -decision.finding().score())
                    .thenComparing(decision -> decision.finding().start()));
            return new Explained(verdict(content, rules, decisions), decisions);
        }

        private void look(
                Content content,
                Looking looking,
                BiFunction<Check, Reading, List<Finding>> how,
                List<Finding> findings) {
            List<Check> near = new ArrayList<>();
            List<Check> far = new ArrayList<>();
            looking.checks().forEach(check -> (check.reach() > FURTHEST ? far : near).add(check));
            for (Window window : windows(content, looking)) {
                window.look(near, how, findings);
            }
            new Window(content, 0, content.text().length(), 0, 0).look(far, how, findings);
        }

        private Decision decision(Content content, Rules rules, Finding finding) {
            if (finding.category().equals(Finding.UNDECIDED)) {
                return new Decision(finding, policy.failure().action(), "failure", 0);
            }
            Optional<Policy.Applied> applied = rules.of(finding);
            if (applied.isEmpty()) {
                return new Decision(finding, Action.ALLOW, "", 1);
            }
            Rule rule = applied.get().rule();
            boolean enough = finding.score() >= rule.threshold();
            return new Decision(
                    finding,
                    enough && !mayGrow(content, finding) ? rule.action() : Action.ALLOW,
                    applied.get().pattern(),
                    rule.threshold());
        }

        /**
         * Whether a finding at the end of a text that is still written may turn out to be something else, which nobody needs
         * to decide yet, as all of it is held back.
         */
        private boolean mayGrow(Content content, Finding finding) {
            int length = content.text().length();
            return !content.complete() && finding.end() == length && finding.start() >= length - holdBack();
        }

        private Verdict verdict(Content content, Rules rules, List<Decision> decisions) {
            List<Finding> findings = decisions.stream().map(Decision::finding).toList();
            Action action =
                    decisions.isEmpty() ? Action.ALLOW : decisions.getFirst().action();
            if (action == Action.BLOCK) {
                return new Verdict(
                        Action.BLOCK, findings, List.of(), message(rules, findings.getFirst()), policy.digest());
            }
            List<Edit> edits = edits(content, rules, decisions);
            Action done = edits.isEmpty() ? action : Action.REWRITE;
            if (done == Action.REWRITE && edits.isEmpty()) {
                done = Action.FLAG;
            }
            return new Verdict(done, findings, edits, "", policy.digest());
        }

        private String message(Rules rules, Finding finding) {
            return rules.of(finding)
                    .map(applied -> policy.message(applied.rule()))
                    .orElseGet(policy::message);
        }

        /** The edits that were decided on, and pseudonyms put back in an answer. */
        private List<Edit> edits(Content content, Rules rules, List<Decision> decisions) {
            String text = content.text();
            List<Edit> apart = new ArrayList<>();
            for (Span span : spans(decisions)) {
                Rewriting rewriting = rules.of(span.widest())
                        .map(applied -> applied.rule().rewriting())
                        .orElse(Rewriting.REPLACE);
                String part = text.substring(span.start(), span.end());
                String category = span.widest().category();
                apart.add(new Edit(span.start(), span.end(), pseudonyms.rewritten(part, category, rewriting)));
            }
            if (content.stage() == Stage.ANSWER || content.stage() == Stage.TOOL_CALL) {
                // arguments are JSON
                UnaryOperator<String> written = content.stage() == Stage.TOOL_CALL ? PolicyGuard::quoted : part -> part;
                pseudonyms.restored(text, apart, written);
            }
            apart.sort(Comparator.comparingInt(Edit::start));
            return apart;
        }

        private List<Window> windows(Content content, Looking looking) {
            int length = content.text().length();
            List<Window> windows = new ArrayList<>();
            int start = looking.from();
            int before = Math.max(0, looking.seen() - start);
            while (true) {
                int end = Math.min(length, start + window);
                windows.add(new Window(content, start, end, before, overlap));
                before = overlap;
                if (end == length) {
                    return windows;
                }
                start = end - overlap;
                if (Character.isLowSurrogate(content.text().charAt(start))) {
                    start--;
                }
            }
        }

        /**
         * Part of a text.
         *
         * @param before so many units at its beginning were looked at together with what stands before them
         * @param after so many at its end are looked at together with what follows, unless nothing does
         */
        private record Window(Content content, int start, int end, int before, int after) {
            void look(
                    Collection<Check> looking, BiFunction<Check, Reading, List<Finding>> how, List<Finding> findings) {
                if (looking.isEmpty()) {
                    return;
                }
                if (Thread.currentThread().isInterrupted()) { // nobody waits for the decision any more
                    throw new CancellationException("interrupted");
                }
                String part = content.text().substring(start, end);
                boolean last = end == content.text().length();
                Reading reading =
                        new Reading(new Content(content.stage(), part, content.before(), content.complete() && last));
                for (Check check : looking) {
                    look(check, how, reading, findings);
                }
            }

            private void look(
                    Check check,
                    BiFunction<Check, Reading, List<Finding>> how,
                    Reading reading,
                    List<Finding> findings) {
                List<Finding> seen = new ArrayList<>();
                try {
                    for (Finding finding : how.apply(check, reading)) {
                        if (finding.end() > reading.text().length()) {
                            undecided(check, "a finding of its ends after the text", findings);
                            return;
                        }
                        if (!cut(finding, reading.text().length())) {
                            seen.add(new Finding(
                                    finding.category(),
                                    finding.score(),
                                    whole(start + finding.start(), 0),
                                    whole(start + finding.end(), 1),
                                    finding.rule(),
                                    finding.why()));
                        }
                    }
                } catch (RuntimeException | StackOverflowError | AssertionError e) {
                    // its message may hold the text
                    undecided(check, "it failed with " + e.getClass().getName(), findings);
                    return;
                }
                findings.addAll(seen);
            }

            /**
             * Whether it lies at an edge where the text was cut, in what a window beside this one has as well, and more around
             * it.
             */
            private boolean cut(Finding finding, int length) {
                boolean atStart = finding.start() == 0 && start > 0 && finding.end() <= before;
                boolean atEnd =
                        finding.end() == length && end < content.text().length() && finding.start() >= length - after;
                return atStart || atEnd;
            }

            /** A place that halves no character: the one before it, or the one after it. */
            private int whole(int place, int unitsOn) {
                String text = content.text();
                boolean within = place > 0
                        && place < text.length()
                        && Character.isHighSurrogate(text.charAt(place - 1))
                        && Character.isLowSurrogate(text.charAt(place));
                return within ? place - 1 + 2 * unitsOn : place;
            }

            private void undecided(Check check, String why, List<Finding> findings) {
                findings.add(
                        new Finding(Finding.UNDECIDED, 1, start, end, check.name() + "/" + Finding.UNDECIDED, why));
            }
        }
    }

    /** A text as it stands between the quotes of JSON. */
    private static String quoted(String text) {
        String json = JsonMapper.shared().writeValueAsString(text);
        return json.substring(1, json.length() - 1);
    }

    /** The same seen in several windows counts once. */
    private static Collection<Finding> merged(List<Finding> findings) {
        Map<List<Object>, Finding> merged = new LinkedHashMap<>();
        for (Finding finding : findings) {
            List<Object> key = List.of(finding.category(), finding.rule(), finding.start(), finding.end());
            merged.merge(key, finding, (one, other) -> other.score() > one.score() ? other : one);
        }
        return merged.values();
    }

    /** A part of a text that is rewritten, and the widest finding in it, which says how. */
    private record Span(int start, int end, Finding widest) {
        private static final Comparator<Finding> WIDTH = Comparator.<Finding>comparingInt(
                        finding -> finding.end() - finding.start())
                .thenComparingDouble(Finding::score);

        Span with(Finding finding) {
            return new Span(start, Math.max(end, finding.end()), WIDTH.compare(finding, widest) > 0 ? finding : widest);
        }
    }

    /** What is rewritten, without overlap and in order. A text may have as many findings as words. */
    private static List<Span> spans(List<Decision> decisions) {
        List<Finding> rewritten = decisions.stream()
                .filter(decision -> decision.action() == Action.REWRITE)
                .map(Decision::finding)
                .filter(finding -> finding.start() < finding.end())
                .sorted(Comparator.comparingInt(Finding::start))
                .toList();
        List<Span> spans = new ArrayList<>();
        for (Finding finding : rewritten) {
            if (!spans.isEmpty() && finding.start() < spans.getLast().end()) {
                spans.add(spans.removeLast().with(finding));
            } else {
                spans.add(new Span(finding.start(), finding.end(), finding));
            }
        }
        return spans;
    }
}
