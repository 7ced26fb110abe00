package dev.ayni.server.ollama;

import dev.ayni.hub.CreatedModel;
import dev.ayni.hub.Hub;
import dev.ayni.hub.HubException;
import dev.ayni.hub.Licence;
import dev.ayni.hub.LicenceGate;
import dev.ayni.hub.LocalModel;
import dev.ayni.hub.ModelReference;
import dev.ayni.hub.Progress;
import dev.ayni.server.answers.LateStream;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.Failures;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.http.ReaderLeft;
import dev.ayni.server.models.ModelCard;
import dev.ayni.server.models.ModelCard.Ability;
import dev.ayni.server.models.ModelPool;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What Ollama's clients ask of the models themselves: which there are, and that one be fetched, made, copied or removed. */
final class OllamaModels {
    private static final Instant FOR_GOOD = Instant.parse("9999-12-31T00:00:00Z");

    private final OllamaApi api;
    private final Hub hub;

    OllamaModels(OllamaApi api, Hub hub) {
        this.api = api;
        this.hub = hub;
    }

    void tags(Exchange exchange) {
        ObjectNode answer = OllamaApi.JSON.createObjectNode();
        ArrayNode models = answer.putArray("models");
        for (ModelCard card : api.pool().models()) {
            describe(card, models.addObject())
                    .put("modified_at", card.created().toString())
                    .put("size", card.bytes());
        }
        exchange.json(answer.toString());
    }

    void loaded(Exchange exchange) {
        ObjectNode answer = OllamaApi.JSON.createObjectNode();
        ArrayNode models = answer.putArray("models");
        for (ModelPool.Loaded loaded : api.pool().loaded()) {
            Instant until = loaded.until().isAfter(FOR_GOOD) ? FOR_GOOD : loaded.until();
            describe(loaded.card(), models.addObject())
                    .put("size", loaded.bytes())
                    .put("size_vram", 0)
                    .put("expires_at", until.toString())
                    .put("context_length", loaded.card().context());
        }
        exchange.json(answer.toString());
    }

    private static ObjectNode describe(ModelCard card, ObjectNode to) {
        String name = OllamaNames.tagged(card.name());
        to.put("name", name).put("model", name).put("digest", card.digest());
        to.set("details", details(card));
        return to;
    }

    private static ObjectNode details(ModelCard card) {
        ObjectNode details = OllamaApi.JSON
                .createObjectNode()
                .put("parent_model", "")
                .put("format", "gguf")
                .put("family", card.family());
        ArrayNode families = details.putArray("families");
        if (!card.family().isEmpty()) {
            families.add(card.family());
        }
        return details.put("parameter_size", card.parameters()).put("quantization_level", card.quantization());
    }

    void show(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        String asked = named(fields);
        fields.harmless("verbose", "system", "template", "options");
        fields.end();
        ModelCard card = api.pool().find(api.known(asked)).orElseThrow(() -> OllamaApi.missing(asked));
        Optional<CreatedModel> created = hub.created().find(OllamaNames.plain(asked));
        String parameters = created.map(OllamaModels::parameters).orElse("");
        ObjectNode answer = OllamaApi.JSON.createObjectNode();
        answer.put(
                "modelfile",
                "FROM %s\n".formatted(created.map(CreatedModel::from).orElse(card.name())));
        answer.put("parameters", parameters);
        answer.put("template", created.map(CreatedModel::template).orElse(""));
        created.map(CreatedModel::system).ifPresent(system -> answer.put("system", system));
        licence(card, created).ifPresent(licence -> answer.put("license", licence));
        answer.set("details", details(card));
        String family = card.family().isEmpty() ? "unknown" : card.family();
        ObjectNode info = answer.putObject("model_info").put("general.architecture", family);
        if (card.context() > 0) {
            info.put(family + ".context_length", card.context());
        }
        ArrayNode capabilities = answer.putArray("capabilities");
        if (card.abilities().contains(Ability.CHAT) || card.abilities().contains(Ability.COMPLETE)) {
            capabilities.add("completion");
        }
        if (card.abilities().contains(Ability.CHAT)) {
            capabilities.add("tools");
        }
        if (card.abilities().contains(Ability.EMBED)) {
            capabilities.add("embedding");
        }
        exchange.json(answer.put("modified_at", card.created().toString()).toString());
    }

    private static String parameters(CreatedModel created) {
        StringBuilder lines = new StringBuilder();
        for (Map.Entry<String, JsonNode> parameter :
                OllamaApi.JSON.readTree(created.parameters()).properties()) {
            List<JsonNode> values = parameter.getValue().isArray()
                    ? List.copyOf(parameter.getValue().values())
                    : List.of(parameter.getValue());
            values.forEach(value -> lines.append("%-30s %s\n".formatted(parameter.getKey(), value)));
        }
        return lines.toString();
    }

    private Optional<String> licence(ModelCard card, Optional<CreatedModel> created) {
        if (created.isPresent() && !created.get().licence().isEmpty()) {
            return created.map(CreatedModel::licence);
        }
        String name = created.map(CreatedModel::from).orElse(card.name());
        return hub.library().list().stream()
                .filter(model -> model.name().equals(name))
                .flatMap(model -> Optional.ofNullable(model.licence()).stream())
                .map(Licence::terms)
                .findFirst();
    }

    void delete(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        String asked = named(fields);
        fields.end();
        letters(() -> {
            String plain = OllamaNames.plain(asked);
            if (!hub.created().remove(plain)) {
                String name = api.known(asked);
                api.pool().unload(name);
                if (hub.library().removeListed(name).isEmpty()) {
                    throw api.pool().find(name).isEmpty()
                            ? OllamaApi.missing(asked)
                            : ApiException.invalid(
                                    "model",
                                    "'%s' does not belong to the library, so it is not deleted here: its files are another program's, or your own."
                                            .formatted(asked));
                }
            }
            return plain;
        });
        exchange.answer(200, "application/json", new byte[0]);
    }

    void copy(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        String source = fields.text("source");
        String destination = OllamaNames.plain(fields.text("destination"));
        fields.end();
        letters(() -> {
            CreatedModel from = hub.created()
                    .find(OllamaNames.plain(source))
                    .orElseGet(() -> new CreatedModel(
                            destination, existing(source), null, null, "{}", List.of(), "", Instant.now()));
            hub.created().keep(from.named(destination, Instant.now()));
            return destination;
        });
        exchange.answer(200, "application/json", new byte[0]);
    }

    private String existing(String asked) {
        return api.pool()
                .find(api.known(asked))
                .orElseThrow(() -> OllamaApi.missing(asked))
                .name();
    }

    void create(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        String name = OllamaNames.plain(named(fields));
        String from = fields.text("from", "");
        boolean stream = fields.flag("stream", true);
        for (String unsupported : List.of("adapters", "files", "quantize", "modelfile", "renderer", "parser")) {
            if (fields.has(unsupported)) {
                throw ApiException.invalid(
                        unsupported,
                        "'%s' is not supported here: a created model is another model of this machine, with a system message, a chat template, parameters and messages. Leave it out."
                                .formatted(unsupported));
            }
        }
        if (from.isEmpty()) {
            throw ApiException.invalid("from", "'from' is missing; expected the model that this one is made of.");
        }
        String system = fields.text("system", "");
        String template = fields.text("template", "");
        if (!template.isEmpty()) {
            CreatedTemplate.check(template);
        }
        @Nullable JsonNode parameters = fields.optional("parameters");
        List<CreatedModel.Turn> turns = new ArrayList<>();
        for (JsonFields message : fields.objects("messages")) {
            turns.add(new CreatedModel.Turn(message.text("role"), message.text("content")));
            message.end();
        }
        String licence = String.join("\n", fields.texts("license"));
        fields.harmless("info", "requires");
        fields.end();
        String read = parameters == null ? "{}" : parameters.toString();
        CreatedDefaults.check(read);
        work(exchange, stream, lines -> {
            lines.accept(status("reading model metadata"));
            CreatedModel made = letters(() -> new CreatedModel(
                    name,
                    base(from),
                    system.isEmpty() ? null : system,
                    template.isEmpty() ? null : template,
                    read,
                    turns,
                    licence,
                    Instant.now()));
            lines.accept(status("writing manifest"));
            letters(() -> {
                hub.created().keep(made);
                return made;
            });
        });
    }

    /** A model that is made of a created one is made of what that was made of; the words of the new one count. */
    private String base(String from) {
        String plain = OllamaNames.plain(from);
        return hub.created().find(plain).map(CreatedModel::from).orElseGet(() -> existing(from));
    }

    void pull(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        String asked = named(fields);
        boolean stream = fields.flag("stream", true);
        fields.harmless("insecure", "username", "password");
        fields.end();
        ModelReference reference = letters(() -> reference(asked));
        work(exchange, stream, lines -> {
            lines.accept(status("pulling manifest"));
            LocalModel model = letters(() -> hub.pull(reference, step -> tell(step, lines), LicenceGate.closed()));
            lines.accept(status("verifying sha256 digest"));
            lines.accept(status("writing manifest").put("digest", digest(model)));
        });
    }

    private static String digest(LocalModel model) {
        return model.digest() == null ? "" : "sha256:" + model.digest().hex();
    }

    private ModelReference reference(String asked) {
        for (String reading : OllamaNames.readings(asked)) {
            String plain = OllamaNames.plain(reading);
            if (hub.catalogue().find(plain).isPresent() || plain.matches("(hf|pip|https):.*")) {
                return hub.parse(plain);
            }
        }
        throw ApiException.notFound(
                "model_not_found",
                "pull model manifest: '%s' not found. The catalogue has %s; from Hugging Face: hf.co/owner/name:Q4_K_M."
                        .formatted(asked, String.join(", ", hub.catalogue().names())));
    }

    private static void tell(Progress.Step step, Consumer<ObjectNode> lines) {
        ObjectNode line = switch (step.phase()) {
            case WAITING -> status("waiting for another pull of " + step.what());
            case ASKING -> status("pulling manifest");
            case DOWNLOADING -> status("pulling " + step.what());
            case UNPACKING -> status("unpacking " + step.what());
            case JOINING -> status("joining " + step.what());
            case VERIFYING -> status("verifying " + step.what());
            case DONE -> status("pulled " + step.what());
        };
        if (step.bytesTotal().isPresent() && step.bytesTotal().getAsLong() > 0) {
            line.put("digest", step.what())
                    .put("total", step.bytesTotal().getAsLong())
                    .put("completed", step.bytesDone());
        }
        lines.accept(line);
    }

    /** Work that is told of line by line, or that it succeeded. */
    private static void work(Exchange exchange, boolean streamed, Consumer<Consumer<ObjectNode>> work) {
        LateStream stream = new LateStream(exchange, OllamaApi.LINES);
        try {
            work.accept(line -> {
                if (streamed) {
                    stream.send(line + "\n");
                }
            });
            if (streamed) {
                stream.send(status("success") + "\n");
            } else {
                exchange.json(status("success").toString());
            }
        } catch (ReaderLeft e) {
            // what has arrived is kept for the next pull
        } catch (RuntimeException e) {
            if (!exchange.begun()) {
                throw e;
            }
            stream.send(OllamaApi.error(Failures.of(e)) + "\n");
        }
    }

    private static ObjectNode status(String status) {
        return OllamaApi.JSON.createObjectNode().put("status", status);
    }

    private static String named(JsonFields fields) {
        return fields.has("name") && !fields.has("model") ? fields.text("name") : name(fields);
    }

    private static String name(JsonFields fields) {
        fields.optional("name");
        return fields.text("model");
    }

    /** What goes wrong in the hub is the client's to know. */
    private static <T> T letters(Supplier<T> work) {
        try {
            return work.get();
        } catch (HubException e) {
            throw new ApiException(400, "model_unavailable", null, Map.of(), String.valueOf(e.getMessage()));
        }
    }
}
