package dev.ayni.studio;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextRequest;
import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.LocalModel;
import dev.ayni.hub.CreatedModel;
import dev.ayni.server.ollama.CreatedDefaults;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Talks with a model. */
@Command(
        name = "chat",
        description = "Talk with a model: in the terminal, or for one answer with -p or in a pipe.",
        footer = {
            "",
            "With -p, or when standard input or output is no terminal, only the answer goes",
            "to standard output.",
            "",
            "Examples:",
            "  ayni chat                                        talk with the default model",
            "  ayni chat gemma3-1b --system \"Answer in French.\"",
            "  ayni chat -p \"Name three rivers.\" --temperature 0",
            "  ayni chat -p - < question.txt                    the prompt from a file",
            "  ayni chat gemma3-270m --continue -p \"Once upon a time\"",
            "  ayni chat -p \"Describe a river.\" --json-schema river.json",
            "  ayni chat -p \"Is the sky blue?\" --regex \"(yes|no)\"",
            "  ayni chat -p \"A name for a cat?\" --answers 3",
            "  ayni chat --mcp \"java Server.java\"                tools; each call is asked"
        })
class ChatCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private AnswerOptions answers = new AnswerOptions();

    @Mixin
    private ShapeOptions shapes = new ShapeOptions();

    @Mixin
    private ToolOptions tools = new ToolOptions();

    @Mixin
    private GuardOption guard = new GuardOption();

    @Mixin
    private EngineFlags engine = new EngineFlags();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "MODEL",
            description = "A name, reference, file or folder. Default: the catalogue's smollm2.")
    @Nullable
    String model;

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "PROMPT",
            description = "Answer this and leave; -: read it from standard input.")
    @Nullable
    String prompt;

    @Option(names = "--system", paramLabel = "TEXT", description = "What the model is told before everything else.")
    private @Nullable String system;

    @Option(names = "--continue", description = "Continue the text instead of answering it: what a base model does.")
    private boolean continues;

    @Option(names = "--accept-licence", description = "Accept the model's licence without being asked.")
    private boolean acceptLicence;

    private final Streams streams;

    ChatCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        try (GuardOption _ = guard) {
            return chatted();
        }
    }

    private int chatted() throws IOException {
        boolean interactive = prompt == null && streams.inTerminal() && streams.outTerminal();
        sampling.limits(false); // wrong settings are told before a model is fetched
        answers.check(sampling, interactive, !tools.servers.isEmpty(), continues || system != null);
        Shape shape = shapes.shape();
        tools.check();
        guard.check(streams::remark);
        if (continues && !tools.servers.isEmpty()) {
            throw new Letter("--continue and --mcp exclude each other: a text that is continued calls no tools.");
        }
        if (continues && system != null) {
            throw new Letter(
                    "--continue and --system exclude each other: a text that is continued has no system message.");
        }
        ModelFinder finder = new ModelFinder(streams, acceptLicence);
        Conversation conversation = new Conversation();
        conversation.system(system);
        finder.words(model).ifPresent(words -> {
            sampling.begin(new CreatedDefaults(words.parameters()));
            if (system == null && !continues) {
                conversation.system(words.system());
            }
            conversation.begin(words.messages().stream()
                    .map(turn -> turn.role().equals("user")
                            ? Message.user(turn.content())
                            : Message.assistant(turn.content()))
                    .toList());
        });
        @Nullable
        String template = finder.words(model).map(CreatedModel::template).orElse(null);
        dev.ayni.hub.LocalModel files = finder.find(model);
        if (interactive) {
            return new InteractiveChat(
                            files,
                            template,
                            engine,
                            sampling,
                            answers,
                            tools,
                            guard,
                            finder,
                            conversation,
                            continues,
                            shape,
                            streams)
                    .run();
        }
        String text = prompt();
        try (LocalModel opened = open(files.path(), engine.options(finder, streams::remark), template)) {
            if (!continues && opened.chatTemplate().isEmpty()) {
                throw new Letter(
                        "%s has no chat template: it is a base model, trained to continue a text, not to answer. To let it continue the prompt: ayni chat %s --continue -p ...; models that answer: ayni models"
                                .formatted(files.name(), files.name()));
            }
            if (answers.answers() > 1) {
                answers(opened, conversation, text, shape);
            } else {
                answer(opened, conversation, text, shape);
            }
        }
        return Failures.OK;
    }

    /** @param template by which conversations are written; null: that of the model's file */
    static LocalModel open(Path path, EngineOptions options, @Nullable String template) throws IOException {
        LocalModel model = LocalModel.open(path, options);
        try {
            return template == null ? model : model.withTemplate(template);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private String prompt() {
        if (prompt != null && !prompt.equals("-")) {
            return prompt;
        }
        if (streams.inTerminal()) {
            streams.remark("Type the prompt; Ctrl-D on a line of its own ends it.");
        }
        String text = streams.readAll();
        if (text.isBlank()) {
            throw new Letter("Standard input is empty, and the prompt was expected there. Give one with -p.");
        }
        return continues ? text : text.strip();
    }

    private void answer(LocalModel opened, Conversation conversation, String text, @Nullable Shape shape) {
        LastCharacter last = new LastCharacter();
        ChatSink sink = event -> {
            switch (event) {
                case ChatEvent.Text(String delta) -> print(delta, last);
                case ChatEvent.ToolCallBroken(String id, String broken, String why) -> {
                    print(broken + "\n", last);
                    streams.remark(why);
                }
                case ChatEvent.Finished finished -> {
                    if (!last.isLineEnd) {
                        streams.out().println();
                    }
                    streams.out().flush();
                    streams.remark(AnswerStatistics.of(finished));
                }
                // reasoning is no part of the answer, and a call is told by whoever decides about it
                case ChatEvent.Reasoning ignored -> {}
                case ChatEvent.ToolCallStarted ignored -> {}
                case ChatEvent.ToolCallArguments ignored -> {}
                case ChatEvent.ToolCallFinished ignored -> {}
                case ChatEvent.LogProbability ignored -> {}
                case ChatEvent.PromptToken ignored -> {}
                case ChatEvent.Blocked why -> remark(AnswerStatistics.of(why), last);
                case ChatEvent.Working ignored -> {}
            }
            return true;
        };
        if (continues) {
            guard.text(opened).complete(continuation(text, shape), sink);
        } else {
            try (ToolUse use = new ToolUse(tools, line -> remark(line, last))) {
                use.answer(guard.chat(opened), question(conversation, text, shape), sink, use.nobody());
            }
        }
    }

    private TextRequest continuation(String text, @Nullable Shape shape) {
        return new TextRequest(text, answers.sampling(sampling), sampling.limits(false), -1).with(shape);
    }

    private ChatRequest question(Conversation conversation, String text, @Nullable Shape shape) {
        conversation.add(Message.user(text));
        return new ChatRequest(conversation.messages(), answers.sampling(sampling), sampling.limits(false), -1)
                .with(shape);
    }

    /** Several answers side by side, each said once all are whole. */
    private void answers(LocalModel opened, Conversation conversation, String text, @Nullable Shape shape) {
        List<Gathered> gathered =
                Stream.generate(Gathered::new).limit(answers.answers()).toList();
        if (continues) {
            guard.text(opened).complete(continuation(text, shape), List.copyOf(gathered));
        } else {
            guard.chat(opened).chat(question(conversation, text, shape), List.copyOf(gathered));
        }
        for (int i = 0; i < gathered.size(); i++) {
            String answer = gathered.get(i).text.toString();
            streams.out().println("--- answer %d of %d ---".formatted(i + 1, gathered.size()));
            streams.out().print(answer.endsWith("\n") ? answer : answer + "\n");
            streams.out().flush();
            streams.remark("answer %d: %s".formatted(i + 1, gathered.get(i).end));
        }
    }

    /** Keeps an answer until it is whole. */
    private static final class Gathered implements ChatSink {
        private final StringBuilder text = new StringBuilder();
        private String end = "";

        @Override
        public boolean accept(ChatEvent event) {
            if (event instanceof ChatEvent.Text(String delta)) {
                text.append(delta);
            } else if (event instanceof ChatEvent.Finished finished) {
                end = AnswerStatistics.of(finished);
            }
            return true;
        }
    }

    /** A remark between parts of an answer, which goes on in a new line. */
    private void remark(String line, LastCharacter last) {
        if (last.isWithinLine) {
            print("\n", last);
        }
        streams.remark(line);
    }

    private void print(String text, LastCharacter last) {
        streams.out().print(text);
        streams.out().flush();
        last.of(text);
    }

    /** Whether the answer so far ends a line. */
    private static final class LastCharacter {
        private boolean isLineEnd;
        private boolean isWithinLine;

        void of(String text) {
            isLineEnd = text.isEmpty() ? isLineEnd : text.endsWith("\n");
            isWithinLine = !isLineEnd;
        }
    }
}
