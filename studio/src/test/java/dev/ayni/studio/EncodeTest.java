package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EncodeTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path folder = Path.of("");

    private Terminal terminal = new Terminal(folder);
    private String model = "";

    @BeforeEach
    void open() throws IOException {
        terminal = new Terminal(folder);
        model = TinyEncoder.write(folder.resolve("encoder"), 0).toString();
    }

    @Test
    void eachTextBecomesALineWithAVectorOfLengthOne() {
        terminal.run("encode", model, "a b", "c");

        List<String> lines = terminal.out.lines().toList();
        assertThat(terminal.status).isZero();
        assertThat(lines).hasSize(2);
        JsonNode vector = JSON.readTree(lines.getFirst());
        assertThat(vector.size()).isEqualTo(TinyEncoder.WIDTH);
        double squares = 0;
        for (JsonNode number : vector) {
            squares += number.asDouble() * number.asDouble();
        }
        assertThat(squares).isCloseTo(1, within(1e-5));
    }

    @Test
    void linesOfStandardInputGiveTheSameVectorsAsArguments() {
        String arguments = terminal.run("encode", model, "a b", "c\nd").out;

        assertThat(terminal.runWith("\"a b\"\n\"c\\nd\"\n", "encode", model, "--lines").out)
                .isEqualTo(arguments);
        assertThat(terminal.err).contains("2 texts of 8 tokens");
        assertThat(terminal.runWith("a b", "encode", model, "-", "c\nd").out).isEqualTo(arguments);
        assertThat(terminal.runWith("a b\n", "encode", model, "--lines").err)
                .contains("Line 1 of standard input is no JSON string");
    }

    @Test
    void everythingMayComeAsOneObject() {
        JsonNode json = JSON.readTree(terminal.run("encode", model, "--json", "a b", "c").out);

        assertThat(json.path("embeddings").size()).isEqualTo(2);
        assertThat(json.path("tokens").asInt()).isEqualTo(4 + 3);
    }

    @Test
    void aModelThatWritesMakesVectorsToo() throws IOException {
        String writer =
                Files.write(folder.resolve("writer.gguf"), TinyModel.gguf(true)).toString();

        assertThat(terminal.run("encode", writer, "--similarity", "ab", "b", "ab").out)
                .startsWith(" 1.0000  ab");
        JsonNode json = JSON.readTree(terminal.run("encode", writer, "--ids", "1,2,3", "--json").out);
        assertThat(json.path("hidden").size()).isEqualTo(3);
        assertThat(terminal.run("encode", writer, "--ids", "1,2", "--type-ids", "0,1").err)
                .contains("knows no --type-ids");
        assertThat(terminal.run("encode", writer, "a".repeat(3000)).err).contains("and the context holds");
    }

    @Test
    void theNearestTextComesFirst() {
        terminal.run("encode", model, "--similarity", "a b", "q z x", "a b");

        List<String> lines = terminal.out.lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).isEqualTo(" 1.0000  a b");
        assertThat(lines.get(1)).endsWith("  q z x");
    }

    @Test
    void aCrossEncoderReadsBothTextsTogether() throws IOException {
        String ranker = TinyEncoder.write(folder.resolve("ranker"), 1).toString();
        JsonNode scores = JSON.readTree(terminal.run("encode", ranker, "--similarity", "--json", "a", "b", "a").out)
                .path("similarities");
        JsonNode logit = JSON.readTree(
                        terminal.run("encode", ranker, "--ids", "2,5,3,6,3", "--type-ids", "0,0,0,1,1", "--json").out)
                .path("logits");

        assertThat(scores.size()).isEqualTo(2);
        assertThat(scores.path(0).asDouble())
                .isCloseTo(1 / (1 + Math.exp(-logit.path(0).asDouble())), within(1e-6));
    }

    @Test
    void tokenIdsGiveARowForEach() {
        JsonNode hidden = JSON.readTree(terminal.run("encode", model, "--ids", "2,5,3", "--json").out)
                .path("hidden");

        assertThat(hidden.size()).isEqualTo(3);
        assertThat(hidden.path(0).size()).isEqualTo(TinyEncoder.WIDTH);
    }

    @Test
    void whatIsMissingOrTooMuchIsSaid() {
        assertThat(terminal.run("encode", model).err).contains("There is no text.");
        assertThat(terminal.run("encode", model, "--lines", "a").err).contains("Texts are given in 2 ways");
        assertThat(terminal.run("encode", model, "--similarity", "a").err).contains("Give at least two texts");
        assertThat(terminal.run("encode", model, "--ids", "2,99,3").err).contains("token id 99 is not known");
        assertThat(terminal.run("encode", model, "--ids", "2,3", "--type-ids", "0").err)
                .contains("2 --ids and 1 --type-ids");
        assertThat(terminal.status).isEqualTo(1);
    }

    @Test
    void inspectTellsAnEncoderFromAModelThatWrites() {
        assertThat(terminal.run("inspect", model, "--tensors").out)
                .contains("bert, an encoder")
                .contains("1 of width 16")
                .contains("WordPiece, 31 tokens");
        assertThat(terminal.run("chat", model, "-p", "a").err).contains("is an encoder (bert)");
    }
}
