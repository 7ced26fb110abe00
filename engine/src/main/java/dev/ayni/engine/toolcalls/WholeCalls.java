package dev.ayni.engine.toolcalls;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads calls whose text has to be whole before it can be turned into JSON: up to an end mark, or the answer's end. */
final class WholeCalls implements CallReader {
    private static final int LONGEST_WHOLE = 1 << 16;

    /** A call as it was written, its arguments as JSON. */
    record Written(String name, String arguments) {}

    private final Findings out;
    private final StringBuilder source;
    private final int lead;
    private final String endMark;
    private final Function<String, Optional<List<Written>>> grammar;

    /** @param grammar the calls in a text, if it is nothing but calls */
    WholeCalls(Findings out, CharSequence lead, String endMark, Function<String, Optional<List<Written>>> grammar) {
        this.out = out;
        this.source = new StringBuilder(lead);
        this.lead = source.length();
        this.endMark = endMark;
        this.grammar = grammar;
    }

    @Override
    public Next accept(char c) {
        if (source.length() - lead >= LONGEST_WHOLE) {
            out.text(source);
            return Next.NOT_MINE;
        }
        source.append(c);
        if (source.length() - lead >= endMark.length()
                && endMark.contentEquals(source.subSequence(source.length() - endMark.length(), source.length()))) {
            say(source.substring(lead, source.length() - endMark.length()));
            return Next.OVER;
        }
        return Next.MORE;
    }

    @Override
    public void end() {
        say(source.substring(lead));
    }

    private void say(String body) {
        Optional<List<Written>> calls = grammar.apply(body);
        if (calls.isEmpty() || calls.get().isEmpty()) {
            out.text(source);
            return;
        }
        for (int i = 0; i < calls.get().size(); i++) {
            Written call = calls.get().get(i);
            out.started(call.name(), null);
            out.arguments(call.arguments());
            out.finished(call.name(), call.arguments(), i == calls.get().size() - 1 ? source : "");
        }
    }
}
