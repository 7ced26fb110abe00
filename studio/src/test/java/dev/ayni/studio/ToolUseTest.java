package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Message;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.Usage;
import dev.ayni.library.tools.ToolLoop.Outcome;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class ToolUseTest {
    @TempDir
    private Path folder = Path.of("");

    private final List<String> said = new CopyOnWriteArrayList<>();

    /** Calls what a test has written down, one call an answer, and then says what came of the last. */
    private record Caller(List<String> calls, List<ChatRequest> heard) implements ChatModel {
        Caller(String... calls) {
            this(List.of(calls), new ArrayList<>());
        }

        @Override
        public String name() {
            return "caller";
        }

        @Override
        public void chat(ChatRequest request, ChatSink sink) {
            int turn = heard.size();
            heard.add(request);
            Usage usage = new Usage(1, 0, 1, 9, 1, 1);
            if (turn < calls.size()) {
                int brace = calls.get(turn).indexOf('{');
                sink.accept(new ChatEvent.ToolCallFinished(new ToolCall(
                        "c" + turn,
                        calls.get(turn).substring(0, brace),
                        calls.get(turn).substring(brace))));
                sink.accept(new ChatEvent.Finished(Reason.TOOL_CALLS, usage));
            } else {
                sink.accept(new ChatEvent.Text(
                        "It says: " + request.messages().getLast().content()));
                sink.accept(new ChatEvent.Finished(Reason.END, usage));
            }
        }
    }

    private static ToolOptions options(String... arguments) {
        ToolOptions options = new ToolOptions();
        new CommandLine(CommandLine.Model.CommandSpec.create()
                        .addMixin("tools", CommandLine.Model.CommandSpec.forAnnotatedObject(options)))
                .parseArgs(arguments);
        return options;
    }

    /** The command that starts the server of these tests. */
    static String command() {
        String path = Stream.of("java.class.path", "jdk.module.path")
                .flatMap(property ->
                        Arrays.stream(System.getProperty(property, "").split(File.pathSeparator)))
                .filter(entry -> !entry.isEmpty())
                .collect(Collectors.joining(File.pathSeparator));
        String basedir = System.getProperty("basedir", ".");
        return "'%s/bin/java' -cp '%s/target/test-classes%s%s' dev.ayni.studio.McpTestServer"
                .formatted(System.getProperty("java.home"), basedir, File.pathSeparator, path);
    }

    private Outcome answer(ToolUse use, ChatModel model, ToolUse.Asked asked) {
        return use.answer(model, ChatRequest.of("?"), event -> true, asked);
    }

    @Test
    void aServerOnStandardInputAndOutputOffersItsTools() {
        try (ToolUse use = new ToolUse(options("--mcp", command(), "--allow-tools", "add"), said::add)) {
            Caller model = new Caller("add{\"a\": 40, \"b\": 2}");
            assertThat(answer(use, model, use.nobody()).text()).isEqualTo("It says: 42");
            assertThat(model.heard().getFirst().tools().offered().stream()
                            .map(tool -> tool.name() + " " + tool.description()))
                    .containsExactly(
                            "add Adds two whole numbers.", "weather_now The weather in a city, now.", "clock ");
        }
        assertThat(said)
                .contains(
                        "tools: add, weather_now, clock (test station)", "call: add {\"a\": 40, \"b\": 2}", "  -> 42");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aServerBehindAnAddressOffersItsTools(boolean events) throws IOException {
        try (McpTestServer server = McpTestServer.onPort(0, events);
                ToolUse use = new ToolUse(options("--mcp", server.address(), "--allow-tools", "all"), said::add)) {
            assertThat(answer(use, new Caller("weather_now{\"city\": \"Cusco\"}"), use.nobody())
                            .text())
                    .startsWith("It says: Cusco: 12 degrees Celsius, light rain \u2602");
            // what the server refuses, the model gets to know
            assertThat(answer(use, new Caller("add{\"a\": \"x\"}"), use.nobody())
                            .text())
                    .isEqualTo("It says: Error: Two whole numbers, a and b, were expected.");
        }
    }

    @Test
    void theClientLibraryWritesNothingBetweenTheLinesOfAConversation() {
        List<String> logged = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                logged.add(entry.getLoggerName() + ": " + entry.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger root = Logger.getLogger("");
        root.addHandler(handler);
        try (ToolUse use = new ToolUse(options("--mcp", command(), "--allow-tools", "add"), said::add)) {
            answer(use, new Caller("add{\"a\": 40, \"b\": 2}"), use.nobody());
        } finally {
            root.removeHandler(handler);
        }
        assertThat(logged).isEmpty();
    }

    @Test
    void aCallIsRunIfTheUserSaysSoAndAlwaysIsRemembered() throws IOException {
        try (McpTestServer server = McpTestServer.onPort(0, false);
                ToolUse use = new ToolUse(options("--mcp", server.address()), said::add)) {
            List<String> questions = new ArrayList<>();
            ToolUse.Asked no = question -> {
                questions.add(question);
                return "n";
            };
            assertThat(answer(use, new Caller("clock{}"), no).text())
                    .isEqualTo("It says: Error: the user did not allow this call.");
            assertThat(questions).containsExactly("call: clock {}   run it? [y/n/always] ");
            assertThat(answer(use, new Caller("clock{}"), question -> "always").text())
                    .endsWith("12:00");
            assertThat(answer(use, new Caller("clock{}"), no).text()).endsWith("12:00");
            assertThat(answer(use, new Caller("add{\"a\": 1, \"b\": 1}"), no).text())
                    .contains("did not allow");
            assertThat(questions).hasSize(2);
        }
    }

    @Test
    void whereNobodyCanBeAskedNothingIsRunThatWasNotAllowed() throws IOException {
        try (McpTestServer server = McpTestServer.onPort(0, true);
                ToolUse use = new ToolUse(options("--mcp", server.address(), "--allow-tools", "add"), said::add)) {
            assertThat(answer(use, new Caller("clock{}"), use.nobody()).text()).contains("did not allow");
            assertThat(said.getLast()).contains("Error");
            assertThat(said).anyMatch(line -> line.contains("call: clock {}") && line.contains("--allow-tools NAME"));
        }
    }

    @Test
    void resultsAreShownShortAndCannotSteerTheTerminalButReachTheModelWhole() throws IOException {
        try (McpTestServer server = McpTestServer.onPort(0, true);
                ToolUse use = new ToolUse(options("--mcp", server.address(), "--allow-tools", "all"), said::add)) {
            Outcome outcome = answer(use, new Caller("weather_now{\"city\": \"Long\"}", "clock{}"), use.nobody());
            assertThat(said).anyMatch(line -> line.matches("  -> Long: .{390,400} \\.\\.\\. \\(\\d+ characters\\)"));
            assertThat(said).contains("  -> [2J12:00");
            assertThat(outcome.messages().stream().map(Message::content)).anyMatch(text -> text.length() > 1000);
        }
    }

    @Test
    void toolsOfTheSameNameAreToldApart() throws IOException {
        try (McpTestServer one = McpTestServer.onPort(0, true);
                McpTestServer other = McpTestServer.onPort(0, true);
                ToolUse use = new ToolUse(
                        options("--mcp", one.address(), "--mcp", other.address(), "--allow-tools", "test_station.add"),
                        said::add)) {
            assertThat(answer(use, new Caller("test_station.add{\"a\": 2, \"b\": 2}"), use.nobody())
                            .text())
                    .isEqualTo("It says: 4");
        }
    }

    @Test
    void whatIsNoServerGetsALetter() throws IOException {
        assertThatThrownBy(() -> new ToolUse(options("--mcp", "/no/such/program"), said::add))
                .isInstanceOf(Letter.class)
                .hasMessageContaining("no program '/no/such/program'");
        assertThatThrownBy(() -> new ToolUse(options("--mcp", "http://localhost:1/mcp"), said::add))
                .isInstanceOf(Letter.class)
                .hasMessageContaining("http://localhost:8080/mcp");
        assertThatThrownBy(() -> McpServer.words("java 'open"))
                .isInstanceOf(Letter.class)
                .hasMessageContaining("quote");
        assertThat(McpServer.words(" java  -cp 'a b' \"c'd\"x ")).containsExactly("java", "-cp", "a b", "c'dx");
        try (McpTestServer server = McpTestServer.onPort(0, true)) {
            assertThatThrownBy(() -> new ToolUse(options("--mcp", server.address(), "--allow-tools", "fly"), said::add))
                    .hasMessageContaining("no tool fly")
                    .hasMessageContaining("add, weather_now, clock");
        }
    }

    @Test
    void theCommandOffersToolsInAPipe() throws IOException {
        Terminal terminal = new Terminal(folder);
        try (McpTestServer server = McpTestServer.onPort(0, true)) {
            terminal.run(
                    "chat",
                    terminal.model(),
                    "-p",
                    "Hi",
                    "--mcp",
                    server.address(),
                    "--tool-choice",
                    "clock",
                    "--max-tokens",
                    "4");
        }
        assertThat(terminal.err).contains("tools: add, weather_now, clock (test station)");
        assertThat(terminal.status).isZero();
        assertThat(terminal.run("chat", terminal.model(), "-p", "Hi", "--allow-tools", "all").err)
                .contains("--mcp");
        assertThat(terminal.status).isEqualTo(Failures.FAILED);
    }

    @Test
    void aConversationWithToolsSurvivesSavingAndLoading() throws IOException {
        ToolCall call = new ToolCall("call00001", "add", "{\"a\": 1}");
        Conversation saved = new Conversation();
        saved.goOnWith(List.of(
                Message.user("?"),
                Message.assistant("", List.of(call)),
                Message.tool(call, "1"),
                Message.assistant("1.")));
        saved.save(folder.resolve("c.json"), "tiny");
        Conversation loaded = new Conversation();
        loaded.load(folder.resolve("c.json"));
        assertThat(loaded.messages()).isEqualTo(saved.messages());
        loaded.takeBackAnswer();
        assertThat(loaded.messages())
                .containsExactly(Objects.requireNonNull(saved.messages().getFirst()));
    }
}
