package dev.ayni.studio;

import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.generation.Capacity;
import dev.ayni.engine.machine.Machine;
import dev.ayni.guard.personal.PersonalData;
import dev.ayni.guard.personal.Recognizer;
import dev.ayni.guard.personal.Wanted;
import dev.ayni.guard.personal.WrittenRecognizers;
import dev.ayni.hub.Hub;
import dev.ayni.server.Housekeeping;
import dev.ayni.server.Server;
import dev.ayni.server.ServerSettings;
import dev.ayni.server.access.Access;
import dev.ayni.server.access.AccessTables;
import dev.ayni.server.access.Allowance;
import dev.ayni.server.access.KeyedAccess;
import dev.ayni.server.access.OneKey;
import dev.ayni.server.anthropic.AnthropicApi;
import dev.ayni.server.guarding.GuardApi;
import dev.ayni.server.guarding.GuardedModelPool;
import dev.ayni.server.guarding.Guards;
import dev.ayni.server.http.Api;
import dev.ayni.server.jobs.BatchWorker;
import dev.ayni.server.jobs.Batches;
import dev.ayni.server.jobs.HandlerRunner;
import dev.ayni.server.jobs.JobsApi;
import dev.ayni.server.jobs.JobsTables;
import dev.ayni.server.jobs.KeptFiles;
import dev.ayni.server.llamacpp.LlamaCppApi;
import dev.ayni.server.models.FoundShelf;
import dev.ayni.server.models.LibraryShelf;
import dev.ayni.server.models.LocalModelPool;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.Shelf;
import dev.ayni.server.ollama.CreatedModelPool;
import dev.ayni.server.ollama.OllamaApi;
import dev.ayni.server.openai.OpenAiApi;
import dev.ayni.server.openai.ResponseStore;
import dev.ayni.server.openai.ResponseTables;
import dev.ayni.server.presidio.PresidioApi;
import dev.ayni.server.traces.OtlpTraces;
import dev.ayni.server.traces.Traces;
import dev.ayni.store.Store;
import dev.ayni.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Serves models over HTTP. */
@Command(
        name = "serve",
        description = "Serve models to clients that speak OpenAI's, Anthropic's, Ollama's or llama.cpp's protocol.",
        footer = {
            "",
            "Models of the library are loaded when they are asked for; those named here at once.",
            "Without keys, only this machine may ask.",
            "",
            "Examples:",
            "  ayni serve smollm2",
            "  ayni serve ./my-model.gguf --context 4096",
            "  ayni serve --port 11434                          where Ollama's clients look",
            "  AYNI_API_KEY=$(openssl rand -hex 32) ayni serve --host 0.0.0.0"
        })
final class ServeCommand implements Callable<Integer> {
    private static final Pattern BYTES =
            Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([KMGT]?)(?:i?B)?", Pattern.CASE_INSENSITIVE);

    // kept here, because the logging of the JDK forgets loggers that nobody holds
    private static final Logger ROOT = Logger.getLogger("");
    private static final Logger OWN = Logger.getLogger("dev.ayni");

    private static final int BATCH_REQUESTS = 16;

    /** By which texts are judged where somebody asks, though nothing is guarded. */
    private static final String MODERATION_POLICY = "general";

    @Mixin
    CommonOptions common = new CommonOptions();

    @Mixin
    private EngineFlags engine = new EngineFlags();

    @Parameters(
            arity = "0..*",
            paramLabel = "MODEL",
            description = "Names, references, files or folders of models to load at once.")
    private List<String> models = new ArrayList<>();

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "Where to listen; 0.0.0.0: everywhere, which needs keys. Default: 127.0.0.1.")
    private String host = "127.0.0.1";

    @Option(names = "--port", paramLabel = "N", description = "The port; 0: any that is free. Default: 8080.")
    private int port = 8080;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            description =
                    "One key that clients must show. Better given as AYNI_API_KEY: options can be seen by everybody on"
                            + " this machine.")
    private @Nullable String key;

    @Option(
            names = "--api-key-tokens-per-day",
            paramLabel = "N",
            description = "A quota of that one key, for a day in UTC.")
    private @Nullable Long keyTokensPerDay;

    @Option(
            names = "--api-key-requests-per-minute",
            paramLabel = "N",
            description = "At most so many requests with that one key.")
    private @Nullable Long keyRequestsPerMinute;

    @Mixin
    private DatabaseOption database = new DatabaseOption();

    @Mixin
    private PeopleOptions people = new PeopleOptions();

    @Option(
            names = "--parallel",
            paramLabel = "N",
            description = "How many answers each model draws side by side. Default: 64.")
    private int parallel = Capacity.USUAL.running();

    @Option(
            names = "--queue",
            paramLabel = "N",
            description = "How many requests of each model may wait; more are told to come back. Default: 512.")
    private int queue = Capacity.USUAL.waiting();

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description =
                    "What all loaded models may take together, such as 12G. Default: four fifths of what is free.")
    private @Nullable String memory;

    @Option(
            names = "--idle",
            paramLabel = "TIME",
            description =
                    "How long a model that was loaded on demand stays, such as 30s, 10m or 2h; -1: for good. Default:"
                            + " 5m.")
    private String idle = "5m";

    @Option(
            names = "--keep-responses",
            paramLabel = "TIME",
            description =
                    "How long answers of /v1/responses and conversations are kept after their last use, such as 12h or"
                            + " 30d; -1: for good. Default: 30d.")
    private String keepResponses = "30d";

    @Option(
            names = "--files",
            paramLabel = "SIZE",
            description = "What all files of /v1/files may take together. Default: 64G.")
    private String allFiles = "64G";

    @Option(
            names = "--files-per-key",
            paramLabel = "SIZE",
            description = "What the files of one key's owner may take together. Default: 16G.")
    private String filesPerKey = "16G";

    @Option(
            names = "--recognizers",
            paramLabel = "FILE",
            description =
                    "Recognisers of personal data of your own, as Presidio's YAML has them; /analyze asks them, too.")
    private @Nullable Path recognizers;

    @Option(
            names = "--cors",
            paramLabel = "ORIGIN",
            description =
                    "Let web pages of this origin ask, such as https://chat.example.org; *: all. May be repeated.")
    private List<String> origins = new ArrayList<>();

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "The certificate chain for HTTPS, as PEM.")
    private @Nullable Path certificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            description = "Its private key, as PEM; AYNI_TLS_PASSWORD opens an encrypted one.")
    private @Nullable Path certificateKey;

    @Option(names = "--body-limit", paramLabel = "SIZE", description = "The largest body of a request. Default: 32M.")
    private String bodyLimit = "32M";

    @Option(
            names = "--requests",
            paramLabel = "N",
            description = "How many requests may be under way at once; more are told to come back. Default: 2048.")
    private int requests = 2048;

    @Option(
            names = "--stop-within",
            paramLabel = "TIME",
            description = "How long answers may go on once the server is asked to stop. Default: 30s.")
    private String stopWithin = "30s";

    @Option(names = "--log-content", description = "Write what is asked and answered into the log, too.")
    private boolean logContent;

    @Option(
            names = "--traces",
            paramLabel = "URL",
            description =
                    "Send traces to the OpenTelemetry collector there, such as http://localhost:4318. Without it as"
                            + " the variables OTEL_* say, and none where they say nothing.")
    private String traces = "";

    @Option(
            names = "--guard",
            paramLabel = "POLICY",
            description =
                    "Let nothing in or out that this policy forbids: general, minors, administration, research, or a"
                            + " file. Default: none.")
    private @Nullable String guard;

    @Option(names = "--quiet", description = "Write no line for each request.")
    private boolean quiet;

    @Option(names = "--accept-licence", description = "Accept the models' licences without being asked.")
    private boolean acceptLicence;

    private final Streams streams;

    ServeCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() {
        ServerSettings settings = settings();
        String oneKey = oneKey();
        Allowance ofOneKey = new Allowance(keyRequestsPerMinute, null, keyTokensPerDay, null);
        Duration keepAlive = time(idle, "--idle");
        Duration keep = time(keepResponses, "--keep-responses");
        KeptFiles.Room usual = KeptFiles.Room.of(settings.limits().uploadBytes());
        KeptFiles.Room room = new KeptFiles.Room(
                usual.fileBytes(),
                usual.ownerFiles(),
                bytes(filesPerKey, "--files-per-key"),
                bytes(allFiles, "--files"));
        logToErr();
        Wanted personal = Wanted.ALL.withOwn(written());
        ModelFinder finder = new ModelFinder(streams, acceptLicence);
        LibraryModels judges = new LibraryModels(finder.hub(), streams::remark);
        long memoryBytes = memory == null ? freeBytes() : bytes(memory, "--memory");
        Guards guards = guard == null ? null : guards(judges, guard);
        long budget = memoryBytes - judges.bytes();
        List<Shelf.Book> named = models.stream()
                .map(model -> LibraryShelf.book(finder.find(model)))
                .toList();
        EngineOptions options = engine.options(finder, streams::remark)
                .with(Capacity.USUAL.withRunning(parallel).withWaiting(queue));
        Hub hub = finder.hub();
        Traces told = OtlpTraces.of(System.getenv(), traces);
        if (told != Traces.NONE) {
            streams.remark("traces go to " + told);
        }
        try (judges;
                told;
                ModelPool pool = told.around(guarded(
                        new CreatedModelPool(
                                new LocalModelPool(
                                        List.of(() -> named, new LibraryShelf(hub), new FoundShelf(hub)),
                                        options,
                                        budget,
                                        keepAlive),
                                hub),
                        guards))) {
            NamedModels loading = new NamedModels(pool, named);
            try (Store store = database.open(AccessTables.SCHEMA, JobsTables.SCHEMA, ResponseTables.SCHEMA)) {
                KeyedAccess keyed =
                        new KeyedAccess(store, people.people(), people.allowance(), ofOneKey, Clock.systemUTC());
                Access access = oneKey == null ? keyed : new OneKey(oneKey, keyed);
                OpenAiApi openAi = new OpenAiApi(pool, ResponseStore.in(store, keep, Clock.systemUTC()));
                KeptFiles files = new KeptFiles(store, database.files(), room, Clock.systemUTC());
                Batches batches = new Batches(store, files, Clock.systemUTC());
                List<Api> apis = List.of(
                        openAi,
                        new AnthropicApi(pool),
                        new OllamaApi(pool, hub),
                        new LlamaCppApi(pool),
                        new JobsApi(files, batches, openAi.errors()),
                        new GuardApi(
                                guards == null ? new Later<>(() -> guards(judges, MODERATION_POLICY)) : () -> guards,
                                openAi.errors()),
                        new PresidioApi(new PersonalData(), personal));
                CountDownLatch stopped = new CountDownLatch(1);
                try (Server server = Server.start(
                                settings, access, pool, apis, () -> missing(loading, store), told, this::log);
                        BatchWorker _ = new BatchWorker(
                                store,
                                files,
                                batches,
                                keyed,
                                new HandlerRunner(List.of(openAi), server.watching()),
                                BATCH_REQUESTS);
                        Housekeeping _ = new Housekeeping(
                                Duration.ofMinutes(1),
                                Map.of("kept responses", openAi::tidy, "expired files", files::removeExpired))) {
                    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, told, stopped), "stop"));
                    streams.remark("listening on %s".formatted(server.address()));
                    loading.await();
                    greet(server, pool, access);
                    stopped.await();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Failures.OK;
    }

    private static Guards guards(LibraryModels judges, String policy) {
        return new Guards(GuardCommand.policies(judges).find(policy));
    }

    private static ModelPool guarded(ModelPool pool, @Nullable Guards guards) {
        return guards == null ? pool : new GuardedModelPool(pool, guards);
    }

    /** What is waited for before requests can be answered. */
    private static List<String> missing(NamedModels models, Store store) {
        List<String> missing = new ArrayList<>(
                models.missing().stream().map(name -> "the model " + name).toList());
        try {
            store.read(transaction -> transaction.number("select 1 as n"));
        } catch (StoreException e) {
            missing.add("the database");
        }
        return missing;
    }

    /** The recognisers of personal data that the user wrote. */
    private List<Recognizer> written() {
        if (recognizers == null) {
            return List.of();
        }
        try {
            return WrittenRecognizers.read(recognizers);
        } catch (IOException e) {
            throw new Letter(
                    "%s cannot be read (%s). Give the path of a readable YAML file to --recognizers."
                            .formatted(recognizers, e.getMessage()),
                    e);
        } catch (IllegalArgumentException e) {
            throw new Letter(String.valueOf(e.getMessage()), e);
        }
    }

    private void stop(Server server, Traces told, CountDownLatch stopped) {
        streams.remark("stopping: %d requests are under way".formatted(server.underWay()));
        server.close();
        told.close(); // the JVM ends with this thread
        stopped.countDown();
    }

    private ServerSettings settings() {
        if ((certificate == null) != (certificateKey == null)) {
            throw new Letter("--tls-cert and --tls-key belong together: give both, or neither for plain HTTP.");
        }
        try {
            ServerSettings.Limits usual = ServerSettings.Limits.USUAL;
            ServerSettings.Limits limits = new ServerSettings.Limits(
                    bytes(bodyLimit, "--body-limit"),
                    usual.uploadBytes(),
                    usual.connections(),
                    requests,
                    usual.idleMillis(),
                    time(stopWithin, "--stop-within").toMillis());
            ServerSettings.Certificate tls = certificate == null || certificateKey == null
                    ? null
                    : new ServerSettings.Certificate(
                            certificate, certificateKey, System.getenv().getOrDefault("AYNI_TLS_PASSWORD", ""));
            return new ServerSettings(host, port, tls, Set.copyOf(origins), limits, logContent);
        } catch (IllegalArgumentException e) {
            throw new Letter(String.valueOf(e.getMessage()), e);
        }
    }

    /** The key that stands in no database; null: there is none. */
    private @Nullable String oneKey() {
        String given = key == null ? System.getenv("AYNI_API_KEY") : key;
        if (given == null || given.isEmpty()) {
            if (keyTokensPerDay != null || keyRequestsPerMinute != null) {
                throw new Letter("--api-key-tokens-per-day and --api-key-requests-per-minute are limits of the key that"
                        + " --api-key or AYNI_API_KEY gives, and there is none. Keys of the database have theirs"
                        + " from: ayni keys create");
            }
            return null;
        }
        try {
            new OneKey(given); // is told before anything is loaded
            return given;
        } catch (IllegalArgumentException e) {
            throw new Letter(String.valueOf(e.getMessage()), e);
        }
    }

    /** Four fifths of what other programs leave, or of the container's limit. */
    static long freeBytes() {
        Machine machine = Machine.here();
        long free = Math.min(
                machine.availableBytes().orElse(8L << 30),
                machine.memoryQuotaBytes().orElse(Long.MAX_VALUE));
        return free / 5 * 4;
    }

    /** A size such as 12G or 500 MB; units are powers of 1024. */
    static long bytes(String text, String option) {
        Matcher matcher = BYTES.matcher(text.strip());
        if (!matcher.matches()) {
            throw new Letter("%s is '%s'; expected a size such as 500M or 12G.".formatted(option, text));
        }
        int power = " KMGT"
                .indexOf(
                        matcher.group(2).isEmpty()
                                ? ' '
                                : matcher.group(2).toUpperCase(Locale.ROOT).charAt(0));
        return (long) (Double.parseDouble(matcher.group(1)) * (1L << (10 * power)));
    }

    /** A time such as 30s, 10m, 2h, 7d, or a number of seconds. */
    static Duration time(String text, String option) {
        Matcher matcher = Pattern.compile("(-?\\d{1,9})\\s*(ms|s|m|h|d|)").matcher(text.strip());
        if (!matcher.matches()) {
            throw new Letter("%s is '%s'; expected a time such as 30s, 10m, 2h or 7d.".formatted(option, text));
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            case "d" -> Duration.ofDays(number);
            default -> Duration.ofSeconds(number);
        };
    }

    private void log(String line) {
        if (!quiet) {
            streams.err().println(line);
        }
    }

    /** What libraries and rooms have to say goes to standard error: theirs from warnings on, ours all. */
    private void logToErr() {
        LogManager.getLogManager().reset();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                if (isLoggable(entry)) {
                    streams.err().print(getFormatter().format(entry));
                    streams.err().flush();
                }
            }

            @Override
            public void flush() {
                streams.err().flush();
            }

            @Override
            public void close() {}
        };
        handler.setFormatter(new Formatter() {
            @Override
            public String format(LogRecord entry) {
                StringBuilder text = new StringBuilder();
                if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                    text.append(entry.getLevel().getName().toLowerCase(Locale.ROOT))
                            .append(": ");
                }
                text.append(formatMessage(entry)).append('\n');
                Throwable thrown = entry.getThrown();
                if (thrown != null) {
                    java.io.StringWriter trace = new java.io.StringWriter();
                    thrown.printStackTrace(new java.io.PrintWriter(trace));
                    text.append(trace);
                }
                return text.toString();
            }
        });
        ROOT.addHandler(handler);
        ROOT.setLevel(Level.WARNING);
        OWN.setLevel(Level.INFO);
    }

    private void greet(Server server, ModelPool pool, Access access) {
        List<ModelPool.Loaded> loaded = pool.loaded();
        String model = loaded.isEmpty()
                ? pool.names().stream().findFirst().orElse("MODEL")
                : loaded.getFirst().card().name();
        String header = access.open() ? "" : " -H \"Authorization: Bearer $AYNI_API_KEY\"";
        streams.out().println("""
            Serving %d models at %s%s
              OpenAI     %s/v1           Anthropic  %s
              Ollama     %s              llama.cpp  %s
            Try: curl %s/v1/chat/completions%s -d '{"model": "%s", "messages": [{"role": "user", "content": "Hello"}]}'
            Ctrl-C stops it.\
            """.formatted(
                        pool.names().size(),
                        server.address(),
                        access.open() ? ", to this machine only" : "",
                        server.address(),
                        server.address(),
                        server.address(),
                        server.address(),
                        server.address(),
                        header,
                        model));
        streams.out().flush();
    }
}
