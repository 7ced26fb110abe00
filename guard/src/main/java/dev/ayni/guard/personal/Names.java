package dev.ayni.guard.personal;

import dev.ayni.guard.Reading;
import dev.ayni.guard.personal.Sighting.Grounds;
import dev.ayni.guard.personal.Sighting.Proof;
import dev.ayni.guard.personal.Words.Word;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What has no form of its own: names of people, places, addresses and organisations, forms of address and occupations, peoples
 * and faiths, and numbers that only their sentence explains. Found by the model of sequences that Ayni ships.
 */
final class Names implements Recognizer {
    /** From here on what a recogniser saw is settled, and the model takes it for one word. */
    private static final double SURE = 0.8;

    private static final class Shipped {
        private static final SequenceModel MODEL = read();

        private static SequenceModel read() {
            try (InputStream in = WordLists.open("names.bin")) {
                return SequenceModel.read(in);
            } catch (IOException e) {
                throw new UncheckedIOException("The model of names that belongs to Ayni's guard cannot be read.", e);
            }
        }
    }

    /** Null: the shipped one, read when first used. */
    private final @Nullable SequenceModel model;

    private final double outside;

    Names() {
        this(null, OUTSIDE);
    }

    /** @param outside as in {@link SequenceModel#pieces} */
    Names(@Nullable SequenceModel model, double outside) {
        this.model = model;
        this.outside = outside;
    }

    /** Not moved: cross-validation found 0 as good as -0.5, and both better than -1. */
    static final double OUTSIDE = 0.0;

    /** What has no form of its own; what has one is left to the recognisers of that form. */
    private static final Set<String> WITHOUT_FORM = Set.of("PERSON", "LOCATION", "ORGANIZATION", "NRP", "TITLE");

    /** What has a form that many other numbers have too, so that its sentence has to say what it is. */
    private static final Set<String> CONFIRMED =
            Set.of("ZIP_CODE", "DATE_TIME", "PHONE_NUMBER", "AGE", "US_DRIVER_LICENSE");

    private static final Set<String> ENTITIES =
            Set.copyOf(Stream.concat(WITHOUT_FORM.stream(), CONFIRMED.stream()).toList());

    @Override
    public String name() {
        return "names";
    }

    @Override
    public Set<String> entities() {
        return ENTITIES;
    }

    /** Where the shipped recognisers see something, with no words known to belong to the text. */
    static final Reading.View<List<Sighting>> BY_FORM = new Reading.View<>(reading -> {
        List<Sighting> seen = new ArrayList<>();
        for (Recognizer recognizer : Recognizers.all()) {
            seen.addAll(recognizer.find(reading, Set.of()));
        }
        return List.copyOf(seen);
    });

    /** The words of a text with all that is told of them. */
    record Told(List<Word> words, WordFeatures features) {
        static Told of(Reading reading) {
            List<Sighting> seen = reading.view(BY_FORM);
            List<Sighting> sure = new ArrayList<>(seen.stream()
                    .filter(one -> one.score() >= SURE && !one.entity().equals("TITLE"))
                    .toList());
            List<Sighting> suspicions = seen.stream()
                    .filter(one -> one.score() < SURE || one.entity().equals("TITLE"))
                    .toList();
            List<Word> words = Words.of(reading.text(), PersonalData.surest(sure));
            return new Told(words, new WordFeatures(reading.text(), words, suspicions, WordLists.shipped()));
        }
    }

    /** Longer texts are read in parts of so many words, cut where a line or a sentence ends if one does soon. */
    private static final int PART = 300;

    private static final int LONGEST_PART = 500;

    private static int endOfPart(List<Word> words, int from) {
        for (int end = from + PART; end < Math.min(words.size(), from + LONGEST_PART); end++) {
            String last = words.get(end - 1).text();
            if (words.get(end).breaks() > 0
                    || words.get(end).spaced() && (last.equals(".") || last.equals("!") || last.equals("?"))) {
                return end;
            }
        }
        return Math.min(words.size(), from + LONGEST_PART);
    }

    @Override
    public List<Sighting> find(Reading reading, Set<String> beside) {
        Told told = Told.of(reading);
        List<Sighting> seen = new ArrayList<>();
        SequenceModel asked = model == null ? Shipped.MODEL : model;
        SeenByForm byForm = SeenByForm.of(reading.view(BY_FORM));
        for (int from = 0; from < told.words().size(); ) {
            int to = endOfPart(told.words(), from);
            for (SequenceModel.Piece piece : asked.pieces(told.features(), from, to, outside)) {
                addIfNamed(piece, told, reading.text(), byForm, seen);
            }
            from = to;
        }
        return seen;
    }

    private void addIfNamed(SequenceModel.Piece piece, Told told, String text, SeenByForm byForm, List<Sighting> seen) {
        Grounds grounds = new Grounds(piece.entity(), "", piece.score(), Proof.NONE, "");
        String entity =
                piece.entity().equals("STREET_ADDRESS") || piece.entity().equals("GPE") ? "LOCATION" : piece.entity();
        int start = byForm.afterTitle(told.words(), piece);
        int end = told.words().get(piece.last()).end();
        boolean named = WITHOUT_FORM.contains(entity)
                ? isWritten(text, start, end) && !byForm.holdMostOf(start, end)
                : CONFIRMED.contains(entity) && byForm.suspect(entity, start, end);
        if (named) {
            seen.add(new Sighting(entity, start, end, score(piece.score()), name(), grounds));
        }
    }

    /** A probability as a score, which is one half where it begins to count. */
    private static double score(double probability) {
        return probability < COUNTS ? 0.5 * probability / COUNTS : 0.5 + 0.5 * (probability - COUNTS) / (1 - COUNTS);
    }

    /** From this mean probability of its words on a piece counts: what cross-validation chose among 0.2, 0.25, ... 0.55. */
    private static final double COUNTS = 0.3;

    /** Whether it has a capital letter, or two letters in a row: no name is only numbers and an "e.g.". */
    private static boolean isWritten(String text, int start, int end) {
        boolean letter = false;
        for (int i = start; i < end; i++) {
            boolean before = letter;
            letter = Character.isLetter(text.charAt(i)) || Character.isSurrogate(text.charAt(i));
            if (letter && (before || Character.isUpperCase(text.charAt(i)))) {
                return true;
            }
        }
        return false;
    }

    /**
     * What recognisers of forms saw, however unsure.
     *
     * @param inOrder all but forms of address, by their first unit
     * @param longest of these, in units
     * @param titles where forms of address end, by where they begin
     */
    private record SeenByForm(List<Sighting> inOrder, int longest, Map<Integer, Integer> titles) {
        static SeenByForm of(List<Sighting> seen) {
            List<Sighting> inOrder = new ArrayList<>();
            Map<Integer, Integer> titles = new HashMap<>();
            int longest = 0;
            for (Sighting one : seen) {
                if (one.entity().equals("TITLE")) {
                    titles.put(one.start(), one.end());
                } else {
                    inOrder.add(one);
                    longest = Math.max(longest, one.length());
                }
            }
            inOrder.sort(Comparator.comparingInt(Sighting::start));
            return new SeenByForm(inOrder, longest, titles);
        }

        /** Whether one of them covers more than half of these units: then it has a form. */
        boolean holdMostOf(int start, int end) {
            for (int i = from(start - longest);
                    i < inOrder.size() && inOrder.get(i).start() < end;
                    i++) {
                Sighting one = inOrder.get(i);
                if (2 * (Math.min(end, one.end()) - Math.max(start, one.start())) > end - start) {
                    return true;
                }
            }
            return false;
        }

        /** Where a piece begins; that of a person behind a form of address, which is a piece of its own. */
        int afterTitle(List<Word> words, SequenceModel.Piece piece) {
            int start = words.get(piece.first()).start();
            int titleEnd = titles.getOrDefault(start, start);
            if (piece.entity().equals("PERSON")) {
                for (int i = piece.first(); i <= piece.last(); i++) {
                    if (words.get(i).start() >= titleEnd) {
                        return words.get(i).start();
                    }
                }
            }
            return start;
        }

        /**
         * Whether one of them suspects just this, and none is sure that it is something else: its sentence then tells what the
         * form could not.
         */
        boolean suspect(String entity, int start, int end) {
            boolean suspected = false;
            for (int i = from(start - longest);
                    i < inOrder.size() && inOrder.get(i).start() < end;
                    i++) {
                Sighting one = inOrder.get(i);
                boolean same = one.entity().equals(entity);
                if (!same && one.score() >= Wanted.ALL.threshold() && one.end() > start) {
                    return false;
                }
                suspected |= same && one.start() == start && one.end() == end;
            }
            return suspected;
        }

        /** The first that begins at a unit or after it. */
        private int from(int start) {
            int low = 0;
            int high = inOrder.size();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (inOrder.get(middle).start() < start) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }
}
