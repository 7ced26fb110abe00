package dev.ayni.template;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A chat template: makes one text of a conversation, as a model was trained to read it.
 *
 * <p>The language is the part of Jinja 3.1 that published templates use, with the settings of the transformers library: {@code trim_blocks},
 * {@code lstrip_blocks}, {@code break} and {@code continue}, the immutable sandbox, {@code tojson}, {@code raise_exception}, {@code strftime_now} and the
 * {@code generation} block. A template sees the values it is given and nothing else; what it may compute is bounded (10 million steps, 16 million characters,
 * 500 levels), and the values are never read as templates. A parsed template is immutable and may be used by many threads.
 */
public final class ChatTemplate {
    private final List<Node.Statement> statements;
    private final Node.Frame frame;

    private ChatTemplate(List<Node.Statement> statements, Node.Frame frame) {
        this.statements = statements;
        this.frame = frame;
    }

    /**
     * Reads a template.
     *
     * @throws TemplateException naming the line, when it is not a template or uses what chat templates have no use for, such as {@code include}
     */
    public static ChatTemplate parse(String source) {
        List<Node.Statement> statements = Parser.parse(source);
        return new ChatTemplate(statements, Scopes.resolve(statements));
    }

    /**
     * What the template says of these values.
     *
     * @param values by name: {@code messages}, {@code tools}, {@code add_generation_prompt}, {@code bos_token} and whatever else the template asks for; texts,
     *     numbers, booleans, null, lists and maps (in their order) of the same
     * @param now the time that {@code strftime_now} tells
     * @throws TemplateRefusal when the template raises an exception of its own
     * @throws TemplateException when the values are not what the template needs, or it exceeds its bounds
     */
    public String render(Map<String, ? extends @Nullable Object> values, LocalDateTime now) {
        Python python = new Python(new Budget());
        Map<String, Object> given = Globals.of(python, now);
        values.forEach((name, value) -> given.put(name, Values.of(value, "'" + name + "'", 0)));
        return new Interpreter(python, given).render(statements, frame);
    }
}
