package dev.ayni.server.ollama;

import dev.ayni.chat.Embedder;
import dev.ayni.chat.Usage;
import dev.ayni.hub.Hub;
import dev.ayni.server.access.Role;
import dev.ayni.server.answers.WantedModel;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.http.Route;
import dev.ayni.server.http.Route.Described;
import dev.ayni.server.models.ModelCard;
import dev.ayni.server.models.ModelPool;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Chats, texts, vectors and models as Ollama's clients ask for them. */
public final class OllamaApi implements Api {
    static final JsonMapper JSON = new JsonMapper();

    /** Lines of JSON, one after another. */
    static final String LINES = "application/x-ndjson";

    // clients ask for it to know what a server can do: this is the protocol's, as far as it is spoken here
    private static final String PROTOCOL = "0.12.0";

    private final ModelPool pool;
    private final OllamaAnswers answers;
    private final OllamaModels models;

    public OllamaApi(ModelPool pool, Hub hub) {
        this.pool = pool;
        this.answers = new OllamaAnswers(this);
        this.models = new OllamaModels(this, hub);
    }

    @Override
    public String name() {
        return "ollama";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/", null, "Says that a server is here.", Described.NOTHING, OllamaApi::here),
                new Route("HEAD", "/", null, "Says that a server is here.", Described.NOTHING, OllamaApi::here),
                new Route("GET", "/api/version", null, "Tells the version.", Described.NOTHING, OllamaApi::version),
                Route.of("POST", "/api/chat", "Answers a conversation.", Schemas.CHAT, answers::chat),
                Route.of("POST", "/api/generate", "Answers a prompt.", Schemas.GENERATE, answers::generate),
                Route.of("POST", "/api/embed", "Turns texts into vectors.", Schemas.EMBED, this::embed),
                Route.of(
                        "POST",
                        "/api/embeddings",
                        "Turns one text into a vector.",
                        Schemas.EMBEDDINGS,
                        this::embedding),
                Route.of("GET", "/api/tags", "Lists the models.", Described.NOTHING, models::tags),
                Route.of("GET", "/api/ps", "Lists the models in memory.", Described.NOTHING, models::loaded),
                Route.of("POST", "/api/show", "Describes a model.", Schemas.MODEL, models::show),
                manage("POST", "/api/pull", "Fetches a model.", models::pull),
                manage("DELETE", "/api/delete", "Removes a model.", models::delete),
                manage("POST", "/api/copy", "Gives a model another name.", models::copy),
                manage("POST", "/api/create", "Makes a model of another one and defaults.", models::create));
    }

    private static Route manage(String method, String path, String summary, dev.ayni.server.http.Handler handler) {
        return new Route(method, path, Role.OPERATOR, summary, Schemas.MODEL, handler);
    }

    @Override
    public ErrorShape errors() {
        return (error, requestId) -> error(error);
    }

    static String error(ApiException error) {
        return JSON.createObjectNode().put("error", error.getMessage()).toString();
    }

    private static void here(Exchange exchange) {
        exchange.answer(200, "text/plain; charset=utf-8", "Ollama is running".getBytes(StandardCharsets.UTF_8));
    }

    private static void version(Exchange exchange) {
        exchange.json(JSON.createObjectNode().put("version", PROTOCOL).toString());
    }

    private void embed(Exchange exchange) {
        long start = System.nanoTime();
        JsonFields fields = JsonFields.of(exchange.body());
        String asked = fields.text("model");
        List<String> texts = fields.texts("input");
        int dimensions = (int) fields.whole("dimensions", 1, Integer.MAX_VALUE, 0);
        Optional<Duration> keepAlive = KeepAlive.read(fields, exchange.caller());
        fields.harmless("truncate", "options");
        fields.end();
        passedOver(fields, exchange);
        try (ModelPool.Lease lease = lease(asked, exchange)) {
            KeepAlive.hold(lease, keepAlive, exchange);
            long loaded = System.nanoTime();
            ObjectNode answer = JSON.createObjectNode().put("model", asked);
            ArrayNode vectors = answer.putArray("embeddings");
            int tokens = 0;
            if (!texts.isEmpty()) {
                Embedder embedder = new WantedModel(lease.model(), exchange).embedder();
                if (dimensions > embedder.width()) {
                    throw ApiException.invalid(
                            "dimensions",
                            "'dimensions' is %d, and the vectors of %s have %d. Ask for as many, or fewer."
                                    .formatted(dimensions, asked, embedder.width()));
                }
                Embedder.Embeddings embeddings =
                        embedder.embed(texts, exchange.caller().scheduling());
                embeddings.vectors().forEach(vector -> write(shortened(vector, dimensions), vectors.addArray()));
                tokens = embeddings.tokens();
                exchange.used(lease.model().card().name(), new Usage(tokens, 0, 0, 0, System.nanoTime() - loaded, 0));
            }
            exchange.json(answer.put("total_duration", System.nanoTime() - start)
                    .put("load_duration", loaded - start)
                    .put("prompt_eval_count", tokens)
                    .toString());
        }
    }

    private void embedding(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        String asked = fields.text("model");
        String prompt = fields.text("prompt", "");
        Optional<Duration> keepAlive = KeepAlive.read(fields, exchange.caller());
        fields.harmless("options");
        fields.end();
        passedOver(fields, exchange);
        try (ModelPool.Lease lease = lease(asked, exchange)) {
            KeepAlive.hold(lease, keepAlive, exchange);
            ObjectNode answer = JSON.createObjectNode();
            ArrayNode vector = answer.putArray("embedding");
            if (!prompt.isEmpty()) {
                long start = System.nanoTime();
                Embedder.Embeddings embeddings = new WantedModel(lease.model(), exchange)
                        .embedder()
                        .embed(List.of(prompt), exchange.caller().scheduling());
                write(embeddings.vectors().getFirst(), vector);
                exchange.used(
                        lease.model().card().name(),
                        new Usage(embeddings.tokens(), 0, 0, 0, System.nanoTime() - start, 0));
            }
            exchange.json(answer.toString());
        }
    }

    /** The first so many numbers, of length 1 again. */
    private static float[] shortened(float[] vector, int dimensions) {
        if (dimensions == 0 || dimensions == vector.length) {
            return vector;
        }
        float[] first = java.util.Arrays.copyOf(vector, dimensions);
        double length = 0;
        for (float x : first) {
            length += (double) x * x;
        }
        double scale = length == 0 ? 0 : 1 / Math.sqrt(length);
        for (int i = 0; i < first.length; i++) {
            first[i] = (float) (first[i] * scale);
        }
        return first;
    }

    private static void write(float[] vector, ArrayNode to) {
        for (float x : vector) {
            to.add(x);
        }
    }

    /**
     * A model by the name that a user of Ollama gives it.
     *
     * @throws ApiException 404 if there is none
     */
    ModelPool.Lease lease(String asked, Exchange exchange) {
        String name = known(asked);
        if (pool.find(name).isEmpty()) {
            throw missing(asked);
        }
        return pool.lease(name, exchange);
    }

    /** There is no such model, in the words that Ollama's clients look for. */
    static ApiException missing(String asked) {
        return ApiException.notFound(
                "model_not_found",
                "model '%s' not found. GET /api/tags lists those that are here; POST /api/pull fetches others."
                        .formatted(asked.length() > 100 ? asked.substring(0, 100) + "..." : asked));
    }

    /** What the pool calls a model; the name itself if it has none. */
    String known(String asked) {
        return OllamaNames.readings(asked).stream()
                .flatMap(reading -> pool.find(reading).stream())
                .map(ModelCard::name)
                .findFirst()
                .orElse(asked);
    }

    ModelPool pool() {
        return pool;
    }

    static void passedOver(JsonFields fields, Exchange exchange) {
        if (!fields.passedOver().isEmpty()) {
            exchange.header("x-ayni-passed-over", String.join(", ", fields.passedOver()));
        }
    }
}
