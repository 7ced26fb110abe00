package dev.ayni.studio;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatSink;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;

/** What a conversation looks like in a terminal: answers as they come, and the program's own voice. */
final class ChatScreen {
    private static final int LINE = 100;

    private final Terminal terminal;
    private final boolean colour;
    private final AtomicBoolean stopped;
    private WrappedText text;

    /** @param stopped turns true when the user wants no more of an answer */
    ChatScreen(Terminal terminal, boolean colour, AtomicBoolean stopped) {
        this.terminal = terminal;
        this.colour = colour && !Terminal.TYPE_DUMB.equals(terminal.getType());
        this.stopped = stopped;
        this.text = new WrappedText(terminal.writer(), 0);
    }

    /** Work that answers into a sink. */
    interface Answering {
        void into(ChatSink sink);
    }

    /** Shows an answer as it comes; Ctrl-C stops it. */
    void show(Answering work, StringBuilder answer) {
        stopped.set(false);
        Attributes before = terminal.getAttributes();
        Attributes quiet = new Attributes(before);
        quiet.setLocalFlag(Attributes.LocalFlag.ECHO, false); // what is typed meanwhile shows up at the next prompt
        terminal.setAttributes(quiet);
        text = new WrappedText(terminal.writer(), Math.min(terminal.getColumns(), LINE));
        ChatEvent.Finished[] end = new ChatEvent.Finished[1];
        boolean[] reasoning = new boolean[1];
        try {
            work.into(event -> {
                switch (event) {
                    case ChatEvent.Text(String delta) -> {
                        reason(false, reasoning);
                        answer.append(delta);
                        text.write(delta);
                    }
                    case ChatEvent.Reasoning(String delta) -> {
                        reason(true, reasoning);
                        text.write(delta);
                    }
                    case ChatEvent.ToolCallBroken(String id, String broken, String why) -> {
                        reason(false, reasoning);
                        text.write(broken);
                        remark(why);
                    }
                    case ChatEvent.Finished finished -> end[0] = finished;
                    // a call is shown when it is complete, by whoever asks whether to run it
                    case ChatEvent.ToolCallStarted ignored -> reason(false, reasoning);
                    case ChatEvent.ToolCallArguments ignored -> {}
                    case ChatEvent.ToolCallFinished ignored -> {}
                    case ChatEvent.LogProbability ignored -> {}
                    case ChatEvent.PromptToken ignored -> {}
                    case ChatEvent.Blocked why -> {
                        reason(false, reasoning);
                        remark(AnswerStatistics.of(why));
                    }
                    case ChatEvent.Working ignored -> {}
                }
                return !stopped.get();
            });
        } finally {
            reason(false, reasoning);
            text.finish();
            terminal.setAttributes(before);
        }
        if (end[0] != null) {
            remark(AnswerStatistics.of(end[0]));
            say("");
        }
    }

    /** Writes reasoning in faint letters, in lines of its own. */
    private void reason(boolean now, boolean[] before) {
        if (now != before[0]) {
            text.finish();
            terminal.writer().print(style(now ? "\033[2m" : "\033[0m"));
            before[0] = now;
        }
    }

    /** Says something in the program's own voice. */
    void say(String words) {
        text.finish();
        WrappedText wrapped = new WrappedText(terminal.writer(), terminal.getColumns());
        wrapped.write(words + "\n");
        wrapped.finish();
    }

    /** Says something that is not to draw the eye. */
    void remark(String words) {
        terminal.writer().print(style("\033[2m"));
        say(words);
        terminal.writer().print(style("\033[0m"));
        terminal.writer().flush();
    }

    String prompt() {
        return style("\033[1m") + "> " + style("\033[0m");
    }

    private String style(String sequence) {
        return colour ? sequence : "";
    }
}
