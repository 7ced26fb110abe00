package dev.ayni.engine.generation;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One step of everybody's, for the flight recorder; its duration is that of the forward pass and of drawing. */
@Name("dev.ayni.Step")
@Label("Step")
@Category("Ayni")
@Description("One forward pass of all running conversations, and what was drawn from it")
@StackTrace(false)
final class StepEvent extends Event {
    @Label("Tokens Read")
    int tokens;

    @Label("Texts")
    int texts;

    @Label("Tokens Drawn")
    int drawn;

    @Label("Forward Pass in Nanoseconds")
    long nanos;
}
