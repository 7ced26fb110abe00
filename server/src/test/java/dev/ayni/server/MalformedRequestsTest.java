package dev.ayni.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.server.access.OneKey;
import dev.ayni.server.openai.OpenAiApi;
import dev.ayni.server.openai.ResponseStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * 200 requests, each wrong in some way, drawn with a fixed seed. Each bears a mark of its own, so that it would show if one
 * were answered with something of another. What was answered to each kind is written to target/malformed-requests.md.
 */
@Timeout(120)
class MalformedRequestsTest {
    private static final String KEY = "a-key-for-tests-only";
    private static final Pattern STATUS = Pattern.compile("^HTTP/1\\.1 (\\d{3})");
    private static final Pattern MESSAGE = Pattern.compile("\"message\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "-1",
            "1e999",
            "99999999999999999999",
            "0.5",
            "\"text\"",
            "\"\"",
            "[]",
            "{}",
            "[[]]",
            "[null]",
            "{\"a\":{}}",
            "\"\\ud800\"");
    private static final List<String> FIELDS = List.of(
            "model",
            "messages",
            "temperature",
            "top_p",
            "n",
            "stream",
            "stop",
            "max_tokens",
            "seed",
            "tools",
            "tool_choice",
            "response_format",
            "logit_bias",
            "logprobs",
            "top_logprobs",
            "presence_penalty");

    private final SplittableRandom random = new SplittableRandom(6);

    private record Wrong(String kind, String mark, byte[] bytes) {}

    private Wrong wrong(int i) {
        String mark = "mark%dz".formatted(i);
        return switch (i % 16) {
            case 0, 1, 2, 3 -> {
                String field = FIELDS.get(random.nextInt(FIELDS.size()));
                String value = VALUES.get(random.nextInt(VALUES.size()));
                yield post("a field of another type or size", mark, chat(mark, field, value));
            }
            case 4 -> post("a field that is not known", mark, chat(mark, "no_such_field", "1"));
            case 5 -> {
                String whole = chat(mark, "n", "1");
                yield post("JSON that breaks off", mark, whole.substring(0, random.nextInt(1, whole.length())));
            }
            case 6 -> {
                byte[] body = chat(mark, "n", "1").getBytes(StandardCharsets.UTF_8);
                body[random.nextInt(40, body.length)] = (byte) (0xF8 + random.nextInt(8));
                yield request("not UTF-8", mark, "POST", "/v1/chat/completions", KEY, body, body.length);
            }
            case 7 -> {
                int depth = random.nextInt(201, 20_000);
                yield post("nested too deeply", mark, chat(mark, "tools", "[".repeat(depth) + "]".repeat(depth)));
            }
            case 8 ->
                request(
                        "a wrong key",
                        mark,
                        "POST",
                        "/v1/chat/completions",
                        "wrong-" + mark,
                        chat(mark, "n", "1").getBytes(StandardCharsets.UTF_8),
                        -1);
            case 9 ->
                request(
                        "a wrong method",
                        mark,
                        List.of("PUT", "DELETE", "PATCH", "TRACE", "BREW").get(random.nextInt(5)),
                        "/v1/chat/completions",
                        KEY,
                        new byte[0],
                        -1);
            case 10 -> request("a path that is not there", mark, "GET", "/v1/" + mark, KEY, new byte[0], -1);
            case 11 -> {
                byte[] body = chat(mark, "n", "1").getBytes(StandardCharsets.UTF_8);
                yield request(
                        "Content-Length shorter than the body",
                        mark,
                        "POST",
                        "/v1/chat/completions",
                        KEY,
                        body,
                        body.length / 2);
            }
            case 12 ->
                raw(
                        "headers without end",
                        mark,
                        "GET /health HTTP/1.1\r\nHost: localhost\r\n"
                                + ("X-%s: 1\r\n".formatted(mark)).repeat(10_000)
                                + "\r\n");
            case 13 ->
                raw(
                        "two lengths",
                        mark,
                        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n"
                                + mark);
            case 14 ->
                raw(
                        "an address that cannot be decoded",
                        mark,
                        "GET /v1/models/%s%%%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                                .formatted(
                                        mark, List.of("zz", "c0%80", "", "ff").get(random.nextInt(4)), KEY));
            default -> {
                byte[] noise = new byte[random.nextInt(10, 2000)];
                for (int at = 0; at < noise.length; at++) {
                    noise[at] = (byte) random.nextInt(256);
                }
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                bytes.writeBytes((mark + " ").getBytes(StandardCharsets.UTF_8));
                bytes.writeBytes(noise);
                bytes.writeBytes("\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                yield new Wrong("no HTTP at all", mark, bytes.toByteArray());
            }
        };
    }

    private static String chat(String mark, String field, String value) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("model", "\"" + mark + "\"");
        fields.put("messages", "[{\"role\": \"user\", \"content\": \"%s\"}]".formatted(mark));
        fields.put(field, value);
        List<String> members = new ArrayList<>();
        fields.forEach((name, json) -> members.add("\"%s\": %s".formatted(name, json)));
        return "{" + String.join(", ", members) + "}";
    }

    private static Wrong post(String kind, String mark, String body) {
        return request(kind, mark, "POST", "/v1/chat/completions", KEY, body.getBytes(StandardCharsets.UTF_8), -1);
    }

    private static Wrong request(
            String kind, String mark, String method, String path, String key, byte[] body, int length) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(
                "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                        .formatted(method, path, key, length < 0 ? body.length : length)
                        .getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes(body);
        return new Wrong(kind, mark, bytes.toByteArray());
    }

    private static Wrong raw(String kind, String mark, String text) {
        return new Wrong(kind, mark, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void twoHundredMalformedRequestsAreToldWhatIsWrongAndNothingElse() throws IOException {
        List<Wrong> all = IntStream.range(0, 200).mapToObj(this::wrong).toList();
        Map<String, Map<String, Integer>> table = new TreeMap<>();
        Map<String, String> letters = new TreeMap<>();
        ServerSettings settings = ServerSettings.local(0).withLimits(1 << 20, 100, 100, 2000, 1000);
        OpenAiApi openAi = new OpenAiApi(new NoModels(), ResponseStore.inMemory());
        try (RunningServer running = new RunningServer(settings, new OneKey(KEY), List.of(openAi))) {
            for (Wrong wrong : all) {
                String answer = running.raw(wrong.bytes(), 10_000);
                Matcher status = STATUS.matcher(answer);
                assertThat(status.find()).as("%s: %s", wrong.kind(), answer).isTrue();
                assertThat(status.group(1)).as("%s: %s", wrong.kind(), answer).startsWith("4");
                assertThat(answer)
                        .as(wrong.kind())
                        .doesNotContain("dev.ayni", "Exception", "java.", "jetty", "Jetty", "StreamRead", "\tat ", KEY);
                for (Wrong other : all) {
                    if (other != wrong) {
                        assertThat(answer).as(wrong.kind()).doesNotContain(other.mark());
                    }
                }
                Matcher message = MESSAGE.matcher(answer);
                boolean told = message.find();
                assertThat(told || wrong.bytes()[0] == 'T')
                        .as("%s: %s", wrong.kind(), answer)
                        .isTrue();
                table.computeIfAbsent(wrong.kind(), kind -> new TreeMap<>()).merge(status.group(1), 1, Integer::sum);
                if (told) {
                    letters.putIfAbsent(wrong.kind(), message.group(1).replace(wrong.mark(), "..."));
                }
            }

            assertThat(running.post("/v1/text", "{\"text\": \"still here\"}", "authorization", "Bearer " + KEY)
                            .body())
                    .contains("still here");
            RunningServer.await(
                    () -> running.server.underWay() == 0); // a client has its answer before the server has put it down
        }
        StringBuilder page = new StringBuilder("| kind | status: how many | one of the messages |\n|---|---|---|\n");
        table.forEach((kind, statuses) ->
                page.append("| %s | %s | %s |\n".formatted(kind, statuses, letters.getOrDefault(kind, ""))));
        Files.createDirectories(Path.of("target"));
        Files.writeString(Path.of("target/malformed-requests.md"), page);
    }
}
