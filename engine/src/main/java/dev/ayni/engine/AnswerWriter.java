package dev.ayni.engine;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.TokenProbability;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Limits;
import dev.ayni.engine.generation.Step;
import dev.ayni.engine.toolcalls.AnswerParser;
import dev.ayni.tokenizer.Tokenizer;
import dev.ayni.tokenizer.Tokenizer.Decoder;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Turns the tokens of an answer into its events. */
final class AnswerWriter {
    private final Tokenizer tokenizer;
    private final boolean ignoreEnd;
    private final IntPredicate shownSpecials;
    private final ChatSink sink;
    private final Decoder promptDecoder;
    private final Decoder decoder;
    private final StopStrings stops;
    private final @Nullable AnswerParser parser;
    private boolean wanted = true;
    private boolean said;

    /**
     * @param expected what the answer may hold besides text; null: nothing
     * @param shownSpecials the special tokens that the parser has to see as their text
     */
    AnswerWriter(
            Tokenizer tokenizer,
            Limits limits,
            AnswerParser.@Nullable Expected expected,
            IntPredicate shownSpecials,
            ChatSink sink) {
        this.tokenizer = tokenizer;
        this.ignoreEnd = limits.ignoreEnd();
        this.shownSpecials = shownSpecials;
        this.sink = sink;
        this.promptDecoder = tokenizer.decoder();
        this.decoder = tokenizer.decoder();
        this.stops = new StopStrings(limits.stop());
        this.parser = expected == null ? null : new AnswerParser(expected, this::say);
    }

    /** Whether the answer ended in a stop string. */
    boolean stopped() {
        return stops.found();
    }

    /** The stop string in which the answer ended; empty if in none. */
    String stop() {
        return stops.which();
    }

    /** Whether tools were called. */
    boolean calledTools() {
        return parser != null && parser.calls() > 0;
    }

    /** Whether the reader wants more. */
    boolean wanted() {
        return wanted;
    }

    /** Passes a token of the prompt on; false if the reader wants no more. */
    boolean promptToken(Step.PromptToken token) {
        say(new ChatEvent.PromptToken(
                new TokenProbability(token.id(), promptDecoder.accept(token.id()), token.logProbability()),
                probabilities(token.alternatives())));
        return wanted;
    }

    private List<TokenProbability> probabilities(List<Step.Candidate> candidates) {
        return candidates.stream()
                .map(c -> new TokenProbability(c.id(), tokenizer.decode(c.id()), c.logProbability()))
                .toList();
    }

    /** Passes a token on; false if the reader wants no more. */
    boolean token(Step.Token token) {
        boolean ends = tokenizer.roles().ends().contains(token.id()) && !ignoreEnd;
        String text = ends ? "" : decoder.accept(token.id());
        if (!ends && text.isEmpty() && shownSpecials.test(token.id())) {
            text = tokenizer.piece(token.id());
        }
        if (!Double.isNaN(token.logProbability())) {
            say(new ChatEvent.LogProbability(
                    new TokenProbability(token.id(), text, token.logProbability()),
                    probabilities(token.alternatives())));
        }
        said = false;
        say(stops.accept(text));
        if (!said) {
            say(new ChatEvent.Working());
        }
        return wanted;
    }

    /** Says what was held back. */
    void finish() {
        say(stops.accept(decoder.finish()) + stops.finish());
        if (parser != null) {
            parser.finish();
        }
    }

    private void say(String text) {
        if (parser != null) {
            parser.accept(text);
        } else if (!text.isEmpty()) {
            say(new ChatEvent.Text(text));
        }
    }

    private void say(ChatEvent event) {
        said = true;
        wanted = wanted && sink.accept(event);
    }
}
