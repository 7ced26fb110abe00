package dev.ayni.studio;

import java.io.PrintWriter;
import org.jline.utils.WCWidth;

/** Writes text as it arrives, and breaks lines between words instead of within them. */
final class WrappedText {
    private final PrintWriter to;
    private final int width;
    private final StringBuilder word = new StringBuilder();
    private int wordWidth;
    private int spaces; // before the word
    private int column;

    /** @param width columns of the terminal; 0: lines are not broken */
    WrappedText(PrintWriter to, int width) {
        this.to = to;
        this.width = width;
    }

    /** Takes more of the text; a word is held back until its end is known. */
    void write(String text) {
        text.codePoints().forEach(this::write);
        to.flush();
    }

    private void write(int c) {
        if (c == '\n') {
            finishWord();
            endLine();
        } else if (c == ' ' || c == '\t') {
            finishWord();
            spaces++;
        } else if (Character.isISOControl(c)) {
            // a model must not be able to steer the terminal
            finishWord();
        } else {
            word.appendCodePoint(c);
            wordWidth += Math.max(0, WCWidth.wcwidth(c));
            if ((width > 0 && wordWidth >= width) || isIdeograph(c)) {
                finishWord();
            }
        }
    }

    /** Writing without spaces between words may break anywhere. */
    private static boolean isIdeograph(int c) {
        return WCWidth.wcwidth(c) == 2;
    }

    private void finishWord() {
        if (word.isEmpty()) {
            return;
        }
        if (width > 0 && column > 0 && column + spaces + wordWidth > width) {
            endLine();
        }
        to.print(" ".repeat(spaces));
        column += spaces;
        spaces = 0;
        to.print(word);
        column += wordWidth;
        word.setLength(0);
        wordWidth = 0;
    }

    /** Spaces at the end of a line are left out. */
    private void endLine() {
        to.print('\n');
        column = 0;
        spaces = 0;
    }

    /** Writes what was held back, and ends the line. */
    void finish() {
        finishWord();
        if (column > 0) {
            endLine();
        }
        to.flush();
    }
}
