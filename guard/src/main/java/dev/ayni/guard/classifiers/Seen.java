package dev.ayni.guard.classifiers;

import dev.ayni.chat.Embedder;
import dev.ayni.guard.Reading;
import dev.ayni.guard.rules.HiddenText;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What classifiers see of a text: its windows, and those of what is hidden in it; computed once for all checks. */
final class Seen {
    /** Windows of a text that are looked at; of a longer one its beginning and its end. */
    private static final int MOST_WINDOWS = 64;

    /** What is hidden in something hidden is looked for so deep. */
    private static final int DEEPEST = 3;

    /**
     * A part of a text, or of what is hidden in it.
     *
     * @param start the first UTF-16 unit in the text
     * @param end the unit after the last; what is hidden has the place of what hides it
     */
    record Part(int start, int end, boolean hidden, Signs signs) {}

    private final GuardWeights weights;
    private final @Nullable Embedder encoder;
    private final Reading.View<List<Part>> plain = new Reading.View<>(reading -> parts(reading.text()));
    private final Reading.View<List<Part>> hidden = new Reading.View<>(reading -> beneath(reading, DEEPEST));

    /** @param encoder null: classifiers judge by n-grams and counts alone */
    Seen(GuardWeights weights, @Nullable Embedder encoder) {
        this.weights = weights;
        this.encoder = encoder;
    }

    GuardWeights weights() {
        return weights;
    }

    @Nullable
    Embedder encoder() {
        return encoder;
    }

    boolean hasEncoder() {
        return encoder != null;
    }

    /** The windows of a text. */
    List<Part> plain(Reading reading) {
        return reading.view(plain);
    }

    /** The windows of what is hidden in it, and in that; of an ordinary text none. */
    List<Part> hidden(Reading reading) {
        return reading.view(hidden);
    }

    private List<Part> parts(String text) {
        if (text.isBlank()) {
            return List.of();
        }
        List<Windows.Window> windows = Windows.of(text);
        if (windows.size() > MOST_WINDOWS) {
            List<Windows.Window> ends = new ArrayList<>(windows.subList(0, MOST_WINDOWS / 2));
            ends.addAll(windows.subList(windows.size() - MOST_WINDOWS / 2, windows.size()));
            windows = ends;
        }
        List<Signs> signs = Corpus.signs(
                windows.stream()
                        .map(window -> text.substring(window.start(), window.end()))
                        .toList(),
                weights.characters(),
                encoder,
                line -> {});
        List<Part> parts = new ArrayList<>(windows.size());
        for (int i = 0; i < signs.size(); i++) {
            Windows.Window window = windows.get(i);
            parts.add(new Part(window.start(), window.end(), false, signs.get(i)));
        }
        return parts;
    }

    private List<Part> beneath(Reading reading, int depth) {
        List<Part> parts = new ArrayList<>();
        for (HiddenText text : reading.view(HiddenText.VIEW)) {
            for (Part part : text.reading().view(plain)) {
                parts.add(new Part(text.start(), text.end(), true, part.signs()));
            }
            if (depth > 1) {
                for (Part part : beneath(text.reading(), depth - 1)) {
                    parts.add(new Part(text.start(), text.end(), true, part.signs()));
                }
            }
        }
        return parts;
    }
}
