package dev.ayni.server.jobs;

import dev.ayni.server.access.Caller;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A file of requests, answered into another file without a server. The output is all that is remembered: begun again after
 * it was stopped in any way, the work goes on behind the last whole line.
 */
public final class FileBatch {
    /*
     * An answer is one line, appended and forced to the disk before the next is. What a stop tore has no line end, or is no
     * JSON, and is cut off; requests whose custom_id stands in a whole line are not answered again. Lines stand in the order
     * in which they were answered.
     */

    private static final int LONGEST_LINE = 8 << 20; // in characters

    private static final String BEGIN = "{\"id\":\"line-";

    private final Path output;
    private final List<Place> requests = new ArrayList<>();

    private record Place(int line, BatchRequest request) {}

    /** Learns how far the work is. */
    @FunctionalInterface
    public interface Progress {
        /**
         * Called for each answer.
         *
         * @param promptTokens, answerTokens of the answers of this run
         */
        void report(int done, int failed, int total, long promptTokens, long answerTokens);
    }

    /**
     * Reads and checks the whole input.
     *
     * @throws JobException if a line is no request; all of them are named, up to 20
     */
    public FileBatch(Path input, Path output) throws IOException {

        this.output = output;
        if (Files.exists(output) && Files.isSameFile(input, output)) {
            throw new JobException("The output is the input, '%s'. Name another file.".formatted(input));
        }
        for (Path file : List.of(input, output)) {
            if (Files.isDirectory(file)) {
                throw new JobException("'%s' is a folder. Give the path of a file.".formatted(file));
            }
        }
        List<String> wrong = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        try (BufferedReader lines = new BufferedReader(
                new BoundedLines(Files.newBufferedReader(input, StandardCharsets.UTF_8), LONGEST_LINE))) {
            int number = 0;
            for (String line = lines.readLine(); line != null && wrong.size() < 20; line = lines.readLine()) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                try {
                    BatchRequest request = BatchRequest.of(line, null);
                    if (!seen.add(request.customId())) {
                        wrong.add("line %d: 'custom_id' is '%s' a second time; each has to be another."
                                .formatted(number, request.customId()));
                    }
                    requests.add(new Place(number, request));
                } catch (BatchRequest.Wrong e) {
                    wrong.add("line %d: %s".formatted(number, e.letter()));
                }
            }
        } catch (BoundedLines.LineTooLong e) {
            throw new JobException(
                    "Line %d of '%s' has more than %d characters, which is as many as a request may have. Shorten it; or is the file no JSON Lines?"
                            .formatted(e.number(), input, LONGEST_LINE),
                    e);
        } catch (CharacterCodingException e) {
            throw new JobException("'%s' is not UTF-8. Convert it first: iconv -f LATIN1 -t UTF-8".formatted(input), e);
        }
        if (!wrong.isEmpty()) {
            throw new JobException("'%s' cannot be a batch; nothing was computed.%n%s"
                    .formatted(input, String.join(System.lineSeparator(), wrong)));
        }
        if (requests.isEmpty()) {
            throw new JobException(
                    "'%s' holds no request. A line is {\"custom_id\": \"1\", \"method\": \"POST\", \"url\": \"/v1/chat/completions\", \"body\": {...}}."
                            .formatted(input));
        }
    }

    /** The requests, in the input's order. */
    public List<BatchRequest> requests() {
        return requests.stream().map(Place::request).toList();
    }

    /** How many requests the output answers already. */
    public int done() throws IOException {
        return Files.exists(output) ? read().done().size() : 0;
    }

    /** What the output holds: whose answers, how many of them are errors, and where its last whole line ends. */
    private record Read(Set<String> done, int failed, long end) {}

    private Read read() throws IOException {
        Set<String> done = new HashSet<>();
        int failed = 0;
        long end = 0;
        try (InputStream in = new java.io.BufferedInputStream(Files.newInputStream(output), 1 << 16)) {
            java.io.ByteArrayOutputStream line = new java.io.ByteArrayOutputStream();
            long at = 0;
            for (int b = in.read(); b >= 0; b = in.read()) {
                at++;
                if (b != '\n') {
                    line.write(b);
                    continue;
                }
                JsonNode answer = answer(line.toString(StandardCharsets.UTF_8));
                if (answer == null) {
                    if (in.read() >= 0) {
                        throw foreign(end);
                    }
                    break; // torn by a machine that lost its power, or somebody else's
                }
                done.add(answer.path("custom_id").asString(""));
                failed += answer.at("/response/status_code").asInt(0) == 200 ? 0 : 1;
                end = at;
                line.reset();
            }
            if (!torn(line.toString(StandardCharsets.UTF_8))) {
                throw foreign(end);
            }
        }
        return new Read(done, failed, end);
    }

    /** Whether that may be what is left of one of our lines; nothing else is cut off. */
    private static boolean torn(String tail) {
        return tail.regionMatches(0, BEGIN, 0, Math.min(tail.length(), BEGIN.length()))
                || tail.chars().allMatch(c -> c == 0);
    }

    private JobException foreign(long at) {
        return new JobException(
                "'%s' holds something that is no answer of a batch (from byte %d on). Nothing was changed; name another output."
                        .formatted(output, at));
    }

    private static @Nullable JsonNode answer(String line) {
        try {
            JsonNode node = BatchRequest.MAPPER.readTree(line);
            return node.isObject() && node.path("custom_id").isString() && node.has("response") ? node : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    /**
     * Answers what is not answered yet, several requests at once.
     *
     * @return how many answers, of this run and those before, are errors
     * @throws JobException if another program writes the output, or it holds something else
     */
    public int run(RequestRunner runner, int atOnce, Progress progress) throws IOException, InterruptedException {
        try (FileChannel channel = FileChannel.open(
                        output, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = lock(channel)) {
            Read before = read();
            channel.truncate(before.end()); // what a stop tore
            channel.position(before.end());
            Writer writer = new Writer(channel, before, progress);
            writer.report();
            Semaphore places = new Semaphore(atOnce);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> running = new ArrayList<>();
                try {
                    for (Place place : requests) {
                        if (before.done().contains(place.request().customId())) {
                            continue;
                        }
                        places.acquire();
                        running.removeIf(one -> finished(one, threads));
                        running.add(threads.submit(() -> {
                            try {
                                writer.write(place, answered(runner, place));
                            } finally {
                                places.release();
                            }
                            return true;
                        }));
                    }
                    for (Future<?> one : running) {
                        one.get();
                    }
                } catch (ExecutionException | Broken e) {
                    threads.shutdownNow();
                    throw broken(e.getCause());
                } catch (InterruptedException e) {
                    threads.shutdownNow();
                    throw e;
                }
            }
            return writer.failed;
        }
    }

    /** Something went wrong while a request was answered or kept; all stops. */
    private static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1;

        Broken(@Nullable Throwable cause) {
            super(cause);
        }
    }

    private static boolean finished(Future<?> one, ExecutorService threads) {
        if (one.state() == Future.State.FAILED) {
            threads.shutdownNow();
            throw new Broken(one.exceptionNow());
        }
        return one.isDone();
    }

    private static RuntimeException broken(@Nullable Throwable cause) throws IOException {
        switch (cause) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> throw new IllegalStateException(cause);
        }
    }

    private FileLock lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return lock;
            }
        } catch (OverlappingFileLockException e) {
            // told below
        }
        throw new JobException(
                "Another program is answering into '%s'. Wait for it, or name another output.".formatted(output));
    }

    private RequestRunner.Answer answered(RequestRunner runner, Place place) throws InterruptedException {
        while (true) {
            RequestRunner.Answer answer = runner.run(
                    Caller.LOCAL,
                    "line-" + place.line(),
                    place.request().url(),
                    place.request().bytes());
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (!answer.later()) {
                return answer;
            }
            Thread.sleep(Math.clamp(answer.retryAfterSeconds() * 1000, 200, 30_000));
        }
    }

    /** Appends answers, one at a time. */
    private final class Writer {
        private final FileChannel channel;
        private final Progress progress;
        private int done;
        private int failed;
        private long promptTokens;
        private long answerTokens;

        Writer(FileChannel channel, Read before, Progress progress) {
            this.channel = channel;
            this.progress = progress;
            this.done = before.done().size();
            this.failed = before.failed();
        }

        synchronized void write(Place place, RequestRunner.Answer answer) throws IOException {
            String line = BatchRequest.answered(
                    "line-" + place.line(), place.request().customId(), answer.status(), answer.body());
            ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
            try {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(false);
            } catch (ClosedByInterruptException e) {
                throw e; // another answer could not be written
            } catch (IOException e) {
                throw new JobException(
                        "An answer could not be written to '%s': %s. Those before it are whole; make room, and start again to go on behind them."
                                .formatted(output, e.getMessage()),
                        e);
            }
            done++;
            failed += answer.status() == 200 ? 0 : 1;
            answer.used().forEach(used -> {
                promptTokens += used.usage().promptTokens();
                answerTokens += used.usage().answerTokens();
            });
            report();
        }

        synchronized void report() {
            progress.report(done, failed, requests.size(), promptTokens, answerTokens);
        }
    }
}
