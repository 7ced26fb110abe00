package dev.ayni.engine.generation;

import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.OverloadedException;
import dev.ayni.engine.models.Model;
import dev.ayni.tensor.Kernels.KvView;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Which requests run, and with which memory. For the engine's thread, but for the count of those that come. */
final class Admission {
    /*
     * A request runs as soon as there are pages for all that it is known to read. What its answers will need is not known:
     * where pages run out, what is kept for later requests goes first, and then a request gives its own up and waits to read
     * again what was in them. The oldest of the highest priority never does, so that each ends at some time.
     */
    private final Model model;
    private final Capacity capacity;
    private volatile int mostPages;
    private final IdlePasts idle;
    private final Shares shares = new Shares();
    private final AtomicInteger comers = new AtomicInteger(); // requests that never ran yet
    private final List<Request> waiting = new ArrayList<>();
    private final List<Request> running = new ArrayList<>();
    private final Set<Work> gone = Collections.newSetFromMap(new IdentityHashMap<>()); // of requests that go on
    private double nanosBetween; // from one admission to the next
    private long latest;
    private volatile long retryNanos = TimeUnit.SECONDS.toNanos(1);
    private long preemptions;

    Admission(Model model, Capacity capacity, IdlePasts idle) {
        this.model = model;
        this.capacity = capacity;
        this.idle = idle;
        limit(capacity.cacheBytes());
    }

    /** Changes how much memory there may be for keys and values; says whether it is less than before. Any thread may call. */
    boolean limit(long cacheBytes) {
        int before = mostPages;
        mostPages = (int) Math.clamp(cacheBytes / model.pages().bytesPerPage(), 1, Integer.MAX_VALUE);
        return mostPages < before;
    }

    /** Gives back the pages that are beyond the limit; a request that runs alone keeps what it has. */
    void giveBack() {
        while (model.pages().held() > mostPages) {
            if (!idle.forgetSome()) {
                if (running.size() < 2) {
                    return;
                }
                preempt(Objects.requireNonNull(victim(running)));
            }
        }
    }

    /**
     * Counts a request that comes. Any thread may call.
     *
     * @throws OverloadedException if too many wait already
     */
    void announce() {
        if (comers.incrementAndGet() > capacity.waiting()) {
            comers.decrementAndGet();
            long millis = TimeUnit.NANOSECONDS.toMillis(retryNanos); // by the pace of the queue
            throw new OverloadedException(
                    "%d requests wait for this model already, as many as may. Send the request again in %.1f seconds."
                            .formatted(capacity.waiting(), millis / 1000.0),
                    millis);
        }
    }

    void enter(Request request) {
        shares.enter(request.scheduling().principal());
        waiting.add(request);
    }

    List<Request> running() {
        return running;
    }

    List<Request> waiting() {
        return waiting;
    }

    int mostPages() {
        return mostPages;
    }

    long preemptions() {
        return preemptions;
    }

    /** Adds the pages that requests have to a set in which they are told apart by identity. */
    void addPagesTo(Set<Object> all) {
        for (List<Request> requests : List.of(running, waiting)) {
            requests.forEach(
                    request -> request.texts().forEach(text -> text.cache().addPagesTo(all)));
        }
    }

    /** Who is served first: the higher priority, then for whom least was computed, then the older request. */
    Comparator<Request> order() {
        return Comparator.<Request>comparingInt(request -> -request.scheduling().priority())
                .thenComparingDouble(request -> shares.of(request.scheduling().principal()))
                .thenComparingLong(Request::number);
    }

    /** The same, but of one principal's requests the short ones come first, and of about the same length the older one. */
    Comparator<Request> shortestFirst() {
        return Comparator.<Request>comparingInt(request -> -request.scheduling().priority())
                .thenComparingDouble(request -> shares.of(request.scheduling().principal()))
                .thenComparingInt(request -> -Integer.numberOfLeadingZeros( // of powers of two
                        request.texts().stream().mapToInt(Past::lacking).sum()))
                .thenComparingLong(Request::number);
    }

    /** Notes that tokens were read for a request. */
    void computed(Request request, int tokens) {
        shares.add(request.scheduling().principal(), tokens);
    }

    private List<Request> all() {
        List<Request> all = new ArrayList<>(waiting);
        all.addAll(running);
        return all;
    }

    /** How long it is until a deadline, so many nanoseconds at most. */
    long nanosLeft(long most) {
        long now = System.nanoTime();
        return all().stream()
                .flatMapToLong(request -> request.scheduling().deadlineNanos().stream())
                .map(deadline -> Math.max(1, deadline - now))
                .reduce(most, Math::min);
    }

    /** Ends what comes too late for whoever has asked. */
    void endLate() {
        long now = System.nanoTime();
        for (Request request : all()) {
            if (request.isLate(now)) {
                request.works().forEach(work -> work.end(Reason.DEADLINE));
            }
        }
    }

    /** Ends everything. */
    void endAll(Throwable why) {
        for (Request request : all()) {
            for (Work work : request.works()) {
                if (!gone.contains(work)) {
                    work.fail(why);
                    letGo(work);
                }
            }
        }
        waiting.clear();
        running.clear();
        idle.clear();
    }

    /** Lets go of a work whose reader has left. */
    void leave(Work work) {
        if (!gone.contains(work)
                && all().stream().anyMatch(request -> request.works().contains(work))) {
            letGo(work);
        }
    }

    private void letGo(Work work) {
        gone.add(work);
        work.leave();
    }

    /** Lets go of works that are over, and of requests without any other. */
    void clear() {
        for (List<Request> list : List.of(waiting, running)) {
            list.removeIf(request -> {
                for (Work work : request.works()) {
                    if (work.isOver() && !gone.contains(work)) {
                        letGo(work);
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

    /** Lets requests run for which there is room. */
    void admit() {
        while (!waiting.isEmpty()) {
            Request next =
                    waiting.stream().filter(Request::isWanted).min(order()).orElse(null);
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
        if (latest != 0) {
            nanosBetween = Scheduler.mean(nanosBetween, now - latest);
        }
        latest = now;
        retryNanos = (long)
                Math.clamp(nanosBetween * comers.get(), TimeUnit.SECONDS.toNanos(1), TimeUnit.SECONDS.toNanos(60));
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
        preemptions++;
    }

    /** Sees to it that there are pages for all that is read; if there are not, some of it is not read. */
    void makeRoom(Map<Past, Integer> chunks) {
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
        return true;
    }
}
