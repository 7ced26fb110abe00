package dev.ayni.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.Usage;
import dev.ayni.server.access.Caller;
import dev.ayni.server.access.KeyedAccess.Used;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** A file of requests answered into another, with stops in between. */
final class FileBatchTest {
    @TempDir
    private Path folder = Path.of("");

    private Path input = Path.of("");
    private Path output = Path.of("");
    private final AtomicInteger ran = new AtomicInteger();

    @BeforeEach
    void name() {
        input = folder.resolve("in.jsonl");
        output = folder.resolve("out.jsonl");
    }

    @Test
    void aFileThatIsNoLinesIsRefusedBeforeItFillsTheMemory() throws Exception {
        Files.writeString(input, "\n" + " ".repeat((8 << 20) + 1));
        assertThatThrownBy(() -> new FileBatch(input, output))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("Line 2 of")
                .hasMessageContaining("JSON Lines");
    }

    @Test
    void aFolderIsNoFile() throws Exception {
        write(1);
        assertThatThrownBy(() -> new FileBatch(folder, output)).hasMessageContaining("is a folder");
        assertThatThrownBy(() -> new FileBatch(input, folder)).hasMessageContaining("is a folder");
    }

    @Test
    void everyRequestIsAnsweredOnceAndProgressIsTold() throws Exception {
        write(20);
        List<String> told = new ArrayList<>();
        int failed = new FileBatch(input, output)
                .run(
                        this::echo,
                        3,
                        (done, wrong, total, prompt, answer) ->
                                told.add("%d %d of %d, %d %d".formatted(done, wrong, total, prompt, answer)));
        assertThat(failed).isZero();
        assertThat(told).hasSize(21).first().isEqualTo("0 0 of 20, 0 0");
        assertThat(told).last().isEqualTo("20 0 of 20, 60 40");
        assertThat(answers()).containsExactlyInAnyOrderElementsOf(expected(20));
    }

    @Test
    void answersThatAreErrorsAreCountedAndKept() throws Exception {
        write(5);
        int failed = new FileBatch(input, output)
                .run(
                        (caller, id, path, body) -> id.equals("line-3")
                                ? new RequestRunner.Answer(400, "{\"error\":{}}", 0, List.of())
                                : echo(caller, id, path, body),
                        2,
                        (done, wrong, total, prompt, answer) -> {});
        assertThat(failed).isEqualTo(1);
        assertThat(answers()).hasSize(5);
        assertThat(run()).isEqualTo(1);
        assertThat(ran).hasValue(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 40, 79})
    void whatAStopToreIsCutOffAndAnsweredAgain(int bytesOfTheTornLine) throws Exception {
        write(10);
        run();
        List<String> lines = Files.readAllLines(output);
        String torn = lines.get(6).substring(0, bytesOfTheTornLine);
        Files.writeString(output, String.join("\n", lines.subList(0, 6)) + "\n" + torn);
        ran.set(0);
        assertThat(new FileBatch(input, output).done()).isEqualTo(6);
        run();
        assertThat(ran).hasValue(4);
        assertThat(answers()).containsExactlyInAnyOrderElementsOf(expected(10));
    }

    @Test
    void aStopInTheMiddleLosesNothing() throws Exception {
        write(30);
        assertThatThrownBy(() -> new FileBatch(input, output)
                        .run(
                                (caller, id, path, body) -> {
                                    if (ran.incrementAndGet() == 12) {
                                        throw new IllegalStateException("the model broke");
                                    }
                                    return answer(body);
                                },
                                4,
                                (done, wrong, total, prompt, answer) -> {}))
                .hasMessage("the model broke");
        run();
        assertThat(answers()).containsExactlyInAnyOrderElementsOf(expected(30));
    }

    @Test
    void aRequestForWhichThereIsNoRoomIsSentAgain() throws Exception {
        write(2);
        new FileBatch(input, output)
                .run(
                        (caller, id, path, body) -> ran.incrementAndGet() == 1
                                ? new RequestRunner.Answer(429, "{}", 0, List.of())
                                : answer(body),
                        1,
                        (done, wrong, total, prompt, answer) -> {});
        assertThat(answers()).containsExactlyInAnyOrderElementsOf(expected(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"what somebody wants to keep\nand more of it\n", "one line\n", "no end", "{\"id\":7}\n"})
    void aFileThatHoldsSomethingElseIsLeftAlone(String precious) throws Exception {
        write(3);
        Files.writeString(output, precious);
        assertThatThrownBy(this::run).isInstanceOf(JobException.class).hasMessageContaining("no answer of a batch");
        assertThat(Files.readString(output)).isEqualTo(precious);
        assertThatThrownBy(() -> new FileBatch(input, input)).hasMessageContaining("The output is the input");
        assertThat(ran).hasValue(0);
    }

    @Test
    void anInputThatIsWrongIsToldLineByLine() throws Exception {
        write(2);
        Files.writeString(input, "{\"custom_id\":\"c0\"}\n" + line(1) + "nonsense\n", StandardOpenOption.APPEND);
        assertThatThrownBy(() -> new FileBatch(input, output))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("line 3: 'method' is missing")
                .hasMessageContaining("line 4: 'custom_id' is 'c1' a second time")
                .hasMessageContaining("line 5: The line is no valid JSON");
        Files.writeString(input, "\n");
        assertThatThrownBy(() -> new FileBatch(input, output)).hasMessageContaining("holds no request");
        assertThat(output).doesNotExist();
    }

    private int run() throws Exception {
        return new FileBatch(input, output).run(this::echo, 3, (done, wrong, total, prompt, answer) -> {});
    }

    private RequestRunner.Answer echo(Caller caller, String id, String path, byte[] body) {
        ran.incrementAndGet();
        return answer(body);
    }

    private static RequestRunner.Answer answer(byte[] body) {
        return new RequestRunner.Answer(
                200,
                "{\"echo\":%s}".formatted(new String(body, StandardCharsets.UTF_8)),
                0,
                List.of(new Used("tiny", new Usage(3, 0, 2, 100, 0, 0))));
    }

    private void write(int count) throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append(line(i));
        }
        Files.writeString(input, lines);
    }

    private static String line(int i) {
        return "{\"custom_id\":\"c%d\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"n\":%d}}\n"
                .formatted(i, i);
    }

    private List<String> answers() throws Exception {
        return Files.readAllLines(output).stream()
                .map(line -> new JsonMapper().readTree(line))
                .map(node -> node.get("custom_id").stringValue() + "=" + node.at("/response/body/echo/n"))
                .toList();
    }

    private static List<String> expected(int count) {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            expected.add("c%d=%d".formatted(i, i));
        }
        return expected;
    }
}
