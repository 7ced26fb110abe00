package dev.ayni.chat;

import java.util.OptionalLong;

/**
 * How a request stands beside others that the same model computes at the same time.
 *
 * @param principal whose it is: the work of different principals is shared out evenly; empty where nobody asked
 * @param priority of two requests that wait, the one with the higher number begins first; 0: the usual
 * @param deadlineNanos the {@link System#nanoTime} after which the answer is worth nothing; empty: whenever it comes
 * @param reuse whether what other requests have read may be used again, and what this one reads be kept for others
 */
public record Scheduling(String principal, int priority, OptionalLong deadlineNanos, boolean reuse) {
    public static final Scheduling USUAL = new Scheduling("", 0, OptionalLong.empty(), true);
}
