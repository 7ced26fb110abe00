package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.OverloadedException;
import dev.ayni.chat.Scheduling;
import dev.ayni.engine.generation.Work.Pass;
import dev.ayni.engine.models.Model;
import dev.ayni.engine.models.Run;
import dev.ayni.tensor.Kernels.KvView;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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

    /** A text that lacks no more than this goes on in every step; one that lacks more is read in chunks. */
    private static final int FEW_TOKENS = 32;

    /** How much longer a step may become by the prompts that are read in it. */
    private static final double MOST_STRETCH = 4;

    private static final int SMALLEST_CHUNK = 32;

    /** From so many answers on the next tokens are not guessed: the pass is well used without. */
    private static final int MANY_ANSWERS = 5;

    /** A text worth waiting for has so many more tokens in common than what is read already. */
    private static final int WORTH_WAITING = 32;

    private final Model model;
    private final Capacity capacity;
    private final int mostPages;
    private final IdlePasts idle = new IdlePasts();
    private final Shares shares = new Shares();
    private final LinkedBlockingQueue<Runnable> orders = new LinkedBlockingQueue<>();
    private final AtomicInteger comers = new AtomicInteger(); // requests that never ran yet
    private final AtomicLong numbers = new AtomicLong();
    private final Object starting = new Object();
    private @Nullable Thread engine; // guarded by starting
    private volatile boolean closed;

    // what follows belongs to the engine's thread
    private final List<Request> waiting = new ArrayList<>();
    private final List<Request> running = new ArrayList<>();
    private final Set<Work> gone = Collections.newSetFromMap(new IdentityHashMap<>()); // of requests that go on
    private long nanosOfPass; // of the latest
    private boolean wasPlain; // whether no prompt was read in it
    private final Rate read = new Rate();
    private final Rate drawn = new Rate();
    private long readTokens;
    private long drawnTokens;
    private long reusedTokens;
    private long preemptions;
    private int batch;
    private int stepTokens;
    private volatile Load load;
    private double nanosOfPlainStep; // without prompts
    private double nanosOfToken; // of a prompt's token, beside
    private double nanosBetweenAdmissions;
    private long lastAdmission;
    private volatile long retryNanos = TimeUnit.SECONDS.toNanos(1);

    Scheduler(Model model, Capacity capacity) {
        this.model = model;
        this.capacity = capacity;
        this.mostPages = (int) Math.clamp(capacity.cacheBytes() / model.pages().bytesPerPage(), 1, Integer.MAX_VALUE);
        this.load = new Load(0, 0, 0, 0, 0, 0, 0, mostPages, 0, 0, 0, 0);
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
                latest.pagesBudget(),
                latest.readTokens(),
                latest.drawnTokens(),
                latest.reusedTokens(),
                latest.preemptions());
    }

    private void tell() {
        Set<Object> used = Collections.newSetFromMap(new IdentityHashMap<>());
        running.forEach(request -> request.texts().forEach(text -> text.cache().addPagesTo(used)));
        load = new Load(
                waiting.size(),
                running.size(),
                batch,
                0,
                0,
                used.size(),
                model.pages().held() - used.size(),
                mostPages,
                readTokens,
                drawnTokens,
                reusedTokens,
                preemptions);
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
        if (comers.incrementAndGet() > capacity.waiting()) {
            comers.decrementAndGet();
            long millis = TimeUnit.NANOSECONDS.toMillis(retryNanos);
            throw new OverloadedException(
                    "%d requests wait for this model already, as many as may. Send the request again in %.1f seconds."
                            .formatted(capacity.waiting(), millis / 1000.0),
                    millis);
        }
        Request request = new Request(scheduling, numbers.getAndIncrement(), works, readers);
        order(() -> {
            shares.enter(scheduling.principal());
            waiting.add(request);
        });
    }

    /** Ends a work at the next step; its reader is told. */
    void leave(Work work) {
        try {
            order(() -> {
                for (List<Request> list : List.of(waiting, running)) {
                    for (Request request : list) {
                        if (request.works().contains(work) && !gone.contains(work)) {
                            leaveNow(work);
                        }
                    }
                }
            });
        } catch (IllegalStateException e) {
            assert closed : "only a closed scheduler takes no orders";
        }
    }

    private void leaveNow(Work work) {
        gone.add(work);
        work.leave();
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

    // ---- the engine's thread

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
        for (List<Request> list : List.of(waiting, running)) {
            for (Request request : list) {
                for (Work work : request.works()) {
                    if (!gone.contains(work)) {
                        work.fail(why);
                        leaveNow(work);
                    }
                }
            }
            list.clear();
        }
        idle.clear();
        tell();
        for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
            // requests that came too late: their readers find the scheduler closed
        }
    }

    /** Waits for an order, or for a deadline. */
    private void rest() {
        batch = 0;
        tell();
        long now = System.nanoTime();
        long wait = TimeUnit.SECONDS.toNanos(60);
        for (List<Request> list : List.of(waiting, running)) {
            for (Request request : list) {
                if (request.scheduling().deadlineNanos().isPresent()) {
                    long left = request.scheduling().deadlineNanos().getAsLong() - now;
                    wait = Math.clamp(left, 1, wait);
                }
            }
        }
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
        endLate();
        clear();
        admit();
        StepEvent event = new StepEvent();
        event.begin();
        Map<Past, Integer> chunks = chunks();
        boolean computed = !chunks.isEmpty() && compute(chunks);
        long drawnBefore = drawnTokens;
        boolean wentOn = goOn(computed);
        if (computed && event.shouldCommit()) {
            event.tokens = stepTokens;
            event.texts = batch;
            event.nanos = nanosOfPass;
            event.drawn = (int) (drawnTokens - drawnBefore);
            event.commit();
        }
        clear();
        tell();
        return computed || wentOn;
    }

    private void endLate() {
        long now = System.nanoTime();
        for (List<Request> list : List.of(waiting, running)) {
            for (Request request : list) {
                if (request.isLate(now)) {
                    request.works().forEach(work -> work.end(Reason.DEADLINE));
                }
            }
        }
    }

    /** Lets go of works that are over, and of requests without any other. */
    private void clear() {
        for (List<Request> list : List.of(waiting, running)) {
            list.removeIf(request -> {
                for (Work work : request.works()) {
                    if (work.isOver() && !gone.contains(work)) {
                        leaveNow(work);
                    }
                }
                boolean isOver = request.isOver();
                if (isOver) {
                    gone.removeAll(request.works());
                    shares.leave(request.scheduling().principal());
                    if (request.admit()) {
                        comers.decrementAndGet(); // it ended before it ran
                    }
                }
                return isOver;
            });
        }
    }

    // ---- who runs

    private void admit() {
        while (!waiting.isEmpty()) {
            Request next = waiting.stream()
                    .filter(Request::isWanted)
                    .min(Comparator.<Request>comparingInt(
                                    request -> -request.scheduling().priority())
                            .thenComparingDouble(
                                    request -> shares.of(request.scheduling().principal()))
                            .thenComparingLong(Request::number))
                    .orElse(null);
            if (next == null || !hasRoomFor(next)) {
                return;
            }
            waiting.remove(next);
            running.add(next);
            if (next.admit()) {
                comers.decrementAndGet();
                notePace();
            }
        }
    }

    private boolean hasRoomFor(Request next) {
        long answers = running.stream()
                .filter(Request::isWanted)
                .mapToLong(request -> request.works().size())
                .sum();
        if (answers > 0 && answers + next.works().size() > capacity.running()) {
            return false;
        }
        while (true) {
            if (running.isEmpty() || committedPages() + next.pages() - lentPages(next) <= mostPages) {
                return true;
            }
            // whoever waits for a slow reader makes room
            Request slow = victim(
                    running.stream().filter(request -> !request.isWanted()).toList());
            if (slow == null) {
                return false;
            }
            preempt(slow);
        }
    }

    /** Pages that running requests have, and those that they will need for what they know already. */
    private int committedPages() {
        Set<Object> pages = Collections.newSetFromMap(new IdentityHashMap<>());
        int missing = 0;
        for (Request request : running) {
            int own = 0;
            for (Past text : request.texts()) {
                text.cache().addPagesTo(pages);
                own += text.cache().pages();
            }
            missing += Math.max(0, request.pages() - own);
        }
        return pages.size() + missing;
    }

    /** Whole pages that a request could share with others that run. */
    private int lentPages(Request next) {
        int pages = 0;
        for (Past text : next.texts()) {
            int most = 0;
            for (Request request : running) {
                for (Past other : request.texts()) {
                    most = Math.max(most, text.isShared() && other.isShared() ? other.commonWith(text) : 0);
                }
            }
            pages += most / KvView.PAGE;
        }
        return pages;
    }

    private void notePace() {
        long now = System.nanoTime();
        if (lastAdmission != 0) {
            nanosBetweenAdmissions = mean(nanosBetweenAdmissions, now - lastAdmission);
        }
        lastAdmission = now;
        retryNanos = (long) Math.clamp(
                nanosBetweenAdmissions * comers.get(), TimeUnit.SECONDS.toNanos(1), TimeUnit.SECONDS.toNanos(60));
    }

    private static double mean(double before, double latest) {
        return before == 0 ? latest : before + 0.2 * (latest - before);
    }

    /** Which request gives its pages up first: one whose reader is slow, then of the lowest priority, then the youngest. */
    private static @Nullable Request victim(List<Request> candidates) {
        return candidates.stream()
                .min(Comparator.<Request, Boolean>comparing(Request::isWanted)
                        .thenComparingInt(request -> request.scheduling().priority())
                        .thenComparingLong(request -> -request.number()))
                .orElse(null);
    }

    /** Takes a request's pages away, which rest until they are needed, and lets it wait to read again what was in them. */
    private void preempt(Request request) {
        for (Past text : request.texts()) {
            idle.put(text.surrender(model.newCache()));
        }
        running.remove(request);
        waiting.add(request);
    }

    // ---- what is read in a step

    /** How many tokens of which texts the next pass reads. */
    private Map<Past, Integer> chunks() {
        Map<Past, Integer> chunks = new LinkedHashMap<>();
        List<Request> reading = new ArrayList<>();
        int tokens = 0;
        for (Request request : running) {
            for (Work work : request.works()) {
                if (work.isOver() || !work.isWanted()) {
                    continue;
                }
                for (Past text : work.texts()) {
                    int lacking = text.lacking();
                    if (lacking > FEW_TOKENS || lacking > 0 && text.cache().length() == 0) {
                        if (!reading.contains(request)) {
                            reading.add(request);
                        }
                    } else if (lacking > 0 && !chunks.containsKey(text) && tokens + lacking <= MOST_TOKENS) {
                        chunks.put(text, lacking);
                        tokens += lacking;
                    }
                }
            }
        }
        int room = chunks.isEmpty() ? MOST_TOKENS : Math.min(MOST_TOKENS - tokens, chunkBeside());
        reading.sort(Comparator.<Request>comparingInt(
                        request -> -request.scheduling().priority())
                .thenComparingDouble(request -> shares.of(request.scheduling().principal()))
                .thenComparingLong(Request::number));
        List<Past> readers = new ArrayList<>();
        for (Request request : reading) {
            boolean isFirst = true; // the prompt's own, where there is a negative one too
            for (Past text : request.texts()) {
                boolean tells = isFirst;
                isFirst = false;
                if (text.lacking() > 0 && !chunks.containsKey(text) && begin(request, text, readers, tells)) {
                    readers.add(text);
                    int chunk = Math.min(room, text.lacking());
                    if (chunk > 0) {
                        chunks.put(text, chunk);
                        room -= chunk;
                    }
                }
            }
        }
        if (running.size() > 1) {
            Collections.rotate(running, -1); // who found no room this time is among the first the next
        }
        return chunks;
    }

    /** How many tokens of prompts are read beside answers that go on. */
    private int chunkBeside() {
        if (nanosOfPlainStep == 0 || nanosOfToken == 0) {
            return SMALLEST_CHUNK;
        }
        return (int) Math.clamp((MOST_STRETCH - 1) * nanosOfPlainStep / nanosOfToken, SMALLEST_CHUNK, MOST_TOKENS);
    }

    /** Lets a text of which nothing is read begin with what others have read. Returns false if it is worth waiting for them. */
    private boolean begin(Request request, Past text, List<Past> readers, boolean tells) {
        if (text.cache().length() > 0) {
            return true;
        }
        if (!text.isShared()) {
            return true;
        }
        Past best = idle.bestFor(text);
        for (Request other : running) {
            for (Past past : other.texts()) {
                if (past != text
                        && past.isShared()
                        && past.commonWith(text) > (best == null ? 0 : best.commonWith(text))) {
                    best = past;
                }
            }
        }
        int common = best == null ? 0 : Math.min(best.commonWith(text), text.mostLent());
        for (Past reader : readers) {
            if (reader.isShared() && Math.min(reader.alikeWith(text), text.mostLent()) > common + WORTH_WAITING) {
                return false;
            }
        }
        if (best != null && common > 0) {
            text.beginWith(
                    idle.has(best) ? idle.lend(best, common) : best.cache().fork(common));
        }
        reusedTokens += request.hasBegun() ? 0 : common;
        if (tells) {
            request.begin(common);
        }
        return true;
    }

    // ---- a pass

    /** Reads these texts as far as there are pages for them. Returns whether anything was read. */
    private boolean compute(Map<Past, Integer> chunks) {
        makeRoom(chunks);
        List<Past> texts = new ArrayList<>(chunks.keySet());
        List<Run> runs = new ArrayList<>();
        int tokens = 0;
        boolean plain = true;
        for (Past text : texts) {
            plain &= text.lacking() <= FEW_TOKENS;
            Run run = text.run(Objects.requireNonNull(chunks.get(text)));
            runs.add(run);
            tokens += run.tokens().length;
        }
        if (runs.isEmpty()) {
            return false;
        }
        long start = System.nanoTime();
        List<float[][]> rows;
        try {
            rows = model.forward(runs);
        } catch (RuntimeException | Error e) {
            return alone(texts, runs, e);
        }
        nanosOfPass = System.nanoTime() - start;
        wasPlain = plain;
        for (int i = 0; i < texts.size(); i++) {
            texts.get(i).computed(rows.get(i));
        }
        learn(texts, runs, tokens);
        return true;
    }

    /** Notes how long steps take, and whose they were. */
    private void learn(List<Past> texts, List<Run> runs, int tokens) {
        batch = texts.size();
        stepTokens = tokens;
        readTokens += tokens;
        read.add(tokens, System.nanoTime());
        if (wasPlain) {
            nanosOfPlainStep = mean(nanosOfPlainStep, nanosOfPass);
        } else {
            double beside = texts.size() > 1 ? Math.min(nanosOfPlainStep, nanosOfPass / 2.0) : 0;
            nanosOfToken = mean(nanosOfToken, (nanosOfPass - beside) / tokens);
        }
        for (Request request : running) {
            Set<Past> own = request.texts();
            int read = 0;
            for (int i = 0; i < texts.size(); i++) {
                read += own.contains(texts.get(i)) ? runs.get(i).tokens().length : 0;
            }
            shares.add(request.scheduling().principal(), read);
        }
    }

    /** One text's trouble is not the others': each alone. */
    private boolean alone(List<Past> texts, List<Run> runs, Throwable together) {
        wasPlain = false;
        for (int i = 0; i < texts.size(); i++) {
            Past text = texts.get(i);
            try {
                if (texts.size() == 1) {
                    throw together;
                }
                text.computed(model.forward(List.of(runs.get(i))).getFirst());
            } catch (Throwable e) {
                for (Request request : running) {
                    for (Work work : request.works()) {
                        if (work.texts().contains(text)) {
                            work.fail(e);
                        }
                    }
                }
            }
        }
        return true;
    }

    /** Sees to it that there are pages for all that is read; if there are not, some of it is not read. */
    private void makeRoom(Map<Past, Integer> chunks) {
        while (true) {
            int needed = chunks.entrySet().stream()
                    .mapToInt(entry -> entry.getKey().cache().pagesFor(entry.getValue()))
                    .sum();
            if (needed == 0 || model.pages().held() + needed <= mostPages || !makeRoomOnce(chunks)) {
                return;
            }
        }
    }

    private boolean makeRoomOnce(Map<Past, Integer> chunks) {
        if (idle.forgetSome()) {
            return true;
        }
        if (running.size() == 1) {
            return false; // it is alone, and gets what it needs
        }
        Request victim = Objects.requireNonNull(victim(running));
        chunks.keySet().removeAll(victim.texts());
        preempt(victim);
        preemptions++;
        return true;
    }

    // ---- what comes of it

    /** Lets all works go on whose texts are read. Returns whether there was one. */
    private boolean goOn(boolean computed) {
        List<Work> ready = new ArrayList<>();
        int answers = 0;
        for (Request request : running) {
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
