package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CommandsTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path folder = Path.of("");

    private Terminal terminal = new Terminal(folder);

    @BeforeEach
    void open() {
        terminal = new Terminal(folder);
    }

    static List<String> commands() {
        return Main.COMMANDS;
    }

    @Test
    void theRehearsalForTheCacheRunsEveryCommandItNames() throws Exception {
        Rehearsal.main(new String[] {"light"});
        Rehearsal.main(new String[] {"computing"});
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasHelpWithAnExampleThatFitsATerminal(String command) {
        terminal.run(command, "--help");

        assertThat(terminal.status).isZero();
        assertThat(terminal.out)
                .contains("Usage: ayni " + command)
                .contains("Example")
                .contains("  ayni " + command);
        assertThat(terminal.out.lines()).allMatch(line -> line.length() <= 80);
        assertThat(terminal.err).isEmpty();
    }

    @Test
    void helpMayComeFirst() {
        assertThat(terminal.run("help", "bench").out).isEqualTo(new Terminal(folder).run("bench", "--help").out);
        assertThat(terminal.run("help").out)
                .isEqualTo(new Terminal(folder).run().out)
                .contains("To begin with");
    }

    @Test
    void logitsAreARowForEachPosition() {
        JsonNode all =
                json("logits", terminal.model(), "--ids", "1,2,3,4", "--json").path("logits");
        JsonNode last = json("logits", terminal.model(), "--ids", "1,2,3,4", "--last", "2", "--json")
                .path("logits");

        assertThat(all.size()).isEqualTo(4);
        assertThat(all.get(0).size()).isEqualTo(259);
        assertThat(last.size()).isEqualTo(2);
        assertThat(last.get(0)).isEqualTo(all.get(2));
        assertThat(last.get(1)).isEqualTo(all.get(3));
    }

    @Test
    void generatingGreedilyTakesTheBestTokenOfEachRow() {
        List<Integer> ids = new ArrayList<>(List.of(1, 2, 3));
        JsonNode generated = json(
                "generate",
                terminal.model(),
                "--ids",
                "1,2,3",
                "--greedy",
                "--max-tokens",
                "5",
                "--ignore-end",
                "--json");

        for (JsonNode id : generated.path("ids")) {
            JsonNode row = json(
                            "logits",
                            terminal.model(),
                            "--ids",
                            TokenIds.text(ids.stream().mapToInt(i -> i).toArray()),
                            "--last",
                            "1",
                            "--json")
                    .path("logits")
                    .get(0);
            int best = IntStream.range(0, row.size())
                    .reduce((a, b) -> row.get(a).asDouble() >= row.get(b).asDouble() ? a : b)
                    .orElseThrow();
            assertThat(id.asInt()).isEqualTo(best);
            ids.add(best);
        }
        assertThat(ids).hasSize(8);
    }

    @Test
    void theSameSeedDrawsTheSameTokens() {
        String[] seven = {
            "generate", terminal.model(), "--ids", "1", "--temperature", "1", "--seed", "7", "--max-tokens", "20"
        };
        String first = terminal.run(seven).out;

        assertThat(terminal.run(seven).out).isEqualTo(first);
        seven[6] = "8";
        assertThat(terminal.run(seven).out).isNotEqualTo(first);
    }

    @Test
    void tokenizingReadsAnArgumentStandardInputOrLines() {
        String model = terminal.model();

        assertThat(terminal.run("tokenize", model, "--json", "Hey").out)
                .isEqualTo("{\"ids\":[256,88]}\n".replace("88", ids("y")));
        assertThat(terminal.runWith("Hey", "tokenize", model, "--json", "-").out)
                .contains("256");
        assertThat(terminal.runWith("\"He\"\n\"\\u0048e\\n\"\n\"\"\n", "tokenize", model, "--json", "--lines").out)
                .isEqualTo("{\"ids\":[256]}\n{\"ids\":[256," + ids("\n") + "]}\n{\"ids\":[]}\n");
    }

    @Test
    void specialTokensInATextAreTextUnlessAskedFor() {
        String model = terminal.model();

        assertThat(terminal.run("tokenize", model, "--json", "--special", "<|im_end|>").out)
                .isEqualTo("{\"ids\":[258]}\n");
        assertThat(terminal.run("tokenize", model, "--json", "<|im_end|>").out).doesNotContain("258");
    }

    @Test
    void aTemplateIsRenderedWithNothingAdded() {
        String template =
                terminal.write("t.jinja", "{{ messages[0].content }}|{{ bos_token }}|{{ strftime_now('%Y-%m-%d') }}");
        String values = terminal.write(
                "v.json", "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"bos_token\": \"<s>\"}");

        assertThat(terminal.run("template", template, values, "--now", "2024-07-26").out)
                .isEqualTo("Hi|<s>|2024-07-26");
        assertThat(terminal.run("template", terminal.model(), values).out)
                .isEqualTo("<|im_start|>user\nHi<|im_end|>\n");
    }

    @Test
    void aPromptIsAnsweredAndOnlyTheAnswerGoesToStandardOutput() {
        terminal.run(
                "chat", terminal.model(), "-p", "Hello", "--max-tokens", "5", "--seed", "1", "--kernels", "portable");

        assertThat(terminal.status).isZero();
        assertThat(terminal.out).endsWith("\n").doesNotContain("tokens").doesNotContain("kernels");
        assertThat(terminal.err)
                .contains("kernels: portable")
                .contains("5 tokens")
                .contains("context")
                .contains("--max-tokens");
    }

    @Test
    void aPipeIsAPromptAsWell() {
        String[] chat = {"chat", terminal.model(), "--max-tokens", "9", "--temperature", "0"};
        String piped = terminal.runWith("Hello\n", chat).out;

        assertThat(terminal.run("chat", terminal.model(), "--max-tokens", "9", "--temperature", "0", "-p", "Hello").out)
                .isEqualTo(piped);
        assertThat(terminal.runWith("", chat).status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("Standard input is empty");
    }

    @Test
    void anAnswerKeepsToTheShapeThatIsAskedFor() {
        String schema = terminal.write(
                "schema.json",
                "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}, \"b\": {\"enum\": [\"x\", \"y\"]}}, \"required\": [\"a\", \"b\"], \"additionalProperties\": false}");
        String grammar = terminal.write("list.gbnf", "root ::= (\"- \" [a-z]{1,4} \"\\n\"){3}");
        for (int seed = 0; seed < 5; seed++) {
            String[] chat = {"chat", terminal.model(), "-p", "Hi", "--temperature", "1", "--seed", "" + seed};
            assertThat(with(chat, "--json-schema", schema, "--max-tokens", "60"))
                    .matches("\\{\\s*\"a\": ?-?\\d+,\\s*\"b\": ?\"[xy]\"\\s*}\n");
            assertThat(with(chat, "--grammar", grammar)).matches("(- [a-z]{1,4}\n){3}");
            assertThat(with(chat, "--regex", "(yes|no)")).matches("(yes|no)\n");
        }
    }

    private String with(String[] chat, String... more) {
        String[] all = Arrays.copyOf(chat, chat.length + more.length);
        System.arraycopy(more, 0, all, chat.length, more.length);
        terminal.run(all);
        assertThat(terminal.status).as(terminal.err).isZero();
        return terminal.out;
    }

    @Test
    void aShapeThatCannotBeEnforcedIsToldBeforeAModelIsOpened() {
        String schema = terminal.write("bad.json", "{\"properties\": {\"a\": {\"uniqueItems\": true}}}");
        terminal.run("chat", "no-such-model", "-p", "Hi", "--json-schema", schema);
        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("#/properties/a/uniqueItems");

        terminal.run("chat", "no-such-model", "-p", "Hi", "--regex", "a", "--json-schema", schema);
        assertThat(terminal.err).contains("exclude each other");
    }

    @Test
    void moreThreadsThanAnyMachineHasAreALetter() {
        terminal.run("logits", terminal.model(), "--ids", "1", "--threads", "99999");
        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("The number of threads is 99999").doesNotContain("a mistake of its own");
    }

    @Test
    void aBaseModelExplainsHowItContinuesAText() {
        terminal.run("chat", terminal.baseModel(), "-p", "Once");
        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("no chat template").contains("--continue");

        terminal.run("chat", terminal.baseModel(), "--continue", "-p", "Once", "--max-tokens", "3", "--seed", "1");
        assertThat(terminal.status).isZero();
    }

    @Test
    void perplexityCountsWhatItScores() {
        String text = terminal.write("text.txt", "Words follow words. ".repeat(60));

        JsonNode result = json("perplexity", terminal.model(), text, "--json");

        assertThat(result.path("tokens").asInt()).isEqualTo(1200);
        assertThat(result.path("windows").asInt()).isEqualTo(2);
        assertThat(result.path("scored").asInt()).isEqualTo(510);
        assertThat(Math.exp(result.path("negativeLogLikelihood").asDouble()))
                .isCloseTo(result.path("perplexity").asDouble(), org.assertj.core.data.Percentage.withPercentage(1e-9));
        assertThat(terminal.run("perplexity", terminal.model(), terminal.write("short.txt", "Too short.")).err)
                .contains("10 tokens")
                .contains("512");
    }

    @Test
    void benchGivesANumberForEachRepetition() {
        JsonNode result = json(
                "bench",
                terminal.model(),
                "--prompt",
                "8",
                "--generate",
                "4",
                "--repeat",
                "3",
                "--threads",
                "1",
                "--json");

        assertThat(result.path("prefillTokensPerSecond").size()).isEqualTo(3);
        assertThat(result.path("decodeTokensPerSecond").size()).isEqualTo(3);
        assertThat(result.path("threads").asInt()).isEqualTo(1);
        assertThat(result.path("bandwidthShare").asDouble()).isPositive();
        assertThat(result.path("multiplyShare").asDouble()).isPositive();
        assertThat(result.path("multiplyOperationsPerSecond").asLong())
                .isEqualTo(result.path("multiplyOperationsPerSecondOfOneThread").asLong()); // it has one thread
        // each of two layers: q and o 64 x 64, k and v 64 x 32, three matrices of 64 x 128; an addition to each product
        assertThat(result.path("operationsPerToken").asLong())
                .isEqualTo(2 * 2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 128));
    }

    @Test
    void benchMeasuresConversationsSideBySideAndFarIntoTheirContext() throws IOException {
        Path picture = folder.resolve("bench.svg");
        JsonNode result = json(
                "bench",
                terminal.model(),
                "--prompt=4",
                "--generate=4",
                "--depth=20",
                "--batch=3",
                "--threads=1",
                "--svg=" + picture,
                "--json");

        long weights = json("bench", terminal.model(), "--prompt=0", "--generate=1", "--threads=1", "--json")
                .path("bytesPerStep")
                .asLong();
        // keys and values of 22 positions in three conversations: 2 layers, each 2 numbers of 2 bytes, 4 for this float
        // model
        assertThat((result.path("bytesPerStep").asLong() - weights) % (22 * 3)).isZero();
        assertThat(result.path("bytesPerStep").asLong()).isGreaterThan(weights);
        assertThat(result.path("allocatedBytesPerToken").asLong()).isNotNegative();
        assertThat(Files.readString(picture))
                .startsWith("<svg ")
                .contains("generating reads")
                .contains("reading makes")
                .endsWith("</svg>\n");
    }

    @Test
    void inspectShowsWhatTheFileHolds() {
        terminal.run("inspect", terminal.model(), "--tensors", "--metadata", "--context", "512");

        assertThat(terminal.out)
                .contains("family        llama")
                .contains("2 of width 64")
                .contains("of 512 tokens")
                .contains("blk.1.ffn_down.weight")
                .contains("general.name = tiny");
        assertThat(terminal.run("inspect", terminal.model(), "--template").out)
                .startsWith("{% for message")
                .doesNotContain("family");
    }

    @Test
    void completionKnowsEveryCommand() {
        assertThat(terminal.run("completion").out).contains(Main.COMMANDS).startsWith("#!/usr/bin/env bash");
    }

    private String ids(String text) {
        return new Terminal(folder)
                .run("tokenize", terminal.model(), "--json", text)
                .out
                .replaceAll("\\D", "");
    }

    private JsonNode json(String... arguments) {
        terminal.run(arguments);
        assertThat(terminal.status).as(terminal.err).isZero();
        return JSON.readTree(terminal.out);
    }
}
