package dev.ayni.server;

import dev.ayni.chat.Usage;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A request that is over, for the recordings of the JDK's Flight Recorder. */
@Name("dev.ayni.Request")
@Label("Request")
@Description("A request over HTTP, from its head to the end of its answer")
@Category("Ayni")
@StackTrace(false)
final class RequestEvent extends Event {
    @Label("Request Id")
    String requestId = "";

    @Label("Route")
    String route = "";

    @Label("Method")
    String method = "";

    @Label("Status")
    int status;

    @Label("Model")
    String model = "";

    @Label("Time")
    @Description("From the request's head to the end of the answer")
    @Timespan(Timespan.NANOSECONDS)
    long time;

    @Label("Time in the Queue")
    @Description("Before any of the prompt was read, because others were computed")
    @Timespan(Timespan.NANOSECONDS)
    long queue;

    @Label("Time to the First Piece")
    @Timespan(Timespan.NANOSECONDS)
    long first;

    @Label("Answer")
    @DataAmount
    long answerBytes;

    @Label("Prompt Tokens")
    int promptTokens;

    @Label("Reused Tokens")
    int reusedTokens;

    @Label("Answer Tokens")
    int answerTokens;

    static void note(Answered request) {
        RequestEvent event = new RequestEvent();
        if (!event.isEnabled()) {
            return;
        }
        event.requestId = request.id();
        event.route = request.route();
        event.method = request.method();
        event.status = request.status();
        event.time = request.nanos();
        event.first = Math.max(0, request.firstNanos());
        event.answerBytes = request.answerBytes();
        for (Answered.Use use : request.uses()) {
            Usage usage = use.usage();
            event.model = use.model();
            event.promptTokens = usage.promptTokens();
            event.reusedTokens = usage.reusedTokens();
            event.answerTokens += usage.answerTokens();
            event.queue = Math.max(event.queue, usage.queueNanos());
        }
        event.commit();
    }
}
