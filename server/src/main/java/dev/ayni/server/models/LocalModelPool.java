package dev.ayni.server.models;

import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.generation.Capacity;
import dev.ayni.engine.generation.Load;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Failures;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Models that this process computes, as many at once as its memory allows. */
public final class LocalModelPool implements ModelPool {
    /*
     * One lock guards who is loaded and who uses whom; it is never held while a model is loaded or closed. A model is in one
     * of three states: loading (others who want it wait on the condition), loaded, closing. Its memory counts in all three.
     */
    private static final Logger LOG = LoggerFactory.getLogger(LocalModelPool.class);
    private static final Duration FAILURE_KEPT = Duration.ofSeconds(10);
    private static final Duration ROOM_AWAITED = Duration.ofMinutes(2);

    private final List<Shelf> shelves;
    private final EngineOptions options;
    private final Cards cards;
    private final long budgetBytes;
    private final Duration usualKeepAlive;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Resident> residents = new HashMap<>();
    private final Map<String, Failed> failures = new HashMap<>();
    private final Thread sweeper;
    private boolean closed;

    /** A model that failed to load, and until when that is told without trying again. */
    private record Failed(ApiException why, Instant until) {}

    /** A model in memory, or on its way in or out. */
    private static final class Resident {
        private final Shelf.Book book;
        private final long contextBytes;
        private long cacheBytes;
        private @Nullable OpenedModel model;
        private boolean closing;
        private int users;
        private Duration keepAlive;
        private Instant used = Instant.now();

        Resident(Shelf.Book book, long contextBytes, Duration keepAlive) {
            this.book = book;
            this.contextBytes = contextBytes;
            this.cacheBytes = contextBytes;
            this.keepAlive = keepAlive;
        }

        /** What it takes at least: its files, and one conversation. */
        long leastBytes() {
            return book.bytes() + contextBytes;
        }

        /** What it may take: its files, and its conversations up to their limit. */
        long bytes() {
            return book.bytes() + cacheBytes;
        }

        boolean idle() {
            return model != null && !closing && users == 0;
        }

        Instant until() {
            return keepAlive.isNegative() ? Instant.MAX : used.plus(keepAlive);
        }
    }

    /**
     * A pool in which nothing is loaded yet.
     *
     * @param shelves where models are looked for, the first one first
     * @param options how they are computed
     * @param budgetBytes that all loaded models may take together
     * @param keepAlive how long a model stays loaded after its last use, unless a request says otherwise; negative: for good
     */
    public LocalModelPool(List<Shelf> shelves, EngineOptions options, long budgetBytes, Duration keepAlive) {
        this.shelves = List.copyOf(shelves);
        this.options = options;
        this.cards = new Cards(options);
        this.budgetBytes = budgetBytes;
        this.usualKeepAlive = keepAlive;
        this.sweeper = Thread.ofVirtual().name("idle-models").start(this::sweep);
    }

    @Override
    public List<ModelCard> models() {
        return books().values().stream().map(cards::of).toList();
    }

    @Override
    public List<String> names() {
        return List.copyOf(books().keySet());
    }

    private Map<String, Shelf.Book> books() {
        Map<String, Shelf.Book> books = new LinkedHashMap<>();
        for (Shelf shelf : shelves) {
            for (Shelf.Book book : shelf.books()) {
                books.putIfAbsent(book.name(), book);
            }
        }
        return books;
    }

    @Override
    public Optional<ModelCard> find(String name) {
        return book(name).map(cards::of);
    }

    private Optional<Shelf.Book> book(String name) {
        Map<String, Shelf.Book> books = books();
        for (String spelling : spellings(name)) {
            Shelf.Book book = books.get(spelling);
            if (book != null) {
                return Optional.of(book);
            }
        }
        for (String spelling : spellings(name)) {
            for (Shelf.Book book : books.values()) {
                if (book.name().equalsIgnoreCase(spelling) || book.others().contains(spelling)) {
                    return Optional.of(book);
                }
            }
        }
        return Optional.empty();
    }

    private static List<String> spellings(String name) {
        return name.endsWith(":latest")
                ? List.of(name, name.substring(0, name.length() - ":latest".length()))
                : List.of(name, name + ":latest");
    }

    @Override
    public Lease lease(String name) {
        Shelf.Book book = book(name).orElseThrow(() -> unknown(name));
        lock.lock();
        try {
            Resident resident = residents.get(book.name());
            while (resident != null && (resident.model == null || resident.closing)) {
                await(ROOM_AWAITED);
                resident = residents.get(book.name());
                if (resident == null) {
                    tellFailure(book.name());
                }
            }
            if (resident == null) {
                tellFailure(book.name());
                resident = begin(book);
            } else {
                resident.users++;
            }
            return new Use(resident);
        } finally {
            lock.unlock();
        }
    }

    private ApiException unknown(String name) {
        String shown = name.length() > 100 ? name.substring(0, 100) + "..." : name;
        List<String> names = books().keySet().stream().limit(8).toList();
        return new ApiException(
                404,
                "model_not_found",
                "model",
                Map.of(),
                names.isEmpty()
                        ? "There is no model '%s' here, nor any other. Get one by: ayni pull smollm2".formatted(shown)
                        : "There is no model '%s' here. There is: %s. Get others by: ayni pull NAME"
                                .formatted(shown, String.join(", ", names)));
    }

    private void tellFailure(String name) {
        Failed failed = failures.get(name);
        if (failed != null) {
            if (failed.until().isAfter(Instant.now())) {
                throw failed.why();
            }
            failures.remove(name);
        }
    }

    /** Loads a model; the lock is held at the beginning and the end. Its first user is counted. */
    private Resident begin(Shelf.Book book) {
        Resident resident = new Resident(book, contextBytes(book), usualKeepAlive);
        if (resident.leastBytes() > budgetBytes) {
            throw new ApiException(
                    503,
                    "model_too_large",
                    "model",
                    Map.of(),
                    "'%s' takes %s of memory with one conversation, and all models may take %s together. Take a smaller one, a smaller --context, or allow more by --memory."
                            .formatted(book.name(), megabytes(resident.leastBytes()), megabytes(budgetBytes)));
        }
        makeRoom(resident);
        Resident other = residents.putIfAbsent(book.name(), resident);
        if (other != null) { // while room was made, somebody else began
            while (other.model == null || other.closing) {
                await(ROOM_AWAITED);
                if (residents.get(book.name()) != other) {
                    tellFailure(book.name());
                    return begin(book);
                }
            }
            other.users++;
            return other;
        }
        resident.users = 1;
        List<Resident> others = shareOut();
        EngineOptions limited = options.with(options.capacity().withCacheBytes(resident.cacheBytes));
        lock.unlock();
        OpenedModel model = null;
        Throwable failure = null;
        try {
            others.forEach(this::limit);
            long start = System.nanoTime();
            model = OpenedModel.open(cards.of(book), book.path(), limited);
            LOG.info("{} loaded in {} ms", book.name(), (System.nanoTime() - start) / 1_000_000);
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        } finally {
            lock.lock();
        }
        if (failure != null) {
            residents.remove(book.name());
            shareOut().forEach(this::limit);
            ApiException why = told(book, failure);
            failures.put(book.name(), new Failed(why, Instant.now().plus(FAILURE_KEPT)));
            changed.signalAll();
            throw why;
        }
        resident.model = model;
        if (model != null && resident.cacheBytes != limited.capacity().cacheBytes()) {
            model.limitCache(resident.cacheBytes); // others came or went meanwhile; nothing is held yet
        }
        changed.signalAll();
        return resident;
    }

    private long contextBytes(Shelf.Book book) {
        long context = cards.contextBytes(book);
        long asked = options.capacity().cacheBytes();
        return context > 0 && asked > 0 ? asked : context;
    }

    /**
     * Shares out what the models leave of the budget when each has its files and one conversation: evenly, and to none more
     * than it usually takes. The lock is held; gives those whose limit has changed.
     */
    private List<Resident> shareOut() {
        long left = budgetBytes
                - residents.values().stream().mapToLong(Resident::leastBytes).sum();
        long holding =
                residents.values().stream().filter(one -> one.contextBytes > 0).count();
        List<Resident> limited = new ArrayList<>();
        for (Resident one : residents.values()) {
            long most = options.capacity().cacheBytes() > 0
                    ? one.contextBytes
                    : Capacity.usualCacheBytes(one.contextBytes, budgetBytes);
            long share = one.contextBytes == 0
                    ? 0
                    : Math.clamp(one.contextBytes + Math.max(0, left) / holding, one.contextBytes, most);
            if (share != one.cacheBytes) {
                one.cacheBytes = share;
                limited.add(one);
            }
        }
        return limited;
    }

    /** Holds a model to its limit, and waits until it has given back what is beyond. */
    private void limit(Resident resident) {
        long told = -1;
        while (true) {
            OpenedModel model;
            lock.lock();
            try {
                if (resident.closing || resident.model == null || resident.cacheBytes == told) {
                    return;
                }
                model = resident.model;
                told = resident.cacheBytes;
            } finally {
                lock.unlock();
            }
            model.limitCache(told); // may take a pass of the engine, in which the limit may be changed again
        }
    }

    private static ApiException told(Shelf.Book book, Throwable failure) {
        LOG.error("{} cannot be loaded", book.name(), failure);
        ApiException known = Failures.of(failure);
        String why = failure instanceof IOException
                ? "Its files cannot be read. Check the disk, or pull it again."
                : String.valueOf(failure instanceof WeightsException ? failure.getMessage() : known.getMessage())
                        .replace(book.path().toString(), "The file"); // where it lies is nobody's business
        return new ApiException(
                503,
                "model_not_loaded",
                "model",
                Map.of("Retry-After", "10"),
                "'%s' cannot be loaded. %s".formatted(book.name(), why));
    }

    /** Closes idle models, the longest unused first, until there is room; waits for others to become idle. */
    private void makeRoom(Resident wanted) {
        Instant giveUp = Instant.now().plus(ROOM_AWAITED);
        while (taken() + wanted.leastBytes() > budgetBytes && !residents.containsKey(wanted.book.name())) {
            Optional<Resident> oldest = residents.values().stream()
                    .filter(Resident::idle)
                    .min(Comparator.comparing(resident -> resident.used));
            if (oldest.isPresent()) {
                dismiss(oldest.get());
            } else if (Instant.now().isAfter(giveUp)) {
                throw new ApiException(
                        503,
                        "no_memory_free",
                        "model",
                        Map.of("Retry-After", "30"),
                        "'%s' needs %s of memory, and the models in use leave no room for it. Ask again later, or allow more by --memory."
                                .formatted(wanted.book.name(), megabytes(wanted.leastBytes())));
            } else {
                await(Duration.between(Instant.now(), giveUp).plusMillis(1));
            }
        }
    }

    private long taken() {
        return residents.values().stream().mapToLong(Resident::leastBytes).sum();
    }

    /** Closes a model that nobody uses; the lock is held before and after, not while it closes. */
    private void dismiss(Resident resident) {
        resident.closing = true;
        OpenedModel model = resident.model;
        lock.unlock();
        try {
            if (model != null) {
                model.close();
            }
            LOG.info("{} unloaded", resident.book.name());
        } finally {
            lock.lock();
            residents.remove(resident.book.name(), resident);
            shareOut().forEach(this::limit);
            changed.signalAll();
        }
    }

    private void await(Duration most) {
        if (closed) {
            throw new ApiException(503, "stopping", null, Map.of(), "The server is stopping. Ask again later.");
        }
        try {
            boolean told = changed.await(most.toMillis(), TimeUnit.MILLISECONDS);
            LOG.trace("waited for a change: {}", told);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(503, "stopping", null, Map.of(), "The server is stopping. Ask again later.");
        }
    }

    private void sweep() {
        lock.lock();
        try {
            while (!closed) {
                boolean told = changed.await(1, TimeUnit.SECONDS);
                LOG.trace("looking for idle models: {}", told);
                Instant now = Instant.now();
                for (Resident resident : List.copyOf(residents.values())) {
                    if (resident.idle() && !resident.until().isAfter(now)) {
                        dismiss(resident);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** One use of a resident. */
    private final class Use implements Lease {
        private final Resident resident;
        private boolean over;

        Use(Resident resident) {
            this.resident = resident;
        }

        @Override
        public ServedModel model() {
            OpenedModel model = resident.model;
            if (over || model == null) {
                throw new IllegalStateException("the lease of " + resident.book.name() + " is over");
            }
            return model;
        }

        @Override
        public void keepAlive(Duration after) {
            lock.lock();
            try {
                resident.keepAlive = after;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (!over) {
                    over = true;
                    resident.users--;
                    resident.used = Instant.now();
                    if (resident.idle() && resident.keepAlive.isZero()) {
                        dismiss(resident);
                    }
                    changed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public List<Loaded> loaded() {
        lock.lock();
        try {
            List<Loaded> loaded = new ArrayList<>();
            for (Resident resident : residents.values()) {
                OpenedModel model = resident.model;
                if (model != null && !resident.closing) {
                    Instant until = resident.users > 0 && !resident.keepAlive.isNegative()
                            ? Instant.now().plus(resident.keepAlive)
                            : resident.until();
                    loaded.add(new Loaded(model.card(), resident.bytes(), until, resident.users));
                }
            }
            loaded.sort(Comparator.comparing(one -> one.card().name()));
            return loaded;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Map<String, Load> loads() {
        lock.lock();
        try {
            Map<String, Load> loads = new TreeMap<>();
            for (Resident resident : residents.values()) {
                OpenedModel model = resident.model;
                if (model != null && !resident.closing) {
                    model.load().ifPresent(load -> loads.put(resident.book.name(), load));
                }
            }
            return loads;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void unload(String name) {
        String known = book(name).map(Shelf.Book::name).orElse(name);
        lock.lock();
        try {
            Resident resident = residents.get(known);
            if (resident != null) {
                resident.keepAlive = Duration.ZERO;
                if (resident.idle()) {
                    dismiss(resident);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.0f MB", bytes / 1e6);
    }

    /** Closes what is idle now, and the rest as its uses end; waits for that a while. */
    @Override
    public void close() {
        Instant giveUp = Instant.now().plusSeconds(5);
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            while (!residents.isEmpty() && Instant.now().isBefore(giveUp)) {
                Optional<Resident> idle =
                        residents.values().stream().filter(Resident::idle).findFirst();
                if (idle.isPresent()) {
                    dismiss(idle.get());
                } else {
                    boolean told = changed.await(100, TimeUnit.MILLISECONDS);
                    LOG.trace("waited for a use to end: {}", told);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        sweeper.interrupt();
    }
}
