package dev.ayni.chat;

import java.util.List;

/** What happens while a model answers, in order; the last one is always {@link Finished}. */
public sealed interface ChatEvent {
    /** More of the answer: whole characters, never half of one. */
    record Text(String delta) implements ChatEvent {}

    /** More of what a reasoning model thinks before it answers; no part of the answer. */
    record Reasoning(String delta) implements ChatEvent {}

    /** A tool is called; its arguments follow. Calls do not overlap: this one ends before another begins. */
    record ToolCallStarted(String id, String name) implements ChatEvent {}

    /** More of a call's arguments: JSON in parts, whole only when the call is finished. */
    record ToolCallArguments(String id, String delta) implements ChatEvent {}

    /** A call is complete, and its arguments are one JSON object. */
    record ToolCallFinished(ToolCall call) implements ChatEvent {}

    /**
     * A call that had started broke off or went wrong, and is not to be run.
     *
     * @param text all that the model wrote of it
     * @param why what was found and what was expected
     */
    record ToolCallBroken(String id, String text, String why) implements ChatEvent {}

    /** The token just drawn, its natural log-probability before sampling's filters, and the most probable ones instead. */
    record LogProbability(TokenProbability token, List<TokenProbability> alternatives) implements ChatEvent {}

    /** The next token of the prompt, its natural log-probability (NaN: it is the first), and the most probable ones instead. */
    record PromptToken(TokenProbability token, List<TokenProbability> alternatives) implements ChatEvent {}

    /** A token as text (empty while a character is incomplete) and its natural log-probability. */
    record TokenProbability(int id, String text, double logProbability) {}

    /** Nothing to show yet, but the work goes on; a sink may answer false to stop it. */
    record Working() implements ChatEvent {}

    /**
     * A guard let nothing further through: {@link Finished} follows, for {@link Reason#FILTERED}. What the reader is told about
     * it, if anything, came as text before.
     *
     * @param stage where on its way the text was: {@code prompt}, {@code retrieved}, {@code tool call}, {@code tool result} or
     *     {@code answer}
     * @param category what was seen in it, such as {@code S4} or {@code secret}
     * @param rule which check saw it, and by which of its rules
     * @param policy the digest of the policy that forbids it
     */
    record Blocked(String stage, String category, String rule, String policy) implements ChatEvent {}

    /**
     * The end of the answer.
     *
     * @param stop the stop string that appeared; empty where the reason is another
     */
    record Finished(Reason reason, Usage usage, String stop) implements ChatEvent {
        /** An end that no stop string brought about. */
        public Finished(Reason reason, Usage usage) {
            this(reason, usage, "");
        }
    }

    /** Why an answer ended. */
    enum Reason {
        /** The model ended it. */
        END,
        /** The model ended it after calling tools, whose results it waits for. */
        TOOL_CALLS,
        /** A stop string appeared. */
        STOP,
        /** The limit of tokens was reached. */
        LENGTH,
        /** The context is full: no further token has a place. */
        CONTEXT_FULL,
        /** The time was over that {@link Scheduling} allows. */
        DEADLINE,
        /** A guard let nothing further through; {@link Blocked} says why. */
        FILTERED,
        /** The reader wanted no more. */
        CANCELLED
    }
}
