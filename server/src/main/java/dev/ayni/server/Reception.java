package dev.ayni.server;

import dev.ayni.server.access.Access;
import dev.ayni.server.access.Caller;
import dev.ayni.server.access.Role;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.Failures;
import dev.ayni.server.http.ReaderLeft;
import dev.ayni.server.http.Route;
import dev.ayni.server.traces.Traces;
import dev.ayni.server.traces.Traces.RequestTrace;
import java.io.EOFException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every request passes: its route, who asks, whether they may and how much, the handler, and how an error is written;
 * whatever happens, there is an answer, and those who watch are told.
 */
final class Reception extends Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);
    private static final Pattern SANE_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private final ServerSettings settings;
    private final Routes routes;
    private final Access access;
    private final Traces traces;
    private final List<Answered.Listener> listeners;
    private final Bodies bodies =
            new Bodies(Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4));
    private final Set<JettyExchange> running = ConcurrentHashMap.newKeySet();
    private final AtomicInteger admitted = new AtomicInteger();
    private volatile boolean stopping;

    Reception(ServerSettings settings, Routes routes, Access access, Traces traces, List<Answered.Listener> listeners) {
        this.settings = settings;
        this.routes = routes;
        this.access = access;
        this.traces = traces;
        this.listeners = List.copyOf(listeners);
    }

    /** How many requests are under way. */
    int underWay() {
        return running.size();
    }

    boolean refuses() {
        return stopping;
    }

    /** Refuses what comes from now on. */
    void refuse() {
        stopping = true;
    }

    /** Breaks off what is under way. */
    void cut() {
        running.forEach(JettyExchange::cut);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String asked = request.getHeaders().get("x-request-id");
        String id = asked != null && SANE_ID.matcher(asked).matches()
                ? asked
                : "req_" + UUID.randomUUID().toString().replace("-", "");
        JettyExchange exchange = new JettyExchange(id, request, response, settings, bodies);
        Routes.Found found = routes.find(exchange.method(), exchange.path());
        String route = found.route() == null ? "" : found.route().path();
        // what the server says of itself is asked for by machines, all day long
        RequestTrace trace = found.route() != null && found.api() instanceof StatusApi
                ? Traces.UNTRACED
                : traces.begin(exchange, settings.certificate() == null ? "http" : "https", route);
        running.add(exchange);
        String error = "";
        Throwable broken = null;
        try {
            exchange.header("x-request-id", id);
            exchange.header("X-Content-Type-Options", "nosniff");
            error = trace.within(() -> answered(exchange, found));
        } catch (ReaderLeft e) {
            broken = e;
        } catch (Throwable e) {
            LOG.error("request {}: the error of {} could not be told", id, exchange.path(), e);
            broken = e;
        }
        try {
            if (exchange.wasLeft()) {
                tellWhoLeft(exchange, found.api().errors());
            }
            if (broken == null) {
                exchange.end();
            }
        } catch (ReaderLeft e) {
            broken = e;
        } finally {
            close(exchange);
        }
        boolean left = broken != null || exchange.wasLeft();
        int status = left ? Answered.CLIENT_LEFT : response.getStatus();
        error = left ? "client_left" : error;
        trace.end(status, error);
        Answered over = exchange.answered(trace.id(), route, status, error);
        tell(over);
        exchange.tellLater(trace.id(), route, this::tell);
        if (broken == null) {
            callback.succeeded();
        } else {
            callback.failed(new EOFException("the answer broke off"));
        }
        return true;
    }

    /** Whoever closed only their own side of the connection still reads: they learn why there is no answer. */
    private static void tellWhoLeft(JettyExchange exchange, ErrorShape shape) {
        if (exchange.begun()) {
            return;
        }
        ApiException error = new ApiException(
                Answered.CLIENT_LEFT,
                "client_left",
                null,
                Map.of(),
                "Your side of the connection was closed before the answer was there, and who does that is taken to have gone. Keep it open until the answer has come.");
        exchange.header("Connection", "close");
        exchange.answerAnyway(
                error.status(),
                "application/json",
                shape.body(error, exchange.id()).getBytes(StandardCharsets.UTF_8));
    }

    private void close(JettyExchange exchange) {
        try {
            exchange.close();
        } catch (RuntimeException e) {
            LOG.error("request {}: what it took could not be given back", exchange.id(), e);
        } finally {
            running.remove(exchange);
        }
    }

    /** Tells those who watch what came of a request. */
    void tell(Answered request) {
        for (Answered.Listener listener : listeners) {
            try {
                listener.answered(request);
            } catch (RuntimeException e) {
                LOG.error("request {} could not be noted", request.id(), e);
            }
        }
    }

    /** Answers, with an error if need be; gives the error's word, or nothing. */
    private String answered(JettyExchange exchange, Routes.Found found) {
        try {
            if (preliminaries(exchange, found)) {
                return "";
            }
            Route route = found.route();
            if (route == null) {
                throw unknown(exchange, found);
            }
            if (admitted.incrementAndGet() > settings.limits().requests()) {
                admitted.decrementAndGet();
                throw new ApiException(
                        429,
                        "overloaded",
                        null,
                        Map.of("Retry-After", "2"),
                        "%d requests are under way, which is as many as this server answers at once. Send the request again later."
                                .formatted(settings.limits().requests()));
            }
            exchange.beforeEnd(admitted::decrementAndGet);
            try {
                admit(exchange, route, found.values());
            } finally {
                exchange.ending();
            }
            return "";
        } catch (ReaderLeft e) {
            throw e;
        } catch (Throwable e) {
            return error(exchange, found.api().errors(), e);
        }
    }

    private void admit(JettyExchange exchange, Route route, Map<String, String> values) {
        Role role = route.role();
        if (role == null) {
            exchange.admitted(JettyExchange.NOBODY, null, values);
            route.handler().handle(exchange);
            return;
        }
        Caller caller = access.identify(exchange::header);
        exchange.admitted(caller, null, values);
        if (!caller.may(role)) {
            throw new ApiException(
                    403,
                    "not_allowed",
                    null,
                    Map.of(),
                    "%s %s is for the role %s, which this key has not. Use a key that has it."
                            .formatted(exchange.method(), route.path(), role));
        }
        Access.Admission admission = access.admit(caller, exchange.id());
        exchange.admitted(caller, admission, values);
        try {
            admission.headers().forEach(exchange::header);
            route.handler().handle(exchange);
        } finally {
            exchange.handled();
        }
    }

    /** What comes before any route; gives whether it was the answer already. */
    private boolean preliminaries(JettyExchange exchange, Routes.Found found) {
        boolean ofStatus = found.route() != null && found.route().role() == null;
        if (stopping && !ofStatus) {
            throw new ApiException(
                    503,
                    "stopping",
                    null,
                    Map.of("Retry-After", "10", "Connection", "close"),
                    "The server is stopping and takes no further requests. Send it again later.");
        }
        checkHost(exchange);
        String origin = exchange.header("origin");
        if (origin != null) {
            checkOrigin(exchange, origin);
        }
        if (!exchange.method().equals("OPTIONS") || found.allowed().isEmpty()) {
            return false;
        }
        String allowed = String.join(", ", found.allowed());
        exchange.header("Allow", allowed);
        if (origin != null) {
            exchange.header("Access-Control-Allow-Methods", allowed);
            String headers = exchange.header("access-control-request-headers");
            exchange.header("Access-Control-Allow-Headers", headers == null ? "*" : headers);
            exchange.header("Access-Control-Max-Age", "600");
        }
        exchange.answer(204, "text/plain", new byte[0]);
        return true;
    }

    /** A server without keys answers by its own name only: a page in a browser may have got itself another name for it. */
    private void checkHost(JettyExchange exchange) {
        String host = exchange.header("host");
        if (!access.open() || host == null) {
            return;
        }
        String name = host.replaceFirst(":\\d*$", "").toLowerCase(java.util.Locale.ROOT);
        boolean own =
                LOOPBACK_NAMES.contains(name) || name.endsWith(".localhost") || name.equalsIgnoreCase(settings.host());
        if (!own) {
            throw new ApiException(
                    403,
                    "unknown_host",
                    null,
                    Map.of(),
                    "The request is for another host than this machine, and the server has no keys to tell who asks. Ask for 127.0.0.1 or localhost, or start the server with keys.");
        }
    }

    private void checkOrigin(JettyExchange exchange, String origin) {
        boolean all = settings.origins().contains("*");
        if (!all && !settings.origins().contains(origin) && !ownPage(origin, exchange.header("host"))) {
            throw new ApiException(
                    403,
                    "origin_not_allowed",
                    null,
                    Map.of(),
                    "Pages of this origin may not ask this server. Whoever runs it can allow it by --cors.");
        }
        exchange.header("Access-Control-Allow-Origin", all ? "*" : origin);
        exchange.header("Access-Control-Expose-Headers", "*");
        exchange.header("Vary", "Origin");
    }

    private static boolean ownPage(String origin, @Nullable String host) {
        try {
            return host != null && host.equalsIgnoreCase(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static ApiException unknown(JettyExchange exchange, Routes.Found found) {
        String path = exchange.path();
        String shown = path.length() > 100 ? path.substring(0, 100) + "..." : path;
        if (found.allowed().isEmpty()) {
            return ApiException.notFound(
                    "not_found", "There is nothing at %s. GET /openapi.json lists what there is.".formatted(shown));
        }
        String allowed = String.join(", ", found.allowed());
        return new ApiException(
                405,
                "method_not_allowed",
                null,
                Map.of("Allow", allowed),
                "%s cannot be asked by %s. Use %s.".formatted(shown, exchange.method(), allowed));
    }

    private String error(JettyExchange exchange, ErrorShape shape, Throwable failure) {
        ApiException error = Failures.of(failure);
        if (error.status() >= 500 && !(failure instanceof ApiException)) {
            LOG.error("request {}: {} {} failed", exchange.id(), exchange.method(), exchange.path(), failure);
        }
        if (exchange.begun()) {
            // the protocol could not tell it within the answer: an end that is no end tells it
            throw new ReaderLeft(error);
        }
        error.headers().forEach(exchange::header);
        if (error.status() == 401 && !error.headers().containsKey("WWW-Authenticate")) {
            exchange.header("WWW-Authenticate", "Bearer");
        }
        exchange.answer(
                error.status(),
                "application/json",
                shape.body(error, exchange.id()).getBytes(StandardCharsets.UTF_8));
        return error.code();
    }
}
