package dev.ayni.guard;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * One text while all checks of a stage look at it. What several checks need (an embedding, the text without invisible
 * characters) is computed once, by whoever asks first, and kept here. For one thread.
 */
public final class Reading {
    /** The name and type of something that can be computed from a text; compared by identity. */
    public static final class View<T> {
        private final Function<Reading, T> compute;

        /** @param compute makes the view; may ask the reading for others */
        public View(Function<Reading, T> compute) {
            this.compute = compute;
        }
    }

    private final Content content;
    private final Map<View<?>, Object> views = new HashMap<>();

    public Reading(Content content) {
        this.content = content;
    }

    public Content content() {
        return content;
    }

    public String text() {
        return content.text();
    }

    /** A view of the text, computed the first time. */
    @SuppressWarnings("unchecked") // a view's value was put there by that view
    public <T> T view(View<T> view) {
        Object value = views.get(view);
        if (value == null) {
            value = view.compute.apply(this);
            views.put(view, value);
        }
        return (T) value;
    }
}
