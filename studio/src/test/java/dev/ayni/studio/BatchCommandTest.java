package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A file of requests from the command line, answered by a tiny model. */
final class BatchCommandTest {
    private static final JsonMapper MAPPER = new JsonMapper();

    @TempDir
    private Path folder = Path.of("");

    @Test
    void requestsAreAnsweredAndNotAnsweredAgain() throws IOException {
        Terminal terminal = new Terminal(folder);
        String model = terminal.model();
        String input = terminal.write("in.jsonl", line(model, 0, 4) + line(model, 1, 4) + line(model, 2, -3));
        Path output = folder.resolve("out.jsonl");

        terminal.run("batch", input, output.toString(), "--estimate");
        assertThat(terminal.status).describedAs(terminal.err).isZero();
        assertThat(terminal.err).contains("3 requests, about ", " tokens to read", " to write");
        assertThat(output).doesNotExist();

        terminal.run("batch", input, output.toString(), "--at-once", "2");
        assertThat(terminal.status).describedAs(terminal.err).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("3 of 3, 1 errors").contains("3 answers in ");
        List<JsonNode> answers = Files.readAllLines(output).stream()
                .map(line -> (JsonNode) MAPPER.readTree(line))
                .toList();
        assertThat(answers).hasSize(3);
        for (JsonNode answer : answers) {
            boolean wrong = answer.get("custom_id").stringValue().equals("c2");
            assertThat(answer.at("/response/status_code").intValue()).isEqualTo(wrong ? 400 : 200);
            assertThat(answer.at("/response/body").has(wrong ? "error" : "choices"))
                    .isTrue();
        }

        byte[] before = Files.readAllBytes(output);
        terminal.run("batch", input, output.toString());
        assertThat(terminal.err).contains("3 of them are answered already");
        assertThat(output).hasBinaryContent(before);
    }

    private static String line(String model, int i, int most) {
        return MAPPER.writeValueAsString(MAPPER.createObjectNode()
                        .put("custom_id", "c" + i)
                        .put("method", "POST")
                        .put("url", "/v1/chat/completions")
                        .set(
                                "body",
                                MAPPER.readTree(
                                        "{\"model\":%s,\"max_tokens\":%d,\"messages\":[{\"role\":\"user\",\"content\":\"ab\"}]}"
                                                .formatted(MAPPER.writeValueAsString(model), most))))
                + "\n";
    }
}
