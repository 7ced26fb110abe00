package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import java.util.List;

/** What the scheduler goes on with, one step after another. All is called by the engine's thread. */
interface Work {
    /** The texts that have to be read before it can go on. */
    List<Past> texts();

    /** Whether its reader has room for more. */
    boolean isWanted();

    /** Whether no step is left to do; its texts are given back then. */
    boolean isOver();

    /**
     * Takes what it shares with others, once all its texts are read.
     *
     * @return whether it can go on; false: its texts have become longer
     */
    boolean join();

    /** Whether {@link #goOn} may be called beside others'. */
    boolean isItsOwn();

    /**
     * Makes something of what was read, and says by its texts what is to be read next, unless it is over.
     *
     * @return how many tokens were drawn
     */
    int goOn(Pass pass);

    /** Tells its reader how much of the prompt is read. */
    void tellProgress();

    /** Ends it, for a reason of the scheduler's. */
    void end(Reason reason);

    /** Ends it: its reader gets the exception. */
    void fail(Throwable problem);

    /** Gives its texts back; the scheduler does not call again. Called once. */
    void leave();

    /**
     * A forward pass in which a work's texts were read.
     *
     * @param nanos what it took
     * @param plain whether nobody's prompt was read beside
     * @param guesses whether so few read along that the next pass has room for guesses
     */
    record Pass(long nanos, boolean plain, boolean guesses) {}
}
