package dev.ayni.engine.toolcalls;

import dev.ayni.engine.toolcalls.JsonScanner.At;
import dev.ayni.engine.toolcalls.JsonScanner.Found;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one call written as a JSON object: {@code {"name": ..., "arguments": {...}}}, its members in any order.
 *
 * <p>As models write it: {@code parameters} for {@code arguments} (Llama 3), {@code function} for {@code name}, both within
 * a {@code function} object (OpenAI's form), arguments as a string of JSON, or none.
 */
final class CallObject {
    /** How an object stands. */
    enum State {
        MORE,
        /** The call is complete, and was announced. */
        CALL,
        /** The text is no call; it was not announced. */
        OTHER,
        /** The call was announced, and then went wrong. */
        BROKEN
    }

    private static final Set<String> MEMBERS = Set.of("name", "function", "arguments", "parameters", "type", "id");
    private static final int LONGEST_UNDECIDED = 4096; // what looks like an answer in JSON is not kept from its reader

    private final Findings out;
    private final Set<String> names;
    private final boolean doubtful;
    private final JsonScanner json = new JsonScanner();
    private final StringBuilder source = new StringBuilder();
    private int level = 1; // of the members that are the call's
    private int keyStart;
    private int valueStart;
    private String key = "";
    private @Nullable String name;
    private @Nullable String id;
    private int argumentsStart = -1; // of an object
    private int argumentsEnd = -1;
    private @Nullable String arguments;
    private int shown;
    private boolean started;
    private String why = "";

    /** @param doubtful whether the text may be an answer as well, so that only calls of {@code names} count */
    CallObject(Findings out, Set<String> names, boolean doubtful) {
        this.out = out;
        this.names = names;
        this.doubtful = doubtful;
    }

    /** All characters that were taken: not the one that turned out wrong. */
    CharSequence source() {
        return source;
    }

    /** What is wrong with it. */
    String why() {
        return why;
    }

    boolean started() {
        return started;
    }

    /** Takes the next character, unless it shows that this is no call, or a wrong one. */
    State accept(char c) {
        At before = json.at();
        int depth = json.depth();
        Found found = json.accept(c);
        if (found == Found.WRONG) {
            return wrong("%s cannot stand there in JSON"
                    .formatted(c < ' ' ? "the control character U+%04X".formatted((int) c) : "'" + c + "'"));
        }
        if (source.length() >= (doubtful && !started ? LONGEST_UNDECIDED : CallReader.LONGEST)) {
            return wrong("it is longer than %d characters".formatted(source.length()));
        }
        source.append(c);
        if (!follow(before, depth, c)) {
            source.setLength(source.length() - 1);
            return started ? State.BROKEN : State.OTHER;
        }
        show();
        if (found == Found.WHOLE) {
            return complete();
        }
        return State.MORE;
    }

    private State wrong(String what) {
        why = what;
        return started ? State.BROKEN : State.OTHER;
    }

    /** Notes which member begins or ends with a character; false if it cannot be a call's. */
    private boolean follow(At before, int depth, char c) {
        At at = json.at();
        boolean ownMember = json.depth() == level;
        if (at == At.STRING && (before == At.KEY || before == At.FIRST_KEY) && ownMember) {
            keyStart = source.length();
        } else if (at == At.COLON && before == At.STRING && ownMember) {
            key = JsonScanner.unescaped(source.substring(keyStart, source.length() - 1));
            return !doubtful || started || level > 1 || MEMBERS.contains(key);
        } else if (before == At.VALUE && depth == level && !JsonScanner.isSpace(c)) {
            valueStart = source.length() - 1;
            return valueBegins(c);
        } else if (at == At.AFTER_VALUE && before == At.STRING && ownMember) {
            return textEnds(JsonScanner.unescaped(source.substring(valueStart + 1, source.length() - 1)));
        } else if (at == At.AFTER_VALUE && ownMember && depth > level && argumentsStart == valueStart) {
            argumentsEnd = source.length();
            arguments = source.substring(argumentsStart, argumentsEnd);
        } else if (level == 2 && depth == 2 && json.depth() == 1) {
            level = 1;
        }
        return true;
    }

    private boolean valueBegins(char c) {
        if (key.equals("function") && c == '{' && level == 1) {
            level = 2;
            return true;
        }
        if (!isArguments()) {
            return true;
        }
        if (argumentsStart >= 0 || arguments != null) {
            why = "it has its arguments twice";
            return false;
        }
        if (c == '{') {
            argumentsStart = valueStart;
            startIfKnown();
        } else if (c == 'n') {
            arguments = "{}";
        }
        if (c != '{' && c != '"' && c != 'n') {
            why = "its arguments are no object";
            return false;
        }
        return true;
    }

    private boolean isArguments() {
        return key.equals("arguments") || key.equals("parameters");
    }

    private boolean textEnds(String text) {
        if (key.equals("name") || key.equals("function")) {
            if (name != null || text.isBlank()) {
                why = name == null ? "its name is empty" : "it has two names";
                return false;
            }
            if (doubtful && !names.contains(text)) {
                return false;
            }
            name = text;
            startIfKnown();
        } else if (key.equals("id")) {
            id = text;
        } else if (isArguments()) {
            String object = text.strip();
            if (!JsonScanner.isObject(object)) {
                why = "its arguments are a string, and no JSON object is in it";
                return false;
            }
            arguments = object;
            startIfKnown();
        }
        return true;
    }

    private void startIfKnown() {
        if (!started && name != null && (argumentsStart >= 0 || arguments != null)) {
            started = true;
            out.started(name, id);
            if (argumentsStart < 0 && arguments != null) {
                out.arguments(arguments);
            }
            shown = argumentsStart;
        }
    }

    /** Passes on the part of the arguments that has come. */
    private void show() {
        if (started && argumentsStart >= 0) {
            int until = argumentsEnd < 0 ? source.length() : argumentsEnd;
            if (until > shown) {
                out.arguments(source.substring(shown, until));
                shown = until;
            }
        }
    }

    private State complete() {
        if (name == null) {
            why = "it names no tool";
            return State.OTHER;
        }
        if (!started) {
            out.started(name, id);
            started = true;
            out.arguments("{}");
        }
        return State.CALL;
    }

    /** Announces that the call is complete. */
    void finish(CharSequence lead) {
        out.finished(
                Objects.requireNonNull(name, "a complete call has a name"),
                arguments == null ? "{}" : arguments,
                lead.toString() + source);
    }
}
