package dev.ayni.engine.generation;

import dev.ayni.chat.Scheduling;
import dev.ayni.engine.models.KvPages;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** One prompt and all its answers, as they stand beside other requests. For the engine's thread. */
final class Request {
    private final Scheduling scheduling;
    private final long number;
    private final List<? extends Work> works;
    private final List<? extends Reader> readers;
    private boolean admitted;
    private boolean begun;

    /** @param number in the order in which requests came */
    Request(Scheduling scheduling, long number, List<? extends Work> works, List<? extends Reader> readers) {
        this.scheduling = scheduling;
        this.number = number;
        this.works = works;
        this.readers = readers;
    }

    Scheduling scheduling() {
        return scheduling;
    }

    long number() {
        return number;
    }

    List<? extends Work> works() {
        return works;
    }

    /** Notes that it runs now; returns whether it does for the first time. */
    boolean admit() {
        boolean isFirst = !admitted;
        admitted = true;
        return isFirst;
    }

    /** Whether some of its prompt is or was read. */
    boolean hasBegun() {
        return begun;
    }

    /** Notes that its prompt is begun, and how many of its tokens others have read. */
    void begin(int reused) {
        if (!begun) {
            begun = true;
            readers.forEach(reader -> reader.begun(reused));
        }
    }

    boolean isLate(long now) {
        return scheduling.deadlineNanos().isPresent()
                && now - scheduling.deadlineNanos().getAsLong() > 0;
    }

    boolean isOver() {
        return works.stream().allMatch(Work::isOver);
    }

    boolean isWanted() {
        return works.stream().anyMatch(work -> !work.isOver() && work.isWanted());
    }

    /** Its texts, each once though several answers begin with it. */
    Set<Past> texts() {
        Set<Past> texts = new LinkedHashSet<>();
        works.forEach(work -> texts.addAll(work.texts()));
        return texts;
    }

    /** How many pages it needs for what is to be read, and a token of each answer. */
    int pages() {
        return texts().stream().mapToInt(text -> KvPages.of(text.length() + 1)).sum()
                + Math.max(0, works.size() - texts().size());
    }
}
