package dev.ayni.studio;

import dev.ayni.chat.ChatModel;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.ToolChoice;
import dev.ayni.chat.Tools;
import dev.ayni.library.tools.RunnableTool;
import dev.ayni.library.tools.ToolLoop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The tools of a conversation: where they come from, and that nothing is run unseen. */
final class ToolUse implements AutoCloseable {
    /** Somebody who is asked about each call; the answer is y, n or always. */
    interface Asked {
        String answer(String question);
    }

    private static final int SHOWN = 400;
    private static final String ALL = "all";

    private final List<McpServer> servers = new ArrayList<>();
    private final List<RunnableTool> tools = new ArrayList<>();
    private final Set<String> allowed;
    private final ToolOptions options;
    private final Consumer<String> aloud;

    /** @param aloud is told what tools there are, what is called, and what comes back */
    ToolUse(ToolOptions options, Consumer<String> aloud) {
        this.options = options;
        this.aloud = aloud;
        this.allowed = new HashSet<>(options.allowed);
        try {
            for (String command : options.servers) {
                McpServer server = McpServer.open(command, line -> aloud.accept("mcp: " + plain(line)));
                servers.add(server);
                offer(server.name(), server.tools());
            }
            checkNames();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Offers tools; one whose name is taken is called after its server too. */
    void offer(String server, List<RunnableTool> more) {
        List<String> names = new ArrayList<>();
        for (RunnableTool tool : more) {
            boolean taken = tools.stream()
                    .anyMatch(other -> other.tool().name().equals(tool.tool().name()));
            RunnableTool offered = taken ? new Renamed(tool, server) : tool;
            tools.add(offered);
            names.add(offered.tool().name());
        }
        aloud.accept("tools: %s (%s)".formatted(names.isEmpty() ? "none" : String.join(", ", names), plain(server)));
    }

    private void checkNames() {
        List<String> names = tools.stream().map(tool -> tool.tool().name()).toList();
        Set<String> meant = new HashSet<>(allowed);
        meant.remove(ALL);
        if (options.choice() instanceof ToolChoice.Named(String name)) {
            meant.add(name);
        }
        meant.removeAll(names);
        if (!meant.isEmpty()) {
            throw new Letter("There is no tool %s. The tools are: %s."
                    .formatted(String.join(", ", meant), names.isEmpty() ? "none" : String.join(", ", names)));
        }
    }

    boolean any() {
        return !tools.isEmpty();
    }

    /** Answers with the tools, or without if there are none. */
    ToolLoop.Outcome answer(ChatModel model, ChatRequest request, ChatSink sink, Asked asked) {
        List<Tool> offered = tools.stream().map(RunnableTool::tool).toList();
        return new ToolLoop(
                        model,
                        tools,
                        options.steps(),
                        call -> refusal(call, asked),
                        (call, result) -> aloud.accept("  -> " + shortened(result)))
                .run(offered.isEmpty() ? request : request.with(new Tools(offered, options.choice())), sink);
    }

    private Optional<String> refusal(ToolCall call, Asked asked) {
        String shown = "%s %s".formatted(call.name(), shortened(call.arguments()));
        if (allowed.contains(ALL) || allowed.contains(call.name())) {
            aloud.accept("call: " + shown);
            return Optional.empty();
        }
        String answer = asked.answer("call: %s   run it? [y/n/always] ".formatted(shown))
                .strip();
        if (answer.equals("always")) {
            allowed.add(call.name());
        }
        return answer.equals("y") || answer.equals("yes") || answer.equals("always")
                ? Optional.empty()
                : Optional.of("the user did not allow this call.");
    }

    /** Says no where nobody can be asked, and how it could be allowed. */
    Asked nobody() {
        return question -> {
            aloud.accept(
                    "%s\n  not run: nobody can be asked here. To allow it: --allow-tools NAME,... or --allow-tools all"
                            .formatted(question.substring(0, question.lastIndexOf("   run it?"))));
            return "n";
        };
    }

    private static String shortened(String text) {
        String line = plain(text.replaceAll("\\s+", " ").strip());
        return line.length() <= SHOWN
                ? line
                : "%s ... (%d characters)".formatted(line.substring(0, SHOWN), text.length());
    }

    /** A server must not be able to steer the terminal. */
    private static String plain(String text) {
        return text.codePoints()
                .filter(c -> !Character.isISOControl(c))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Override
    public void close() {
        servers.forEach(McpServer::close);
    }

    /** A tool whose name another server's has as well. */
    private record Renamed(RunnableTool other, String server) implements RunnableTool {
        @Override
        public Tool tool() {
            Tool tool = other.tool();
            return new Tool(
                    server.replaceAll("[^A-Za-z0-9_-]", "_") + "." + tool.name(),
                    tool.description(),
                    tool.parameters());
        }

        @Override
        public String run(String arguments) {
            return other.run(arguments);
        }
    }
}
