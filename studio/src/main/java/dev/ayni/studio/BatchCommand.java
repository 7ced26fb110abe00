package dev.ayni.studio;

import dev.ayni.chat.Usage;
import dev.ayni.server.access.Caller;
import dev.ayni.server.jobs.BatchRequest;
import dev.ayni.server.jobs.FileBatch;
import dev.ayni.server.jobs.HandlerRunner;
import dev.ayni.server.jobs.RequestRunner;
import dev.ayni.server.models.LibraryShelf;
import dev.ayni.server.models.LocalModelPool;
import dev.ayni.server.models.ModelPool;
import dev.ayni.server.models.Shelf;
import dev.ayni.server.openai.OpenAiApi;
import dev.ayni.server.openai.ResponseStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Answers a file of requests, without a server. */
@Command(
        name = "batch",
        description = "Answer a file of requests into another file, in the formats of OpenAI's batches.",
        footer = {
            "",
            "A line of IN is a request: {\"custom_id\": \"1\", \"method\": \"POST\",",
            "\"url\": \"/v1/chat/completions\", \"body\": {\"model\": \"smollm2\", ...}}.",
            "Stopped in any way and started again, it goes on behind the last answer.",
            "",
            "Examples:",
            "  ayni batch in.jsonl out.jsonl",
            "  ayni batch in.jsonl out.jsonl --estimate     tokens and time, no answers",
            "  ayni batch in.jsonl out.jsonl --at-once 16"
        })
final class BatchCommand implements Callable<Integer> {
    private static final JsonMapper MAPPER = new JsonMapper();
    /** An answer whose length nobody limited is taken to be so long. */
    private static final int USUAL_ANSWER = 256;

    private static final int PROBE_ANSWER = 16;
    // kept here, because the logging of the JDK forgets loggers that nobody holds
    private static final Logger OWN = Logger.getLogger("dev.ayni");

    private static final String PROBE_WORDS = "The quick brown fox jumps over the lazy dog. ".repeat(24);

    @Mixin
    CommonOptions common = new CommonOptions();

    @Mixin
    private EngineFlags engine = new EngineFlags();

    @Parameters(index = "0", paramLabel = "IN", description = "The requests, a line each.")
    private Path input = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "Where answers are appended, a line each.")
    private Path output = Path.of("");

    @Option(names = "--estimate", description = "Only say how many tokens and how much time it would take.")
    private boolean estimate;

    @Option(names = "--at-once", paramLabel = "N", description = "Answer so many requests side by side. Default: 8.")
    private int atOnce = 8;

    @Option(names = "--accept-licence", description = "Accept the models' licences without being asked.")
    private boolean acceptLicence;

    private final Streams streams;

    BatchCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (atOnce < 1) {
            throw new Letter("--at-once is %d; at least one request has to be answered at a time.".formatted(atOnce));
        }
        OWN.setLevel(Level.WARNING); // what is loaded is no news here
        FileBatch batch = new FileBatch(input, output);
        ModelFinder finder = new ModelFinder(streams, acceptLicence);
        List<Shelf.Book> books = new ArrayList<>();
        for (String name : models(batch.requests())) {
            Shelf.Book book = LibraryShelf.book(finder.find(name));
            books.add(new Shelf.Book(name, Set.of(), book.path(), book.bytes(), book.digest()));
        }
        try (ModelPool pool = new LocalModelPool(
                List.of(() -> books),
                engine.options(finder, streams::remark),
                ServeCommand.freeBytes(),
                Duration.ofMinutes(10))) {
            RequestRunner runner =
                    new HandlerRunner(List.of(new OpenAiApi(pool, ResponseStore.inMemory())), request -> {});
            say(batch, pool, runner);
            if (estimate) {
                return Failures.OK;
            }
            int failed;
            try (BatchProgress progress = new BatchProgress(streams)) {
                failed = batch.run(runner, atOnce, progress);
            }
            streams.remark("%d answers in %s%s"
                    .formatted(
                            batch.done(),
                            output,
                            failed == 0 ? "" : ", %d of them errors (response.status_code)".formatted(failed)));
            return failed == 0 ? Failures.OK : Failures.FAILED;
        }
    }

    /** The models that are asked for, by name. */
    private static List<String> models(List<BatchRequest> requests) {
        return requests.stream()
                .map(request -> request.body().path("model").asString(""))
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
    }

    /** What is ahead: tokens of prompts as the tokenizer counts them, answers as long as they may get. */
    private static final class Ahead {
        private int requests;
        private long promptTokens;
        private long answerTokens;
        private boolean limited = true;
    }

    private void say(FileBatch batch, ModelPool pool, RequestRunner runner) throws IOException {
        int done = batch.done();
        Map<String, Ahead> ahead = new LinkedHashMap<>();
        for (BatchRequest request : batch.requests()) {
            add(ahead.computeIfAbsent(request.body().path("model").asString(""), name -> new Ahead()), pool, request);
        }
        ahead.forEach((name, total) -> {
            String time = name.isEmpty() ? "" : time(name, total, runner);
            streams.remark("%s: %d requests, about %s tokens to read, %s %s to write%s"
                    .formatted(
                            name.isEmpty() ? "(no model named)" : name,
                            total.requests,
                            Numbers.count(total.promptTokens),
                            total.limited ? "at most" : "perhaps",
                            Numbers.count(total.answerTokens),
                            time));
        });
        if (done > 0) {
            streams.remark("%d of them are answered already in %s".formatted(done, output));
        }
    }

    private static void add(Ahead total, ModelPool pool, BatchRequest request) {
        JsonNode body = request.body();
        total.requests++;
        StringBuilder text = new StringBuilder();
        for (String field : List.of("messages", "prompt", "input", "instructions")) {
            strings(body.path(field), text);
        }
        String name = body.path("model").asString("");
        if (!name.isEmpty()) {
            try (ModelPool.Lease lease = pool.lease(name)) {
                total.promptTokens +=
                        lease.model().tokens(text.toString(), false).size();
            }
        }
        if (request.url().equals("/v1/embeddings")) {
            return;
        }
        int most = 0;
        for (String field : List.of("max_completion_tokens", "max_tokens", "max_output_tokens")) {
            most = Math.max(most, body.path(field).asInt(0));
        }
        total.limited &= most > 0;
        total.answerTokens += (long) (most > 0 ? most : USUAL_ANSWER)
                * Math.max(1, body.path("n").asInt(1));
    }

    private static void strings(JsonNode node, StringBuilder text) {
        if (node.isString()) {
            text.append(node.stringValue()).append('\n');
        }
        node.forEach(child -> strings(child, text));
    }

    /** How long it takes at the pace of one request that is answered for trial. */
    private static String time(String model, Ahead ahead, RequestRunner runner) {
        byte[] probe = MAPPER.writeValueAsString(new TreeMap<>(Map.of(
                        "model", model,
                        "prompt", PROBE_WORDS,
                        "max_tokens", PROBE_ANSWER,
                        "temperature", 0)))
                .getBytes(StandardCharsets.UTF_8);
        RequestRunner.Answer answer = runner.run(Caller.LOCAL, "estimate", "/v1/completions", probe);
        if (answer.status() != 200 || answer.used().isEmpty()) {
            return "";
        }
        Usage usage = answer.used().getFirst().usage();
        int read = usage.promptTokens() - usage.reusedTokens();
        if (read <= 0 || usage.promptNanos() <= 0 || usage.answerTokensPerSecond() <= 0) {
            return "";
        }
        double seconds = ahead.promptTokens * (usage.promptNanos() / 1e9 / read)
                + ahead.answerTokens / usage.answerTokensPerSecond();
        return ", %s if one came after the other (%.0f tokens/s read, %.1f written)"
                .formatted(
                        BatchProgress.time((long) Math.ceil(seconds)),
                        read / (usage.promptNanos() / 1e9),
                        usage.answerTokensPerSecond());
    }

    /** A bar on a terminal, a line now and then elsewhere. */
    static final class BatchProgress implements FileBatch.Progress, AutoCloseable {
        private static final int BAR = 24;
        private static final long PAUSE_NANOS = 10_000_000_000L;

        private final Streams streams;
        private final long begun = System.nanoTime();
        private int before = -1;
        private long last;

        BatchProgress(Streams streams) {
            this.streams = streams;
        }

        @Override
        public void report(int done, int failed, int total, long promptTokens, long answerTokens) {
            if (before < 0) {
                before = done;
            }
            long now = System.nanoTime();
            String line = line(done, failed, total, answerTokens, (now - begun) / 1e9);
            if (streams.errTerminal()) {
                streams.err().print("\r\033[K" + line);
                streams.err().flush();
            } else if (now - last > PAUSE_NANOS || done == total) {
                streams.err().println(line);
                last = now;
            }
        }

        private String line(int done, int failed, int total, long answerTokens, double seconds) {
            int full = (int) ((long) BAR * done / total);
            StringBuilder line = new StringBuilder();
            if (streams.errTerminal()) {
                line.append("█".repeat(full)).append("░".repeat(BAR - full)).append(' ');
            }
            line.append("%d of %d".formatted(done, total));
            if (failed > 0) {
                line.append(", %d errors".formatted(failed));
            }
            if (seconds > 1 && done > before) {
                line.append(String.format(Locale.ROOT, ", %.1f tokens/s", answerTokens / seconds));
                line.append(", %s left".formatted(time((long) (seconds / (done - before) * (total - done)))));
            }
            return line.toString();
        }

        static String time(long seconds) {
            return seconds < 60
                    ? seconds + " s"
                    : seconds < 3600
                            ? "%d min".formatted((seconds + 59) / 60)
                            : "%d h %d min".formatted(seconds / 3600, seconds / 60 % 60);
        }

        @Override
        public void close() {
            if (streams.errTerminal()) {
                streams.err().print("\r\033[K");
                streams.err().flush();
            }
        }
    }
}
