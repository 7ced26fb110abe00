package dev.ayni.studio;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.ChatSink;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Scheduling;
import dev.ayni.chat.TextModel;
import dev.ayni.chat.TextRequest;
import dev.ayni.guard.Content;
import dev.ayni.guard.GuardedTextModel;
import dev.ayni.guard.Stage;
import dev.ayni.guard.SupervisedGuard;
import dev.ayni.guard.VerdictListener;
import dev.ayni.guard.policy.PolicyGuard;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Measures what a guard costs: what it adds to an answer, asked in pairs with and without it, and how long it looks at a text. */
final class GuardBench {
    /*
     * The ways of asking take turns, in another order each round, so that whatever else the machine does meets all of them.
     * Each prompt begins with another number, so that none finds what an earlier one has left. The model writes its answers
     * as it likes; with the same seed they are as long as each other, and the guard reads all of them.
     */
    private static final String QUESTION =
            "Question %d. A friend of mine wants to grow tomatoes on a small balcony that faces west. What should she know?";
    /** Sentences of everyday matters, of which longer texts are made. */
    private static final List<String> SENTENCES = List.of(
            "The ferry to the island leaves at a quarter past nine, unless the wind is too strong.",
            "Please send me the minutes of the meeting before Friday, so that I can read them on the train.",
            "Bread rises better in a warm kitchen, but it also works in the fridge, only more slowly.",
            "The library closes early in August; books that are due then may be returned in September.",
            "Our neighbours have painted their fence green, which the street has talked about for a week.",
            "If the pump makes no noise, look first whether somebody has pulled the plug.",
            "A method that takes six arguments is often two methods that have not met yet.",
            "She learned to play the cello at forty and says that it was the right age for it.",
            "The committee has moved the decision to the next session, since two members were ill.",
            "Rain is expected in the north, while the south may look forward to a dry weekend.",
            "Before you repot the plant, water it well and let it stand for an hour.",
            "The new timetable has more buses in the evening, and none at all on Sunday mornings.");

    private static final int TEXT_UNITS = 2300; // 512 tokens of such sentences
    private static final int TEXTS = 100;

    private final TextModel model;
    private final GuardedTextModel.Tokens tokens;
    private final Map<String, PolicyGuard> guards;

    /** What one question took, in milliseconds: until the model's first token, until the first text left, and in all. */
    private record Asked(double firstToken, double firstText, double whole) {}

    /** @param guards to be measured, by their names */
    GuardBench(TextModel model, GuardedTextModel.Tokens tokens, Map<String, PolicyGuard> guards) {
        this.model = model;
        this.tokens = tokens;
        this.guards = guards;
    }

    void measure(int rounds, int answerTokens, PrintStream out) {
        guards.forEach((name, guard) -> latency(name, guard, out)); // first, so that what follows is warm
        Map<String, TextModel> ways = new LinkedHashMap<>();
        ways.put("no guard", model);
        guards.forEach(
                (name, guard) -> ways.put(name, new GuardedTextModel(model, guard, VerdictListener.NONE, tokens)));
        Map<String, List<Asked>> asked = new LinkedHashMap<>();
        ways.keySet().forEach(name -> asked.put(name, new ArrayList<>()));
        List<String> names = new ArrayList<>(ways.keySet());
        int number = 0;
        for (int round = -1; round < rounds; round++) { // the first one warms up
            Collections.rotate(names, 1);
            for (String name : names) {
                Asked took = ask(Objects.requireNonNull(ways.get(name)), number++, answerTokens);
                if (round >= 0) {
                    Objects.requireNonNull(asked.get(name)).add(took);
                }
            }
        }
        List<Asked> without = Objects.requireNonNull(asked.get("no guard"));
        out.println("%d answers of %d tokens each way, in turns; medians, and in brackets of the differences in pairs"
                .formatted(rounds, answerTokens));
        out.println("%-28s %-22s %-12s %s".formatted("", "first token, ms", "text leaves", "whole answer, ms"));
        asked.forEach((name, times) -> out.println("%-28s %-22s %-12s %s"
                .formatted(
                        name,
                        "%.0f (%+.1f)"
                                .formatted(median(times, Asked::firstToken), added(times, without, Asked::firstToken)),
                        "%.0f".formatted(median(times, Asked::firstText)),
                        "%.0f (%+.1f %%)"
                                .formatted(
                                        median(times, Asked::whole),
                                        100 * added(times, without, Asked::whole) / median(without, Asked::whole)))));
    }

    private static double added(List<Asked> with, List<Asked> without, ToDoubleFunction<Asked> part) {
        List<Double> added = new ArrayList<>();
        for (int i = 0; i < with.size(); i++) {
            added.add(part.applyAsDouble(with.get(i)) - part.applyAsDouble(without.get(i)));
        }
        return quantile(added, 0.5);
    }

    private static double median(List<Asked> times, ToDoubleFunction<Asked> part) {
        return quantile(times.stream().map(part::applyAsDouble).toList(), 0.5);
    }

    private static double quantile(List<Double> numbers, double share) {
        List<Double> sorted = numbers.stream().sorted().toList();
        return sorted.get((int) Math.min(sorted.size() - 1L, Math.round(share * (sorted.size() - 1))));
    }

    private static Asked ask(TextModel way, int number, int answerTokens) {
        long begin = System.nanoTime();
        Clock clock = new Clock();
        way.complete(
                new TextRequest(
                        new TextRequest.Prompt.Text(QUESTION.formatted(number)),
                        Sampling.GREEDY,
                        new Limits(answerTokens, List.of(), true),
                        -1,
                        false,
                        null,
                        Scheduling.USUAL),
                clock);
        long end = System.nanoTime();
        return new Asked(millis(clock.firstToken - begin), millis(clock.firstText - begin), millis(end - begin));
    }

    private static double millis(long nanos) {
        return nanos / 1e6;
    }

    /** Notes when the first event came, and the first text. */
    private static final class Clock implements ChatSink {
        private long firstToken;
        private long firstText;

        @Override
        public boolean accept(ChatEvent event) {
            long now = System.nanoTime();
            firstToken = firstToken == 0 ? now : firstToken;
            firstText = firstText == 0 && (event instanceof ChatEvent.Text || event instanceof ChatEvent.Finished)
                    ? now
                    : firstText;
            return true;
        }
    }

    /** How long all checks of a stage take together, for texts that they have never seen. */
    private static void latency(String name, PolicyGuard guard, PrintStream out) {
        Random random = new Random(1);
        for (Stage stage : List.of(Stage.PROMPT, Stage.ANSWER)) {
            List<Double> took = new ArrayList<>();
            for (int i = -10; i < TEXTS; i++) { // the first ones warm up
                StringBuilder text = new StringBuilder("Number %d. ".formatted(random.nextInt()));
                while (text.length() < TEXT_UNITS) {
                    text.append(SENTENCES.get(random.nextInt(SENTENCES.size()))).append(' ');
                }
                String whole = text.substring(0, TEXT_UNITS);
                long begin = System.nanoTime();
                SupervisedGuard.of(guard).begin(ChatRequest.of(whole)).check(Content.of(stage, whole));
                if (i >= 0) {
                    took.add(millis(System.nanoTime() - begin));
                }
            }
            out.println("%-28s all checks of %s, texts of 512 tokens: %.1f ms (median), %.1f ms (99 of 100)"
                    .formatted(name, stage.words(), quantile(took, 0.5), quantile(took, 0.99)));
        }
    }
}
