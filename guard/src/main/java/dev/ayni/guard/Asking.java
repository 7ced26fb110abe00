package dev.ayni.guard;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatSink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks a model something that a guard has to look at: before the model gets it, or while the model reads it. */
final class Asking<Q> {
    /*
     * What the guard cannot rewrite, the model may read meanwhile; then looking at it takes no time of the answer's. The model
     * runs in the thread that asks. Another one waits for the guard, and refuses at once. What the model says before the
     * verdict waits for it, signs of life included, and is thrown away if the request may not go on.
     */

    /**
     * A request that may go on.
     *
     * @param request with what was rewritten
     * @param answers through which nothing leaves that was not looked at
     */
    record Passed<Q>(Q request, List<ChatSink> answers) {}

    /** Looks at a request. */
    @FunctionalInterface
    interface Judge<Q> {
        /** What may go on; null: nothing may, and whoever asked was told. */
        @Nullable
        Passed<Q> passed();
    }

    /** Answers a request. */
    @FunctionalInterface
    interface Model<Q> {
        void answer(Q request, List<ChatSink> answers);
    }

    private final Judge<Q> judge;
    private final Model<Q> model;

    Asking(Judge<Q> judge, Model<Q> model) {
        this.judge = judge;
        this.model = model;
    }

    /** Asks for what the guard has let pass. */
    void afterwards() {
        Passed<Q> passed = judge.passed();
        if (passed != null) {
            model.answer(passed.request(), passed.answers());
        }
    }

    /**
     * Asks while the guard looks. If it rewrites something all the same, the model is asked again.
     *
     * @param answers how many
     * @param headStart so long the model waits: what is decided by then, it gets or does not get as if it had waited
     */
    void meanwhile(Q request, int answers, Duration headStart) {
        FutureTask<Heard<Q>> verdict = new FutureTask<>(() -> {
            Passed<Q> passed = judge.passed();
            return new Heard<>(passed, passed != null && passed.request().equals(request));
        });
        Thread judging = Thread.ofVirtual().name("judging").start(verdict);
        if (isMade(verdict, headStart)) {
            Passed<Q> passed = heard(verdict, judging).passed();
            if (passed != null) {
                model.answer(passed.request(), passed.answers());
            }
            return;
        }
        List<ChatSink> waiting = new ArrayList<>();
        for (int i = 0; i < answers; i++) {
            int answer = i;
            waiting.add(event -> {
                if (event instanceof ChatEvent.Working && !verdict.isDone()) {
                    return true;
                }
                Heard<Q> heard = heard(verdict, judging);
                Passed<Q> passed = heard.passed();
                return passed != null
                        && heard.same()
                        && passed.answers().get(answer).accept(event);
            });
        }
        RuntimeException problem = null;
        Heard<Q> heard;
        try {
            model.answer(request, waiting);
        } catch (RuntimeException e) {
            problem = e; // no matter, if the request may not go on
        } finally {
            heard = heard(verdict, judging);
        }
        Passed<Q> passed = heard.passed();
        if (passed != null && !heard.same()) {
            model.answer(passed.request(), passed.answers());
        } else if (passed != null && problem != null) {
            throw problem;
        }
    }

    /**
     * What came of looking at a request.
     *
     * @param passed null: it may not go on
     * @param same whether it goes on as it was asked
     */
    private record Heard<Q>(@Nullable Passed<Q> passed, boolean same) {}

    /** Whether a verdict comes in a time. */
    private static boolean isMade(FutureTask<?> verdict, Duration time) {
        try {
            verdict.get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException e) {
            return verdict.isDone(); // who hears the verdict is told what went wrong
        }
        return verdict.isDone();
    }

    /** Waits for a verdict. Whoever is interrupted meanwhile waits no longer than the guard needs to hear it. */
    private static <Q> Heard<Q> heard(FutureTask<Heard<Q>> verdict, Thread judging) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return verdict.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    judging.interrupt();
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
