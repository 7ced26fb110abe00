package dev.ayni.server.traces;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.TextRequest;
import dev.ayni.chat.Usage;
import dev.ayni.server.answers.GatheredAnswer;
import dev.ayni.server.http.Failures;
import dev.ayni.server.http.ReaderLeft;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is told of one question to a model and its answers. */
final class AnswerSpan {
    private final Span span;
    private final boolean content;
    private final long began;
    private final List<Watched> answers = new ArrayList<>();
    private long firstNanos; // guarded by this; 0: nothing was said yet

    /**
     * Begins.
     *
     * @param operation what the model does, by the name of the conventions
     * @param asked the model's name as the request gives it
     * @param content whether what is asked and answered is told
     */
    AnswerSpan(Tracer tracer, Context context, String operation, String asked, String model, boolean content) {
        this.content = content;
        this.span = tracer.spanBuilder(operation + " " + asked)
                .setParent(context)
                .setSpanKind(SpanKind.INTERNAL) // the model is in this process
                .setAttribute(Names.OPERATION, operation)
                .setAttribute(Names.PROVIDER, "ayni")
                .setAttribute(Names.REQUEST_MODEL, asked)
                .setAttribute(Names.RESPONSE_MODEL, model)
                .startSpan();
        this.began = System.nanoTime();
    }

    void asked(ChatRequest request, int choices) {
        asked(request.sampling(), request.limits(), request.shape(), choices);
        if (content && span.isRecording()) {
            span.setAttribute(Names.INPUT, MessageParts.asked(request.messages()));
        }
    }

    void asked(TextRequest request, int choices) {
        asked(request.sampling(), request.limits(), request.shape(), choices);
        if (content && span.isRecording() && request.prompt() instanceof TextRequest.Prompt.Text(String text)) {
            span.setAttribute(Names.INPUT, MessageParts.asked(text));
        }
    }

    private void asked(Sampling sampling, Limits limits, @Nullable Shape shape, int choices) {
        span.setAttribute(Names.TEMPERATURE, sampling.temperature());
        span.setAttribute(Names.TOP_P, sampling.topP());
        if (sampling.topK() > 0) {
            span.setAttribute(Names.TOP_K, (long) sampling.topK());
        }
        if (sampling.frequencyPenalty() != 0) {
            span.setAttribute(Names.FREQUENCY_PENALTY, sampling.frequencyPenalty());
        }
        if (sampling.presencePenalty() != 0) {
            span.setAttribute(Names.PRESENCE_PENALTY, sampling.presencePenalty());
        }
        sampling.seed().ifPresent(seed -> span.setAttribute(Names.SEED, seed));
        if (limits.maxTokens() != Limits.UNLIMITED) {
            span.setAttribute(Names.MAX_TOKENS, (long) limits.maxTokens());
        }
        if (choices > 1) {
            span.setAttribute(Names.CHOICES, (long) choices);
        }
        span.setAttribute(Names.OUTPUT_TYPE, shape instanceof Shape.JsonSchema ? "json" : "text");
    }

    /** How many numbers the vectors have that are asked for. */
    void width(int width) {
        span.setAttribute(Names.DIMENSIONS, (long) width);
    }

    /** How many tokens were read, where nothing is written. */
    void read(int tokens) {
        span.setAttribute(Names.INPUT_TOKENS, (long) tokens);
    }

    /** The same sinks, watched. */
    List<ChatSink> watched(List<ChatSink> sinks) {
        sinks.forEach(sink -> answers.add(new Watched(sink)));
        return List.copyOf(answers);
    }

    /** Passes an answer's events on, and notes what is told of them. For one thread at a time. */
    private final class Watched implements ChatSink {
        private final ChatSink sink;
        private final GatheredAnswer kept = new GatheredAnswer();
        private ChatEvent.@Nullable Finished finished;

        Watched(ChatSink sink) {
            this.sink = sink;
        }

        @Override
        public boolean accept(ChatEvent event) {
            switch (event) {
                case ChatEvent.Text ignored -> said();
                case ChatEvent.Reasoning ignored -> said();
                case ChatEvent.LogProbability ignored -> said();
                case ChatEvent.ToolCallStarted ignored -> said();
                case ChatEvent.ToolCallArguments ignored -> said();
                case ChatEvent.ToolCallFinished ignored -> said();
                case ChatEvent.ToolCallBroken ignored -> said();
                case ChatEvent.Finished end -> finished = end;
                case ChatEvent.Working ignored -> {}
                case ChatEvent.PromptToken ignored -> {}
                case ChatEvent.Blocked ignored -> {} // the end says so
            }
            if (content) {
                kept.accept(event);
            }
            return sink.accept(event);
        }
    }

    private synchronized void said() {
        if (firstNanos == 0) {
            firstNanos = Math.max(1, System.nanoTime() - began);
        }
    }

    /** Lets the model work; the span ends with it. */
    void around(Runnable work) {
        around(() -> {
            work.run();
            return true;
        });
    }

    <T> T around(Supplier<T> work) {
        try {
            return work.get();
        } catch (CancellationException | ReaderLeft e) {
            span.setAttribute(Names.ERROR, "cancelled"); // by whoever asked: nothing went wrong here
            throw e;
        } catch (RuntimeException | Error e) {
            span.setAttribute(Names.ERROR, Failures.of(e).code()); // its letter may repeat what was asked
            span.setStatus(StatusCode.ERROR);
            throw e;
        } finally {
            tell();
            span.end();
        }
    }

    private synchronized void tell() {
        if (firstNanos > 0) {
            span.setAttribute(Names.FIRST_CHUNK, firstNanos / 1e9);
        }
        List<String> reasons = new ArrayList<>();
        int prompt = 0;
        int reused = 0;
        int written = 0;
        long queued = 0;
        for (Watched answer : answers) {
            if (answer.finished == null) {
                continue;
            }
            Usage usage = answer.finished.usage();
            reasons.add(reason(answer.finished.reason()));
            prompt = Math.max(prompt, usage.promptTokens()); // one prompt, however many answers
            reused = Math.max(reused, usage.reusedTokens());
            written += usage.answerTokens();
            queued = Math.max(queued, usage.queueNanos());
        }
        if (reasons.isEmpty()) {
            return;
        }
        span.setAttribute(Names.FINISH_REASONS, reasons);
        span.setAttribute(Names.INPUT_TOKENS, (long) prompt);
        span.setAttribute(Names.CACHED_TOKENS, (long) reused);
        span.setAttribute(Names.OUTPUT_TOKENS, (long) written);
        span.setAttribute(Names.IN_QUEUE, queued / 1e9);
        if (content && span.isRecording()) {
            List<GatheredAnswer> kept =
                    answers.stream().map(answer -> answer.kept).toList();
            span.setAttribute(Names.OUTPUT, MessageParts.answered(kept, reasons));
        }
    }

    private static String reason(Reason reason) {
        return switch (reason) {
            case END, STOP -> "stop";
            case TOOL_CALLS -> "tool_calls";
            case LENGTH, CONTEXT_FULL -> "length";
            case DEADLINE -> "deadline";
            case CANCELLED -> "cancelled";
            case FILTERED -> "content_filter";
        };
    }
}
