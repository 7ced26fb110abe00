package dev.ayni.server.http;

import dev.ayni.chat.Usage;
import dev.ayni.guard.Stage;
import dev.ayni.guard.Verdict;
import dev.ayni.server.access.Caller;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A request without a network, and all that was answered to it. */
public final class RecordedExchange implements Exchange {
    private static final JsonMapper MAPPER = new JsonMapper();

    private final String method;
    private final String path;
    private final byte[] body;
    private final Map<String, String> asked = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Map<String, String> queries = new TreeMap<>();
    private final Map<String, String> pathValues = new TreeMap<>();
    private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final List<String> pieces = new ArrayList<>();
    private final List<Usage> used = new ArrayList<>();
    private final List<Verdict> verdicts = Collections.synchronizedList(new ArrayList<>());
    private Caller caller = Caller.LOCAL;
    private volatile int leavesAfter = Integer.MAX_VALUE;
    private int status;
    private String contentType = "";
    private byte[] answer = new byte[0];
    private boolean begun;

    public RecordedExchange(String method, String path, String body) {
        this(method, path, body.getBytes(StandardCharsets.UTF_8));
    }

    /** A request whose body need not be text. */
    public RecordedExchange(String method, String path, byte[] body) {
        this.method = method;
        this.path = path;
        this.body = body.clone();
    }

    /** Sends the request to the route of an API that it is for; an error is answered as the API writes it. */
    public static RecordedExchange send(Api api, String method, String pathAndQuery, String body) {
        RecordedExchange exchange = new RecordedExchange(method, pathAndQuery.split("\\?")[0], body);
        if (pathAndQuery.contains("?")) {
            for (String pair : pathAndQuery.split("\\?", 2)[1].split("&")) {
                exchange.query(pair.split("=")[0], pair.split("=")[1]);
            }
        }
        return exchange.to(api);
    }

    /** The same for a request that was prepared. */
    public RecordedExchange to(Api api) {
        for (Route route : api.routes()) {
            if (route.method().equals(method) && matches(route.path())) {
                try {
                    route.handler().handle(this);
                } catch (ReaderLeft gone) {
                    return this;
                } catch (RuntimeException e) {
                    ApiException error = Failures.of(e);
                    if (error.status() == 500) {
                        throw e;
                    }
                    error.headers().forEach(this::header);
                    answer(
                            error.status(),
                            "application/json",
                            api.errors().body(error, id()).getBytes(StandardCharsets.UTF_8));
                }
                return this;
            }
        }
        throw new AssertionError("%s has no route %s %s".formatted(api.name(), method, path));
    }

    private boolean matches(String pattern) {
        String[] wanted = pattern.split("/");
        String[] found = path.split("/");
        for (int i = 0; i < wanted.length; i++) {
            boolean rest = wanted[i].endsWith("...}");
            if (i >= found.length || !rest && !wanted[i].startsWith("{") && !wanted[i].equals(found[i])) {
                return false;
            }
            if (rest) {
                pathValues.put(
                        wanted[i].substring(1, wanted[i].length() - 4),
                        String.join("/", List.of(found).subList(i, found.length)));
                return true;
            }
            if (wanted[i].startsWith("{")) {
                pathValues.put(wanted[i].substring(1, wanted[i].length() - 1), found[i]);
            }
        }
        return wanted.length == found.length;
    }

    public RecordedExchange asked(String header, String value) {
        asked.put(header, value);
        return this;
    }

    public RecordedExchange query(String name, String value) {
        queries.put(name, value);
        return this;
    }

    public RecordedExchange by(Caller other) {
        caller = other;
        return this;
    }

    /** The reader takes so many pieces and goes. */
    public RecordedExchange leavesAfter(int count) {
        leavesAfter = count;
        return this;
    }

    /** The reader goes, now. */
    public void leave() {
        leavesAfter = 0;
    }

    public int status() {
        return status;
    }

    public String contentType() {
        return contentType;
    }

    public Map<String, String> headers() {
        return headers;
    }

    @Override
    public void decided(Stage stage, Verdict verdict) {
        verdicts.add(verdict);
    }

    /** What the guard decided, in its order. */
    public List<Verdict> verdicts() {
        return List.copyOf(verdicts);
    }

    public List<Usage> used() {
        return used;
    }

    /** The whole answer, or all pieces of it. */
    public String text() {
        return begun && pieces.isEmpty() ? new String(answer, StandardCharsets.UTF_8) : String.join("", pieces);
    }

    public JsonNode json() {
        return MAPPER.readTree(text());
    }

    public List<String> pieces() {
        return pieces;
    }

    /** What server-sent events carried, {@code [DONE]} left out. */
    public List<JsonNode> events() {
        List<JsonNode> events = new ArrayList<>();
        for (String line : text().split("\n")) {
            if (line.startsWith("data: ") && !line.equals("data: [DONE]")) {
                events.add(MAPPER.readTree(line.substring(6)));
            }
        }
        return events;
    }

    @Override
    public String id() {
        return "request-1";
    }

    @Override
    public String method() {
        return method;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public @Nullable String header(String name) {
        return asked.get(name);
    }

    @Override
    public @Nullable String query(String name) {
        return queries.get(name);
    }

    @Override
    public String pathValue(String name) {
        String value = pathValues.get(name);
        if (value == null) {
            throw new AssertionError("The path " + path + " has no {" + name + "}.");
        }
        return value;
    }

    @Override
    public byte[] body() {
        return body;
    }

    @Override
    public List<Part> parts() {
        return List.of();
    }

    @Override
    public Caller caller() {
        return caller;
    }

    @Override
    public void header(String name, String value) {
        if (begun) {
            throw new AssertionError("Header " + name + " comes after the answer began.");
        }
        headers.put(name, value);
    }

    @Override
    public void answer(int code, String type, byte[] bytes) {
        if (begun) {
            throw new AssertionError("A second answer: " + new String(bytes, StandardCharsets.UTF_8));
        }
        begun = true;
        status = code;
        contentType = type;
        answer = bytes.clone();
    }

    @Override
    public void json(Object value) {
        String text = value instanceof String json ? json : MAPPER.writeValueAsString(value);
        answer(200, "application/json", text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public EventStream stream(String type) {
        if (begun) {
            throw new AssertionError("A second answer.");
        }
        begun = true;
        status = 200;
        contentType = type;
        return piece -> {
            if (pieces.size() >= leavesAfter) {
                throw new ReaderLeft(new java.io.EOFException());
            }
            pieces.add(piece);
        };
    }

    @Override
    public Afterwards afterwards() {
        return new Afterwards(this) {
            @Override
            public void end(int how, String error) {}

            @Override
            public void leaveOut() {}

            @Override
            public void used(String model, Usage usage) {
                RecordedExchange.this.used(model, usage);
            }

            @Override
            public Afterwards afterwards() {
                throw new AssertionError("Afterwards of afterwards.");
            }
        };
    }

    @Override
    public boolean left() {
        return leavesAfter == 0;
    }

    @Override
    public boolean begun() {
        return begun;
    }

    @Override
    public void used(String model, Usage usage) {
        synchronized (used) {
            used.add(usage);
        }
    }
}
