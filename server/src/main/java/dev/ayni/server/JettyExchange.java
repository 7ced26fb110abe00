package dev.ayni.server;

import dev.ayni.chat.Usage;
import dev.ayni.guard.Stage;
import dev.ayni.guard.Verdict;
import dev.ayni.server.access.Access.Admission;
import dev.ayni.server.access.Caller;
import dev.ayni.server.http.Afterwards;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.EventStream;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.http.ReaderLeft;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartConfig;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** A request that came through Jetty. Everything of it belongs to it alone, buffers included. For one thread at a time. */
final class JettyExchange implements Exchange, AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int FIRST_BUFFER = 16 << 10;
    private static final int PORTION = 64 << 10;
    /** A body may come slower than this only at first. */
    private static final long BYTES_A_SECOND = 1024;
    /** What is read of a body that nobody wants, so that the client gets to see why. */
    private static final long MOST_UNWANTED_BYTES = 256L << 20;

    private static final long KEPT_CONTENT = 20_000;
    private static final long BYTES_OF_OBJECT = 96;
    private static final long BYTES_OF_VALUE = 24;

    private final String id;
    private final Request request;
    private final Response response;
    private final ServerSettings settings;
    private final Bodies bodies;
    private final long began = System.nanoTime();
    private final List<Answered.Use> uses = new ArrayList<>();
    private @Nullable Later later;
    private final Queue<Answered.Decided> decisions = new ConcurrentLinkedQueue<>();
    private final StringBuilder shown = new StringBuilder();
    private Caller caller = NOBODY;
    private @Nullable Admission admission;
    private Map<String, String> values = Map.of();
    private byte @Nullable [] body;
    private MultiPartFormData.@Nullable Parts multipart;
    private @Nullable Fields query;
    private boolean begun;
    private boolean whole;
    private Runnable beforeEnd = () -> {};
    private volatile boolean left;
    private boolean ahead;
    private boolean wantsBody;
    private volatile boolean cut;
    private long takenBytes;
    private long requestBytes;
    private long answerBytes;
    private long firstNanos = -1;
    private long lastSent;

    /** Before anybody was asked who asks. */
    static final Caller NOBODY = new Caller("", "", java.util.Set.of(), 0);

    JettyExchange(String id, Request request, Response response, ServerSettings settings, Bodies bodies) {
        this.id = id;
        this.request = request;
        this.response = response;
        this.settings = settings;
        this.bodies = bodies;
        // a model may think for longer than a connection may rest
        request.addIdleTimeoutListener(timeout -> false);
    }

    void admitted(Caller by, @Nullable Admission how, Map<String, String> inPath) {
        caller = by;
        admission = how;
        values = inPath;
    }

    /** Everything was done that answers the request: its account is closed, unless work goes on that is part of it. */
    void handled() {
        if (admission != null && later == null) {
            admission.close();
        }
    }

    /** What is to be done once, when nothing is left of the answer but its end: whoever sees that end may count on it. */
    void beforeEnd(Runnable action) {
        beforeEnd = action;
    }

    /** Does what was to be done before the end, if that has not come yet. */
    void ending() {
        Runnable action = beforeEnd;
        beforeEnd = () -> {};
        action.run();
    }

    /** Ends a streamed answer at its next piece. */
    void cut() {
        cut = true;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String method() {
        return request.getMethod();
    }

    @Override
    public String path() {
        String path = request.getHttpURI().getPath();
        return path == null ? "" : path;
    }

    @Override
    public @Nullable String header(String name) {
        return request.getHeaders().get(name);
    }

    @Override
    public @Nullable String query(String name) {
        if (query == null) {
            try {
                query = Request.extractQueryParameters(request);
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw ApiException.invalid(
                        null, "What follows '?' in the address cannot be decoded. Encode it as UTF-8 with %XX.");
            }
        }
        return query.getValue(name);
    }

    @Override
    public String pathValue(String name) {
        return Objects.requireNonNull(values.get(name), () -> "the path has no {" + name + "}");
    }

    @Override
    public byte[] body() {
        if (body == null) {
            body = read(settings.limits().bodyBytes());
        }
        return body;
    }

    private byte[] read(long most) {
        String transfer = header("transfer-encoding");
        if (transfer != null && !transfer.strip().equalsIgnoreCase("chunked")) {
            throw new ApiException(
                    501,
                    "unsupported_encoding",
                    null,
                    Map.of("Connection", "close"),
                    "The body comes as Transfer-Encoding: %s, of which only 'chunked' is read. Send it as it is."
                            .formatted(transfer.length() > 40 ? transfer.substring(0, 40) : transfer));
        }
        String encoding = header("content-encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new ApiException(
                    415,
                    "unsupported_encoding",
                    null,
                    Map.of(),
                    "The body comes as Content-Encoding: %s, which is not read. Send it as it is."
                            .formatted(encoding.length() > 40 ? encoding.substring(0, 40) : encoding));
        }
        if (request.getLength() > most) {
            throw tooLarge(most);
        }
        wantsBody = true;
        byte[] bytes = new byte[Math.clamp(request.getLength(), 0, FIRST_BUFFER)];
        int size = 0;
        long started = System.nanoTime();
        InputStream in = Content.Source.asInputStream(request);
        try {
            while (true) {
                if (size == bytes.length) {
                    int next = in.read();
                    if (next < 0) {
                        break;
                    }
                    int room = (int) Math.min(Math.max(2L * bytes.length, FIRST_BUFFER), most);
                    if (size >= room) {
                        throw tooLarge(most);
                    }
                    bodies.take(room - bytes.length);
                    takenBytes += room - bytes.length;
                    bytes = Arrays.copyOf(bytes, room);
                    bytes[size++] = (byte) next;
                }
                int n = size == bytes.length ? 0 : in.read(bytes, size, bytes.length - size);
                if (n < 0) {
                    break;
                }
                size += n;
                if (tooSlow(size, started)) {
                    throw slow();
                }
            }
        } catch (IOException e) {
            throw broken(e);
        }
        wantsBody = false;
        requestBytes = size;
        long tree = treeBytes(bytes, size);
        bodies.take(tree);
        takenBytes += tree;
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }

    /** What a body takes, about, once it is read as JSON: lists and objects are many times as large as their brackets. */
    static long treeBytes(byte[] body, int size) {
        long values = 0;
        for (int i = 0; i < size; i++) {
            byte b = body[i];
            values += b == '{' || b == '[' ? BYTES_OF_OBJECT : b == ',' ? BYTES_OF_VALUE : 0;
        }
        return Math.min(values, JsonFields.MOST_TOKENS / 2 * BYTES_OF_OBJECT); // as far as it is read
    }

    private static ApiException tooLarge(long most) {
        return new ApiException(
                413,
                "body_too_large",
                null,
                Map.of("Connection", "close"),
                "The body is larger than %d bytes, which this server takes at most. Send less, or ask whoever runs it to raise --body-limit."
                        .formatted(most));
    }

    private static ApiException slow() {
        return new ApiException(
                408,
                "body_too_slow",
                null,
                Map.of("Connection", "close"),
                "The body comes too slowly. Send it again in one go.");
    }

    private static RuntimeException broken(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof TimeoutException) {
                return slow();
            }
        }
        return new ApiException(
                400,
                "body_incomplete",
                null,
                Map.of("Connection", "close"),
                "The body ended before it was whole, or is not written as HTTP wants it. Send it again.");
    }

    @Override
    public List<Part> parts() {
        String type = header("content-type");
        if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
            return List.of();
        }
        if (request.getLength() > settings.limits().uploadBytes()) {
            throw tooLarge(settings.limits().uploadBytes());
        }
        if (multipart == null) {
            wantsBody = true;
            MultiPartConfig config = new MultiPartConfig.Builder()
                    .location(Path.of(System.getProperty("java.io.tmpdir")))
                    .maxParts(100)
                    .maxPartSize(settings.limits().uploadBytes())
                    .maxSize(settings.limits().uploadBytes())
                    .maxMemoryPartSize(1 << 16)
                    .build();
            try {
                multipart = MultiPartFormData.getParts(new Paced(request), request, type, config);
            } catch (RuntimeException e) {
                for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                    if (cause instanceof TimeoutException) {
                        throw slow();
                    }
                }
                String why = String.valueOf(e.getMessage());
                throw why.contains("max length") || why.contains("max size") || why.contains("too large")
                        ? tooLarge(settings.limits().uploadBytes())
                        : ApiException.invalid(
                                null,
                                "The parts of the body cannot be told apart. Send multipart/form-data with a boundary, as clients' libraries do.");
            }
            wantsBody = false;
        }
        List<Part> parts = new ArrayList<>();
        for (MultiPart.Part part : multipart) {
            requestBytes += Math.max(0, part.getLength());
            parts.add(new Part(
                    part.getName() == null ? "" : part.getName(),
                    part.getFileName(),
                    Content.Source.asInputStream(part.createContentSource())));
        }
        return parts;
    }

    /** A body that breaks off when it comes too slowly: whoever trickles it would hold a place for hours. */
    private final class Paced implements Content.Source {
        private final Content.Source body;
        private final long started = System.nanoTime();
        private long bytes;

        Paced(Content.Source body) {
            this.body = body;
        }

        @Override
        public Content.@Nullable Chunk read() {
            Content.Chunk chunk = body.read();
            if (chunk != null && !chunk.isLast()) {
                bytes += chunk.remaining();
                if (tooSlow(bytes, started)) {
                    chunk.release();
                    return Content.Chunk.from(new TimeoutException("the body comes too slowly"));
                }
            }
            return chunk;
        }

        @Override
        public void demand(Runnable callback) {
            body.demand(callback);
        }

        @Override
        public void fail(Throwable failure) {
            body.fail(failure);
        }

        @Override
        public long getLength() {
            return body.getLength();
        }
    }

    private boolean tooSlow(long bytes, long started) {
        long millis = (System.nanoTime() - started) / 1_000_000;
        return millis > settings.limits().idleMillis() && bytes < BYTES_A_SECOND * millis / 1000;
    }

    @Override
    public Caller caller() {
        return caller;
    }

    @Override
    public void header(String name, String value) {
        // a value that came from a request must not become a header of its own
        response.getHeaders().put(name, value.replaceAll("[\\r\\n\\x00]", " "));
    }

    @Override
    public void answer(int status, String contentType, byte[] bytes) {
        if (left) {
            // what a model had said until it was stopped is no answer
            throw new ReaderLeft(new IOException("the client has closed its side"));
        }
        answerAnyway(status, contentType, bytes);
    }

    /** Answers whether the client has closed its side or not: it may still read on the other one. */
    void answerAnyway(int status, String contentType, byte[] bytes) {
        begin(status, contentType);
        whole = true;
        response.getHeaders().put("Content-Length", bytes.length);
        response.getHeaders().put("Server-Timing", timing(true));
        answerBytes = bytes.length;
        if (settings.content()) {
            show(new String(bytes, 0, (int) Math.min(bytes.length, KEPT_CONTENT), StandardCharsets.UTF_8));
        }
        firstNanos = System.nanoTime() - began;
        write(true, bytes);
    }

    @Override
    public void answer(int status, String contentType, long length, InputStream content) {
        begin(status, contentType);
        response.getHeaders().put("Content-Length", length);
        response.getHeaders().put("Server-Timing", timing(true));
        firstNanos = System.nanoTime() - began;
        byte[] portion = new byte[PORTION];
        try {
            for (int n = content.read(portion); n >= 0; n = content.read(portion)) {
                if (cut) {
                    throw new ReaderLeft(new IOException("the server stops"));
                }
                answerBytes += n;
                write(false, ByteBuffer.wrap(portion, 0, n));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // its end is missing, which tells it
        }
    }

    @Override
    public void json(Object value) {
        byte[] bytes =
                value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : JSON.writeValueAsBytes(value);
        answer(200, "application/json", bytes);
    }

    @Override
    public EventStream stream(String contentType) {
        begin(200, contentType);
        response.getHeaders().put("Cache-Control", "no-cache");
        response.getHeaders().put("X-Accel-Buffering", "no"); // nginx would gather pieces
        response.getHeaders().put("Server-Timing", timing(false));
        if (request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1) {
            response.getHeaders().put("Trailer", "Server-Timing");
            response.setTrailersSupplier(() -> HttpFields.build().put("Server-Timing", timing(true)));
        }
        boolean events = contentType.startsWith("text/event-stream");
        return new EventStream() {
            @Override
            public void send(String piece) {
                byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
                if (cut) {
                    throw new ReaderLeft(new IOException("the server stops"));
                }
                if (left()) {
                    throw new ReaderLeft(new IOException("the client has closed its side"));
                }
                if (firstNanos < 0) {
                    firstNanos = System.nanoTime() - began;
                }
                answerBytes += bytes.length;
                if (settings.content()) {
                    show(piece);
                }
                write(false, bytes);
            }

            @Override
            public void working() {
                boolean silent = System.nanoTime() - lastSent > 2_000_000_000L;
                if (events && silent) {
                    long before = firstNanos;
                    send(": working\n\n");
                    firstNanos = before;
                } else if (cut || left()) {
                    throw new ReaderLeft(new IOException("the client has closed its side"));
                }
            }
        };
    }

    private void begin(int status, String contentType) {
        if (begun) {
            throw new IllegalStateException("The answer to %s has begun already.".formatted(id));
        }
        begun = true;
        response.setStatus(status);
        response.getHeaders().put("Content-Type", contentType);
    }

    /** What took the time, as browsers' tools show it. */
    private String timing(boolean end) {
        double total = (System.nanoTime() - began) / 1e6;
        if (uses.isEmpty()) {
            return String.format(Locale.ROOT, end ? "total;dur=%.1f" : "begun;dur=%.1f", total);
        }
        double prompt = 0;
        double answer = 0;
        for (Answered.Use use : uses) {
            prompt = Math.max(prompt, use.usage().promptNanos() / 1e6);
            answer = Math.max(answer, use.usage().answerNanos() / 1e6);
        }
        return String.format(Locale.ROOT, "prompt;dur=%.1f, answer;dur=%.1f, total;dur=%.1f", prompt, answer, total);
    }

    private void write(boolean last, byte[] bytes) {
        write(last, ByteBuffer.wrap(bytes));
    }

    private void write(boolean last, ByteBuffer bytes) {
        if (last) {
            ending();
        }
        try {
            Content.Sink.write(response, last, bytes);
            lastSent = System.nanoTime();
        } catch (IOException | IllegalStateException e) {
            left = true;
            throw new ReaderLeft(e);
        }
    }

    /** Several answers to one request ask side by side. */
    @Override
    public synchronized boolean left() {
        if (left || cut || ahead || wantsBody || (!method().equals("GET") && body == null)) {
            return left || cut;
        }
        // Nobody reads from the connection while its request is answered, so its end would not be seen.
        EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        ByteBuffer next = ByteBuffer.allocate(1).limit(0);
        try {
            int filled = endPoint.fill(next);
            if (filled < 0) {
                left = true;
            } else if (filled > 0) {
                ahead = true; // the next request is here already: its first byte goes back
                if (request.getConnectionMetaData().getConnection() instanceof Connection.UpgradeTo reader) {
                    reader.onUpgradeTo(next);
                }
            }
        } catch (IOException e) {
            left = true;
        }
        return left;
    }

    @Override
    public boolean begun() {
        return begun;
    }

    /** Whether the client was seen to have gone. */
    boolean wasLeft() {
        return left;
    }

    @Override
    public void used(String model, Usage usage) {
        uses.add(new Answered.Use(model, usage));
        if (admission != null) {
            admission.settle(model, usage);
        }
    }

    @Override
    public Afterwards afterwards() {
        Later work = new Later();
        later = work;
        return work;
    }

    /** Who hears of the work that goes on, when it is over; or soon, if it is already. */
    void tellLater(String trace, String route, Consumer<Answered> listener) {
        if (later != null) {
            later.tell(trace, route, listener);
        }
    }

    /** Work that goes on. */
    private final class Later extends Afterwards {
        private final Instant since = Instant.now();
        private final long started = System.nanoTime();
        private final Queue<Answered.Use> used = new ConcurrentLinkedQueue<>();
        private final Queue<Answered.Decided> decided = new ConcurrentLinkedQueue<>();
        private long nanos;
        private int status;
        private String error = "";
        private String traceId = "";
        private String routePath = "";
        private @Nullable Consumer<Answered> told;

        Later() {
            super(JettyExchange.this);
        }

        @Override
        public void used(String model, Usage usage) {
            used.add(new Answered.Use(model, usage));
            if (admission != null) {
                admission.settle(model, usage);
            }
        }

        @Override
        public void decided(Stage stage, Verdict verdict) {
            decided.add(new Answered.Decided(stage, verdict));
        }

        @Override
        public Afterwards afterwards() {
            throw new IllegalStateException("What goes on after %s has nothing after it.".formatted(id));
        }

        @Override
        public void leaveOut() {
            later = null;
        }

        @Override
        public void end(int how, String wrong) {
            if (admission != null) {
                admission.close();
            }
            Consumer<Answered> listener;
            synchronized (this) {
                nanos = System.nanoTime() - started;
                status = how;
                error = wrong;
                listener = told;
            }
            if (listener != null) {
                listener.accept(over());
            }
        }

        void tell(String trace, String route, Consumer<Answered> listener) {
            traceId = trace;
            routePath = route;
            boolean now;
            synchronized (this) {
                told = listener;
                now = status != 0;
            }
            if (now) {
                listener.accept(over());
            }
        }

        private Answered over() {
            return new Answered(
                    id,
                    Answered.Kind.BACKGROUND,
                    traceId,
                    since,
                    method(),
                    path(),
                    routePath,
                    caller.principal(),
                    caller.keyId(),
                    status,
                    error,
                    nanos,
                    -1,
                    0,
                    0,
                    List.copyOf(used),
                    List.copyOf(decided),
                    null,
                    null);
        }
    }

    @Override
    public void decided(Stage stage, Verdict verdict) {
        decisions.add(new Answered.Decided(stage, verdict));
    }

    private void show(String piece) {
        if (shown.length() < KEPT_CONTENT) {
            shown.append(piece);
        }
    }

    /** Ends the answer that was begun; afterwards nothing can be sent. */
    void end() {
        if (begun && !whole) {
            write(true, new byte[0]);
            whole = true;
        }
    }

    /** Reads on for a while what nobody wants: a client that is still sending would otherwise never see the answer. */
    private void drain() {
        boolean mayHaveMore = wantsBody || (body == null && multipart == null);
        if (!mayHaveMore || left) {
            return;
        }
        byte[] unwanted = new byte[FIRST_BUFFER];
        long until = System.nanoTime() + 10_000_000_000L;
        long bytes = 0;
        try {
            InputStream in = Content.Source.asInputStream(request);
            for (int n = in.read(unwanted); n >= 0; n = in.read(unwanted)) {
                bytes += n;
                if (bytes > MOST_UNWANTED_BYTES || System.nanoTime() > until) {
                    return;
                }
            }
        } catch (IOException | RuntimeException e) {
            left = true; // whatever is wrong with it, nobody wanted it
        }
    }

    @Override
    public void close() {
        drain();
        bodies.giveBack(takenBytes);
        takenBytes = 0;
        if (multipart != null) {
            multipart.close();
        }
    }

    Answered answered(String trace, String route, int status, String error) {
        boolean content = settings.content();
        return new Answered(
                id,
                Answered.Kind.REQUEST,
                trace,
                Instant.now().minusNanos(System.nanoTime() - began),
                method(),
                path(),
                route,
                caller.principal(),
                caller.keyId(),
                status,
                error,
                System.nanoTime() - began,
                firstNanos,
                requestBytes,
                answerBytes,
                uses,
                List.copyOf(decisions),
                content && body != null
                        ? new String(body, 0, (int) Math.min(body.length, KEPT_CONTENT), StandardCharsets.UTF_8)
                        : null,
                content ? shown.toString() : null);
    }
}
