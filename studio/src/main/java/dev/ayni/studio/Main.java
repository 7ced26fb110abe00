package dev.ayni.studio;

import dev.ayni.hub.NearMatches;
import dev.ayni.studio.Streams.ReaderLeft;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program that people start: the whole of it, wired by hand. */
public final class Main {
    static final List<String> COMMANDS = List.of(
            "chat",
            "serve",
            "run",
            "ps",
            "stop",
            "create",
            "pull",
            "models",
            "inspect",
            "remove",
            "doctor",
            "bench",
            "perplexity",
            "quantize",
            "imatrix",
            "tokenize",
            "encode",
            "template",
            "generate",
            "logits",
            "keys",
            "guard",
            "batch",
            "completion");

    private Main() {}

    public static void main(String[] arguments) {
        Streams streams = Streams.ofProcess();
        System.exit(run(arguments, streams));
    }

    /** Runs one command and answers the status to leave with. */
    static int run(String[] given, Streams streams) {
        String[] arguments = help(given);
        int status;
        try {
            status = commandLine(arguments, streams).execute(arguments);
            streams.out().flush();
        } catch (ReaderLeft e) {
            status = Failures.OK;
        } catch (Letter e) { // the output could not be flushed
            status = failed(e, false, streams);
        } catch (OutOfMemoryError | StackOverflowError e) {
            status = failed(e, debug(Arrays.asList(arguments)), streams);
        }
        streams.err().flush();
        return status;
    }

    /** Asked "help chat", it understands "chat --help". */
    private static String[] help(String[] given) {
        return given.length == 0 || !given[0].equals("help")
                ? given
                : given.length == 1 ? new String[] {"--help"} : new String[] {given[1], "--help"};
    }

    /** The command line; only the command that is called for is built, all of them if that is not plain. */
    static CommandLine commandLine(String[] arguments, Streams streams) {
        CommandLine line = new CommandLine(new Ayni());
        String called = arguments.length == 0 ? "" : arguments[0];
        for (String name : COMMANDS.contains(called) ? List.of(called) : COMMANDS) {
            line.addSubcommand(name, command(name, streams));
        }
        CommandLine guard = line.getSubcommands().get("guard");
        if (guard != null) {
            guard.addSubcommand("train", new GuardTrainCommand(streams));
        }
        Ansi out = ansi(streams, streams.outTerminal());
        line.setOut(new PrintWriter(streams.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(streams.err(), true, StandardCharsets.UTF_8));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(out));
        line.setUsageHelpAutoWidth(streams.outTerminal());
        line.getCommandSpec().usageMessage().width(80);
        line.setUsageHelpLongOptionsMaxWidth(30);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUnmatchedOptionsArePositionalParams(false);
        line.setParameterExceptionHandler((e, given) -> misused(e, given, streams));
        line.setExecutionExceptionHandler((e, failing, parsed) -> failed(e, debug(parsed.originalArgs()), streams));
        return line;
    }

    private static Object command(String name, Streams streams) {
        return switch (name) {
            case "chat" -> new ChatCommand(streams);
            case "serve" -> new ServeCommand(streams);
            case "run" -> new RunCommand(streams);
            case "ps" -> new PsCommand(streams);
            case "stop" -> new StopCommand(streams);
            case "create" -> new CreateCommand(streams);
            case "pull" -> new PullCommand(streams);
            case "models" -> new ModelsCommand(streams);
            case "inspect" -> new InspectCommand(streams);
            case "remove" -> new RemoveCommand(streams);
            case "doctor" -> new DoctorCommand(streams);
            case "bench" -> new BenchCommand(streams);
            case "perplexity" -> new PerplexityCommand(streams);
            case "quantize" -> new QuantizeCommand(streams);
            case "imatrix" -> new ImatrixCommand(streams);
            case "tokenize" -> new TokenizeCommand(streams);
            case "encode" -> new EncodeCommand(streams);
            case "template" -> new TemplateCommand(streams);
            case "generate" -> new GenerateCommand(streams);
            case "logits" -> new LogitsCommand(streams);
            case "keys" -> new KeysCommand(streams);
            case "guard" -> new GuardCommand(streams);
            case "batch" -> new BatchCommand(streams);
            case "completion" -> new CompletionCommand(streams);
            default -> throw new AssertionError(name);
        };
    }

    private static boolean debug(List<String> arguments) {
        return arguments.contains("--debug");
    }

    private static Ansi ansi(Streams streams, boolean terminal) {
        return terminal && streams.colour() ? Ansi.ON : Ansi.OFF;
    }

    private static int misused(ParameterException e, String[] given, Streams streams) {
        if (debug(Arrays.asList(given))) {
            e.printStackTrace(streams.err());
        }
        streams.err().println(inWords(String.valueOf(e.getMessage())));
        if (e instanceof UnmatchedArgumentException unmatched) {
            List<String> near = near(unmatched);
            if (!near.isEmpty()) {
                streams.err()
                        .println("Did you mean %s?"
                                .formatted(near.stream()
                                        .map(name -> "'" + name + "'")
                                        .collect(Collectors.joining(" or "))));
            }
        }
        streams.err()
                .println("All of it: %s --help"
                        .formatted(e.getCommandLine().getCommandSpec().qualifiedName()));
        return Failures.USAGE;
    }

    /** The commands or options that somebody may have meant. */
    private static List<String> near(UnmatchedArgumentException e) {
        String typed = e.getUnmatched().getFirst();
        CommandSpec spec = e.getCommandLine().getCommandSpec();
        return NearMatches.of(
                typed,
                typed.startsWith("-")
                        ? spec.optionsMap().keySet()
                        : spec.subcommands().keySet());
    }

    private static String inWords(String message) {
        return message.replaceFirst(" is not an? (int|long)$", " is no whole number")
                .replaceFirst(" is not a double$", " is no number")
                .replaceFirst(
                        "(?s)cannot convert '(.*)' to class java.time.LocalDate .*",
                        "'$1' is no date. Expected one such as 2027-01-31.");
    }

    private static int failed(Throwable e, boolean debug, Streams streams) {
        if (e instanceof ReaderLeft) {
            return Failures.OK;
        }
        if (debug) {
            e.printStackTrace(streams.err());
        }
        try {
            streams.out().flush();
        } catch (ReaderLeft | Letter ignored) {
            // the first failure is the one to tell
        }
        streams.err().println(Failures.letter(e));
        return Failures.FAILED;
    }

    /** Asked for nothing, it shows what there is to ask for. */
    @Command(
            name = "ayni",
            versionProvider = Version.class,
            description = "Runs open models on the JVM.",
            synopsisSubcommandLabel = "COMMAND",
            commandListHeading = "%nCommands:%n",
            optionListHeading = "%nOptions:%n",
            footer = {
                "",
                "To begin with:",
                "  ayni chat                       talk with a small model (98 MB, fetched once)",
                "  ayni chat -p \"Tell a story\"     one answer, for scripts and pipes",
                "  ayni serve                      answer OpenAI's, Anthropic's and Ollama's clients",
                "  ayni models                     models that are here or can be fetched",
                "  ayni COMMAND --help             what a command can do, with examples"
            })
    static final class Ayni implements Runnable {
        @Mixin
        CommonOptions common = new CommonOptions();

        @Option(
                names = {"-V", "--version"},
                versionHelp = true,
                description = "Show the version.")
        boolean version;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public void run() {
            if (spec != null) {
                spec.commandLine().usage(spec.commandLine().getOut());
            }
        }
    }

    /** The version, as the build wrote it. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "ayni " + number(), "Java " + Runtime.version() + " in " + System.getProperty("java.home")
            };
        }

        static String number() {
            String built = Main.class.getPackage().getImplementationVersion();
            return built == null ? "(not packaged)" : built;
        }
    }
}
