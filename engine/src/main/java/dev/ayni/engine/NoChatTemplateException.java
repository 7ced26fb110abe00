package dev.ayni.engine;

/** A conversation was asked of a model that was only trained to continue texts. */
public final class NoChatTemplateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoChatTemplateException(String model) {
        super(
                "%s has no chat template: it is a base model, trained to continue a text, not to converse. Give it a text to continue, or choose an instruct model."
                        .formatted(model));
    }
}
