package dev.ayni.studio;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextRequest;
import dev.ayni.engine.LocalModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.keymap.KeyMap;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.Terminal.SignalHandler;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** A conversation in a terminal. */
final class InteractiveChat {
    private static final List<String> COMMANDS =
            List.of("/help", "/system", "/save", "/load", "/regenerate", "/reset-ai", "/exit");
    private static final int LINE = 100;

    private final dev.ayni.hub.LocalModel files;
    private final EngineFlags engine;
    private final SamplingOptions options;
    private final Path home;
    private final @Nullable Shape shape;
    private final Streams streams;
    private final Conversation conversation = new Conversation();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private boolean continues;
    private String continued = "";
    private int attempt;

    InteractiveChat(
            dev.ayni.hub.LocalModel files,
            EngineFlags engine,
            SamplingOptions options,
            Path home,
            @Nullable String system,
            boolean continues,
            @Nullable Shape shape,
            Streams streams) {
        this.files = files;
        this.engine = engine;
        this.options = options;
        this.home = home;
        this.continues = continues;
        this.shape = shape;
        this.streams = streams;
        conversation.system(system);
    }

    /** Talks until the user leaves. */
    int run() throws IOException {
        List<String> told = new ArrayList<>();
        try (LocalModel model = LocalModel.open(files.path(), engine.options(told::add));
                Terminal terminal = TerminalBuilder.builder()
                        .name("ayni")
                        .system(true)
                        .nativeSignals(true)
                        .signalHandler(SignalHandler.SIG_IGN)
                        .encoding(StandardCharsets.UTF_8)
                        .build()) {
            terminal.handle(Signal.INT, signal -> stopped.set(true));
            LineReader reader = reader(terminal);
            greet(terminal, model, told);
            if (model.chatTemplate().isEmpty() && !continues && !offersToContinue(reader, terminal)) {
                return Failures.OK;
            }
            hint(terminal);
            while (turn(model, reader, terminal)) {
                // the turns of a conversation
            }
            return Failures.OK;
        }
    }

    private LineReader reader(Terminal terminal) throws IOException {
        LineReader reader = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("ayni")
                .parser(new ChatLine())
                .completer((r, line, candidates) -> {
                    if (line.line().startsWith("/")) {
                        COMMANDS.forEach(command -> candidates.add(new Candidate(command)));
                    }
                })
                .variable(LineReader.HISTORY_FILE, history())
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, "… ")
                .variable(LineReader.BELL_STYLE, "none")
                .variable(LineReader.INDENTATION, 0)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.HISTORY_IGNORE_SPACE, true)
                .option(LineReader.Option.HISTORY_TIMESTAMPED, false)
                .option(LineReader.Option.INSERT_TAB, false)
                .build();
        // Alt and Enter: a new line within the message
        reader.getWidgets().put("new-line", () -> {
            reader.getBuffer().write('\n');
            return true;
        });
        Objects.requireNonNull(reader.getKeyMaps().get(LineReader.MAIN))
                .bind(new Reference("new-line"), KeyMap.alt('\r'), KeyMap.alt('\n'));
        return reader;
    }

    /** The file of what was typed, which is nobody else's to read. */
    private Path history() throws IOException {
        Path file = home.resolve("chat-history");
        Files.createDirectories(home);
        if (!Files.exists(file)) {
            Files.createFile(file);
            if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            }
        }
        return file;
    }

    private void greet(Terminal terminal, LocalModel model, List<String> told) {
        say(terminal, "Ayni  %s, context %d tokens".formatted(files.name(), model.context()));
        told.forEach(line -> remark(terminal, line));
    }

    private void hint(Terminal terminal) {
        remark(
                terminal,
                continues
                        ? "Type the beginning of a text. An empty line goes on with it; /help shows what else there is, Ctrl-D leaves."
                        : "Type a message. /help shows what else there is; Ctrl-C stops an answer, Ctrl-D leaves.");
        say(terminal, "");
    }

    private boolean offersToContinue(LineReader reader, Terminal terminal) {
        say(
                terminal,
                "%s has no chat template: it is a base model, trained to continue a text, not to answer."
                        .formatted(files.name()));
        try {
            String answer = reader.readLine("Shall it continue what you type? [Y/n] ")
                    .strip()
                    .toLowerCase(Locale.ROOT);
            continues = answer.isEmpty() || answer.startsWith("y");
        } catch (UserInterruptException | EndOfFileException e) {
            continues = false;
        }
        if (!continues) {
            say(terminal, "Models that answer: ayni models");
        }
        return continues;
    }

    /** Reads one line and does what it says; false if the user leaves. */
    private boolean turn(LocalModel model, LineReader reader, Terminal terminal) {
        String line;
        try {
            line = ChatLine.message(reader.readLine(prompt(terminal)));
        } catch (UserInterruptException e) {
            remark(terminal, "Ctrl-D or /exit leaves.");
            return true;
        } catch (EndOfFileException e) {
            return false;
        }
        try {
            if (line.startsWith("/")) {
                return command(line, model, terminal);
            }
            if (continues) {
                continueText(line, model, terminal);
            } else if (!line.isEmpty()) {
                conversation.add(Message.user(line));
                attempt = 0;
                answer(model, terminal);
            }
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            say(terminal, Failures.letter(e));
        }
        return true;
    }

    private boolean command(String line, LocalModel model, Terminal terminal) throws IOException {
        String name = line.split("\\s", 2)[0];
        String rest = line.substring(name.length()).strip();
        switch (name) {
            case "/help", "/?" -> help(terminal);
            case "/exit", "/quit", "/bye" -> {
                return false;
            }
            case "/reset-ai" -> {
                conversation.clear();
                continued = "";
                model.forgetConversations();
                remark(
                        terminal,
                        "Everything said is forgotten%s."
                                .formatted(conversation.system() == null ? "" : "; the system message stays"));
            }
            case "/system" -> system(rest, terminal);
            case "/save" -> {
                Path file = file(rest, name);
                conversation.save(file, files.name());
                remark(terminal, "%d turns are in %s.".formatted(conversation.turns(), file));
            }
            case "/load" -> {
                Path file = file(rest, name);
                conversation.load(file);
                remark(
                        terminal,
                        "%d turns were read from %s; the conversation goes on from there."
                                .formatted(conversation.turns(), file));
            }
            case "/regenerate" -> regenerate(model, terminal);
            default -> {
                String near = nearest(name);
                say(
                        terminal,
                        "There is no command %s.%s /help lists all."
                                .formatted(name, near.isEmpty() ? "" : " Did you mean " + near + "?"));
            }
        }
        return true;
    }

    /** The command that begins most like the typed one; nothing if none begins like it. */
    private static String nearest(String typed) {
        String best = "";
        int most = 1; // the slash
        for (String command : COMMANDS) {
            int same = 0;
            while (same < Math.min(typed.length(), command.length()) && typed.charAt(same) == command.charAt(same)) {
                same++;
            }
            if (same > most) {
                best = command;
                most = same;
            }
        }
        return best;
    }

    private static Path file(String rest, String command) {
        if (rest.isEmpty()) {
            throw new Letter("%s needs a file's name, as in %s conversation.json".formatted(command, command));
        }
        return rest.startsWith("~/") ? Path.of(System.getProperty("user.home"), rest.substring(2)) : Path.of(rest);
    }

    private void system(String text, Terminal terminal) {
        if (continues) {
            throw new Letter("A text that is continued has no system message.");
        }
        if (!text.isEmpty()) {
            conversation.system(text.equals("-") ? null : text);
        }
        remark(
                terminal,
                conversation.system() == null
                        ? "There is no system message; /system TEXT sets one."
                        : "System message: %s   (/system - removes it)".formatted(conversation.system()));
    }

    private void regenerate(LocalModel model, Terminal terminal) {
        if (continues) {
            throw new Letter("/regenerate is for answers. /reset-ai begins another text.");
        }
        conversation.takeBack(Message.Role.ASSISTANT);
        List<Message> messages = conversation.messages();
        if (messages.isEmpty() || messages.getLast().role() != Message.Role.USER) {
            throw new Letter("There is no answer yet that could be given anew.");
        }
        attempt++;
        answer(model, terminal);
    }

    private void help(Terminal terminal) {
        say(terminal, """
            /system TEXT    what the model is told before everything else; /system - removes it
            /regenerate     another answer to the last message
            /save FILE      write the conversation as JSON
            /load FILE      go on with a saved conversation
            /reset-ai       forget everything said
            /exit           leave, as Ctrl-D does

            Ctrl-C stops an answer. Several lines: end each but the last with \\, or press Alt-Enter,
            or put \"\"\" before the first and after the last. Arrow up: what was typed before.
            A line that begins with a space is not kept for that.""");
    }

    private void answer(LocalModel model, Terminal terminal) {
        StringBuilder answer = new StringBuilder();
        boolean finished = false;
        try {
            ChatRequest request =
                    new ChatRequest(conversation.messages(), sampling(), options.limits(false), -1, shape);
            finished = show(terminal, sink -> model.chat(request, sink), answer);
        } finally {
            if (finished) {
                conversation.add(Message.assistant(answer.toString()));
            } else {
                conversation.takeBack(Message.Role.USER); // it could not be answered, and so would be in the way
            }
        }
    }

    private void continueText(String line, LocalModel model, Terminal terminal) {
        String text = line.isEmpty() ? continued : line;
        if (text.isEmpty()) {
            return;
        }
        StringBuilder more = new StringBuilder();
        show(
                terminal,
                sink -> model.complete(new TextRequest(text, sampling(), options.limits(false), -1, shape), sink),
                more);
        continued = text + more;
    }

    /** Another attempt at the same answer draws other tokens, even with a fixed seed. */
    private Sampling sampling() {
        Sampling sampling = options.sampling();
        return sampling.seed().isPresent() ? sampling.withSeed(sampling.seed().getAsLong() + attempt) : sampling;
    }

    /** Work that answers into a sink. */
    private interface Answering {
        void into(ChatSink sink);
    }

    /** Shows an answer as it comes; Ctrl-C stops it. */
    private boolean show(Terminal terminal, Answering work, StringBuilder answer) {
        stopped.set(false);
        Attributes before = terminal.getAttributes();
        Attributes quiet = new Attributes(before);
        quiet.setLocalFlag(Attributes.LocalFlag.ECHO, false); // what is typed meanwhile shows up at the next prompt
        terminal.setAttributes(quiet);
        int width = terminal.getColumns();
        WrappedText text = new WrappedText(terminal.writer(), Math.min(width, LINE));
        ChatEvent.Finished[] end = new ChatEvent.Finished[1];
        try {
            work.into(event -> {
                switch (event) {
                    case ChatEvent.Text(String delta) -> {
                        answer.append(delta);
                        text.write(delta);
                    }
                    case ChatEvent.Finished finished -> end[0] = finished;
                    case ChatEvent.LogProbability ignored -> {}
                    case ChatEvent.Working ignored -> {}
                }
                return !stopped.get();
            });
        } finally {
            text.finish();
            terminal.setAttributes(before);
        }
        if (end[0] != null) {
            remark(terminal, AnswerStatistics.of(end[0]));
            say(terminal, "");
        }
        return true;
    }

    /** Says something in the program's own voice. */
    private void say(Terminal terminal, String text) {
        WrappedText wrapped = new WrappedText(terminal.writer(), terminal.getColumns());
        wrapped.write(text + "\n");
        wrapped.finish();
    }

    /** Says something that is not to draw the eye. */
    private void remark(Terminal terminal, String text) {
        terminal.writer().print(style(terminal, "\033[2m"));
        say(terminal, text);
        terminal.writer().print(style(terminal, "\033[0m"));
        terminal.writer().flush();
    }

    private String prompt(Terminal terminal) {
        return style(terminal, "\033[1m") + "> " + style(terminal, "\033[0m");
    }

    private String style(Terminal terminal, String sequence) {
        return streams.colour() && !Terminal.TYPE_DUMB.equals(terminal.getType()) ? sequence : "";
    }
}
