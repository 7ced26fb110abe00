package dev.ayni.guard.classifiers;

import dev.ayni.chat.Embedder;
import dev.ayni.guard.Reading;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What classifiers see of a text: its windows, as they stand and as they read unwrapped; computed once for all checks. */
final class Seen {
    /** Windows of a text that are looked at; of a longer one its beginning and its end. */
    private static final int MOST_WINDOWS = 64;

    /**
     * A part of a text, or of what stands beneath it.
     *
     * @param start the first UTF-16 unit in the text
     * @param end the unit after the last; what was unwrapped has the whole text as its place
     */
    record Part(int start, int end, boolean unwrapped, Signs signs) {}

    private final GuardWeights weights;
    private final @Nullable Embedder encoder;
    private final Reading.View<List<Part>> plain = new Reading.View<>(reading -> parts(reading.text()));
    private final Reading.View<List<Part>> unwrapped = new Reading.View<>(reading -> beneath(reading.text()));

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

    /** The windows of what stands beneath it; of an ordinary text none. */
    List<Part> unwrapped(Reading reading) {
        return reading.view(unwrapped);
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

    private List<Part> beneath(String text) {
        List<Part> parts = new ArrayList<>();
        for (String reading : Unwrapping.of(text, weights.characters())) {
            for (Part part : parts(reading)) {
                parts.add(new Part(0, text.length(), true, part.signs()));
            }
        }
        return parts;
    }
}
