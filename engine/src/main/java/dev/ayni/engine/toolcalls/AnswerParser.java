package dev.ayni.engine.toolcalls;

import dev.ayni.chat.ChatEvent;
import dev.ayni.engine.toolcalls.CallReader.Next;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells apart the text, the reasoning and the calls of tools in an answer, while it comes in.
 *
 * <p>However the answer is cut into parts, the events say the same. Nothing is lost: what is neither a mark of the format nor
 * part of a call that can be read is text, or the text of a broken call. What is kept back is bounded: the beginning of a
 * mark, white space, and at most one call, of a million characters at most.
 */
public final class AnswerParser {
    private static final int LONGEST_SPACE = 256;

    /**
     * What an answer may hold.
     *
     * @param calls how calls are written; null: there are none
     * @param names the tools; what could be an answer in JSON as well is a call only if it names one of them
     * @param earlierIds ids of the conversation's earlier calls
     * @param reasoning what stands around reasoning; null: there is none
     * @param beginsReasoning whether the prompt has opened the reasoning already
     */
    public record Expected(
            @Nullable ToolCallFormat calls,
            Set<String> names,
            Set<String> earlierIds,
            @Nullable ReasoningTags reasoning,
            boolean beginsReasoning) {}

    private final Expected expected;
    private final Findings out;
    private final @Nullable CallOpenings openings;
    private final List<String> marks =
            new ArrayList<>(); // that may begin here or later, none of them another's beginning
    private final StringBuilder pending = new StringBuilder(); // may become a mark
    private final StringBuilder held = new StringBuilder(); // at a border: said only if text follows
    private boolean border = true; // nothing but white space since the beginning, a call or reasoning
    private boolean reasoned; // the border is that of reasoning, and its white space is nobody's
    private boolean reasoning;
    private boolean fenced; // the last call began with a mark that also ends it
    private @Nullable CallReader reader;

    /** A parser of one answer. */
    public AnswerParser(Expected expected, Consumer<ChatEvent> sink) {
        this(sink::accept, expected);
    }

    AnswerParser(Findings.Listener listener, Expected expected) {
        this.expected = expected;
        this.out = new Findings(listener, expected.earlierIds());
        this.openings = expected.calls() == null ? null : new CallOpenings(expected.calls(), expected.names(), out);
        this.reasoning = expected.reasoning() != null && expected.beginsReasoning();
        if (expected.calls() != null) {
            marks.addAll(expected.calls().openings());
            expected.calls().closings().stream()
                    .filter(mark -> !marks.contains(mark))
                    .forEach(marks::add);
            if (expected.calls() == ToolCallFormat.DEEPSEEK) {
                marks.add(ToolCallFormat.DEEPSEEK_BEGIN);
            }
        }
        if (expected.reasoning() != null) {
            marks.add(expected.reasoning().open());
            marks.add(expected.reasoning().close());
        }
    }

    /** Takes more of the answer. */
    public void accept(String text) {
        for (int i = 0; i < text.length(); i++) {
            take(text.charAt(i));
        }
        out.flush();
    }

    /** The answer ends here: what was kept back is said, and a call that is not complete is broken. */
    public void finish() {
        if (reader != null) {
            reader.end();
            reader = null;
        }
        String rest = pending.toString();
        pending.setLength(0);
        for (int i = 0; i < rest.length(); i++) {
            plain(rest.charAt(i));
            if (reader != null) {
                reader.end();
                reader = null;
            }
        }
        if (reasoning || out.afterCall() && held.toString().isBlank()) {
            out.syntax(held);
            held.setLength(0);
        }
        release();
        out.flush();
    }

    /** How many calls were complete so far. */
    public int calls() {
        return out.calls();
    }

    private void take(char c) {
        if (reader != null) {
            Next next = reader.accept(c);
            if (next == Next.MORE) {
                return;
            }
            reader = null;
            border = out.afterCall();
            if (next == Next.OVER) {
                return;
            }
        }
        pending.append(c);
        settle();
    }

    /** Decides about what may become a mark, from its beginning on. */
    private void settle() {
        while (!pending.isEmpty()) {
            String text = pending.toString();
            boolean mayBecome = false;
            for (String mark : marks) {
                if (mark.startsWith(text) && counts(mark)) {
                    if (mark.length() == text.length()) {
                        pending.setLength(0);
                        marked(mark);
                        return;
                    }
                    mayBecome = true;
                }
            }
            if (mayBecome) {
                return;
            }
            pending.setLength(0);
            plain(text.charAt(0));
            for (int i = 1; i < text.length(); i++) {
                take(text.charAt(i));
            }
            if (text.length() > 1) {
                return;
            }
        }
    }

    /** Whether a mark means something at this place. */
    private boolean counts(String mark) {
        ReasoningTags tags = expected.reasoning();
        if (tags != null && (reasoning || mark.equals(tags.open()) || mark.equals(tags.close()))) {
            return reasoning ? mark.equals(tags.close()) : mark.equals(tags.open()) && out.atLineStart();
        }
        ToolCallFormat format = expected.calls();
        if (format == null) {
            return false;
        }
        boolean closes = closes(format, mark);
        boolean opens = !format.closings().contains(mark) || format.openings().contains(mark) && out.atLineStart();
        return closes || opens;
    }

    /** Whether a mark belongs to the call before it. */
    private boolean closes(ToolCallFormat format, String mark) {
        return out.afterCall()
                && format.closings().contains(mark)
                && (fenced || !format.openings().contains(mark));
    }

    private void marked(String mark) {
        ReasoningTags tags = expected.reasoning();
        if (tags != null && mark.equals(tags.close())) {
            out.syntax(held + mark);
            held.setLength(0);
            reasoning = false;
            reasoned = true;
            border = true;
            out.reasoned();
        } else if (tags != null && mark.equals(tags.open())) {
            out.syntax(held + mark);
            held.setLength(0);
            reasoning = true;
            border = true;
        } else if (mark.equals(ToolCallFormat.DEEPSEEK_BEGIN)) {
            held.append(mark); // goes with the first call
        } else if (expected.calls() != null && closes(expected.calls(), mark)) {
            out.syntax(held + mark);
            held.setLength(0);
            fenced = false;
        } else if (openings != null) {
            fenced = true;
            reader = openings.after(lead() + mark);
        }
    }

    /** A character that belongs to no mark. */
    private void plain(char c) {
        if (reasoning) {
            reasonOn(c);
            return;
        }
        if (border && (Character.isWhitespace(c) || c == ';' && out.afterCall()) && held.length() < LONGEST_SPACE) {
            held.append(c);
            return;
        }
        if (openings != null
                && expected.calls() != null
                && expected.calls().bare()
                && (c == '{' || c == '[')
                && out.atLineStart()) {
            reader = openings.bare(lead());
            Next next = reader.accept(c);
            assert next == Next.MORE : "a reader takes the character that it was chosen for";
            return;
        }
        release();
        border = false;
        out.text(String.valueOf(c));
    }

    /** White space around reasoning is not part of it. */
    private void reasonOn(char c) {
        if (Character.isWhitespace(c) && held.length() < LONGEST_SPACE) {
            held.append(c);
            return;
        }
        if (border) {
            out.syntax(held);
        } else {
            out.reasoning(held);
        }
        held.setLength(0);
        border = false;
        out.reasoning(String.valueOf(c));
    }

    /** What is held and belongs to the call that follows, or to the text if none does. */
    private String lead() {
        if (reasoned && border) {
            release();
        }
        String lead = held.toString();
        held.setLength(0);
        reasoned = false;
        return lead;
    }

    /** Says what was held at a border. */
    private void release() {
        if (reasoned) {
            out.syntax(held);
        } else {
            out.text(held);
        }
        held.setLength(0);
        reasoned = false;
    }
}
