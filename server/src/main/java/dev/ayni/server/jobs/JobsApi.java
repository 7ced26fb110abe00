package dev.ayni.server.jobs;

import dev.ayni.server.http.Api;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.ErrorShape;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.http.Route;
import dev.ayni.server.http.Route.Described;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** OpenAI's {@code /v1/files} and {@code /v1/batches}. */
public final class JobsApi implements Api {
    private static final JsonMapper MAPPER = new JsonMapper();

    /** What OpenAI's clients may say a file is for. {@code batch_output} is said by the server only. */
    private static final Set<String> PURPOSES =
            Set.of("batch", "user_data", "assistants", "fine-tune", "vision", "evals");

    private static final long SHORTEST_SECONDS = 3_600;
    private static final long LONGEST_SECONDS = 2_592_000;
    private static final int MOST_METADATA = 16;

    private final KeptFiles files;
    private final Batches batches;
    private final ErrorShape errors;

    /** @param errors how OpenAI's errors are written */
    public JobsApi(KeptFiles files, Batches batches, ErrorShape errors) {
        this.files = files;
        this.batches = batches;
        this.errors = errors;
    }

    @Override
    public String name() {
        return "openai jobs";
    }

    @Override
    public ErrorShape errors() {
        return errors;
    }

    @Override
    public List<Route> routes() {
        return List.of(
                Route.of("POST", "/v1/files", "Keep a file", answers(FILE), this::upload),
                Route.of("GET", "/v1/files", "List your files, newest first", answers(list(FILE)), this::listFiles),
                Route.of("GET", "/v1/files/{file_id}", "Describe a file", answers(FILE), this::describeFile),
                Route.of(
                        "GET",
                        "/v1/files/{file_id}/content",
                        "Fetch a file's content",
                        Described.NOTHING,
                        this::content),
                Route.of("DELETE", "/v1/files/{file_id}", "Forget a file", answers(DELETED), this::delete),
                Route.of(
                        "POST",
                        "/v1/batches",
                        "Have a file of requests answered when there is time",
                        new Described(BATCH_REQUEST, BATCH),
                        this::createBatch),
                Route.of(
                        "GET",
                        "/v1/batches",
                        "List your batches, newest first",
                        answers(list(BATCH)),
                        this::listBatches),
                Route.of(
                        "GET", "/v1/batches/{batch_id}", "Say how far a batch is", answers(BATCH), this::describeBatch),
                Route.of(
                        "POST",
                        "/v1/batches/{batch_id}/cancel",
                        "End a batch early",
                        answers(BATCH),
                        this::cancelBatch));
    }

    private void upload(Exchange exchange) {
        String purpose = null;
        String anchor = null;
        Long seconds = null;
        KeptFile kept = null;
        String owner = exchange.caller().principal();
        files.refuseIfFull(owner, announced(exchange));
        try {
            for (Exchange.Part part : exchange.parts()) {
                switch (part.name()) {
                    case "purpose" -> purpose = purpose(text(part));
                    case "expires_after[anchor]" -> anchor = text(part);
                    case "expires_after[seconds]" -> seconds = seconds(text(part));
                    case "file" -> {
                        if (kept != null) {
                            throw ApiException.invalid(
                                    "file", "There are two parts 'file'. Upload one file at a time.");
                        }
                        String name = part.fileName();
                        kept = files.write(
                                owner,
                                name == null || name.isBlank() ? "file" : name,
                                "",
                                null,
                                out -> files.copy(owner, part.content(), out));
                    }
                    default ->
                        throw new ApiException(
                                400,
                                "unknown_parameter",
                                part.name(),
                                Map.of(),
                                "'%s' is not known here. A file is uploaded with the parts 'file', 'purpose' and 'expires_after'."
                                        .formatted(part.name()));
                }
            }
            if (kept == null) {
                throw missing("file", "a part with the content, in a multipart/form-data body");
            }
            if (purpose == null) {
                throw missing("purpose", "one of " + words(PURPOSES));
            }
            if (anchor != null && !anchor.equals("created_at")) {
                throw ApiException.invalid(
                        "expires_after.anchor",
                        "'expires_after.anchor' is '%s'; expected created_at.".formatted(anchor));
            }
            Instant expires = seconds == null ? null : kept.created().plusSeconds(seconds);
            exchange.json(json(files.list(kept, purpose, expires)));
            kept = null;
        } finally {
            files.discard(kept);
        }
    }

    /** How many bytes are to come, as far as that is said beforehand. */
    private static long announced(Exchange exchange) {
        String length = exchange.header("content-length");
        return length != null && length.matches("\\d{1,18}") ? Long.parseLong(length) : 0;
    }

    private static ApiException missing(String field, String expected) {
        return new ApiException(
                400,
                "missing_required_parameter",
                field,
                Map.of(),
                "'%s' is missing; expected %s.".formatted(field, expected));
    }

    private static String text(Exchange.Part part) {
        try (InputStream content = part.content()) {
            byte[] bytes = content.readNBytes(1001);
            if (bytes.length > 1000) {
                throw ApiException.invalid(part.name(), "'%s' is longer than 1000 bytes.".formatted(part.name()));
            }
            return new String(bytes, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String purpose(String word) {
        if (!PURPOSES.contains(word)) {
            throw ApiException.invalid(
                    "purpose", "'purpose' is '%s'; expected one of %s.".formatted(word, words(PURPOSES)));
        }
        return word;
    }

    private static String words(Set<String> words) {
        return String.join(", ", words.stream().sorted().toList());
    }

    private static long seconds(String text) {
        try {
            long seconds = Long.parseLong(text);
            if (seconds >= SHORTEST_SECONDS && seconds <= LONGEST_SECONDS) {
                return seconds;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw ApiException.invalid(
                "expires_after.seconds",
                "'expires_after.seconds' is '%s'; expected a whole number from %d to %d."
                        .formatted(text, SHORTEST_SECONDS, LONGEST_SECONDS));
    }

    private void listFiles(Exchange exchange) {
        int limit = limit(exchange, 10_000, 10_000);
        List<KeptFile> found = files.list(
                exchange.caller().principal(),
                exchange.query("purpose"),
                exchange.query("after"),
                limit + 1,
                newestFirst(exchange));
        exchange.json(page(found.stream().map(JobsApi::json).toList(), limit));
    }

    private static boolean newestFirst(Exchange exchange) {
        String order = exchange.query("order");
        if (order != null && !order.equals("asc") && !order.equals("desc")) {
            throw ApiException.invalid("order", "'order' is '%s'; expected asc or desc.".formatted(order));
        }
        return !"asc".equals(order);
    }

    private static int limit(Exchange exchange, int most, int otherwise) {
        String text = exchange.query("limit");
        if (text == null) {
            return otherwise;
        }
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= most) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw ApiException.invalid(
                "limit", "'limit' is '%s'; expected a whole number from 1 to %d.".formatted(text, most));
    }

    /** A list as OpenAI writes it; one more item than the limit says that there are more. */
    private static Map<String, Object> page(List<Map<String, @Nullable Object>> items, int limit) {
        List<Map<String, @Nullable Object>> shown = items.subList(0, Math.min(limit, items.size()));
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("object", "list");
        page.put("data", shown);
        if (!shown.isEmpty()) {
            page.put("first_id", String.valueOf(shown.getFirst().get("id")));
            page.put("last_id", String.valueOf(shown.getLast().get("id")));
        }
        page.put("has_more", items.size() > limit);
        return page;
    }

    private KeptFile file(Exchange exchange) {
        return files.find(exchange.caller().principal(), exchange.pathValue("file_id"));
    }

    private void describeFile(Exchange exchange) {
        exchange.json(json(file(exchange)));
    }

    private void content(Exchange exchange) {
        KeptFile file = file(exchange);
        try (InputStream content = files.open(file)) {
            // never a type that a browser would run
            exchange.header("X-Content-Type-Options", "nosniff");
            exchange.answer(200, "application/octet-stream", file.bytes(), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void delete(Exchange exchange) {
        KeptFile file = files.delete(exchange.caller().principal(), exchange.pathValue("file_id"));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", file.id());
        answer.put("object", "file");
        answer.put("deleted", true);
        exchange.json(answer);
    }

    private void createBatch(Exchange exchange) {
        JsonFields fields = JsonFields.of(exchange.body());
        String input = fields.text("input_file_id");
        String endpoint = fields.text("endpoint");
        String window = fields.text("completion_window");
        String metadata = metadata(fields);
        Long outputSeconds = outputSeconds(fields);
        fields.end();
        exchange.json(json(
                batches.create(exchange.caller(), input, endpoint, window(window), window, metadata, outputSeconds)));
    }

    private static @Nullable Long outputSeconds(JsonFields fields) {
        JsonFields after = fields.object("output_expires_after");
        if (after == null) {
            return null;
        }
        String anchor = after.text("anchor");
        if (!anchor.equals("created_at")) {
            throw ApiException.invalid(
                    after.at("anchor"), "'%s' is '%s'; expected created_at.".formatted(after.at("anchor"), anchor));
        }
        if (!after.has("seconds")) {
            throw missing(
                    after.at("seconds"), "a whole number from %d to %d".formatted(SHORTEST_SECONDS, LONGEST_SECONDS));
        }
        long seconds = after.whole("seconds", SHORTEST_SECONDS, LONGEST_SECONDS, LONGEST_SECONDS);
        after.end();
        return seconds;
    }

    /** OpenAI knows {@code 24h} only; here any number of hours or days is a time by which a batch has to be done. */
    private static Duration window(String text) {
        if (text.matches("[1-9][0-9]{0,2}[hd]")) {
            long number = Long.parseLong(text.substring(0, text.length() - 1));
            return text.endsWith("h") ? Duration.ofHours(number) : Duration.ofDays(number);
        }
        throw ApiException.invalid(
                "completion_window",
                "'completion_window' is '%s'; expected 24h, or another number of hours (h) or days (d)."
                        .formatted(text));
    }

    private static String metadata(JsonFields fields) {
        JsonNode node = fields.optional("metadata");
        if (node == null) {
            return "{}";
        }
        if (!node.isObject() || node.size() > MOST_METADATA) {
            throw fields.wrong("metadata", node, "an object of at most %d strings".formatted(MOST_METADATA));
        }
        ObjectNode copy = MAPPER.createObjectNode();
        node.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            if (entry.getKey().length() > 64
                    || !value.isString()
                    || value.stringValue().length() > 512) {
                throw fields.wrong("metadata", node, "strings of at most 512 characters, under names of at most 64");
            }
            copy.put(entry.getKey(), value.stringValue());
        });
        return copy.toString();
    }

    private void listBatches(Exchange exchange) {
        int limit = limit(exchange, 100, 20);
        List<Batch> found =
                batches.list(exchange.caller().principal(), exchange.query("after"), limit + 1, newestFirst(exchange));
        exchange.json(page(found.stream().map(JobsApi::json).toList(), limit));
    }

    private void describeBatch(Exchange exchange) {
        exchange.json(json(batches.find(exchange.caller().principal(), exchange.pathValue("batch_id"))));
    }

    private void cancelBatch(Exchange exchange) {
        exchange.json(json(batches.cancel(exchange.caller().principal(), exchange.pathValue("batch_id"))));
    }

    private static Map<String, @Nullable Object> json(KeptFile file) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", file.id());
        json.put("object", "file");
        json.put("bytes", file.bytes());
        json.put("created_at", file.created().getEpochSecond());
        json.put("filename", file.name());
        json.put("purpose", file.purpose());
        json.put("status", "processed");
        json.put("expires_at", seconds(file.expires()));
        return json;
    }

    private static @Nullable Long seconds(@Nullable Instant instant) {
        return instant == null ? null : instant.getEpochSecond();
    }

    private static Map<String, @Nullable Object> json(Batch batch) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", batch.id());
        json.put("object", "batch");
        json.put("endpoint", batch.endpoint());
        String errors = batch.errors();
        if (errors == null) {
            json.put("errors", null);
        } else {
            Map<String, Object> list = new LinkedHashMap<>();
            list.put("object", "list");
            list.put("data", MAPPER.readTree(errors));
            json.put("errors", list);
        }
        json.put("input_file_id", batch.inputFile());
        json.put("completion_window", batch.completionWindow());
        json.put("status", batch.status().word());
        json.put("output_file_id", batch.outputFile());
        json.put("error_file_id", batch.errorFile());
        json.put("created_at", batch.created().getEpochSecond());
        json.put("in_progress_at", seconds(batch.inProgress()));
        json.put("expires_at", seconds(batch.expires()));
        json.put("finalizing_at", seconds(batch.finalizing()));
        json.put("completed_at", seconds(batch.completedAt()));
        json.put("failed_at", seconds(batch.failedAt()));
        json.put("expired_at", seconds(batch.expired()));
        json.put("cancelling_at", seconds(batch.cancelling()));
        json.put("cancelled_at", seconds(batch.cancelled()));
        json.put(
                "request_counts",
                Map.of("total", batch.total(), "completed", batch.completed(), "failed", batch.failed()));
        json.put("metadata", MAPPER.readTree(batch.metadata()));
        return json;
    }

    private static Described answers(String answer) {
        return new Described("", answer);
    }

    private static String list(String item) {
        return """
        {"type":"object","required":["object","data","has_more"],"properties":{"object":{"const":"list"},
        "data":{"type":"array","items":%s},"first_id":{"type":"string"},"last_id":{"type":"string"},
        "has_more":{"type":"boolean"}}}""".formatted(item);
    }

    private static final String FILE = """
            {"type":"object","required":["id","object","bytes","created_at","filename","purpose"],"properties":{
            "id":{"type":"string"},"object":{"const":"file"},"bytes":{"type":"integer"},"created_at":{"type":"integer"},
            "expires_at":{"type":["integer","null"]},"filename":{"type":"string"},"purpose":{"type":"string"},
            "status":{"const":"processed"}}}""";

    private static final String DELETED = """
            {"type":"object","required":["id","object","deleted"],"properties":{"id":{"type":"string"},
            "object":{"const":"file"},"deleted":{"type":"boolean"}}}""";

    private static final String BATCH_REQUEST = """
            {"type":"object","required":["input_file_id","endpoint","completion_window"],"properties":{
            "input_file_id":{"type":"string"},"endpoint":{"type":"string"},
            "completion_window":{"type":"string","pattern":"^[1-9][0-9]{0,2}[hd]$"},
            "output_expires_after":{"type":["object","null"],"required":["anchor","seconds"],"properties":{
            "anchor":{"const":"created_at"},"seconds":{"type":"integer","minimum":3600,"maximum":2592000}}},
            "metadata":{"type":["object","null"],"maxProperties":16,"additionalProperties":{"type":"string"}}}}""";

    private static final String BATCH = """
            {"type":"object","required":["id","object","endpoint","input_file_id","completion_window","status","created_at"],
            "properties":{"id":{"type":"string"},"object":{"const":"batch"},"endpoint":{"type":"string"},
            "errors":{"type":["object","null"]},"input_file_id":{"type":"string"},"completion_window":{"type":"string"},
            "status":{"enum":["validating","failed","in_progress","finalizing","completed","expired","cancelling","cancelled"]},
            "output_file_id":{"type":["string","null"]},"error_file_id":{"type":["string","null"]},
            "created_at":{"type":"integer"},"request_counts":{"type":"object","properties":{"total":{"type":"integer"},
            "completed":{"type":"integer"},"failed":{"type":"integer"}}},"metadata":{"type":["object","null"]}}}""";
}
