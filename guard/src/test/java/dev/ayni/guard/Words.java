package dev.ayni.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Finds words, each of a category, wherever they stand. */
public class Words implements Check {
    private final Map<String, String> categories;

    /** @param categories by words in small letters */
    public Words(Map<String, String> categories) {
        this.categories = Map.copyOf(categories);
    }

    @Override
    public String name() {
        return "words";
    }

    @Override
    public Set<String> categories() {
        return Set.copyOf(categories.values());
    }

    @Override
    public int reach() {
        return categories.keySet().stream().mapToInt(String::length).max().orElse(0);
    }

    @Override
    public List<Finding> find(Reading reading) {
        String text = reading.text().toLowerCase(Locale.ROOT);
        List<Finding> findings = new ArrayList<>();
        categories.forEach((word, category) -> {
            for (int at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
                findings.add(
                        new Finding(category, 0.9, at, at + word.length(), "words/" + category, "a word of the list"));
            }
        });
        return findings;
    }
}
