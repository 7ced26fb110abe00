package dev.ayni.server.jobs;

import java.io.IOException;
import java.io.Reader;

/** A text none of whose lines is longer than may be held in memory; beyond that, reading breaks off. */
final class BoundedLines extends Reader {
    private final Reader text;
    private final int mostCharacters;
    private int number = 1;
    private int length;

    /** A line that is longer than a line may be. */
    static final class LineTooLong extends IOException {
        private static final long serialVersionUID = 1;

        private final int number;

        LineTooLong(int number, int mostCharacters) {
            super("line %d has more than %d characters".formatted(number, mostCharacters));
            this.number = number;
        }

        /** Of the line, from 1. */
        int number() {
            return number;
        }
    }

    BoundedLines(Reader text, int mostCharacters) {
        this.text = text;
        this.mostCharacters = mostCharacters;
    }

    /** @throws LineTooLong if a line is */
    @Override
    public int read(char[] to, int from, int most) throws IOException {
        int count = text.read(to, from, most);
        for (int i = from; i < from + count; i++) {
            if (to[i] == '\n') {
                number++;
                length = 0;
            } else if (++length > mostCharacters) {
                throw new LineTooLong(number, mostCharacters);
            }
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        text.close();
    }
}
