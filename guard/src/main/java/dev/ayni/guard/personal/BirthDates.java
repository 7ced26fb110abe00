package dev.ayni.guard.personal;

import dev.ayni.guard.Reading;
import java.util.List;
import java.util.Set;

/** Dates, and among them those that a word beside them makes a date of birth. */
record BirthDates(Recognizer dates, Set<String> context) implements Recognizer {
    static final String BIRTH = "DATE_OF_BIRTH";

    /** A date of birth is a date for whoever asks for dates, but not for dates of birth. */
    static Sighting asWanted(Sighting seen, Wanted wanted) {
        return seen.entity().equals(BIRTH) && !wanted.wants(BIRTH) ? seen.withEntity("DATE_TIME") : seen;
    }

    @Override
    public String name() {
        return dates.name();
    }

    @Override
    public Set<String> entities() {
        return Set.of("DATE_TIME", BIRTH);
    }

    @Override
    public List<Sighting> find(Reading reading, Set<String> beside) {
        return dates.find(reading, beside).stream()
                .map(date -> {
                    String word = ContextWords.near(reading, date.start(), date.end(), context, beside);
                    return word.isEmpty()
                            ? date
                            : date.withEntity(BIRTH).withScore(Math.min(1, date.score() + 0.1), word);
                })
                .toList();
    }
}
