package dev.ayni.server.openai;

import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.JsonFields;

/**
 * Whether an answer comes piece by piece.
 *
 * @param usage whether the last piece tells what the answer took
 */
record StreamFields(boolean wanted, boolean usage) {
    static StreamFields read(JsonFields fields) {
        boolean wanted = fields.flag("stream", false);
        JsonFields options = fields.object("stream_options");
        if (options == null) {
            return new StreamFields(wanted, false);
        }
        if (!wanted) {
            throw ApiException.invalid(
                    fields.at("stream_options"),
                    "'%s' is set and '%s' is not true. Set both, or leave it out."
                            .formatted(fields.at("stream_options"), fields.at("stream")));
        }
        boolean usage = options.flag("include_usage", false);
        options.harmless("include_obfuscation");
        options.end();
        return new StreamFields(wanted, usage);
    }
}
