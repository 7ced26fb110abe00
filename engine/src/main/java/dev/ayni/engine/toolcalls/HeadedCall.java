package dev.ayni.engine.toolcalls;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what stands between a call's opening mark and its body, and then lets another reader read the body. */
final class HeadedCall implements CallReader {
    private static final int LONGEST_HEAD = 300;

    /** Chooses the reader of a body by what stood before it and the body's first character; null: this is no call. */
    interface Body {
        @Nullable
        CallReader after(Matcher head, char first, String lead);
    }

    private final Findings out;
    private final StringBuilder lead;
    private final int mark;
    private final Pattern head;
    private final Body body;
    private @Nullable CallReader reader;

    /**
     * @param lead the opening mark, with what belongs to it
     * @param head what may follow it, up to the body
     */
    HeadedCall(Findings out, CharSequence lead, Pattern head, Body body) {
        this.out = out;
        this.lead = new StringBuilder(lead);
        this.mark = lead.length();
        this.head = head;
        this.body = body;
    }

    @Override
    public Next accept(char c) {
        if (reader != null) {
            return reader.accept(c);
        }
        String read = lead.substring(mark);
        Matcher longer = head.matcher(read + c);
        if (read.length() < LONGEST_HEAD && (longer.matches() || longer.hitEnd())) {
            lead.append(c);
            return Next.MORE;
        }
        Matcher whole = head.matcher(read);
        if (whole.matches()) {
            reader = body.after(whole, c, lead.toString());
        }
        if (reader != null) {
            return reader.accept(c);
        }
        out.text(lead);
        return Next.NOT_MINE;
    }

    @Override
    public void end() {
        if (reader != null) {
            reader.end();
        } else {
            out.text(lead);
        }
    }
}
