package dev.ayni.engine.generation;

import dev.ayni.chat.OverloadedException;
import dev.ayni.chat.Scheduling;
import dev.ayni.engine.generation.Work.Pass;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.Run;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/** Takes all requests through one model, step by step, in a thread of its own: one forward pass is one step of everybody's. */
final class Scheduler {
    /*
     * Continuous batching (Yu et al.: Orca, 2022): in each step every answer that goes on reads its latest token, and beside
     * them prompts are read, in chunks so small that the step takes no more than a few times as long as without (Agrawal et
     * al.: Sarathi-Serve, 2024). Nothing of a result depends on who reads along, so that all that is decided here is about
     * time and memory. What a text lacks is all that a step needs to know of it: a prompt, a token just drawn, and a text
     * whose pages somebody else needed meanwhile are read in the same way.
     */

    /** So many new tokens go through the layers together: enough to keep the arithmetic busy, few enough for its memory. */
    static final int MOST_TOKENS = 512;

    /** From so many answers on the next tokens are not guessed: the pass is well used without. */
    private static final int MANY_ANSWERS = 5;

    private final Model model;
    private final IdlePasts idle = new IdlePasts();
    private final Admission admission;
    private final Portions portions;
    private final LinkedBlockingQueue<Runnable> orders = new LinkedBlockingQueue<>();
    private final AtomicLong numbers = new AtomicLong();
    private final Object starting = new Object();
    private @Nullable Thread engine; // guarded by starting
    private volatile boolean closed;

    // what follows belongs to the engine's thread
    private long nanosOfPass; // of the latest
    private boolean wasPlain; // whether no prompt was read in it
    private final Rate read = new Rate();
    private final Rate drawn = new Rate();
    private long readTokens;
    private long drawnTokens;
    private int batch;
    private int stepTokens;
    private volatile Load load;

    Scheduler(Model model, Capacity capacity) {
        this.model = model;
        this.admission = new Admission(model, capacity, idle);
        this.portions = new Portions(admission, idle);
        this.load = new Load(0, 0, 0, 0, 0, 0, 0, 0, admission.mostPages(), 0, 0, 0, 0);
    }

    /** What was done in the latest step. */
    Load load() {
        Load latest = load;
        long now = System.nanoTime();
        return new Load(
                latest.waiting(),
                latest.running(),
                latest.batch(),
                read.perSecond(now),
                drawn.perSecond(now),
                latest.pagesUsed(),
                latest.pagesCached(),
                latest.pagesLost(),
                admission.mostPages(),
                latest.readTokens(),
                latest.drawnTokens(),
                latest.reusedTokens(),
                latest.preemptions());
    }

    private void tell() {
        Set<Object> pages = Collections.newSetFromMap(new IdentityHashMap<>());
        admission.addPagesTo(pages);
        int used = pages.size();
        idle.addPagesTo(pages);
        load = new Load(
                admission.waiting().size(),
                admission.running().size(),
                batch,
                0,
                0,
                used,
                pages.size() - used,
                model.pages().held() - pages.size(),
                admission.mostPages(),
                readTokens,
                drawnTokens,
                portions.reusedTokens(),
                admission.preemptions());
    }

    static double mean(double before, double latest) {
        return before == 0 ? latest : before + 0.2 * (latest - before);
    }

    int mostPages() {
        return admission.mostPages();
    }

    IdlePasts idle() {
        return idle;
    }

    /** Starts the engine's thread, which is there from the first request on. */
    private void order(Runnable order) {
        synchronized (starting) {
            requireOpen();
            if (engine == null) {
                engine = Thread.ofPlatform().daemon().name("ayni-engine").unstarted(this::run);
                engine.start();
            }
            orders.add(order);
        }
    }

    /**
     * Queues a request.
     *
     * @throws OverloadedException if too many wait already
     * @throws IllegalStateException if the scheduler is closed
     */
    void submit(Scheduling scheduling, List<? extends Work> works, List<? extends Reader> readers) {
        admission.announce();
        Request request = new Request(scheduling, numbers.getAndIncrement(), works, readers);
        order(() -> admission.enter(request));
    }

    /** Ends a work at the next step; its reader is told. */
    void leave(Work work) {
        try {
            order(() -> admission.leave(work));
        } catch (IllegalStateException e) {
            assert closed : "only a closed scheduler takes no orders";
        }
    }

    /** Something may go on that could not. */
    void wake() {
        orders.add(() -> {});
    }

    boolean isOpen() {
        return !closed;
    }

    /** @throws IllegalStateException if it is closed */
    void requireOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "The model was closed while a generation went on. Close it after the last answer has ended.");
        }
    }

    /** Changes how much memory there may be for keys and values; waits until what is beyond it was given back. */
    void limit(long cacheBytes) {
        boolean isLess = admission.limit(cacheBytes);
        synchronized (starting) {
            if (!isLess || engine == null || closed) {
                return; // nothing is to be given back
            }
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            order(() -> {
                admission.giveBack();
                tell();
                done.complete(null);
            });
            while (!closed && !done.isDone()) {
                waitABit(done);
            }
        } catch (IllegalStateException e) {
            assert closed : "only a closed scheduler takes no orders";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it is given back all the same
        }
    }

    private static void waitABit(CompletableFuture<Void> done) throws InterruptedException {
        try {
            done.get(100, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // a pass takes longer
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /** Forgets what rests between two requests. */
    void forget() {
        synchronized (starting) {
            if (engine == null) {
                return; // nothing was read yet
            }
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        order(() -> {
            idle.clear();
            done.complete(null);
        });
        done.join();
    }

    /** Waits for the pass that runs; whoever waits for an answer gets an exception. All pages are given back. */
    void close() {
        Thread ending;
        synchronized (starting) {
            if (closed) {
                return;
            }
            closed = true;
            ending = engine;
        }
        if (ending != null) {
            wake();
            boolean interrupted = false;
            while (ending.isAlive()) {
                try {
                    ending.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // the engine's thread

    private void run() {
        try {
            while (!closed) {
                Runnable order = orders.poll();
                if (order != null) {
                    order.run();
                } else if (!step()) {
                    rest();
                }
            }
            end(new IllegalStateException(
                    "The model was closed while a generation went on. Close it after the last answer has ended."));
        } catch (Throwable e) { // nobody else could tell the readers
            closed = true;
            end(e);
        }
    }

    private void end(Throwable why) {
        admission.endAll(why);
        tell();
        orders.clear(); // requests that came too late: their readers find the scheduler closed
    }

    /** Waits for an order, or for a deadline. */
    private void rest() {
        batch = 0;
        tell();
        long wait = admission.nanosLeft(TimeUnit.SECONDS.toNanos(60));
        try {
            Runnable order = orders.poll(wait, TimeUnit.NANOSECONDS);
            if (order != null) {
                order.run();
            }
        } catch (InterruptedException e) {
            // nobody has a reason to interrupt this thread; close() ends it
        }
    }

    /** One step of everybody's. Returns false if there was nothing to do. */
    private boolean step() {
        admission.endLate();
        admission.clear();
        admission.admit();
        StepEvent event = FlightRecorder.isInitialized() ? new StepEvent() : null; // what it needs loads slowly
        if (event != null) {
            event.begin();
        }
        Map<Past, Integer> chunks = portions.next();
        boolean computed = !chunks.isEmpty();
        if (computed) {
            compute(chunks);
        }
        long drawnBefore = drawnTokens;
        boolean wentOn = goOn(computed);
        if (computed && event != null && event.shouldCommit()) {
            event.tokens = stepTokens;
            event.texts = batch;
            event.nanos = nanosOfPass;
            event.drawn = (int) (drawnTokens - drawnBefore);
            event.commit();
        }
        admission.clear();
        tell();
        return computed || wentOn;
    }

    /** Reads these texts, but for those whose pages others need. */
    private void compute(Map<Past, Integer> chunks) {
        admission.makeRoom(chunks);
        List<Past> texts = new ArrayList<>(chunks.keySet());
        List<Run> runs = new ArrayList<>();
        int tokens = 0;
        boolean plain = true;
        for (Past text : texts) {
            plain &= Portions.isPlain(text);
            Run run = text.run(Objects.requireNonNull(chunks.get(text)));
            runs.add(run);
            tokens += run.tokens().length;
        }
        if (runs.isEmpty()) {
            return; // all of them gave their pages up: the next step is for others
        }
        long start = System.nanoTime();
        List<float[][]> rows;
        try {
            rows = model.forward(runs);
        } catch (RuntimeException | Error e) {
            alone(texts, runs, e);
            return;
        }
        nanosOfPass = System.nanoTime() - start;
        wasPlain = plain;
        for (int i = 0; i < texts.size(); i++) {
            texts.get(i).computed(rows.get(i));
        }
        portions.learn(nanosOfPass, wasPlain, texts.size(), tokens);
        count(texts, runs, tokens);
    }

    private void count(List<Past> texts, List<Run> runs, int tokens) {
        batch = texts.size();
        stepTokens = tokens;
        readTokens += tokens;
        read.add(tokens, System.nanoTime());
        for (Request request : admission.running()) {
            Set<Past> own = request.texts();
            int read = 0;
            for (int i = 0; i < texts.size(); i++) {
                read += own.contains(texts.get(i)) ? runs.get(i).tokens().length : 0;
            }
            admission.computed(request, read);
        }
    }

    /** One text's trouble is not the others': each alone. */
    private void alone(List<Past> texts, List<Run> runs, Throwable together) {
        wasPlain = false;
        for (int i = 0; i < texts.size(); i++) {
            Past text = texts.get(i);
            try {
                if (texts.size() == 1) {
                    throw together;
                }
                text.computed(model.forward(List.of(runs.get(i))).getFirst());
            } catch (Throwable e) {
                for (Request request : admission.running()) {
                    for (Work work : request.works()) {
                        if (work.texts().contains(text)) {
                            work.fail(e);
                        }
                    }
                }
            }
        }
    }

    /** Lets all works go on whose texts are read. Returns whether there was one. */
    private boolean goOn(boolean computed) {
        List<Work> ready = new ArrayList<>();
        int answers = 0;
        for (Request request : admission.running()) {
            for (Work work : request.works()) {
                if (work.isOver()) {
                    continue;
                }
                answers++;
                boolean read = work.texts().stream().allMatch(text -> text.lacking() == 0);
                if (read && work.isWanted()) {
                    ready.add(work);
                } else {
                    work.tellProgress();
                }
            }
        }
        List<Work> going = new ArrayList<>();
        boolean changed = false;
        for (Work work : ready) {
            changed = true;
            if (work.join()) {
                going.add(work);
            } else {
                work.tellProgress();
            }
        }
        Pass pass = new Pass(nanosOfPass, computed && wasPlain, answers < MANY_ANSWERS);
        List<Work> own = going.stream().filter(Work::isItsOwn).toList();
        long tokens = (own.size() > 1 ? own.parallelStream() : own.stream())
                .mapToLong(work -> goOn(work, pass))
                .sum();
        tokens += going.stream()
                .filter(work -> !work.isItsOwn())
                .mapToLong(work -> goOn(work, pass))
                .sum();
        drawnTokens += tokens;
        drawn.add(tokens, System.nanoTime());
        return changed;
    }

    private static int goOn(Work work, Pass pass) {
        try {
            return work.goOn(pass);
        } catch (RuntimeException | Error e) {
            work.fail(e);
            return 0;
        }
    }
}
