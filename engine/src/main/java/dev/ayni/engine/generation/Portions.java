package dev.ayni.engine.generation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How much of which texts a step reads, by how long steps were seen to take. For the engine's thread. */
final class Portions {
    /** A text that lacks no more than this goes on in every step; one that lacks more is read in chunks. */
    private static final int FEW_TOKENS = 32;

    /** How much longer a step may become by the prompts that are read in it. */
    private static final double MOST_STRETCH = 4;

    private static final int SMALLEST_CHUNK = 32;

    /** Of what is read of prompts in a step, one in so many tokens is for the request whose turn it is, however long. */
    private static final int PART_OF_THE_FIRST = 4;

    /** A text worth waiting for has so many more tokens in common than what is read already. */
    private static final int WORTH_WAITING = 32;

    private final Admission admission;
    private final IdlePasts idle;
    private double nanosOfPlainStep; // without prompts
    private double nanosOfToken; // of a prompt's token, beside
    private long reusedTokens;

    Portions(Admission admission, IdlePasts idle) {
        this.admission = admission;
        this.idle = idle;
    }

    /** How many tokens of prompts were not read, because others had read them. */
    long reusedTokens() {
        return reusedTokens;
    }

    /** Whether a text has only what belongs to every step: the latest token, guesses, what a shape forces. */
    static boolean isPlain(Past text) {
        return text.lacking() <= FEW_TOKENS && text.cache().length() > 0;
    }

    /**
     * Notes how long a step took.
     *
     * @param plain whether no prompt was read in it
     * @param texts how many texts it read
     */
    void learn(long nanos, boolean plain, int texts, int tokens) {
        if (plain) {
            nanosOfPlainStep = Scheduler.mean(nanosOfPlainStep, nanos);
        } else {
            double beside = texts > 1 ? Math.min(nanosOfPlainStep, nanos / 2.0) : 0;
            nanosOfToken = Scheduler.mean(nanosOfToken, (nanos - beside) / tokens);
        }
    }

    /** How many tokens of which texts the next pass reads. */
    Map<Past, Integer> next() {
        List<Request> running = admission.running();
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
                    if (lacking > 0 && !isPlain(text)) {
                        if (!reading.contains(request)) {
                            reading.add(request);
                        }
                    } else if (lacking > 0 && !chunks.containsKey(text) && tokens + lacking <= Scheduler.MOST_TOKENS) {
                        chunks.put(text, lacking);
                        tokens += lacking;
                    }
                }
            }
        }
        int room = chunks.isEmpty() ? Scheduler.MOST_TOKENS : Math.min(Scheduler.MOST_TOKENS - tokens, chunkBeside());
        if (!reading.isEmpty()) {
            readPrompts(reading, room, chunks);
        }
        if (running.size() > 1) {
            Collections.rotate(running, -1); // who found no room this time is among the first the next
        }
        return chunks;
    }

    /** Short prompts are read first, so that none waits for a long one; a part of each step is for the one whose turn it is. */
    private void readPrompts(List<Request> reading, int room, Map<Past, Integer> chunks) {
        List<Past> readers = new ArrayList<>();
        reading.sort(admission.order());
        Request first = reading.getFirst();
        int kept = Math.ceilDiv(room, PART_OF_THE_FIRST);
        int left = room - kept + read(first, kept, readers, chunks);
        reading.sort(admission.shortestFirst());
        for (Request request : reading) {
            left = request == first ? left : read(request, left, readers, chunks);
        }
        read(first, left, readers, chunks);
    }

    /** Gives a request's texts some of the room, once or once more; returns what is left of it. */
    private int read(Request request, int room, List<Past> readers, Map<Past, Integer> chunks) {
        int left = room;
        boolean isFirst = true; // the prompt's own, where there is a negative one too
        for (Past text : request.texts()) {
            boolean tells = isFirst;
            isFirst = false;
            boolean reads = readers.contains(text);
            if (!reads && text.lacking() > 0 && !chunks.containsKey(text) && begin(request, text, readers, tells)) {
                readers.add(text);
                reads = true;
            }
            int chunk = reads ? Math.min(left, text.lacking() - chunks.getOrDefault(text, 0)) : 0;
            if (chunk > 0) {
                chunks.merge(text, chunk, Integer::sum);
                left -= chunk;
            }
        }
        return left;
    }

    /** How many tokens of prompts are read beside answers that go on. */
    private int chunkBeside() {
        if (nanosOfPlainStep == 0 || nanosOfToken == 0) {
            return SMALLEST_CHUNK;
        }
        return (int)
                Math.clamp((MOST_STRETCH - 1) * nanosOfPlainStep / nanosOfToken, SMALLEST_CHUNK, Scheduler.MOST_TOKENS);
    }

    /** Lets a text of which nothing is read begin with what others have read. Returns false if it is worth waiting for them. */
    private boolean begin(Request request, Past text, List<Past> readers, boolean tells) {
        if (text.cache().length() > 0 || !text.isShared()) {
            return true;
        }
        Past best = idle.bestFor(text);
        for (Request other : admission.running()) {
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
}
