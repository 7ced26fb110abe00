package dev.ayni.server.ollama;

import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.Defaults;
import java.nio.charset.StandardCharsets;

/** What requests for a created model begin with: the parameters of its Modelfile. */
public final class CreatedDefaults implements Defaults {
    private final byte[] parameters;

    /** @param parameters a JSON object as text, with the names of {@link OllamaOptions} */
    public CreatedDefaults(String parameters) {
        this.parameters = parameters.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Refuses parameters that could not be followed.
     *
     * @throws ApiException (400) that names one
     */
    public static void check(String parameters) {
        JsonFields fields = JsonFields.of(parameters.getBytes(StandardCharsets.UTF_8));
        OllamaOptions.sampling(fields, OllamaOptions.USUAL);
        OllamaOptions.limits(fields, Limits.NONE);
        fields.end();
    }

    @Override
    public Sampling sampling(Sampling usual) {
        return OllamaOptions.sampling(JsonFields.of(parameters), usual);
    }

    @Override
    public Limits limits(Limits usual) {
        return OllamaOptions.limits(JsonFields.of(parameters), usual);
    }
}
