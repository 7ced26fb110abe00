package dev.ayni.engine.toolcalls;

import java.util.BitSet;

/** Reads one JSON object or array (RFC 8259), character by character, and knows at each what may follow. */
final class JsonScanner {
    /** What a character did. */
    enum Found {
        /** The value goes on. */
        MORE,
        /** It ends with this character. */
        WHOLE,
        /** This character cannot stand here; the value is no JSON. */
        WRONG
    }

    /** What the next character belongs to. */
    enum At {
        VALUE,
        FIRST_ITEM,
        FIRST_KEY,
        KEY,
        COLON,
        AFTER_VALUE,
        STRING,
        ESCAPE,
        HEX,
        NUMBER,
        WORD,
        END
    }

    static final int DEPTH = 64;
    private static final String NUMBER_ENDS = "0123456789";

    private final BitSet objects = new BitSet(); // by depth: whether it is an object, not an array
    private int depth;
    private At at = At.VALUE;
    private boolean key; // whether the string is one
    private int hex;
    private String word = "";
    private int read; // of the word
    private final StringBuilder number = new StringBuilder();

    At at() {
        return at;
    }

    /** How many objects and arrays are open. */
    int depth() {
        return depth;
    }

    Found accept(char c) {
        boolean right = switch (at) {
            case VALUE -> isSpace(c) && depth > 0 || value(c);
            case FIRST_ITEM -> isSpace(c) || (c == ']' ? close(false) : value(c));
            case FIRST_KEY -> isSpace(c) || (c == '}' ? close(true) : key(c));
            case KEY -> isSpace(c) || key(c);
            case COLON -> isSpace(c) || c == ':' && go(At.VALUE);
            case AFTER_VALUE -> isSpace(c) || afterValue(c);
            case STRING -> string(c);
            case ESCAPE -> escape(c);
            case HEX -> Character.digit(c, 16) >= 0 && c < 128 && go(--hex == 0 ? At.STRING : At.HEX);
            case NUMBER -> number(c);
            case WORD -> c == word.charAt(read) && go(++read == word.length() ? At.AFTER_VALUE : At.WORD);
            case END -> false;
        };
        if (!right) {
            return Found.WRONG;
        }
        return at == At.END ? Found.WHOLE : Found.MORE;
    }

    private boolean go(At next) {
        at = next;
        return true;
    }

    private boolean value(char c) {
        if (depth == 0 && c != '{' && c != '[') {
            return false;
        }
        return switch (c) {
            case '{', '[' -> open(c == '{');
            case '"' -> {
                key = false;
                yield go(At.STRING);
            }
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> {
                number.setLength(0);
                yield isNumberStart(c) && number(c);
            }
        };
    }

    private static boolean isNumberStart(char c) {
        return c == '-' || c >= '0' && c <= '9';
    }

    private boolean open(boolean object) {
        if (depth == DEPTH) {
            return false;
        }
        objects.set(depth++, object);
        return go(object ? At.FIRST_KEY : At.FIRST_ITEM);
    }

    private boolean close(boolean object) {
        if (objects.get(depth - 1) != object) {
            return false;
        }
        depth--;
        return go(depth == 0 ? At.END : At.AFTER_VALUE);
    }

    private boolean key(char c) {
        key = true;
        return c == '"' && go(At.STRING);
    }

    private boolean word(String expected) {
        word = expected;
        read = 1;
        return go(At.WORD);
    }

    private boolean afterValue(char c) {
        return switch (c) {
            case ',' -> go(objects.get(depth - 1) ? At.KEY : At.VALUE);
            case '}' -> close(true);
            case ']' -> close(false);
            default -> false;
        };
    }

    private boolean string(char c) {
        return switch (c) {
            case '"' -> go(key ? At.COLON : At.AFTER_VALUE);
            case '\\' -> go(At.ESCAPE);
            default -> c >= ' ';
        };
    }

    private boolean escape(char c) {
        if (c == 'u') {
            hex = 4;
            return go(At.HEX);
        }
        return "\"\\/bfnrt".indexOf(c) >= 0 && go(At.STRING);
    }

    /** A number has no end of its own: the character behind it says that it is over. */
    private boolean number(char c) {
        if ("+-.eE".indexOf(c) >= 0 || c >= '0' && c <= '9') {
            number.append(c);
            return isNumberSoFar() && go(At.NUMBER);
        }
        boolean whole = NUMBER_ENDS.indexOf(number.charAt(number.length() - 1)) >= 0;
        at = At.AFTER_VALUE;
        return whole && (isSpace(c) || afterValue(c));
    }

    private boolean isNumberSoFar() {
        int i = number.charAt(0) == '-' ? 1 : 0;
        int digits = digits(i);
        if (digits > 1 && number.charAt(i) == '0') {
            return false;
        }
        i += digits;
        if (i == number.length() || digits == 0) {
            return i == number.length();
        }
        if (number.charAt(i) == '.') {
            digits = digits(++i);
            i += digits;
            if (i == number.length() || digits == 0) {
                return i == number.length();
            }
        }
        if (number.charAt(i) != 'e' && number.charAt(i) != 'E') {
            return false;
        }
        i++;
        if (i < number.length() && (number.charAt(i) == '+' || number.charAt(i) == '-')) {
            i++;
        }
        return i + digits(i) == number.length() && number.length() <= 64;
    }

    private int digits(int from) {
        int i = from;
        while (i < number.length() && NUMBER_ENDS.indexOf(number.charAt(i)) >= 0) {
            i++;
        }
        return i - from;
    }

    static boolean isSpace(char c) {
        return c == ' ' || c == '\n' || c == '\t' || c == '\r';
    }

    /** Whether a text is one JSON object, and nothing around it. */
    static boolean isObject(String text) {
        JsonScanner scanner = new JsonScanner();
        Found found = text.startsWith("{") ? Found.MORE : Found.WRONG;
        for (int i = 0; i < text.length() && found == Found.MORE; i++) {
            found = scanner.accept(text.charAt(i));
            if (found == Found.WHOLE && i < text.length() - 1) {
                return false;
            }
        }
        return found == Found.WHOLE;
    }

    /** What stands between a string's quotes, its escapes resolved. */
    static String unescaped(String raw) {
        if (raw.indexOf('\\') < 0) {
            return raw;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            char escaped = raw.charAt(++i);
            switch (escaped) {
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'n' -> text.append('\n');
                case 'r' -> text.append('\r');
                case 't' -> text.append('\t');
                case 'u' -> {
                    text.append((char) Integer.parseInt(raw.substring(i + 1, i + 5), 16));
                    i += 4;
                }
                default -> text.append(escaped);
            }
        }
        return text.toString();
    }
}
