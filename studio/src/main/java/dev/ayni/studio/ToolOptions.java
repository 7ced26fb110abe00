package dev.ayni.studio;

import dev.ayni.chat.ToolChoice;
import dev.ayni.library.tools.ToolLoop;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which tools a model may use, and who is asked before. */
final class ToolOptions {
    @Option(
            names = "--mcp",
            paramLabel = "COMMAND|URL",
            description =
                    "Offer the tools of an MCP server: a command that starts it, or the http address of one. May be repeated.")
    List<String> servers = List.of();

    @Option(
            names = "--allow-tools",
            paramLabel = "NAME,...",
            split = ",",
            description = "Run these tools without asking; all: every one of them.")
    List<String> allowed = List.of();

    @Option(
            names = "--tool-choice",
            paramLabel = "CHOICE",
            description =
                    "auto: the model decides; none: it gets no tools; required: its first answer is calls; or the name of the tool that it is a call of. Default: auto.")
    private String choice = "auto";

    @Option(
            names = "--tool-steps",
            paramLabel = "N",
            description =
                    "How often in a row a model may call tools for one answer. Default: " + ToolLoop.USUAL_STEPS + ".")
    private @Nullable Integer steps;

    int steps() {
        int most = steps == null ? ToolLoop.USUAL_STEPS : steps;
        if (most < 1) {
            throw new Letter(
                    "--tool-steps is %d; it must be 1 or more. To offer no tools, leave out --mcp.".formatted(most));
        }
        return most;
    }

    ToolChoice choice() {
        return switch (choice) {
            case "auto" -> ToolChoice.AUTO;
            case "none" -> ToolChoice.NONE;
            case "required" -> ToolChoice.REQUIRED;
            default -> new ToolChoice.Named(choice);
        };
    }

    /** Settings that mean nothing without a server are told before a model is fetched. */
    void check() {
        steps();
        if (servers.isEmpty() && !(allowed.isEmpty() && choice.equals("auto") && steps == null)) {
            throw new Letter(
                    "--allow-tools, --tool-choice and --tool-steps are about tools, and there are none. Name a server of tools with --mcp.");
        }
    }
}
