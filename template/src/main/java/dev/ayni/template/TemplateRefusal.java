package dev.ayni.template;

/** A conversation that the template itself refuses, by calling {@code raise_exception('...')}. */
public final class TemplateRefusal extends TemplateException {
    private static final long serialVersionUID = 1;

    private final String text;

    TemplateRefusal(String text, int line) {
        super("The chat template refuses this conversation (line %d): %s".formatted(line, text), line);
        this.text = text;
    }

    /** What the template says, word for word. */
    public String text() {
        return text;
    }
}
