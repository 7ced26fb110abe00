package dev.ayni.template;

/**
 * An error that Python would raise at this point, in Python's words: whoever knows the template will look for those.
 * The interpreter adds the line and makes a {@link TemplateException} of it.
 */
final class PythonError extends RuntimeException {
    private static final long serialVersionUID = 1;

    PythonError(String message) {
        super(message, null, false, false);
    }

    PythonError(String format, Object... values) {
        this(format.formatted(values));
    }

    /** What {@code raise_exception} throws, on its way to become a {@link TemplateRefusal}. */
    static final class Raised extends RuntimeException {
        private static final long serialVersionUID = 1;

        final String text;

        Raised(String text) {
            super(text, null, false, false);
            this.text = text;
        }
    }

    /** A bound that a template may not pass, whatever it computes. */
    static final class Limit extends RuntimeException {
        private static final long serialVersionUID = 1;

        Limit(String message) {
            super(message, null, false, false);
        }
    }
}
