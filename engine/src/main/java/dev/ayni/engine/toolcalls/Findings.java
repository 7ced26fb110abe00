package dev.ayni.engine.toolcalls;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ToolCall;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where all that a parser finds goes, in the order of the text; joins what belongs together. */
final class Findings {
    /** Hears of everything: the parts of the text that no event repeats come as syntax. */
    interface Listener {
        void event(ChatEvent event);

        default void syntax(String text) {}
    }

    private final Listener listener;
    private final Set<String> taken;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder arguments = new StringBuilder();
    private @Nullable String open; // the id of the call that has started
    private int calls;
    private int lastNumber;
    private boolean lineStart = true;
    private boolean afterCall;

    /** @param taken ids of earlier calls in the conversation */
    Findings(Listener listener, Set<String> taken) {
        this.listener = listener;
        this.taken = new HashSet<>(taken);
    }

    /** Whether only white space stands before the place in its line, or it follows a call or reasoning. */
    boolean atLineStart() {
        return lineStart;
    }

    /** Whether no text has come since the last call. */
    boolean afterCall() {
        return afterCall;
    }

    /** How many calls were finished. */
    int calls() {
        return calls;
    }

    void text(CharSequence more) {
        for (int i = 0; i < more.length(); i++) {
            char c = more.charAt(i);
            lineStart = c == '\n' || lineStart && Character.isWhitespace(c);
        }
        afterCall = afterCall && more.isEmpty();
        text.append(more);
    }

    void reasoning(CharSequence more) {
        flushText();
        reasoning.append(more);
    }

    /** Text of the format, not of the answer. */
    void syntax(CharSequence dropped) {
        if (!dropped.isEmpty()) {
            flush();
            listener.syntax(dropped.toString());
        }
    }

    /** The reasoning is over, and a new line begins. */
    void reasoned() {
        lineStart = true;
    }

    /** @param own the id that the model gave; it counts if no earlier call had it */
    void started(String name, @Nullable String own) {
        flush();
        open = own != null && taken.add(own) ? own : freshId();
        listener.event(new ChatEvent.ToolCallStarted(open, name));
    }

    /** Nine letters and digits, which is what Mistral's templates insist on. */
    private String freshId() {
        String id;
        do {
            String number = Integer.toString(++lastNumber, 36);
            id = "call" + "0".repeat(Math.max(0, 5 - number.length())) + number;
        } while (!taken.add(id));
        return id;
    }

    void arguments(CharSequence more) {
        arguments.append(more);
    }

    /** @param source all that the call was written with */
    void finished(String name, String whole, CharSequence source) {
        flush();
        String id = Objects.requireNonNull(open, "a call finishes after it has started");
        listener.event(new ChatEvent.ToolCallFinished(new ToolCall(id, name, whole)));
        listener.syntax(source.toString());
        callOver();
        calls++;
    }

    void broken(CharSequence source, String why) {
        flush();
        String id = Objects.requireNonNull(open, "a call breaks after it has started");
        listener.event(new ChatEvent.ToolCallBroken(id, source.toString(), why));
        callOver();
    }

    private void callOver() {
        open = null;
        lineStart = true;
        afterCall = true;
    }

    /** Passes on what was joined so far. */
    void flush() {
        flushText();
        if (!reasoning.isEmpty()) {
            String delta = reasoning.toString();
            reasoning.setLength(0);
            listener.event(new ChatEvent.Reasoning(delta));
        }
        if (!arguments.isEmpty() && open != null) {
            String delta = arguments.toString();
            arguments.setLength(0);
            listener.event(new ChatEvent.ToolCallArguments(open, delta));
        }
    }

    private void flushText() {
        if (!text.isEmpty()) {
            String delta = text.toString();
            text.setLength(0);
            listener.event(new ChatEvent.Text(delta));
        }
    }
}
