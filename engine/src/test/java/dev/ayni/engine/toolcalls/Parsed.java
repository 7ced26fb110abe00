package dev.ayni.engine.toolcalls;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ToolCall;
import dev.ayni.engine.toolcalls.AnswerParser.Expected;
import java.util.ArrayList;
import java.util.List;

/** What a parser said of an answer: its events joined, checked for their order, and the text they were made of. */
final class Parsed implements Findings.Listener {
    final StringBuilder text = new StringBuilder();
    final StringBuilder reasoning = new StringBuilder();
    final List<ToolCall> calls = new ArrayList<>();
    final List<String> broken = new ArrayList<>();
    /** In order: text, reasoning, the texts of broken calls, and syntax, which is all of the answer. */
    final StringBuilder source = new StringBuilder();
    /** In order, with neighbours joined. */
    final StringBuilder story = new StringBuilder();

    private String open = "";
    private String kind = "";
    private final StringBuilder arguments = new StringBuilder();

    static Parsed of(Expected expected, Iterable<String> parts) {
        Parsed parsed = new Parsed();
        AnswerParser parser = new AnswerParser(parsed, expected);
        parts.forEach(parser::accept);
        parser.finish();
        parsed.check(parsed.open.isEmpty(), "a call is left open");
        parsed.check(parser.calls() == parsed.calls.size(), "the calls are counted wrongly");
        return parsed;
    }

    private void check(boolean right, String what) {
        if (!right) {
            throw new AssertionError(what + ": " + story);
        }
    }

    private void tell(String next, String more) {
        if (!next.equals(kind)) {
            story.append('\n').append(next).append(": ");
            kind = next;
        }
        story.append(more);
    }

    @Override
    public void syntax(String dropped) {
        source.append(dropped);
    }

    @Override
    public void event(ChatEvent event) {
        switch (event) {
            case ChatEvent.Text(String delta) -> {
                check(open.isEmpty() && !delta.isEmpty(), "text within a call, or none");
                text.append(delta);
                source.append(delta);
                tell("text", delta);
            }
            case ChatEvent.Reasoning(String delta) -> {
                check(open.isEmpty() && !delta.isEmpty(), "reasoning within a call, or none");
                reasoning.append(delta);
                source.append(delta);
                tell("reasoning", delta);
            }
            case ChatEvent.ToolCallStarted(String id, String name) -> {
                check(open.isEmpty(), "a call within a call");
                open = id;
                arguments.setLength(0);
                tell("started " + id, name);
            }
            case ChatEvent.ToolCallArguments(String id, String delta) -> {
                check(open.equals(id) && !delta.isEmpty(), "arguments of another call, or none");
                arguments.append(delta);
                tell("arguments", delta);
            }
            case ChatEvent.ToolCallFinished(ToolCall call) -> {
                check(open.equals(call.id()), "another call finishes");
                check(arguments.toString().equals(call.arguments()), "the arguments differ from their parts");
                open = "";
                calls.add(call);
                tell("finished " + call.id(), call.arguments());
            }
            case ChatEvent.ToolCallBroken(String id, String all, String why) -> {
                check(open.equals(id), "another call breaks");
                open = "";
                broken.add(why);
                source.append(all);
                tell("broken " + id, all + why);
            }
            case ChatEvent.LogProbability ignored -> throw new AssertionError(event);
            case ChatEvent.PromptToken ignored -> throw new AssertionError(event);
            case ChatEvent.Blocked ignored -> throw new AssertionError(event);
            case ChatEvent.Working ignored -> throw new AssertionError(event);
            case ChatEvent.Finished ignored -> throw new AssertionError(event);
        }
    }
}
