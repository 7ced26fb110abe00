package dev.ayni.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** GET requests: redirects followed with care, the token shown to one server only, patience with busy ones. */
final class Http implements AutoCloseable {
    private static final int MOST_REDIRECTS = 10;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Set<Integer> BUSY = Set.of(408, 425, 429, 500, 502, 503, 504);
    private static final int LARGEST_TEXT = 64 << 20;

    private final HttpClient client;
    private final URI tokenServer;
    private final @Nullable Secret token;
    private final Patience patience;

    Http(URI tokenServer, @Nullable Secret token, Patience patience) {
        this.tokenServer = tokenServer;
        this.token = token;
        this.patience = patience;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(Duration.ofSeconds(20))
                .build();
    }

    Patience patience() {
        return patience;
    }

    boolean hasToken() {
        return token != null;
    }

    boolean isTokenServer(URI uri) {
        return sameServer(uri, tokenServer);
    }

    /**
     * What a server answered.
     *
     * @param linkedSha256 the digest that the token's server has named on the way for what it links to; null if none
     */
    record Answer(
            HttpResponse<InputStream> response, @Nullable String linkedSha256) implements AutoCloseable {
        int status() {
            return response.statusCode();
        }

        Optional<String> header(String name) {
            return response.headers().firstValue(name);
        }

        String host() {
            return response.uri().getHost();
        }

        @Override
        public void close() throws IOException {
            response.body().close();
        }
    }

    /** A server is busy or gone for the moment: worth another attempt. */
    static final class Busy extends IOException {
        private static final long serialVersionUID = 1;
        private final transient @Nullable Duration askedPause;

        Busy(String message, @Nullable Duration askedPause) {
            super(message);
            this.askedPause = askedPause;
        }

        @Nullable
        Duration askedPause() {
            return askedPause;
        }
    }

    /**
     * Sends one request and follows where it leads.
     *
     * @throws Busy for answers that pass
     * @throws IOException if no answer comes
     */
    Answer get(URI address, Map<String, String> headers) throws IOException {
        URI uri = address;
        String linkedSha256 = null;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                    .timeout(patience.stall())
                    .header("User-Agent", "ayni")
                    .header("Accept-Encoding", "identity");
            headers.forEach(request::header);
            if (token != null && isTokenServer(uri)) {
                request.header("Authorization", "Bearer " + token.value());
            }
            HttpResponse<InputStream> response = send(request.build());
            if (isTokenServer(uri)) {
                String named = response.headers()
                        .firstValue("X-Linked-ETag")
                        .map(Http::unquoted)
                        .orElse("");
                linkedSha256 = named.matches("[0-9a-f]{64}") ? named : linkedSha256;
            }
            if (!REDIRECTS.contains(response.statusCode())) {
                Answer answer = new Answer(response, linkedSha256);
                if (BUSY.contains(response.statusCode())) {
                    answer.close();
                    throw new Busy(
                            "%s answered %s".formatted(uri.getHost(), status(response.statusCode())),
                            askedPause(answer));
                }
                return answer;
            }
            response.body().close();
            uri = target(uri, response);
        }
        throw new HubException(
                "%s redirects more than %d times. The address leads in a circle; check it, or use another source."
                        .formatted(address.getHost(), MOST_REDIRECTS));
    }

    private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HubException(
                    "The pull was interrupted. What has arrived is kept; the next pull goes on from there.", e);
        }
    }

    private static URI target(URI from, HttpResponse<InputStream> response) {
        String location = response.headers().firstValue("Location").orElse("");
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new HubException(
                    "%s redirects to an address that cannot be read. Use another source.".formatted(from.getHost()), e);
        }
        if (location.isEmpty() || to.getHost() == null) {
            throw new HubException(
                    "%s redirects without saying where to. Use another source.".formatted(from.getHost()));
        }
        if ("https".equals(from.getScheme()) && "http".equals(to.getScheme())) {
            throw new HubException(
                    "%s redirects from https to plain http on %s, where anybody on the way could change the file. Refused; use another source."
                            .formatted(from.getHost(), to.getHost()));
        }
        checkScheme(to);
        return to;
    }

    /** The whole of a small text, however often the server has to be asked. */
    Text text(URI uri, String what) {
        for (int attempt = 1; ; attempt++) {
            try (Answer answer = get(uri, Map.of("Accept", "application/json"));
                    StallGuard guard = new StallGuard(answer.response().body(), patience.stall())) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                byte[] buffer = new byte[1 << 16];
                for (int n = guard.read(buffer); n >= 0; n = guard.read(buffer)) {
                    bytes.write(buffer, 0, n);
                    if (bytes.size() > LARGEST_TEXT) {
                        throw new HubException(
                                "%s answers with more than %s for %s. Expected a list of files; check HF_ENDPOINT."
                                        .formatted(uri.getHost(), Disk.human(LARGEST_TEXT), what));
                    }
                }
                return new Text(
                        answer.status(),
                        bytes.toString(StandardCharsets.UTF_8),
                        answer.header("X-Error-Code").orElse(""));
            } catch (IOException e) {
                pauseOrGiveUp(attempt, e, uri, what);
            }
        }
    }

    /** A small answer, read to its end. */
    record Text(int status, String body, String errorCode) {}

    /** Waits before another attempt, or writes the letter that ends it. */
    void pauseOrGiveUp(int attempt, IOException e, URI uri, String what) {
        Duration pause = patience.pauseAfter(attempt);
        if (e instanceof Busy busy && busy.askedPause() != null) {
            pause = busy.askedPause();
        }
        // a network that is not there is told from one that hiccups by a second attempt
        int attempts =
                e instanceof SSLException ? 1 : unreachable(e) ? Math.min(2, patience.attempts()) : patience.attempts();
        if (attempt >= attempts || pause.compareTo(patience.longestPause()) > 0) {
            throw letter(e, uri, what);
        }
        Patience.sleep(pause);
    }

    private HubException letter(IOException e, URI uri, String what) {
        String host = uri.getHost();
        if (e instanceof Busy busy) {
            Duration asked = busy.askedPause();
            return new HubException(
                    "%s cannot be fetched now: %s, also when asked again.%s What has arrived is kept; run the same command again later%s."
                            .formatted(
                                    what,
                                    busy.getMessage(),
                                    asked == null ? "" : " It asks to wait for " + asked.toSeconds() + " seconds.",
                                    host.equals("huggingface.co") && !hasToken()
                                            ? ", or set HF_TOKEN, which raises the limits"
                                            : ""),
                    e);
        }
        if (e instanceof SSLException) {
            return new HubException(
                    "%s cannot be fetched: no secure connection to %s (%s). If your company puts its own certificate in between, give Java its truststore: JDK_JAVA_OPTIONS=-Djavax.net.ssl.trustStore=FILE."
                            .formatted(what, host, e.getMessage()),
                    e);
        }
        return new HubException(
                "%s cannot be fetched: %s. What has arrived is kept. Check the network (behind a proxy: JDK_JAVA_OPTIONS=\"-Dhttps.proxyHost=HOST -Dhttps.proxyPort=PORT\") and run the same command again."
                        .formatted(what, reason(e, host)),
                e);
    }

    private static String reason(IOException e, String host) {
        if (unknownName(e)) {
            return "the name %s is not known on this network".formatted(host);
        }
        return switch (e) {
            case HttpTimeoutException _ -> "%s does not answer".formatted(host);
            case ConnectException _ -> "no connection to %s".formatted(host);
            default -> "the connection to %s was lost (%s)".formatted(host, e.getMessage());
        };
    }

    private static boolean unreachable(IOException e) {
        return e instanceof ConnectException || unknownName(e);
    }

    private static boolean unknownName(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Duration askedPause(Answer answer) {
        // Retry-After may also be a date; then the usual pause does
        return answer.header("Retry-After")
                .filter(value -> value.matches("\\d{1,6}"))
                .map(value -> Duration.ofSeconds(Long.parseLong(value)))
                .orElse(null);
    }

    static String status(int code) {
        return switch (code) {
            case 429 -> "429 (too many requests)";
            case 500 -> "500 (an error of its own)";
            case 503 -> "503 (overloaded)";
            default -> Integer.toString(code);
        };
    }

    private static String unquoted(String etag) {
        return etag.replaceFirst("^W/", "").replace("\"", "").toLowerCase(Locale.ROOT);
    }

    private static boolean sameServer(URI a, URI b) {
        return a.getScheme().equalsIgnoreCase(b.getScheme())
                && a.getHost().equalsIgnoreCase(b.getHost())
                && port(a) == port(b);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }

    /** Lets https pass, and plain http within this machine. */
    static void checkScheme(URI uri) {
        String host = uri.getHost();
        if ("https".equalsIgnoreCase(uri.getScheme())) {
            return;
        }
        boolean here = host.equals("localhost") || host.equals("[::1]") || host.matches("127\\.\\d+\\.\\d+\\.\\d+");
        if (!"http".equalsIgnoreCase(uri.getScheme()) || !here) {
            throw new HubException(
                    "%s://%s is refused: without https anybody on the way could change the model or read a token. Use https, or download the file by other means and give its path."
                            .formatted(uri.getScheme(), host));
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
