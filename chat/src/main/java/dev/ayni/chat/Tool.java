package dev.ayni.chat;

/**
 * A function that a model may ask its caller to run.
 *
 * @param name letters, digits, {@code _}, {@code -} and {@code .}: what models were trained to write
 * @param description what it does and when to use it, for the model
 * @param parameters a JSON Schema of the arguments, as text: an object with a property for each
 */
public record Tool(String name, String description, String parameters) {
    /** The schema of a tool that takes nothing. */
    public static final String NO_PARAMETERS = "{\"type\": \"object\", \"properties\": {}}";

    public Tool {
        if (!name.matches("[A-Za-z0-9_.-]{1,128}")) {
            throw new IllegalArgumentException(
                    "'%s' is no name for a tool. Expected 1 to 128 letters, digits, '_', '-' or '.'.".formatted(name));
        }
    }
}
