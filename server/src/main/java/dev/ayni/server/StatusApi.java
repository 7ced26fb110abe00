package dev.ayni.server;

import dev.ayni.server.http.Api;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.Route;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/** Whether the server lives, and whether it can work. */
final class StatusApi implements Api {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String STATUS =
            "{\"type\": \"object\", \"properties\": {\"status\": {\"type\": \"string\"}, \"waiting_for\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}}}, \"required\": [\"status\"]}";

    private final Supplier<List<String>> missing;

    /** @param missing what is waited for before requests can be answered, a sentence each */
    StatusApi(Supplier<List<String>> missing) {
        this.missing = missing;
    }

    @Override
    public String name() {
        return "status";
    }

    @Override
    public List<Route> routes() {
        Route.Described status = new Route.Described("", STATUS);
        return List.of(
                new Route("GET", "/health", null, "Says that the server lives.", status, exchange -> {
                    exchange.json(Map.of("status", "ok"));
                }),
                new Route(
                        "GET",
                        "/ready",
                        null,
                        "Says whether the server can work; 503 if not yet.",
                        status,
                        exchange -> {
                            List<String> waiting = missing.get();
                            if (waiting.isEmpty()) {
                                exchange.json(Map.of("status", "ready"));
                            } else {
                                exchange.answer(
                                        503,
                                        "application/json",
                                        JSON.writeValueAsBytes(Map.of("status", "waiting", "waiting_for", waiting)));
                            }
                        }));
    }

    @Override
    public ErrorShape errors() {
        return StatusApi::body;
    }

    /** An error for whoever speaks no protocol in particular. */
    static String body(ApiException error, String requestId) {
        return JSON.writeValueAsString(Map.of(
                "error",
                Map.of(
                        "message", String.valueOf(error.getMessage()),
                        "code", error.code(),
                        "request_id", requestId)));
    }
}
