package dev.ayni.studio;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Message;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextRequest;
import dev.ayni.engine.LocalModel;
import dev.ayni.library.tools.ToolLoop;
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
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.Terminal.SignalHandler;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** A conversation in a terminal. */
final class InteractiveChat {
    private static final List<String> COMMANDS =
            List.of("/help", "/system", "/save", "/load", "/regenerate", "/reset-ai", "/exit");

    private final dev.ayni.hub.LocalModel files;
    private final EngineFlags engine;
    private final @Nullable String template;
    private final SamplingOptions options;
    private final AnswerOptions answerOptions;
    private final ToolOptions toolOptions;
    private final GuardOption guard;
    private final ModelFinder finder;
    private final Path home;
    private final @Nullable Shape shape;
    private final Streams streams;
    private final Conversation conversation;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private boolean continues;
    private String continued = "";
    private int attempt;

    InteractiveChat(
            dev.ayni.hub.LocalModel files,
            @Nullable String template,
            EngineFlags engine,
            SamplingOptions options,
            AnswerOptions answerOptions,
            ToolOptions toolOptions,
            GuardOption guard,
            ModelFinder finder,
            Conversation conversation,
            boolean continues,
            @Nullable Shape shape,
            Streams streams) {
        this.files = files;
        this.template = template;
        this.engine = engine;
        this.options = options;
        this.answerOptions = answerOptions;
        this.toolOptions = toolOptions;
        this.guard = guard;
        this.finder = finder;
        this.home = finder.hub().library().home();
        this.continues = continues;
        this.shape = shape;
        this.streams = streams;
        this.conversation = conversation;
    }

    /** Talks until the user leaves. */
    int run() throws IOException {
        List<String> told = new ArrayList<>();
        try (LocalModel model = ChatCommand.open(files.path(), engine.options(finder, told::add), template);
                Terminal terminal = TerminalBuilder.builder()
                        .name("ayni")
                        .system(true)
                        .nativeSignals(true)
                        .signalHandler(SignalHandler.SIG_IGN)
                        .encoding(StandardCharsets.UTF_8)
                        .build()) {
            terminal.handle(Signal.INT, signal -> stopped.set(true));
            LineReader reader = reader(terminal);
            ChatScreen screen = new ChatScreen(terminal, streams.colour(), stopped);
            greet(screen, model, told);
            if (model.chatTemplate().isEmpty() && !continues && !offersToContinue(reader, screen)) {
                return Failures.OK;
            }
            try (ToolUse tools = new ToolUse(toolOptions, screen::remark)) {
                hint(screen);
                while (turn(model, tools, reader, screen)) {
                    // the turns of a conversation
                }
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

    private void greet(ChatScreen screen, LocalModel model, List<String> told) {
        screen.say("Ayni  %s, context %d tokens".formatted(files.name(), model.context()));
        told.forEach(line -> screen.remark(line));
    }

    private void hint(ChatScreen screen) {
        screen.remark(
                continues
                        ? "Type the beginning of a text. An empty line goes on with it; /help shows what else there is, Ctrl-D leaves."
                        : "Type a message. /help shows what else there is; Ctrl-C stops an answer, Ctrl-D leaves.");
        screen.say("");
    }

    private boolean offersToContinue(LineReader reader, ChatScreen screen) {
        screen.say("%s has no chat template: it is a base model, trained to continue a text, not to answer."
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
            screen.say("Models that answer: ayni models");
        }
        return continues;
    }

    /** Reads one line and does what it says; false if the user leaves. */
    private boolean turn(LocalModel model, ToolUse tools, LineReader reader, ChatScreen screen) {
        String line;
        try {
            line = ChatLine.message(reader.readLine(screen.prompt()));
        } catch (UserInterruptException e) {
            screen.remark("Ctrl-D or /exit leaves.");
            return true;
        } catch (EndOfFileException e) {
            return false;
        }
        try {
            if (line.startsWith("/")) {
                return command(line, model, tools, reader, screen);
            }
            if (continues) {
                continueText(line, model, screen);
            } else if (!line.isEmpty()) {
                conversation.add(Message.user(line));
                attempt = 0;
                answer(model, tools, reader, screen);
            }
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            screen.say(Failures.letter(e));
        }
        return true;
    }

    private boolean command(String line, LocalModel model, ToolUse tools, LineReader reader, ChatScreen screen)
            throws IOException {
        String name = line.split("\\s", 2)[0];
        String rest = line.substring(name.length()).strip();
        switch (name) {
            case "/help", "/?" -> help(screen);
            case "/exit", "/quit", "/bye" -> {
                return false;
            }
            case "/reset-ai" -> {
                conversation.clear();
                continued = "";
                model.forgetConversations();
                screen.remark("Everything said is forgotten%s."
                        .formatted(conversation.system() == null ? "" : "; the system message stays"));
            }
            case "/system" -> system(rest, screen);
            case "/save" -> {
                Path file = file(rest, name);
                conversation.save(file, files.name());
                screen.remark("%d turns are in %s.".formatted(conversation.turns(), file));
            }
            case "/load" -> {
                Path file = file(rest, name);
                conversation.load(file);
                screen.remark("%d turns were read from %s; the conversation goes on from there."
                        .formatted(conversation.turns(), file));
            }
            case "/regenerate" -> regenerate(model, tools, reader, screen);
            default -> {
                String near = nearest(name);
                screen.say("There is no command %s.%s /help lists all."
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

    private void system(String text, ChatScreen screen) {
        if (continues) {
            throw new Letter("A text that is continued has no system message.");
        }
        if (!text.isEmpty()) {
            conversation.system(text.equals("-") ? null : text);
        }
        screen.remark(
                conversation.system() == null
                        ? "There is no system message; /system TEXT sets one."
                        : "System message: %s   (/system - removes it)".formatted(conversation.system()));
    }

    private void regenerate(LocalModel model, ToolUse tools, LineReader reader, ChatScreen screen) {
        if (continues) {
            throw new Letter("/regenerate is for answers. /reset-ai begins another text.");
        }
        conversation.takeBackAnswer();
        List<Message> messages = conversation.messages();
        if (messages.isEmpty() || messages.getLast().role() != Message.Role.USER) {
            throw new Letter("There is no answer yet that could be given anew.");
        }
        attempt++;
        answer(model, tools, reader, screen);
    }

    private void help(ChatScreen screen) {
        screen.say("""
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

    private void answer(LocalModel model, ToolUse tools, LineReader reader, ChatScreen screen) {
        ToolLoop.Outcome[] outcome = new ToolLoop.Outcome[1];
        try {
            ChatRequest request =
                    new ChatRequest(conversation.messages(), sampling(), options.limits(false), -1).with(shape);
            screen.show(
                    sink -> outcome[0] =
                            tools.answer(guard.chat(model), request, sink, question -> ask(question, reader, screen)),
                    new StringBuilder());
        } finally {
            // what was blocked would block all that follows
            if (outcome[0] != null && outcome[0].reason() != ChatEvent.Reason.FILTERED) {
                conversation.goOnWith(outcome[0].messages());
            } else {
                conversation.takeBack(Message.Role.USER); // it could not be answered, and so would be in the way
            }
        }
    }

    /** Asks about a call of a tool; Ctrl-C is a no, and stops the answer. */
    private String ask(String question, LineReader reader, ChatScreen screen) {
        screen.say("");
        try {
            return reader.readLine(question);
        } catch (UserInterruptException | EndOfFileException e) {
            stopped.set(true);
            return "n";
        }
    }

    private void continueText(String line, LocalModel model, ChatScreen screen) {
        String text = line.isEmpty() ? continued : line;
        if (text.isEmpty()) {
            return;
        }
        StringBuilder more = new StringBuilder();
        screen.show(
                sink -> guard.text(model)
                        .complete(new TextRequest(text, sampling(), options.limits(false), -1).with(shape), sink),
                more);
        continued = text + more;
    }

    /** Another attempt at the same answer draws other tokens, even with a fixed seed. */
    private Sampling sampling() {
        Sampling sampling = answerOptions.sampling(options);
        return sampling.seed().isPresent() ? sampling.withSeed(sampling.seed().getAsLong() + attempt) : sampling;
    }
}
