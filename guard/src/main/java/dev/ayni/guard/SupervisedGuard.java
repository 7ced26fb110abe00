package dev.ayni.guard;

import dev.ayni.chat.ChatRequest;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A guard under supervision: it decides in time and with sense, or the text counts as one that it could not decide about. */
public final class SupervisedGuard implements Guard {
    /*
     * Decisions are made in threads of their own, which are left behind when they do not come back. They are threads of the
     * operating system: some that compute for ever would take all carriers from the virtual threads that answer requests.
     */
    private static final int MOST_UNDER_WAY = 256;

    private final Guard guard;
    private final Semaphore places = new Semaphore(MOST_UNDER_WAY);

    private SupervisedGuard(Guard guard) {
        this.guard = guard;
    }

    public static SupervisedGuard of(Guard guard) {
        return guard instanceof SupervisedGuard already ? already : new SupervisedGuard(guard);
    }

    @Override
    public String name() {
        return guard.name();
    }

    @Override
    public boolean looksFirst(Stage stage) {
        try {
            return guard.looksFirst(stage);
        } catch (RuntimeException e) {
            return true;
        }
    }

    @Override
    public Duration headStart(Stage stage) {
        try {
            return guard.headStart(stage);
        } catch (RuntimeException e) {
            return Duration.ZERO;
        }
    }

    @Override
    public Duration patience() {
        return guard.patience();
    }

    @Override
    public Verdict undecided(Stage stage, int length, String why) {
        return guard.undecided(stage, length, why);
    }

    /** The session begins with its first decision, in the same thread and time: handing over is not free. */
    @Override
    public GuardSession begin(ChatRequest request) {
        return new Session(() -> guard.begin(request));
    }

    /** What came of some work: a value, or why there is none. */
    private record Outcome<T>(@Nullable T value, String failure) {}

    /**
     * Does something with the guard, in the time that it has for a decision.
     *
     * @param otherwise gets the reason why nothing came of it
     */
    public <T> T inTime(Callable<@Nullable T> work, Function<String, T> otherwise) {
        Outcome<T> outcome = inTime(work);
        return outcome.value() == null ? otherwise.apply(outcome.failure()) : outcome.value();
    }

    private <T> Outcome<T> inTime(Callable<@Nullable T> work) {
        FutureTask<T> task = new FutureTask<>(() -> {
            try {
                return work.call();
            } finally {
                places.release();
            }
        });
        try {
            long nanos = guard.patience().toNanos();
            if (!places.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
                return new Outcome<>(null, "%d decisions are under way and do not end".formatted(MOST_UNDER_WAY));
            }
            Thread thread = Thread.ofPlatform().daemon().name("guard").start(task);
            try {
                T value = task.get(nanos, TimeUnit.NANOSECONDS);
                return new Outcome<>(value, value == null ? "it answered nothing" : "");
            } catch (TimeoutException e) {
                return new Outcome<>(null, "it took longer than %d ms".formatted(nanos / 1_000_000));
            } finally {
                thread.interrupt(); // whatever it still computes, nobody waits for
            }
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            // its message may hold the text
            return new Outcome<>(null, "it failed with " + cause.getClass().getName());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome<>(null, "it was interrupted");
        }
    }

    /** A session that always answers. */
    private final class Session implements GuardSession {
        private final Callable<@Nullable GuardSession> begin;
        private @Nullable GuardSession begun;
        private String broken = "";
        private int holdBack = Integer.MAX_VALUE;

        Session(Callable<@Nullable GuardSession> begin) {
            this.begin = begin;
        }

        /** Something that was asked of the session, which may have begun with it, and how much it holds back since. */
        private record Answered<T>(
                GuardSession session, @Nullable T value, int holdBack) {}

        /** Asks the session; null: there is no answer, and {@code broken} says why. */
        private <T> @Nullable Answered<T> asked(Function<GuardSession, @Nullable T> question) {
            if (!broken.isEmpty()) {
                return null;
            }
            GuardSession before = begun;
            Outcome<Answered<T>> outcome = inTime(() -> {
                GuardSession session = before == null ? begin.call() : before;
                return session == null ? null : new Answered<>(session, question.apply(session), session.holdBack());
            });
            // after a failure a session may be in any state, and a thread may still be at work on it: it is asked no
            // more
            broken = outcome.failure();
            Answered<T> answered = outcome.value();
            if (answered != null) {
                begun = answered.session();
                holdBack = answered.holdBack() < 0 ? Integer.MAX_VALUE : answered.holdBack();
            }
            return answered;
        }

        @Override
        public int holdBack() {
            if (begun == null) {
                asked(session -> null);
            }
            return holdBack;
        }

        @Override
        public Verdict check(Content content) {
            int before = holdBack;
            Answered<Verdict> answered = asked(session -> session.check(content));
            if (answered == null) {
                return undecided(content, broken);
            }
            Verdict verdict = answered.value();
            String nonsense = verdict == null ? "it gave no verdict" : nonsense(verdict, content.text());
            if (verdict == null || !nonsense.isEmpty()) {
                holdBack = before;
                return undecided(content, nonsense);
            }
            return verdict;
        }

        /** Another one, and how much it holds back. */
        private record Another(GuardSession session, int holdBack) {}

        @Override
        public GuardSession another() {
            Answered<Another> answered = asked(session -> {
                GuardSession another = session.another();
                return another == null ? null : new Another(another, another.holdBack());
            });
            Another another = answered == null ? null : answered.value();
            Session session = new Session(() -> null);
            if (another == null) {
                session.broken = broken.isEmpty() ? "it has no session for another text" : broken;
            } else {
                session.begun = another.session();
                session.holdBack = another.holdBack() < 0 ? Integer.MAX_VALUE : another.holdBack();
            }
            return session;
        }

        private Verdict undecided(Content content, String why) {
            int length = content.text().length();
            String letter = "the guard '%s' could not decide: %s".formatted(told(guard::name), why);
            try {
                return guard.undecided(content.stage(), length, letter);
            } catch (RuntimeException e) {
                return Guard.blocked(told(guard::name), length, letter);
            }
        }
    }

    private static String told(Supplier<String> name) {
        try {
            return name.get();
        } catch (RuntimeException e) {
            return "?";
        }
    }

    /** What is wrong with a verdict; empty: nothing. */
    private static String nonsense(Verdict verdict, String text) {
        for (Finding finding : verdict.findings()) {
            if (finding.end() > text.length()) {
                return "a finding of %s ends after the text".formatted(finding.rule());
            }
        }
        int at = 0;
        for (Edit edit : verdict.edits()) {
            if (edit.start() < at || edit.end() > text.length()) {
                return "its edits overlap, are out of order or reach beyond the text";
            }
            if (halves(text, edit.start()) || halves(text, edit.end())) {
                return "its edits halve a character";
            }
            at = edit.end();
        }
        return verdict.action() == Action.REWRITE && verdict.edits().isEmpty()
                ? "it rewrites a text without an edit"
                : "";
    }

    private static boolean halves(String text, int place) {
        return place > 0
                && place < text.length()
                && Character.isHighSurrogate(text.charAt(place - 1))
                && Character.isLowSurrogate(text.charAt(place));
    }
}
