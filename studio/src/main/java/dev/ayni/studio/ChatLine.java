package dev.ayni.studio;

import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;

/**
 * Reads what somebody types as it stands: no quotes, no escapes. A line that ends in a backslash goes on, and so does
 * everything between two lines of three double quotes.
 */
final class ChatLine implements Parser {
    private static final String FENCE = "\"\"\"";

    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
        if (context == ParseContext.ACCEPT_LINE && !isWhole(line)) {
            throw new EOFError(-1, -1, "the message goes on");
        }
        return new Whole(line, cursor);
    }

    static boolean isWhole(String line) {
        if (line.startsWith(FENCE)) {
            return line.length() >= 2 * FENCE.length() && line.stripTrailing().endsWith(FENCE);
        }
        return !line.endsWith("\\");
    }

    /** The message without the marks that let it go on. */
    static String message(String line) {
        if (line.startsWith(FENCE) && isWhole(line)) {
            String open = line.stripTrailing();
            return open.substring(FENCE.length(), open.length() - FENCE.length())
                    .strip();
        }
        return line.replace("\\\n", "\n").strip();
    }

    /** A line as its only word. */
    private record Whole(String line, int cursor) implements CompletingParsedLine {
        @Override
        public String word() {
            return line;
        }

        @Override
        public int wordCursor() {
            return cursor;
        }

        @Override
        public int wordIndex() {
            return 0;
        }

        @Override
        public List<String> words() {
            return List.of(line);
        }

        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            return candidate;
        }

        @Override
        public int rawWordCursor() {
            return cursor;
        }

        @Override
        public int rawWordLength() {
            return line.length();
        }
    }
}
