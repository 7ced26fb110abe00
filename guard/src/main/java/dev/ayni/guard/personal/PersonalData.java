package dev.ayni.guard.personal;

import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import dev.ayni.guard.personal.Sighting.Proof;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds personal data: what identifies a person or leads to one, from names and addresses to numbers of accounts, identity
 * cards and machines. Entities are named as Presidio names them.
 */
public final class PersonalData implements Check {
    private final Wanted wanted;
    private final Recognizer names;

    /** A check for everything, by the usual threshold. */
    public PersonalData() {
        this(Wanted.ALL);
    }

    public PersonalData(Wanted wanted) {
        this(wanted, new Names());
    }

    /** @param names finds what has no form */
    PersonalData(Wanted wanted, Recognizer names) {
        this.wanted = wanted;
        this.names = names;
    }

    @Override
    public String name() {
        return "personal";
    }

    @Override
    public Set<String> categories() {
        Set<String> categories = new TreeSet<>();
        for (Recognizer recognizer : recognizers()) {
            for (String entity : recognizer.entities()) {
                if (wanted.wants(entity)) {
                    categories.add(entity);
                }
            }
        }
        return categories;
    }

    /** An address of some lines, the longest that is likely; a number is shorter, with the word that says what it is. */
    @Override
    public int reach() {
        return 160;
    }

    /** All that are asked: those that Ayni ships, then those of the settings. */
    public List<Recognizer> recognizers() {
        List<Recognizer> all = new ArrayList<>(Recognizers.all());
        all.add(names);
        all.addAll(wanted.own());
        return all;
    }

    @Override
    public List<Finding> find(Reading reading) {
        return sightings(reading).stream()
                .map(seen -> new Finding(
                        seen.entity(),
                        seen.score(),
                        seen.start(),
                        seen.end(),
                        name() + "/" + seen.recognizer(),
                        why(seen)))
                .toList();
    }

    /** Where none of those that could see what is minded sees anything that counts, nobody else is asked. */
    @Override
    public List<Finding> find(Reading reading, Set<String> minded) {
        if (!Collections.disjoint(names.entities(), minded)) { // names are told by what all others see
            return find(reading);
        }
        List<Sighting> seen = new ArrayList<>();
        for (Recognizer recognizer : recognizers()) {
            if (!Collections.disjoint(recognizer.entities(), minded)) {
                double threshold = wanted.own().contains(recognizer) ? wanted.ownThreshold() : wanted.threshold();
                collect(recognizer, reading, wanted, threshold, seen);
            }
        }
        return seen.isEmpty() ? List.of() : find(reading);
    }

    /** What it sees, with the grounds; no two overlap, in order of place. */
    List<Sighting> sightings(Reading reading) {
        return sightings(reading, wanted);
    }

    /** The same with another wish, for who asks for something else each time. */
    public List<Sighting> sightings(Reading reading, Wanted wanted) {
        List<Sighting> candidates = new ArrayList<>();
        if (wanted.beside().isEmpty()) {
            for (Sighting seen : reading.view(Names.BY_FORM)) {
                keepIfWanted(seen, reading, wanted, wanted.threshold(), candidates);
            }
        } else {
            Recognizers.all()
                    .forEach(recognizer -> collect(recognizer, reading, wanted, wanted.threshold(), candidates));
        }
        collect(names, reading, wanted, wanted.threshold(), candidates);
        wanted.own().forEach(recognizer -> collect(recognizer, reading, wanted, wanted.ownThreshold(), candidates));
        return surest(candidates);
    }

    private static void collect(
            Recognizer recognizer, Reading reading, Wanted wanted, double threshold, List<Sighting> into) {
        if (wanted.wants(recognizer)) {
            recognizer
                    .find(reading, wanted.beside())
                    .forEach(seen -> keepIfWanted(seen, reading, wanted, threshold, into));
        }
    }

    private static void keepIfWanted(
            Sighting found, Reading reading, Wanted wanted, double threshold, List<Sighting> into) {
        Sighting seen = BirthDates.asWanted(found, wanted);
        if (seen.score() >= threshold
                && wanted.wants(seen.entity())
                && !wanted.allowed().allows(reading.text().substring(seen.start(), seen.end()))) {
            into.add(seen);
        }
    }

    /** Of those that overlap the surest, then the longest, then the first; in order of place. */
    static List<Sighting> surest(List<Sighting> candidates) {
        candidates.sort(Comparator.comparingDouble(Sighting::score)
                .thenComparingInt(Sighting::length)
                .reversed());
        TreeMap<Integer, Sighting> kept = new TreeMap<>();
        for (Sighting candidate : candidates) {
            Map.Entry<Integer, Sighting> before = kept.lowerEntry(candidate.end());
            if (before == null || before.getValue().end() <= candidate.start()) {
                kept.put(candidate.start(), candidate);
            }
        }
        return List.copyOf(kept.values());
    }

    private static String why(Sighting seen) {
        StringBuilder why = new StringBuilder(seen.entity());
        if (!seen.grounds().form().isEmpty()) {
            why.append(" of the form ").append(seen.grounds().form());
        }
        if (seen.grounds().proof() == Proof.RIGHT) {
            why.append(", its check digits are right");
        }
        if (!seen.grounds().contextWord().isEmpty()) {
            why.append(", beside '").append(seen.grounds().contextWord()).append('\'');
        }
        return why.toString();
    }
}
