package dev.ayni.guard;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.LogProbability;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.chat.ToolCall;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An answer on its way out, of which nothing leaves before it was looked at. */
final class GuardedAnswer implements ChatSink {
    /*
     * What the model says waits in a queue, in its order. A text is shown to the guard whole each time it has grown by a
     * step; what is further from its end than holdBack() may then leave, with its edits made, since nothing that comes later
     * can change what is to be thought of it. A call of a tool waits until it is whole, and until the text before it has
     * left. A token's probability goes with its text: it holds the token, and those that might have come instead, which are
     * looked at together, a line each, and left out where they could not leave as text.
     */
    private static final int SHORTEST_STEP = 32;
    private static final int LONGEST_STEP = 512;

    private final ChatSink reader;
    private final VerdictListener listener;
    private final List<Message> before;
    private final boolean speaks;
    private final Set<String> knownNames;
    private final GuardSession session;
    private final GrowingText text;
    private final GrowingText thoughts;
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private List<LogProbability> probabilities = new ArrayList<>();
    private List<ChatEvent.PromptToken> promptTokens = new ArrayList<>();
    private @Nullable ToolCallInParts call;
    private boolean wanted = true;
    private boolean told;
    private boolean said;
    private boolean blocked;

    /**
     * What is answered.
     *
     * @param before the conversation
     * @param names of the tools, which were looked at with the request
     * @param lead the end of the text that the answer continues, so that nothing forbidden stands half there and half here;
     *     empty: the answer stands alone
     * @param speaks whether a verdict's message may be said in place of the answer: not where the answer is to have a shape
     */
    record Asked(List<Message> before, Set<String> names, String lead, boolean speaks) {}

    /** @param session that has looked at the request */
    GuardedAnswer(ChatSink reader, GuardSession session, VerdictListener listener, Asked asked) {
        this.reader = reader;
        this.session = session;
        this.listener = listener;
        this.before = List.copyOf(asked.before());
        this.knownNames = Set.copyOf(asked.names());
        this.speaks = asked.speaks();
        this.text = new GrowingText(asked.lead(), false);
        this.thoughts = new GrowingText("", true);
    }

    /** Something that the model has said and the reader has not got. */
    private sealed interface Waiting {
        /** A text from some place to another, and the tokens that it was drawn as. */
        record Piece(GrowingText of, int start, int end, List<LogProbability> tokens) implements Waiting {}

        /** A call that broke off: readers take what was written of it for text. */
        record BrokenCall(GrowingText of, int end, ChatEvent.ToolCallStarted started, String why) implements Waiting {}

        /** What was looked at already. */
        record Events(List<ChatEvent> events) implements Waiting {}
    }

    private record ToolCallInParts(ChatEvent.ToolCallStarted started) {}

    @Override
    public boolean accept(ChatEvent event) {
        told = false;
        if (!(event instanceof ChatEvent.PromptToken) && !(event instanceof ChatEvent.Working)) {
            tellPrompt();
        }
        if (event instanceof ChatEvent.Finished end) {
            return finish(end);
        }
        if (blocked || !wanted) {
            return false;
        }
        switch (event) {
            case ChatEvent.Text(String delta) -> {
                complete(thoughts);
                grow(text, delta);
            }
            case ChatEvent.Reasoning(String delta) -> grow(thoughts, delta);
            case LogProbability token -> probabilities.add(token);
            case ChatEvent.ToolCallStarted started -> {
                complete(thoughts);
                call = new ToolCallInParts(started);
            }
            case ChatEvent.ToolCallArguments ignored -> {} // told when the call is whole
            case ChatEvent.ToolCallFinished(ToolCall whole) -> called(whole);
            case ChatEvent.ToolCallBroken(String id, String written, String why) -> broken(id, written, why);
            case ChatEvent.PromptToken token -> promptTokens.add(token);
            case ChatEvent.Blocked inner -> queue.add(new Waiting.Events(List.of(inner)));
            case ChatEvent.Working working -> tell(working);
            case ChatEvent.Finished ignored -> {} // above
        }
        if (!blocked && wanted && !told) {
            wanted = reader.accept(new ChatEvent.Working());
        }
        return wanted && !blocked;
    }

    private void grow(GrowingText growing, String delta) {
        int start = growing.text.length();
        growing.text.append(delta);
        queue.add(new Waiting.Piece(growing, start, growing.text.length(), tokens()));
        growing.lookIfDue();
        leave();
    }

    /** Decides about a text to which no more comes, as far as can be told. */
    private void complete(GrowingText growing) {
        if (!blocked && growing.completeAt < growing.text.length()) {
            growing.look(true);
            leave();
        }
    }

    private List<LogProbability> tokens() {
        List<LogProbability> tokens = probabilities;
        probabilities = new ArrayList<>();
        return tokens;
    }

    private void called(ToolCall whole) {
        ChatEvent.ToolCallStarted started =
                call == null ? new ChatEvent.ToolCallStarted(whole.id(), whole.name()) : call.started();
        call = null;
        tokens(); // those of a call are no part of the text
        String arguments;
        try {
            GuardedRequest checks = new GuardedRequest(session, listener);
            if (!knownNames.contains(whole.name())) {
                checks.name(Stage.TOOL_CALL, whole.name(), before);
            }
            arguments = checks.json(Stage.TOOL_CALL, whole.arguments(), before);
        } catch (BlockedException e) {
            block(Stage.TOOL_CALL, e.verdict());
            return;
        }
        queue.add(new Waiting.Events(List.of(
                started,
                new ChatEvent.ToolCallArguments(whole.id(), arguments),
                new ChatEvent.ToolCallFinished(new ToolCall(whole.id(), whole.name(), arguments)))));
        leave();
    }

    private void broken(String id, String written, String why) {
        ChatEvent.ToolCallStarted started = call == null ? new ChatEvent.ToolCallStarted(id, "") : call.started();
        call = null;
        tokens();
        if (!knownNames.contains(started.name())) {
            started = new ChatEvent.ToolCallStarted(id, ""); // its name is in what was written of it
        }
        text.text.append(written);
        queue.add(new Waiting.BrokenCall(text, text.text.length(), started, why));
        text.lookIfDue();
        leave();
    }

    /** Sends on what may leave. */
    private void leave() {
        boolean alternatives = !blocked && wanted && mayLeave(alternativesInQueue());
        while (!blocked && wanted && !queue.isEmpty()) {
            boolean whole = switch (queue.element()) {
                case Waiting.Events(List<ChatEvent> events) -> {
                    events.forEach(this::tell);
                    yield true;
                }
                case Waiting.BrokenCall broken -> {
                    if (broken.of.mayLeave < broken.end) {
                        yield false;
                    }
                    tell(broken.started);
                    tell(new ChatEvent.ToolCallBroken(broken.started.id(), broken.of.take(broken.end), broken.why));
                    yield true;
                }
                case Waiting.Piece piece -> {
                    boolean all = piece.of.mayLeave >= piece.end;
                    String taken = piece.of.take(all ? piece.end : piece.of.mayLeave);
                    if (all && !piece.of.isEdited(piece.start, piece.end)) {
                        piece.tokens.forEach(token -> tell(token, alternatives));
                    }
                    if (!taken.isEmpty()) {
                        tell(piece.of.reasoning ? new ChatEvent.Reasoning(taken) : new ChatEvent.Text(taken));
                        said = said || !piece.of.reasoning;
                    }
                    yield all;
                }
            };
            if (!whole) {
                return;
            }
            queue.remove();
        }
    }

    /** The tokens that might have come instead of those that may leave now, a line each. */
    private String alternativesInQueue() {
        StringBuilder lines = new StringBuilder();
        for (Waiting waiting : queue) {
            if (!(waiting instanceof Waiting.Piece piece) || piece.of.mayLeave < piece.end) {
                break;
            }
            piece.tokens.forEach(token -> lines.append(lines(token.alternatives())));
        }
        return lines.toString();
    }

    private static String lines(List<TokenProbability> tokens) {
        StringBuilder lines = new StringBuilder();
        tokens.forEach(token -> lines.append(token.text()).append('\n'));
        return lines.toString();
    }

    /** Whether words that are no part of an answer could leave as one. */
    private boolean mayLeave(String words) {
        if (words.isBlank()) {
            return true;
        }
        Verdict verdict = session.another().check(new Content(Stage.ANSWER, words, List.of(), true));
        return !verdict.blocks() && verdict.edits().isEmpty();
    }

    private void tell(LogProbability token, boolean alternatives) {
        tell(alternatives ? token : new LogProbability(token.token(), List.of()));
    }

    /** The tokens of the prompt, which went in as they are; those that might have come instead are the model's words. */
    private void tellPrompt() {
        if (promptTokens.isEmpty() || blocked || !wanted) {
            return;
        }
        List<ChatEvent.PromptToken> tokens = promptTokens;
        promptTokens = new ArrayList<>();
        StringBuilder words = new StringBuilder();
        tokens.forEach(token -> words.append(lines(token.alternatives())));
        boolean alternatives = mayLeave(words.toString());
        tokens.forEach(token -> tell(alternatives ? token : new ChatEvent.PromptToken(token.token(), List.of())));
    }

    private void tell(ChatEvent event) {
        if (wanted) {
            told = true;
            wanted = reader.accept(event);
        }
    }

    private void block(Stage stage, Verdict verdict) {
        blocked = true;
        queue.clear();
        probabilities.clear();
        if (speaks && !verdict.message().isEmpty()) {
            tell(new ChatEvent.Text((said ? "\n\n" : "") + verdict.message()));
        }
        tell(blocked(stage, verdict));
    }

    /** What a reader is told about a text that may not go on. */
    static ChatEvent.Blocked blocked(Stage stage, Verdict verdict) {
        return new ChatEvent.Blocked(
                stage.words(),
                BlockedException.category(verdict),
                BlockedException.rule(verdict),
                verdict.policy().toString());
    }

    private boolean finish(ChatEvent.Finished end) {
        if (!blocked && wanted) {
            complete(thoughts);
            complete(text);
            leave();
        }
        if (!blocked && wanted) {
            lastTokens();
        }
        thoughts.judged();
        text.judged();
        return reader.accept(blocked ? new ChatEvent.Finished(ChatEvent.Reason.FILTERED, end.usage()) : end);
    }

    /** Tokens without a text: an end, or a stop string's, which are told only if they would have been as text. */
    private void lastTokens() {
        List<LogProbability> tokens = tokens();
        StringBuilder all = new StringBuilder(text.text);
        tokens.forEach(token -> all.append(token.token().text()));
        if (tokens.isEmpty()) {
            return;
        }
        Verdict verdict = text.session().check(new Content(Stage.ANSWER, all.toString(), before, true));
        if (!verdict.blocks() && verdict.edits().stream().allMatch(edit -> edit.end() <= text.text.length())) {
            StringBuilder words = new StringBuilder();
            tokens.forEach(token -> words.append(lines(token.alternatives())));
            boolean alternatives = mayLeave(words.toString());
            tokens.forEach(token -> tell(token, alternatives));
        }
    }

    /** A text that the model is writing. Places count UTF-16 units of what the model wrote. */
    private final class GrowingText {
        final StringBuilder text = new StringBuilder();
        private @Nullable GuardSession own;
        final boolean reasoning;
        int lookedAt;
        int mayLeave;
        int completeAt;
        private int lead;
        private int left;
        private List<Edit> edits = List.of();
        private @Nullable Verdict hardest;
        private final Map<List<Object>, Finding> findings = new LinkedHashMap<>();

        /** @param lead what it continues, which is looked at with it and does not leave */
        GrowingText(String lead, boolean reasoning) {
            this.reasoning = reasoning;
            text.append(lead);
            this.lead = lead.length();
            mayLeave = lead.length();
            completeAt = lead.length();
            left = lead.length();
        }

        /** The guard's for this text, begun when there is one. */
        GuardSession session() {
            GuardSession begun = own == null ? session.another() : own;
            own = begun;
            return begun;
        }

        /** Shows it to the guard, if there is enough that could leave after that. */
        void lookIfDue() {
            if (blocked || text.length() - lookedAt < SHORTEST_STEP) {
                return;
            }
            int held = session().holdBack();
            int step = Math.clamp(held, SHORTEST_STEP, LONGEST_STEP);
            long couldLeave = (long) text.length() - held - mayLeave;
            if (couldLeave > 0 && text.length() - lookedAt >= step) {
                look(false);
            }
        }

        void look(boolean complete) {
            Verdict verdict = session().check(new Content(Stage.ANSWER, text.toString(), before, complete));
            if (verdict.blocks() && lead > 0 && leadBlocks()) {
                // what stood there before is not the answer's fault
                text.replace(0, lead, " ".repeat(lead));
                lead = 0;
                verdict = session().check(new Content(Stage.ANSWER, text.toString(), before, complete));
            }
            note(verdict);
            lookedAt = text.length();
            if (verdict.blocks()) {
                block(Stage.ANSWER, verdict);
                return;
            }
            edits = together(edits, verdict.edits());
            mayLeave = complete
                    ? text.length()
                    : Math.max(mayLeave, border(text.length() - session().holdBack()));
            completeAt = complete ? text.length() : completeAt;
        }

        private boolean leadBlocks() {
            return session.another()
                    .check(new Content(Stage.ANSWER, text.substring(0, lead), before, true))
                    .blocks();
        }

        /** Edits that hold: those of the latest verdict, and earlier ones of what may have left by now, where it says nothing. */
        private List<Edit> together(List<Edit> earlier, List<Edit> latest) {
            List<Edit> together = new ArrayList<>(latest);
            earlier.stream()
                    .filter(edit -> edit.end() <= mayLeave)
                    .filter(edit -> latest.stream()
                            .noneMatch(other -> other.start() < edit.end() && edit.start() < other.end()))
                    .forEach(together::add);
            together.sort(Comparator.comparingInt(Edit::start));
            return together;
        }

        /** So far a text may leave: not within an edit, whose end may not be known yet, nor within a character. */
        private int border(int upTo) {
            int border = Math.max(upTo, 0);
            for (Edit edit : edits) {
                if (edit.start() < border && border < edit.end()) {
                    border = edit.start();
                }
            }
            boolean within = border > 0
                    && border < text.length()
                    && Character.isHighSurrogate(text.charAt(border - 1))
                    && Character.isLowSurrogate(text.charAt(border));
            return within ? border - 1 : border;
        }

        private void note(Verdict verdict) {
            if (hardest == null || verdict.action().compareTo(hardest.action()) > 0) {
                hardest = verdict;
            }
            for (Finding finding : verdict.findings()) {
                findings.putIfAbsent(List.of(finding.category(), finding.rule(), finding.start()), finding);
            }
        }

        /** Says what was decided about all of it. */
        void judged() {
            if (hardest != null) {
                List<Finding> all = new ArrayList<>(hardest.findings());
                findings.values().stream()
                        .filter(finding -> !all.contains(finding))
                        .forEach(all::add);
                listener.decided(
                        Stage.ANSWER,
                        new Verdict(hardest.action(), all, hardest.edits(), hardest.message(), hardest.policy()));
            }
        }

        /** Whether some of a part was replaced. */
        boolean isEdited(int start, int end) {
            return edits.stream().anyMatch(edit -> edit.start() < end && start < edit.end());
        }

        /** Takes what has not left up to a place, with its edits made. */
        String take(int to) {
            StringBuilder taken = new StringBuilder();
            int at = left;
            for (Edit edit : edits) {
                if (edit.start() >= to) {
                    break;
                }
                if (edit.end() <= at) {
                    continue;
                }
                if (edit.start() >= at) {
                    taken.append(text, at, edit.start()).append(edit.replacement());
                }
                at = edit.end();
            }
            if (at < to) {
                taken.append(text, at, to);
                at = to;
            }
            left = Math.max(left, at);
            return taken.toString();
        }
    }
}
