package dev.ayni.engine.toolcalls;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one call as a JSON object, or an array of them. */
final class JsonCalls implements CallReader {
    private static final int LONGEST_SPACE = 4096;

    private final Findings out;
    private final Set<String> names;
    private final boolean doubtful;
    private final StringBuilder lead; // what was taken and is not said yet
    private boolean inArray;
    private boolean betweenCalls;
    private @Nullable CallObject call;

    /**
     * @param lead what the reader's opening was written with: it goes with the first call, or becomes text
     * @param doubtful whether it may be an answer in JSON as well
     */
    JsonCalls(Findings out, Set<String> names, boolean doubtful, CharSequence lead) {
        this.out = out;
        this.names = names;
        this.doubtful = doubtful;
        this.lead = new StringBuilder(lead);
    }

    @Override
    public Next accept(char c) {
        if (call != null) {
            return inCall(call, c);
        }
        if (JsonScanner.isSpace(c) && lead.length() < LONGEST_SPACE) {
            lead.append(c);
            return Next.MORE;
        }
        if (c == '[' && !inArray) {
            inArray = true;
        } else if (c == ',' && betweenCalls) {
            betweenCalls = false;
        } else if (c == ']' && betweenCalls) {
            lead.append(c);
            out.syntax(lead);
            return Next.OVER;
        } else if (c == '{' && !betweenCalls) {
            call = new CallObject(out, names, doubtful);
            return inCall(call, c);
        } else {
            end();
            return Next.NOT_MINE;
        }
        lead.append(c);
        return Next.MORE;
    }

    private Next inCall(CallObject object, char c) {
        int length = object.source().length();
        CallObject.State state = object.accept(c);
        boolean taken = object.source().length() > length;
        switch (state) {
            case MORE -> {
                return Next.MORE;
            }
            case CALL -> {
                object.finish(lead);
                lead.setLength(0);
                call = null;
                betweenCalls = true;
                return inArray ? Next.MORE : Next.OVER;
            }
            case OTHER -> out.text(lead.append(object.source()));
            case BROKEN ->
                out.broken(
                        lead.append(object.source()),
                        "The call cannot be read: %s. A JSON object with name and arguments was expected."
                                .formatted(object.why()));
        }
        call = null;
        lead.setLength(0);
        return taken ? Next.OVER : Next.NOT_MINE;
    }

    @Override
    public void end() {
        if (call != null && call.started()) {
            out.broken(lead.append(call.source()), "The answer ended within the call.");
        } else if (call != null) {
            out.text(lead.append(call.source()));
        } else {
            out.text(lead);
        }
        lead.setLength(0);
    }
}
