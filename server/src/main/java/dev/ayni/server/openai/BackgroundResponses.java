package dev.ayni.server.openai;

import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ReaderLeft;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Answers that are written while nobody waits for them. */
final class BackgroundResponses {
    private static final int MOST_RUNNING = 256;
    private static final int MOST_ENDED = 64; // whose events can still be read
    private static final long PATIENCE_MILLIS = 15_000; // of a connection on which nothing is sent

    private record Name(String owner, String id) {}

    private final Map<Name, Running> all = new LinkedHashMap<>();

    /** One of them, and all that has happened to it. */
    static final class Running implements ResponseWriter.Reader {
        private final List<ObjectNode> events = new ArrayList<>();
        private boolean cancelled;
        private boolean ended;

        @Override
        public synchronized boolean accept(ObjectNode event) {
            events.add(event);
            notifyAll();
            return !cancelled;
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

        private synchronized List<ObjectNode> after(int told) {
            if (events.size() == told && !ended) {
                try {
                    wait(PATIENCE_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return List.copyOf(events.subList(told, events.size()));
        }

        /**
         * Sends its events, those that are still to come included.
         *
         * @param after the number of the last one that the reader has; -1: none
         * @throws ReaderLeft if nobody reads any more; the answer is written on
         */
        void follow(ServerSentEvents to, int after) {
            int told = after + 1;
            boolean wanted = true;
            while (wanted) {
                boolean last = ended(); // before asking, so that nothing that comes between is missed
                List<ObjectNode> more = after(told);
                for (ObjectNode event : more) {
                    wanted = wanted && to.event(event.get("type").stringValue(), event);
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

    /** @throws ApiException 429 if too many are written already */
    synchronized void begin(String owner, String id, Running running) {
        if (all.values().stream().filter(other -> !other.ended()).count() >= MOST_RUNNING) {
            throw new ApiException(
                    429,
                    "rate_limit_exceeded",
                    null,
                    Map.of("Retry-After", "5"),
                    "%d responses are written in the background already. Send this one later.".formatted(MOST_RUNNING));
        }
        List<Name> ended = all.entrySet().stream()
                .filter(entry -> entry.getValue().ended())
                .map(Map.Entry::getKey)
                .toList();
        for (int i = 0; i < ended.size() - MOST_ENDED; i++) {
            all.remove(ended.get(i));
        }
        all.put(new Name(owner, id), running);
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
            running = all.remove(new Name(owner, id));
        }
        if (running != null) {
            running.cancel();
        }
    }
}
