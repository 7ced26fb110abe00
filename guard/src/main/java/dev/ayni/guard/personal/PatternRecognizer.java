package dev.ayni.guard.personal;

import dev.ayni.guard.Reading;
import dev.ayni.guard.personal.Sighting.Grounds;
import dev.ayni.guard.personal.Sighting.Proof;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Recognises by form: a place that fits one of the forms, whose check digits are not wrong; the more surely if they are
 * right, or if a word beside it says what it is.
 *
 * @param check whether the check digits fit, given a place that fits a form; null where there are none
 * @param context words, in small letters, one of which beside a place speaks for it
 */
public record PatternRecognizer(
        String name,
        String entity,
        List<Form> forms,
        @Nullable Predicate<String> check,
        Set<String> context,
        Set<String> languages)
        implements Recognizer {
    public PatternRecognizer {
        forms = List.copyOf(forms);
        languages = Set.copyOf(languages);
        if (forms.isEmpty()) {
            throw new IllegalArgumentException(
                    "The recogniser '%s' has no pattern. Expected at least one.".formatted(name));
        }
    }

    @Override
    public Set<String> entities() {
        return Set.of(entity);
    }

    @Override
    public List<Sighting> find(Reading reading, Set<String> beside) {
        List<Sighting> seen = new ArrayList<>();
        for (Form form : forms) {
            form.expression().each(reading.text(), (start, end) -> {
                Proof proof = proof(reading.text().substring(start, end));
                if (proof != Proof.WRONG) {
                    seen.add(sighting(reading, form, start, end, proof, beside));
                }
            });
        }
        return seen;
    }

    private Proof proof(String place) {
        if (check == null) {
            return Proof.NONE;
        }
        return check.test(place) ? Proof.RIGHT : Proof.WRONG;
    }

    private Sighting sighting(Reading reading, Form form, int start, int end, Proof proof, Set<String> beside) {
        double score = proof == Proof.RIGHT ? form.provenScore() : form.score();
        // what comes after speaks for a form that ships; for one that a user wrote only what comes before, as in
        // Presidio
        boolean shipped = form.expression() instanceof Form.Shipped;
        String word = ContextWords.near(reading, start, shipped ? end : start, context, beside);
        Grounds grounds = new Grounds(form.name(), form.expression().text(), form.score(), proof, word);
        return new Sighting(entity, start, end, ContextWords.raised(score, word), name, grounds);
    }
}
