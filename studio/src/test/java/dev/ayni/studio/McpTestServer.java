package dev.ayni.studio;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A small MCP server, written from the protocol's specification (2025-06-18) and not with the library that the client uses.
 * On standard input and output; with an argument, on that port of this machine over streamable HTTP.
 */
public final class McpTestServer implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String TOOLS = """
            [{"name": "add", "description": "Adds two whole numbers.",
              "inputSchema": {"type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"]}},
             {"name": "weather/now", "description": "The weather in a city, now.",
              "inputSchema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}},
             {"name": "clock", "inputSchema": {"type": "object", "properties": {}}}]""";

    private final HttpServer http;

    private McpTestServer(HttpServer http) {
        this.http = http;
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0) {
            System.err.println(onPort(Integer.parseInt(arguments[0]), true).address());
            return;
        }
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.err.println("ready");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ObjectNode answer = answer(JSON.readTree(line));
            if (answer != null) {
                out.println(answer);
            }
        }
    }

    /** @param events whether answers come as server-sent events, which a server may choose, or as JSON */
    static McpTestServer onPort(int port, boolean events) throws IOException {
        HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        http.createContext("/mcp", exchange -> handle(exchange, events));
        http.start();
        return new McpTestServer(http);
    }

    String address() {
        return "http://localhost:%d/mcp".formatted(http.getAddress().getPort());
    }

    @Override
    public void close() {
        http.stop(0);
    }

    private static void handle(HttpExchange exchange, boolean events) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.sendResponseHeaders(exchange.getRequestMethod().equals("DELETE") ? 200 : 405, -1);
                return;
            }
            ObjectNode answer = answer(JSON.readTree(exchange.getRequestBody().readAllBytes()));
            if (answer == null) {
                exchange.sendResponseHeaders(202, -1);
                return;
            }
            String body = events ? "event: message\ndata: " + answer + "\n\n" : answer.toString();
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", events ? "text/event-stream" : "application/json");
            exchange.getResponseHeaders().set("Mcp-Session-Id", "session-1");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    /** The answer to a request; null to a notification. */
    private static @Nullable ObjectNode answer(JsonNode request) {
        if (!request.has("id")) {
            return null;
        }
        ObjectNode answer = JSON.createObjectNode();
        answer.put("jsonrpc", "2.0");
        answer.set("id", request.get("id"));
        JsonNode parameters = request.path("params");
        switch (request.path("method").asString("")) {
            case "initialize" -> {
                ObjectNode result = answer.putObject("result");
                result.set("protocolVersion", parameters.path("protocolVersion"));
                result.putObject("capabilities").putObject("tools");
                result.putObject("serverInfo").put("name", "test station").put("version", "1");
            }
            case "ping" -> answer.putObject("result");
            case "tools/list" -> answer.putObject("result").set("tools", JSON.readTree(TOOLS));
            case "tools/call" -> call(parameters, answer.putObject("result"));
            default -> answer.putObject("error").put("code", -32601).put("message", "no such method");
        }
        return answer;
    }

    private static void call(JsonNode parameters, ObjectNode result) {
        JsonNode arguments = parameters.path("arguments");
        String text = switch (parameters.path("name").asString("")) {
            case "add" ->
                arguments.path("a").isIntegralNumber() && arguments.path("b").isIntegralNumber()
                        ? String.valueOf(arguments.path("a").asLong()
                                + arguments.path("b").asLong())
                        : "";
            case "weather/now" ->
                arguments.path("city").asString("") + ": 12 degrees Celsius, light rain \u2602, wind from the west. "
                        + "More. ".repeat(arguments.path("city").asString("").equals("Long") ? 200 : 0);
            case "clock" -> "\033[2J12:00";
            default -> "";
        };
        result.put("isError", text.isEmpty());
        result.putArray("content")
                .addObject()
                .put("type", "text")
                .put("text", text.isEmpty() ? "Two whole numbers, a and b, were expected." : text);
    }
}
