package dev.ayni.server;

import dev.ayni.server.access.Access;
import dev.ayni.server.http.Api;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.traces.Traces;
import java.net.BindException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import jdk.jfr.FlightRecorder;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running server. */
public final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final int HEAD_BYTES = 16 << 10;

    private final ServerSettings settings;
    private final org.eclipse.jetty.server.Server jetty;
    private final ServerConnector connector;
    private final Reception reception;
    private final ScheduledExecutorService chores;
    private int port;

    private Server(
            ServerSettings settings,
            org.eclipse.jetty.server.Server jetty,
            ServerConnector connector,
            Reception reception,
            ScheduledExecutorService chores) {
        this.settings = settings;
        this.jetty = jetty;
        this.connector = connector;
        this.reception = reception;
        this.chores = chores;
    }

    /**
     * Starts to listen.
     *
     * @param access who may ask
     * @param pool whose models are measured; it stays its caller's to close
     * @param apis the protocols; of paths that nobody knows, the first one tells
     * @param missing what is waited for before requests can be answered, for {@code /ready}
     * @param traces are told of every request, but for those after the server itself; they stay their caller's to close
     * @param log is told of every request, one line of JSON each
     * @throws ServerException if it cannot listen there, or would be open to the world without keys
     */
    public static Server start(
            ServerSettings settings,
            Access access,
            ModelPool pool,
            List<Api> apis,
            Supplier<List<String>> missing,
            Traces traces,
            Consumer<String> log) {
        refuseToOpenToTheWorld(settings, access);
        List<Api> all = new ArrayList<>(apis);
        CompletableFuture<Measurements> measurements = new CompletableFuture<>();
        all.add(new StatusApi(
                missing,
                () -> OpenApiDescription.of(all, !access.open()),
                () -> measurements.join().text()));
        List<Answered.Listener> listeners = List.of(
                new RequestLog(log),
                request -> {
                    if (FlightRecorder.isInitialized()) { // what the event needs loads slowly
                        RequestEvent.note(request);
                    }
                },
                request -> measurements.join().answered(request));
        Reception reception = new Reception(settings, new Routes(all), access, traces, listeners);

        // Selectors only: requests are answered by virtual threads, each of which may wait as long as it needs.
        QueuedThreadPool threads = new QueuedThreadPool(8, 2);
        threads.setName("http");
        threads.setDaemon(true);
        threads.setReservedThreads(0);
        threads.setVirtualThreadsExecutor(Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("request-", 0).factory()));
        org.eclipse.jetty.server.Server jetty = new org.eclipse.jetty.server.Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendDateHeader(true);
        http.setRequestHeaderSize(HEAD_BYTES);
        http.setUriCompliance(UriCompliance.DEFAULT.with(
                "ayni",
                UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR, // names of models have slashes
                UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING));
        PemCertificate certificate = settings.certificate() == null ? null : PemCertificate.of(settings.certificate());
        ServerConnector connector = connector(certificate, jetty, http);
        connector.setHost(settings.host());
        connector.setPort(settings.port());
        connector.setIdleTimeout(settings.limits().idleMillis());
        connector.setAcceptQueueSize(1024);
        connector.setReuseAddress(true);
        jetty.addConnector(connector);
        jetty.addBean(new NetworkConnectionLimit(settings.limits().connections(), jetty));
        RestingConnections resting = new RestingConnections(settings.limits().idleMillis());
        connector.addBean(resting);
        jetty.setErrorHandler(Server::malformed);
        jetty.setHandler(new org.eclipse.jetty.server.Handler.Wrapper(reception) {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                resting.busy(request);
                return super.handle(request, response, callback);
            }
        });
        ScheduledExecutorService chores = Executors.newSingleThreadScheduledExecutor(
                Thread.ofVirtual().name("chores").factory());
        chores.scheduleWithFixedDelay(resting::closeOverdue, 1, 1, TimeUnit.SECONDS);
        if (certificate != null) {
            chores.scheduleWithFixedDelay(() -> refresh(certificate), 10, 10, TimeUnit.SECONDS);
        }
        Server server = new Server(settings, jetty, connector, reception, chores);
        server.listen();
        // What measures takes a while to load, and nobody need wait for that.
        Thread.ofVirtual()
                .name("measurements")
                .start(() -> measurements.completeAsync(
                        () -> new Measurements(reception::underWay, pool::loads), Runnable::run));
        return server;
    }

    private static ServerConnector connector(
            @Nullable PemCertificate certificate, org.eclipse.jetty.server.Server jetty, HttpConfiguration http) {
        if (certificate == null) {
            return new ServerConnector(jetty, 1, 2, new HttpConnectionFactory(http));
        }
        http.addCustomizer(new org.eclipse.jetty.server.SecureRequestCustomizer(false));
        return new ServerConnector(
                jetty,
                1,
                2,
                new SslConnectionFactory(certificate.context(), "http/1.1"),
                new HttpConnectionFactory(http));
    }

    private static void refresh(PemCertificate certificate) {
        try {
            certificate.refresh();
        } catch (ServerException e) {
            LOG.warn("The certificate in use is kept: {}", e.getMessage());
        }
    }

    private static void refuseToOpenToTheWorld(ServerSettings settings, Access access) {
        boolean loopback;
        try {
            loopback = InetAddress.getByName(settings.host()).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new ServerException(
                    "This machine has no address '%s'. Give --host one of its own, or 127.0.0.1."
                            .formatted(settings.host()),
                    e);
        }
        if (access.open() && !loopback) {
            throw new ServerException(
                    "Listening on %s would let everybody who reaches this machine ask, because no keys are set up. Make one by `ayni keys create`, give one by --api-key, or listen on 127.0.0.1."
                            .formatted(settings.host()));
        }
    }

    private void listen() {
        try {
            jetty.start();
            port = connector.getLocalPort();
        } catch (Exception e) {
            close();
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof BindException || cause instanceof UnresolvedAddressException) {
                    throw new ServerException(
                            "Port %d of %s cannot be had: %s. Another program may listen there; choose another by --port, or 0 for any that is free."
                                    .formatted(settings.port(), settings.host(), cause.getMessage()),
                            e);
                }
                if (cause instanceof ServerException letter) {
                    throw letter;
                }
            }
            throw new ServerException("The server cannot listen: %s.".formatted(e.getMessage()), e);
        }
    }

    /** What Jetty could not even read as a request. Its own words may repeat what was sent, and are left out. */
    private static boolean malformed(Request request, Response response, Callback callback) {
        int status = response.getStatus() >= 400 ? response.getStatus() : 500;
        String message = switch (status) {
            case 400 ->
                "The request is not written as HTTP/1.1 wants it. Check its first line, its headers and Content-Length.";
            case 408 -> "The request's head did not arrive in time. Send it in one go.";
            case 414 -> "The address is too long. Put what it says into the body.";
            case 431 -> "The headers are larger than %d bytes. Send fewer or shorter ones.".formatted(HEAD_BYTES);
            case 505 -> "This version of HTTP is not spoken here. Use HTTP/1.1.";
            default -> "The request could not be answered: %s.".formatted(HttpStatus.getMessage(status));
        };
        String body = StatusApi.body(new ApiException(status, "malformed_request", null, Map.of(), message), "");
        response.getHeaders().put("Content-Type", "application/json");
        response.write(true, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), callback);
        return true;
    }

    /** Where it can be asked. */
    public URI address() {
        String host = settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
        return URI.create("%s://%s:%d".formatted(settings.certificate() == null ? "http" : "https", host, port));
    }

    /** Is told of requests that come by other ways than a connection: for the log, the measurements and recordings. */
    public Answered.Listener watching() {
        return reception::tell;
    }

    /** How many requests are under way. */
    public int underWay() {
        return reception.underWay();
    }

    /** Whether it is about to stop, so that nothing new should be sent to it. */
    public boolean stopping() {
        return reception.refuses();
    }

    /** Refuses new requests, lets those under way finish as long as the settings allow, breaks off the rest, and stops. */
    @Override
    public void close() {
        reception.refuse();
        long until = System.nanoTime() + settings.limits().stopMillis() * 1_000_000;
        try {
            while (reception.underWay() > 0 && System.nanoTime() < until) {
                Thread.sleep(20);
            }
            reception.cut();
            long gone = System.nanoTime() + 2_000_000_000L;
            while (reception.underWay() > 0 && System.nanoTime() < gone) {
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        chores.shutdownNow();
        try {
            jetty.stop();
        } catch (Exception e) {
            throw new ServerException("The server could not be stopped in order: %s.".formatted(e.getMessage()), e);
        }
    }
}
