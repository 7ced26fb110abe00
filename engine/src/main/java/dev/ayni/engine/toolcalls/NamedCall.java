package dev.ayni.engine.toolcalls;

import dev.ayni.engine.toolcalls.JsonScanner.Found;
import org.jspecify.annotations.Nullable;

/** Reads a call's arguments as a JSON object, after a name that stood before it: Mistral's newer form, and DeepSeek's. */
final class NamedCall implements CallReader {
    private final Findings out;
    private final String name;
    private final int lead;
    private final StringBuilder source;
    private final JsonScanner json = new JsonScanner();

    NamedCall(Findings out, String name, @Nullable String id, CharSequence lead) {
        this.out = out;
        this.name = name;
        this.source = new StringBuilder(lead);
        this.lead = lead.length();
        out.started(name, id);
    }

    @Override
    public Next accept(char c) {
        Found found = json.accept(c);
        if (found == Found.WRONG || source.length() >= LONGEST) {
            out.broken(
                    source,
                    "The arguments cannot be read: '%s' is the character after %d of them. A JSON object of at most %d was expected."
                            .formatted(c, source.length() - lead, LONGEST));
            return Next.NOT_MINE;
        }
        source.append(c);
        out.arguments(String.valueOf(c));
        if (found == Found.WHOLE) {
            out.finished(name, source.substring(lead), source);
            return Next.OVER;
        }
        return Next.MORE;
    }

    @Override
    public void end() {
        out.broken(source, "The answer ended within the call.");
    }
}
