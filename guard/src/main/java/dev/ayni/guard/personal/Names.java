package dev.ayni.guard.personal;

import dev.ayni.guard.Reading;
import dev.ayni.guard.personal.Sighting.Grounds;
import dev.ayni.guard.personal.Sighting.Proof;
import dev.ayni.guard.personal.Words.Word;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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

    /** Not moved: how far to move it in favour of what would be missed is a matter of measuring. */
    static final double OUTSIDE = 0.0;

    /** What has no form of its own; what has one is left to the recognisers of that form. */
    private static final Set<String> WITHOUT_FORM = Set.of("PERSON", "LOCATION", "ORGANIZATION", "NRP", "TITLE");

    @Override
    public String name() {
        return "names";
    }

    @Override
    public Set<String> entities() {
        return WITHOUT_FORM;
    }

    @Override
    public Set<String> languages() {
        return Set.of();
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

    @Override
    public List<Sighting> find(Reading reading, Set<String> beside) {
        Told told = Told.of(reading);
        List<Sighting> seen = new ArrayList<>();
        SequenceModel asked = model == null ? Shipped.MODEL : model;
        for (SequenceModel.Piece piece : asked.pieces(told.features(), outside)) {
            Grounds grounds = new Grounds(piece.entity(), "", piece.score(), Proof.NONE, "");
            String entity =
                    piece.entity().equals("STREET_ADDRESS") || piece.entity().equals("GPE")
                            ? "LOCATION"
                            : piece.entity();
            int start = told.words().get(piece.first()).start();
            int end = told.words().get(piece.last()).end();
            if (WITHOUT_FORM.contains(entity) && !hasForm(reading, start, end)) {
                seen.add(new Sighting(entity, start, end, piece.score(), name(), grounds));
            }
        }
        return seen;
    }

    /** Whether forms, however unsure, were seen in more than half of these units, or no letter stands in them. */
    private static boolean hasForm(Reading reading, int start, int end) {
        int longest = 0;
        for (Sighting one : reading.view(BY_FORM)) {
            if (!one.entity().equals("TITLE")) {
                longest = Math.max(longest, Math.min(end, one.end()) - Math.max(start, one.start()));
            }
        }
        return 2 * longest > end - start
                || reading.text().substring(start, end).codePoints().noneMatch(Character::isLetter);
    }
}
