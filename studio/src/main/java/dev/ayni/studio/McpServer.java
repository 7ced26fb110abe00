package dev.ayni.studio;

import dev.ayni.chat.Tool;
import dev.ayni.library.tools.RunnableTool;
import dev.ayni.library.tools.ToolException;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.jackson3.JacksonMcpJsonMapper;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator.ValidationResponse;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** A server of tools that speaks the Model Context Protocol: a program of its own, or one behind an address. */
final class McpServer implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final McpJsonMapper PROTOCOL_JSON = new JacksonMcpJsonMapper(new JsonMapper());
    // the client library logs; what a user has to know is in the letters here. Kept, because the JDK forgets loggers
    private static final Logger LIBRARY = Logger.getLogger("io.modelcontextprotocol");
    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration CALL = Duration.ofMinutes(5);

    private final McpSyncClient client;
    private final String name;

    private McpServer(McpSyncClient client, String name) {
        this.client = client;
        this.name = name;
    }

    /**
     * Starts or finds a server, and greets it.
     *
     * @param server {@code http://...} or {@code https://...} for streamable HTTP, else a command for standard input and
     *     output: words, perhaps in quotes
     * @param aloud is told what the server writes to its standard error
     */
    static McpServer open(String server, Consumer<String> aloud) {
        LIBRARY.setLevel(Level.OFF);
        McpSyncClient client = McpClient.sync(isAddress(server) ? http(server) : process(server, aloud))
                .clientInfo(McpSchema.Implementation.builder("ayni", version()).build())
                .jsonSchemaValidator((schema, content) -> ValidationResponse.asValid(""))
                .initializationTimeout(START)
                .requestTimeout(CALL)
                .build();
        try {
            McpSchema.InitializeResult greeting = client.initialize();
            return new McpServer(client, greeting.serverInfo().name());
        } catch (RuntimeException e) {
            client.close();
            throw new Letter(
                    "The MCP server '%s' did not answer as one: %s. Expected a command that speaks MCP on its standard input and output, or the address of its HTTP endpoint, as in http://localhost:8080/mcp"
                            .formatted(server, reason(e)),
                    e);
        }
    }

    private static String version() {
        return Objects.requireNonNullElse(McpServer.class.getPackage().getImplementationVersion(), "0");
    }

    private static boolean isAddress(String server) {
        return server.startsWith("http://") || server.startsWith("https://");
    }

    private static McpClientTransport http(String address) {
        try {
            URI uri = new URI(address);
            String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/mcp" : uri.getRawPath();
            String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            return HttpClientStreamableHttpTransport.builder(uri.getScheme() + "://" + uri.getRawAuthority())
                    .endpoint(path + query)
                    .jsonMapper(PROTOCOL_JSON)
                    .build();
        } catch (URISyntaxException e) {
            throw new Letter("'%s' is no address: %s.".formatted(address, e.getReason()), e);
        }
    }

    private static McpClientTransport process(String command, Consumer<String> aloud) {
        List<String> words = words(command);
        if (words.isEmpty()) {
            throw new Letter("--mcp is empty. Expected a command that starts a server, or the address of one.");
        }
        if (!isProgram(words.getFirst())) {
            throw new Letter(
                    "There is no program '%s' to start as an MCP server. Check its name or path; an address begins with http:// or https://"
                            .formatted(words.getFirst()));
        }
        StdioClientTransport transport = new StdioClientTransport(
                ServerParameters.builder(words.getFirst())
                        .args(words.subList(1, words.size()))
                        .build(),
                PROTOCOL_JSON);
        transport.setStdErrorHandler(aloud);
        return transport;
    }

    /** Whether a program can be started; on Windows, where names have endings of their own, that is found out by starting it. */
    private static boolean isProgram(String program) {
        if (File.separatorChar == '\\') {
            return true;
        }
        Stream<Path> places = program.contains("/")
                ? Stream.of(Path.of(program))
                : Arrays.stream(Objects.requireNonNullElse(System.getenv("PATH"), "")
                                .split(File.pathSeparator))
                        .map(folder -> Path.of(folder, program));
        return places.anyMatch(file -> Files.isRegularFile(file) && Files.isExecutable(file));
    }

    /** The words of a command; quotes, single or double, keep one together. */
    static List<String> words(String command) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        char quote = 0;
        boolean begun = false;
        for (char c : command.toCharArray()) {
            if (quote != 0 ? c == quote : c == '"' || c == '\'') {
                quote = quote == 0 ? c : 0;
                begun = true;
            } else if (quote == 0 && Character.isWhitespace(c)) {
                if (begun) {
                    words.add(word.toString());
                    word.setLength(0);
                }
                begun = false;
            } else {
                word.append(c);
                begun = true;
            }
        }
        if (quote != 0) {
            throw new Letter("In the command of --mcp, %s, a quote %c is not closed.".formatted(command, quote));
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }

    /** What it calls itself. */
    String name() {
        return name;
    }

    /** The tools that it offers now. */
    List<RunnableTool> tools() {
        try {
            return client.listTools().tools().stream()
                    .map(tool -> (RunnableTool) new Remote(tool))
                    .toList();
        } catch (RuntimeException e) {
            throw new Letter("The MCP server '%s' does not say what tools it has: %s.".formatted(name, reason(e)), e);
        }
    }

    @Override
    public void close() {
        client.closeGracefully();
    }

    private static String reason(Throwable failure) {
        Throwable deepest = failure;
        while (deepest.getCause() != null && deepest.getCause() != deepest) {
            deepest = deepest.getCause();
        }
        if (deepest instanceof TimeoutException) {
            return "it was silent for too long";
        }
        return deepest.getMessage() == null ? deepest.toString() : deepest.getMessage();
    }

    /** One of its tools. */
    private final class Remote implements RunnableTool {
        private final Tool tool;
        private final String remoteName;

        Remote(McpSchema.Tool remote) {
            remoteName = remote.name();
            tool = new Tool(
                    remoteName.replaceAll("[^A-Za-z0-9_.-]", "_"),
                    Objects.requireNonNullElse(remote.description(), ""),
                    remote.inputSchema() == null ? Tool.NO_PARAMETERS : JSON.writeValueAsString(remote.inputSchema()));
        }

        @Override
        public Tool tool() {
            return tool;
        }

        @Override
        public String run(String arguments) {
            Map<String, Object> values;
            try {
                values = JSON.readValue(arguments, new TypeReference<Map<String, Object>>() {});
            } catch (JacksonException e) {
                throw new ToolException(
                        "The arguments of %s are no JSON object: %s.".formatted(tool.name(), e.getOriginalMessage()),
                        e);
            }
            McpSchema.CallToolResult result;
            try {
                result = client.callTool(new McpSchema.CallToolRequest(remoteName, values));
            } catch (RuntimeException e) {
                throw new ToolException("%s failed: %s".formatted(tool.name(), reason(e)), e);
            }
            String text = text(result);
            if (Boolean.TRUE.equals(result.isError())) {
                throw new ToolException(text.isEmpty() ? tool.name() + " failed and did not say why" : text);
            }
            return text;
        }
    }

    private static String text(McpSchema.CallToolResult result) {
        List<McpSchema.Content> parts = result.content() == null ? List.of() : result.content();
        if (parts.isEmpty() && result.structuredContent() != null) {
            return JSON.writeValueAsString(result.structuredContent());
        }
        return parts.stream().map(McpServer::text).collect(Collectors.joining("\n"));
    }

    private static String text(McpSchema.@Nullable Content part) {
        return part instanceof McpSchema.TextContent words
                ? words.text()
                : "(something that is no text: %s)".formatted(part == null ? "nothing" : part.type());
    }
}
