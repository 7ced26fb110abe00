package dev.ayni.engine.toolcalls;

import dev.ayni.engine.toolcalls.WholeCalls.Written;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/** Turns calls that are not written in JSON into JSON: Python's call expressions, and Gemma's braces. */
final class Literals {
    private static final int DEPTH = JsonScanner.DEPTH;

    /** The text is not what the grammar expects. */
    private static final class NoMatch extends RuntimeException {
        private static final long serialVersionUID = 1;

        NoMatch() {
            super("", null, false, false);
        }
    }

    private final String text;
    private final String quote; // Gemma's, around strings; empty for Python
    private int at;

    private Literals(String text, String quote) {
        this.text = text;
        this.quote = quote;
    }

    /**
     * Calls as Python writes them, with named arguments: {@code get_weather(city="Cusco", days=3)}, one a line, perhaps
     * within {@code print(...)}.
     */
    static Optional<List<Written>> python(String text, Set<String> names) {
        Literals in = new Literals(text, "");
        List<Written> calls = new ArrayList<>();
        try {
            in.space();
            while (in.at < text.length()) {
                boolean printed = text.startsWith("print(", in.at);
                in.at += printed ? "print(".length() : 0;
                calls.add(in.pythonCall());
                in.space();
                if (printed) {
                    in.expect(')');
                }
                in.space();
                in.skip(';');
                in.space();
            }
        } catch (NoMatch e) {
            return Optional.empty();
        }
        return calls.stream().allMatch(call -> names.contains(call.name())) ? Optional.of(calls) : Optional.empty();
    }

    /**
     * The arguments of a call as FunctionGemma and Gemma 4 write them: <code>{city:&lt;escape&gt;Cusco&lt;escape&gt;,days:3}</code>.
     *
     * @param quote what stands around strings
     */
    static Optional<List<Written>> gemma(String name, String text, String quote) {
        Literals in = new Literals(text, quote);
        try {
            in.space();
            StringBuilder json = new StringBuilder();
            in.gemmaObject(json, 0);
            in.space();
            return in.at == text.length() ? Optional.of(List.of(new Written(name, json.toString()))) : Optional.empty();
        } catch (NoMatch e) {
            return Optional.empty();
        }
    }

    private Written pythonCall() {
        String name = word();
        expect('(');
        StringBuilder json = new StringBuilder("{");
        space();
        while (!skip(')')) {
            json.append(json.length() > 1 ? ", " : "").append(quoted(word())).append(": ");
            expect('=');
            pythonValue(json, 1);
            separator(')');
        }
        return new Written(name, json.append('}').toString());
    }

    private void pythonValue(StringBuilder json, int depth) {
        space();
        char c = peek();
        if (depth > DEPTH) {
            throw new NoMatch();
        } else if (c == '"' || c == '\'') {
            json.append(quoted(pythonString()));
        } else if (c == '[' || c == '(') {
            list(json, c == '[' ? ']' : ')', depth);
        } else if (c == '{') {
            at++;
            json.append('{');
            space();
            for (boolean first = true; !skip('}'); first = false) {
                json.append(first ? "" : ", ").append(quoted(pythonString())).append(": ");
                space();
                expect(':');
                pythonValue(json, depth + 1);
                separator('}');
            }
            json.append('}');
        } else {
            plain(json);
        }
    }

    private void list(StringBuilder json, char close, int depth) {
        at++;
        json.append('[');
        space();
        for (boolean first = true; !skip(close); first = false) {
            json.append(first ? "" : ", ");
            if (quote.isEmpty()) {
                pythonValue(json, depth + 1);
            } else {
                gemmaValue(json, depth + 1);
            }
            separator(close);
        }
        json.append(']');
    }

    private void gemmaObject(StringBuilder json, int depth) {
        expect('{');
        json.append('{');
        space();
        for (boolean first = true; !skip('}'); first = false) {
            String key = text.startsWith(quote, at) ? gemmaString() : word();
            json.append(first ? "" : ", ").append(quoted(key)).append(": ");
            space();
            expect(':');
            gemmaValue(json, depth + 1);
            separator('}');
        }
        json.append('}');
    }

    private void gemmaValue(StringBuilder json, int depth) {
        space();
        if (depth > DEPTH) {
            throw new NoMatch();
        } else if (text.startsWith(quote, at)) {
            json.append(quoted(gemmaString()));
        } else if (peek() == '{') {
            gemmaObject(json, depth);
        } else if (peek() == '[') {
            list(json, ']', depth);
        } else {
            plain(json);
        }
    }

    private String gemmaString() {
        int from = at + quote.length();
        int end = text.indexOf(quote, from);
        if (end < 0) {
            throw new NoMatch();
        }
        at = end + quote.length();
        return text.substring(from, end);
    }

    private String pythonString() {
        char mark = peek();
        if (mark != '"' && mark != '\'') {
            throw new NoMatch();
        }
        at++;
        StringBuilder value = new StringBuilder();
        while (peek() != mark) {
            char c = text.charAt(at++);
            if (c == '\\') {
                char escaped = peek();
                at++;
                value.append(
                        switch (escaped) {
                            case 'n' -> '\n';
                            case 't' -> '\t';
                            case 'r' -> '\r';
                            case '\\', '"', '\'' -> escaped;
                            default -> throw new NoMatch();
                        });
            } else {
                value.append(c);
            }
        }
        at++;
        return value.toString();
    }

    /** A number, or one of the words for true, false and nothing. */
    private void plain(StringBuilder json) {
        int from = at;
        while (at < text.length() && "+-._".indexOf(text.charAt(at)) >= 0
                || at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
            at++;
        }
        String value = text.substring(from, at);
        switch (value) {
            case "True", "true" -> json.append("true");
            case "False", "false" -> json.append("false");
            case "None", "null" -> json.append("null");
            default -> {
                if (!value.matches("-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")) {
                    throw new NoMatch();
                }
                json.append(value);
            }
        }
    }

    /** A name: of a function, or of an argument. */
    private String word() {
        int from = at;
        while (at < text.length()
                && (Character.isLetterOrDigit(text.charAt(at)) || "_.-".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        if (at == from) {
            throw new NoMatch();
        }
        return text.substring(from, at);
    }

    /** A comma, or the end that is to follow, which stays. */
    private void separator(char close) {
        space();
        if (!skip(',') && peek() != close) {
            throw new NoMatch();
        }
        space();
    }

    private char peek() {
        if (at >= text.length()) {
            throw new NoMatch();
        }
        return text.charAt(at);
    }

    private boolean skip(char c) {
        boolean there = at < text.length() && text.charAt(at) == c;
        at += there ? 1 : 0;
        return there;
    }

    private void expect(char c) {
        if (!skip(c)) {
            throw new NoMatch();
        }
    }

    private void space() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private static String quoted(String text) {
        return JsonMapper.shared().writeValueAsString(text);
    }
}
