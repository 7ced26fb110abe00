package dev.ayni.studio;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Where a command reads and writes: text as UTF-8, whatever the locale. Results go to {@code out}, everything said about
 * them to {@code err}.
 *
 * @param inTerminal whether somebody types what comes in; so for the others
 * @param colour whether {@code err} and {@code out}, where they are terminals, may be coloured
 */
record Streams(
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean inTerminal,
        boolean outTerminal,
        boolean errTerminal,
        boolean colour) {

    /** The process's own. The launcher says in {@code ayni.terminal} which of them are terminals: "in,out,err". */
    static Streams ofProcess() {
        List<String> terminals = List.of(System.getProperty("ayni.terminal", "").split(","));
        PrintStream out = new PrintStream(
                new BufferedOutputStream(
                        new Output(new FileOutputStream(FileDescriptor.out), "Standard output"), 1 << 15),
                false,
                StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.err), 1 << 10),
                true,
                StandardCharsets.UTF_8);
        return new Streams(
                System.in,
                out,
                err,
                terminals.contains("in"),
                terminals.contains("out"),
                terminals.contains("err"),
                System.getenv("NO_COLOR") == null && !"dumb".equals(System.getenv("TERM")));
    }

    /** A remark about the work: dim on a terminal. */
    void remark(String text) {
        err.println(dim(text, errTerminal));
    }

    /** The text in faint letters, if they are for a terminal. */
    String dim(String text, boolean terminal) {
        return terminal && colour ? "\033[2m" + text + "\033[0m" : text;
    }

    /** All of standard input, which has to be UTF-8. */
    String readAll() {
        try {
            return utf8(in.readAllBytes(), "Standard input");
        } catch (IOException e) {
            throw new Letter("Standard input cannot be read: %s.".formatted(e.getMessage()), e);
        }
    }

    /** Bytes as text; nothing is replaced in silence. */
    static String utf8(byte[] bytes, String what) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(buffer)
                    .toString();
        } catch (CharacterCodingException e) {
            throw new Letter(
                    "%s is not UTF-8 from byte %d on. Convert it first, for example with: iconv -f LATIN1 -t UTF-8"
                            .formatted(what, buffer.position()),
                    e);
        }
    }

    /** Tells apart a reader who has left from a disk that is full, both of which a {@link PrintStream} keeps to itself. */
    static final class Output extends OutputStream {
        private final OutputStream to;
        private final String name;

        Output(OutputStream to, String name) {
            this.to = to;
            this.name = name;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            try {
                to.write(bytes, offset, length);
            } catch (IOException e) {
                String why = String.valueOf(e.getMessage());
                if (why.contains("Broken pipe") || why.contains("EPIPE")) {
                    throw new ReaderLeft();
                }
                throw new Letter(
                        "%s cannot be written: %s. What was written so far is not complete.".formatted(name, why), e);
            }
        }
    }

    /** Whoever read the output wants no more of it, as {@code head} does: the end of the work, but no failure. */
    static final class ReaderLeft extends RuntimeException {
        private static final long serialVersionUID = 1;

        ReaderLeft() {
            super("the reader of standard output has left", null, false, false);
        }
    }
}
