package dev.ayni.server;

import dev.ayni.server.http.Api;
import dev.ayni.server.http.Route;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What can be asked for, as OpenAPI 3.1: made from the routes, so that it says what there is. */
final class OpenApiDescription {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern VARIABLE = Pattern.compile("\\{(\\w+)(?:\\.\\.\\.)?\\}");

    private OpenApiDescription() {}

    /** @param keys whether keys are asked for */
    static String of(List<Api> apis, boolean keys) {
        ObjectNode root = JSON.createObjectNode();
        root.put("openapi", "3.1.0");
        root.putObject("info").put("title", "Ayni").put("version", "1");
        ObjectNode paths = root.putObject("paths");
        for (Api api : apis) {
            for (Route route : api.routes()) {
                String path = VARIABLE.matcher(route.path()).replaceAll("{$1}");
                ObjectNode place =
                        paths.withObject("/" + path.replace("~", "~0").replace("/", "~1"));
                describe(place.putObject(route.method().toLowerCase(Locale.ROOT)), api, route, keys);
            }
        }
        if (keys) {
            root.putObject("components")
                    .putObject("securitySchemes")
                    .putObject("key")
                    .put("type", "http")
                    .put("scheme", "bearer");
        }
        return JSON.writeValueAsString(root);
    }

    private static void describe(ObjectNode operation, Api api, Route route, boolean keys) {
        operation.put("summary", route.summary());
        operation.put("operationId", name(route));
        operation.putArray("tags").add(api.name());
        Matcher variable = VARIABLE.matcher(route.path());
        ArrayNode parameters = null;
        while (variable.find()) {
            parameters = parameters == null ? operation.putArray("parameters") : parameters;
            ObjectNode parameter = parameters.addObject();
            parameter.put("name", variable.group(1)).put("in", "path").put("required", true);
            parameter.putObject("schema").put("type", "string");
        }
        if (!route.schema().request().isEmpty()) {
            ObjectNode body = operation.putObject("requestBody");
            body.put("required", true);
            content(body, route.schema().request());
        }
        ObjectNode responses = operation.putObject("responses");
        ObjectNode answer = responses.putObject("200").put("description", "The answer");
        if (!route.schema().answer().isEmpty()) {
            content(answer, route.schema().answer());
        }
        responses.putObject("default").put("description", "An error, as this protocol writes it");
        if (keys && route.role() != null) {
            operation.putArray("security").addObject().putArray("key");
        }
    }

    private static void content(ObjectNode to, String schema) {
        JsonNode parsed = JSON.readTree(schema);
        to.putObject("content").putObject("application/json").set("schema", parsed);
    }

    /** Such as postV1ChatCompletions. */
    private static String name(Route route) {
        StringBuilder name = new StringBuilder(route.method().toLowerCase(Locale.ROOT));
        for (String word : route.path().split("\\W+|_")) {
            if (!word.isEmpty()) {
                name.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
            }
        }
        return name.toString();
    }
}
