package dev.ayni.guard;

import dev.ayni.chat.ChatRequest;
import dev.ayni.provenance.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Decides what may go into a model and what may come out. A guard that throws, or takes too long, blocks. */
public interface Guard {
    String name();

    /** Opens a session for one request and its answer. */
    GuardSession begin(ChatRequest request);

    /**
     * Whether it looks at texts of a stage before a model gets them: where it may rewrite them, or takes for it what the
     * model would read with. Others a model may read meanwhile, and what it says waits.
     */
    default boolean looksFirst(Stage stage) {
        return true;
    }

    /**
     * How long it looks alone at texts of a stage of which it does not look first, before a model may read them meanwhile:
     * long enough for most of what it will stop, so that a model reads little in vain.
     */
    default Duration headStart(Stage stage) {
        return Duration.ZERO;
    }

    /** How long one decision may take; after that there is none. */
    default Duration patience() {
        return Duration.ofSeconds(10);
    }

    /**
     * What is done about a text about which no decision came: it is blocked, unless somebody wrote down that it be not.
     *
     * @param length of the text, in UTF-16 units
     * @param why what went wrong, in words that do not repeat the text
     */
    default Verdict undecided(Stage stage, int length, String why) {
        return blocked(name(), length, why);
    }

    /** The verdict that blocks a text about which a guard of that name came to no decision. */
    static Verdict blocked(String name, int length, String why) {
        return new Verdict(
                Action.BLOCK,
                List.of(Finding.undecided(length, why)),
                List.of(),
                "",
                Digest.of(name.getBytes(StandardCharsets.UTF_8)));
    }
}
