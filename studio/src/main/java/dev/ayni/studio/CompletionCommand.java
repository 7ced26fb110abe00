package dev.ayni.studio;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Teaches a shell what can follow. */
@Command(
        name = "completion",
        description = "Print a script with which bash or zsh complete commands and options.",
        footer = {
            "",
            "Examples:",
            "  source <(ayni completion)      in this shell; for all later ones:",
            "  ayni completion > ~/.local/share/bash-completion/completions/ayni"
        })
final class CompletionCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    private final Streams streams;

    CompletionCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() {
        CommandLine all = Main.commandLine(new String[0], streams);
        streams.out().print(AutoComplete.bash("ayni", all));
        return Failures.OK;
    }
}
