package dev.ayni.server.openai;

import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ReaderLeft;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Answers that are written while nobody waits for them. */
final class BackgroundResponses {
    /*
     * A caller gets a further place while it has fewer than are free [1], and as much memory for its requests: one alone gets
     * half of them, a second one half of what is left, and whoever comes next still finds some. Events are kept as text and as far as there is room for them,
     * so that they can be read again; an answer has room for its latest ones in any case.
     *
     * [1] Dynamic Queue Length Thresholds for Shared-Memory Packet Switches, 1998
     */
    private static final int PLACES = 256;
    private static final long REQUESTS_BYTES = 32 << 20; // of all answers that are being written
    private static final int MOST_ENDED = 64; // whose events can still be read
    private static final long EVENTS_BYTES = 64 << 20; // of all answers together
    private static final long EVENTS_OF_ONE_BYTES = 8 << 20;
    private static final long EVENTS_SURE_BYTES = 64 << 10; // of one, though all others have much
    private static final long BYTES_OF_EVENT = 100; // besides its text
    private static final long PATIENCE_MILLIS = 15_000; // of a connection on which nothing is sent

    private record Name(String owner, String id) {}

    private final int places;
    private final long eventsBytes;
    private final Map<Name, Running> all = new LinkedHashMap<>();
    private final AtomicLong kept = new AtomicLong();

    BackgroundResponses() {
        this(PLACES, EVENTS_BYTES);
    }

    /**
     * @param places how many answers may be written at once
     * @param eventsBytes what the events of all of them may take together
     */
    BackgroundResponses(int places, long eventsBytes) {
        this.places = places;
        this.eventsBytes = eventsBytes;
    }

    /** One of them, and what has happened to it. */
    final class Running implements ResponseWriter.Reader {
        private record Event(String type, String json) {
            long bytes() {
                return json.length() + BYTES_OF_EVENT;
            }
        }

        private final Deque<Event> events = new ArrayDeque<>();
        private int dropped; // events that were before those
        private long bytes;
        private final long requestBytes;
        private boolean cancelled;
        private boolean ended;
        private boolean forgotten;

        private Running(long requestBytes) {
            this.requestBytes = requestBytes;
        }

        @Override
        public synchronized boolean accept(ObjectNode event) {
            Event told = new Event(event.get("type").stringValue(), event.toString());
            events.add(told);
            count(told.bytes());
            while (events.size() > 1 && tooMuch()) {
                count(-events.removeFirst().bytes());
                dropped++;
            }
            notifyAll();
            return !cancelled;
        }

        private boolean tooMuch() {
            return bytes > EVENTS_OF_ONE_BYTES || bytes > EVENTS_SURE_BYTES && kept.get() > eventsBytes;
        }

        private void count(long more) {
            bytes += more;
            if (!forgotten) {
                kept.addAndGet(more);
            }
        }

        @Override
        public synchronized boolean working() {
            return !cancelled;
        }

        /** Asks it to stop, and waits until it has. */
        synchronized void cancel() {
            cancelled = true;
            while (!ended && !Thread.currentThread().isInterrupted()) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        synchronized void end() {
            ended = true;
            notifyAll();
        }

        private synchronized boolean ended() {
            return ended;
        }

        private synchronized long bytes() {
            return bytes;
        }

        /** Counts among the others no more; whoever reads it may read on. */
        private synchronized void forget() {
            kept.addAndGet(-bytes);
            forgotten = true;
        }

        /** The number of the first event that is kept. */
        synchronized int first() {
            return dropped;
        }

        private synchronized List<Event> after(int told) {
            if (dropped + events.size() <= told && !ended) {
                try {
                    wait(PATIENCE_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            if (told < dropped) {
                throw new ReaderLeft(new IOException("the reader is slower than the events that are kept"));
            }
            return new ArrayList<>(events).subList(Math.min(told - dropped, events.size()), events.size());
        }

        /**
         * Sends its events, those that are still to come included.
         *
         * @param after the number of the last one that the reader has; -1: none
         * @throws ReaderLeft if nobody reads any more, or too slowly; the answer is written on
         */
        void follow(ServerSentEvents to, int after) {
            int told = after + 1;
            boolean wanted = true;
            while (wanted) {
                boolean last = ended(); // before asking, so that nothing that comes between is missed
                List<Event> more = after(told);
                for (Event event : more) {
                    wanted = wanted && to.event(event.type(), event.json());
                }
                told += more.size();
                if (last && more.isEmpty() || Thread.currentThread().isInterrupted()) {
                    break;
                }
                wanted = wanted && (!more.isEmpty() || last || to.working());
            }
            to.end();
        }
    }

    /**
     * A place for one more.
     *
     * @param requestBytes that are held until it is written
     * @throws ApiException 429 if too many are written already, of all or of that caller
     */
    synchronized Running begin(String owner, String id, long requestBytes) {
        long own = 0;
        long ownBytes = 0;
        long free = places;
        long freeBytes = REQUESTS_BYTES;
        for (Map.Entry<Name, Running> entry : all.entrySet()) {
            if (!entry.getValue().ended()) {
                boolean ours = entry.getKey().owner().equals(owner);
                long bytes = entry.getValue().requestBytes;
                own += ours ? 1 : 0;
                ownBytes += ours ? bytes : 0;
                free--;
                freeBytes -= bytes;
            }
        }
        if (own >= free) {
            throw new ApiException(
                    429,
                    "rate_limit_exceeded",
                    null,
                    Map.of("Retry-After", "5"),
                    free <= 0
                            ? "%d responses are written in the background, which is as many as there may be. Send this one later."
                                    .formatted(places)
                            : "%d of your responses are written in the background, and the %d places that are free are for others, too. Send this one when one of yours is done."
                                    .formatted(own, free));
        }
        if (ownBytes + requestBytes > freeBytes - requestBytes) {
            throw new ApiException(
                    429,
                    "rate_limit_exceeded",
                    null,
                    Map.of("Retry-After", "5"),
                    "The request has %d bytes, with what was said before it, and of the memory for requests that are answered in the background there is not as much for you now. Send it later, or without 'background'."
                            .formatted(requestBytes));
        }
        forgetEnded();
        Running running = new Running(requestBytes);
        all.put(new Name(owner, id), running);
        return running;
    }

    /** Forgets ended ones until few are left: each time the oldest of the caller whose events take most. */
    private void forgetEnded() {
        while (true) {
            Map<String, Long> bytes = all.entrySet().stream()
                    .filter(entry -> entry.getValue().ended())
                    .collect(Collectors.groupingBy(
                            entry -> entry.getKey().owner(),
                            Collectors.summingLong(entry -> entry.getValue().bytes())));
            long ended = all.values().stream().filter(Running::ended).count();
            if (ended <= MOST_ENDED && bytes.values().stream().mapToLong(n -> n).sum() <= eventsBytes / 2) {
                return;
            }
            String largest = bytes.entrySet().stream()
                    .max(Comparator.comparingLong(Map.Entry::getValue))
                    .orElseThrow()
                    .getKey();
            Name oldest = all.entrySet().stream()
                    .filter(entry -> entry.getValue().ended())
                    .map(Map.Entry::getKey)
                    .filter(name -> name.owner().equals(largest))
                    .findFirst()
                    .orElseThrow();
            remove(oldest);
        }
    }

    private @Nullable Running remove(Name name) {
        Running gone = all.remove(name);
        if (gone != null) {
            gone.forget();
        }
        return gone;
    }

    /** What the events that are kept take. */
    long keptBytes() {
        return kept.get();
    }

    /** Forgets one that could not be begun after all. */
    synchronized void forget(String owner, String id) {
        Running running = remove(new Name(owner, id));
        if (running != null) {
            running.end();
        }
    }

    /** One that is written, or was not long ago. */
    synchronized Optional<Running> find(String owner, String id) {
        return Optional.ofNullable(all.get(new Name(owner, id)));
    }

    /** Whether one is being written by this program. */
    synchronized boolean writes(String id) {
        return all.entrySet().stream()
                .anyMatch(entry ->
                        entry.getKey().id().equals(id) && !entry.getValue().ended());
    }

    /** Forgets one. */
    void delete(String owner, String id) {
        Running running;
        synchronized (this) {
            running = remove(new Name(owner, id));
        }
        if (running != null) {
            running.cancel();
        }
    }
}
