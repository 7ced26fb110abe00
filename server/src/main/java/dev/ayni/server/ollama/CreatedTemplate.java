package dev.ayni.server.ollama;

import dev.ayni.hub.Modelfile;
import dev.ayni.server.http.ApiException;
import dev.ayni.template.ChatTemplate;
import dev.ayni.template.TemplateException;

/** The chat template of a created model. */
public final class CreatedTemplate {
    private CreatedTemplate() {}

    /**
     * Refuses a template by which no conversation could be written.
     *
     * @throws ApiException (400) that says what is wrong with it
     */
    public static void check(String source) {
        if (Modelfile.isGoTemplate(source)) {
            throw ApiException.invalid(
                    "template",
                    "The template is in Go's language, as Ollama's are; here they are written in Jinja, as in tokenizer_config.json, and none is translated: nearly the same would be other answers. Leave it out, and the chat template of the model's own file counts, or write it in Jinja.");
        }
        try {
            ChatTemplate.parse(source);
        } catch (TemplateException e) {
            throw ApiException.invalid("template", "The template is no Jinja: %s".formatted(e.getMessage()));
        }
        if (!source.contains("messages")) {
            throw ApiException.invalid(
                    "template",
                    "The template says nothing of 'messages', so that a model would not be told what was asked. Write it as those in tokenizer_config.json are, with a loop over 'messages'.");
        }
    }
}
