package dev.ayni.tokenizer;

import static dev.ayni.tokenizer.GgufTokenizerTest.pieces;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenizerFilesTest {
    private static final String BYTE_LEVEL = """
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}""";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTokenizerJsonReadsAsTheSameVocabularyInGguf(boolean pairs) throws Exception {
        Tokenizer json = Tokenizers.fromFile(write("tokenizer.json", byteLevel(BYTE_LEVEL, "null", pairs, "false")));
        Tokenizer gguf = Tokenizers.fromGguf(TinyVocabulary.byteLevel());
        Random random = new Random(5);
        for (int i = 0; i < 2_000; i++) {
            String text = RandomText.of(random, random.nextInt(20)) + "hello world<|im_end|><note>";
            for (boolean special : new boolean[] {true, false}) {
                assertThat(json.encode(text, special)).as(text).isEqualTo(gguf.encode(text, special));
            }
            assertThat(json.decode(json.encode(text, false))).isEqualTo(text);
        }
        assertThat(json.specials()).isEqualTo(gguf.specials());
    }

    @Test
    void aSequenceOfPreTokenizersCutsStepByStep() throws Exception {
        String llama3 = Patterns.LLAMA3.replace("\\", "\\\\");
        String steps = """
                {"type": "Sequence", "pretokenizers": [
                  {"type": "Split", "pattern": {"Regex": "%s"}, "behavior": "Isolated", "invert": false},
                  {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}""".formatted(llama3);
        Tokenizer json = Tokenizers.fromFile(write("tokenizer.json", byteLevel(steps, "null", true, "true")));
        GgufVocabulary v = TinyVocabulary.byteLevel();
        Tokenizer gguf = Tokenizers.fromGguf(new GgufVocabulary(
                "gpt2", "llama-bpe", v.tokens(), v.scores(), v.types(), v.merges(), -1, -1, -1, -1, null, null));
        Random random = new Random(6);
        for (int i = 0; i < 1_000; i++) {
            String text = RandomText.of(random, random.nextInt(20));
            assertThat(json.encode(text, false)).isEqualTo(gguf.encode(text, false));
        }
    }

    @Test
    void aNormalizerChangesTextFirst() throws Exception {
        String nfc = "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFC\"}]}";
        Tokenizer json = Tokenizers.fromFile(write("tokenizer.json", byteLevel(BYTE_LEVEL, nfc, true, "false")));
        assertThat(json.encode("e\u0301", false)).isEqualTo(json.encode("\u00e9", false));
    }

    @Test
    void aTokenizerJsonOverCharactersFallsBackOnBytes() throws Exception {
        Tokenizer legacy = Tokenizers.fromFile(write("legacy.json", characters("""
                {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "\u2581"},
                  {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]}""", "null")));
        assertThat(pieces(legacy, "hello hello")).containsExactly("\u2581hello", "\u2581hello");
        assertThat(pieces(legacy, "\u00e9")).containsExactly("\u2581", "<0xC3>", "<0xA9>");
        assertThat(legacy.decode(legacy.encode("hello \u00e9 hello", false))).isEqualTo("hello \u00e9 hello");
        assertThat(legacy.encode("<s>hello", true)).containsExactly(1, legacy.encode("hello", false)[0]);

        Tokenizer first = Tokenizers.fromFile(write("first.json", characters("null", """
                {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": false}""")));
        assertThat(pieces(first, "hello")).containsExactly("\u2581hello");
        assertThat(Arrays.stream(first.encode("<s>hello", true)).mapToObj(first::piece))
                .containsExactly("<s>", "hello");
    }

    @Test
    void theRolesComeFromTheFilesBesideIt() throws Exception {
        write("tokenizer.json", byteLevel(BYTE_LEVEL, "null", true, "false"));
        assertThat(Tokenizers.fromFolder(folder).roles().addBegin()).isFalse();
        write("tokenizer_config.json", """
                {"add_bos_token": true, "bos_token": {"content": "<|im_start|>"}, "eos_token": "<|im_end|>"}""");
        write("generation_config.json", "{\"eos_token_id\": [0, 266]}");
        Tokenizer.Roles roles = Tokenizers.fromFolder(folder).roles();
        assertThat(roles.begin()).hasValue(265);
        assertThat(roles.end()).hasValue(266);
        assertThat(roles.ends()).containsExactlyInAnyOrder(0, 266);
        assertThat(roles.addBegin()).isTrue();
    }

    @Test
    void thePostProcessorTellsWhetherATextHasABeginning() throws Exception {
        String json = byteLevel(BYTE_LEVEL, "null", true, "false").replaceFirst("\\{", """
                {"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<|im_start|>", "type_id": 0}},
                  {"Sequence": {"id": "A", "type_id": 0}}]},
                """);
        Tokenizer.Roles roles =
                Tokenizers.fromFile(write("tokenizer.json", json)).roles();
        assertThat(roles.begin()).hasValue(265);
        assertThat(roles.addBegin()).isTrue();
    }

    @Test
    void whatATokenizerJsonHasAndIsNotKnownIsNamed() throws Exception {
        refuses(byteLevel("{\"type\": \"UnicodeScripts\"}", "null", true, "false"), "pre-tokenizer 'UnicodeScripts'");
        refuses(byteLevel(BYTE_LEVEL, "{\"type\": \"Nmt\"}", true, "false"), "normalizer 'Nmt'");
        refuses(byteLevel(BYTE_LEVEL, "null", true, "false").replace("\"BPE\"", "\"Unigram\""), "have no scores");
        refuses("{\"model\": {\"type\": \"BPE\", \"vocab\": {}, \"merges\": []}}", "empty");
        refuses("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": -1}, \"merges\": []}}", "id -1");
        refuses("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 9000000}, \"merges\": []}}", "9000000");
        refuses("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 0}, \"merges\": []}}", "id 0");
        refuses("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a b\"]}}", "merge 0");
        refuses("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\"]]}}", "merge 0");
        refuses("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": \"0\"}}}", "whole number");
        refuses("nothing of the kind", "none of the known");
    }

    @Test
    void aTokenizerModelReadsAsTheSameVocabularyInGguf() throws Exception {
        Tokenizer model = Tokenizers.fromFile(write("tokenizer.model", sentencePiece(2)));
        GgufVocabulary v = TinyVocabulary.sentencePiece();
        int[] types = v.types().clone();
        types[types.length - 1] = 1;
        Tokenizer gguf = Tokenizers.fromGguf(
                new GgufVocabulary("llama", null, v.tokens(), v.scores(), types, List.of(), 1, 2, -1, 0, null, null));
        Random random = new Random(7);
        for (int i = 0; i < 1_000; i++) {
            String text = RandomText.of(random, random.nextInt(20)) + "hello</s>";
            for (boolean special : new boolean[] {true, false}) {
                assertThat(model.encode(text, special)).as(text).isEqualTo(gguf.encode(text, special));
            }
        }
        assertThat(model.roles()).isEqualTo(gguf.roles());
    }

    @Test
    void aSentencePieceModelOfAnotherTypeIsNamed() throws Exception {
        Path file = write("tokenizer.model", sentencePiece(3));
        assertThatThrownBy(() -> Tokenizers.fromFile(file))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContainingAll("word", "BPE, unigram");
    }

    @Test
    void aListOfBytesAndRanksReadsAsLlama3s() throws Exception {
        Tokenizer tokenizer = Tokenizers.fromFile(write("tokenizer.model", tiktoken(128_000)));
        assertThat(tokenizer.encode("ab", false)).containsExactly(256 + ('a' << 8 | 'b'));
        assertThat(tokenizer.encode("<|eot_id|>", true)).containsExactly(128_009);
        assertThat(tokenizer.encode("<|eot_id|>", false)).hasSizeGreaterThan(1);
        assertThat(tokenizer.special("<|eom_id|>")).isEmpty();
        write("params.json", "{\"use_scaled_rope\": true}");
        assertThat(Tokenizers.fromFolder(folder).special("<|eom_id|>")).hasValue(128_008);
    }

    @Test
    void aDamagedListOfRanksGetsALetter() throws Exception {
        String whole = new String(tiktoken(128_000), StandardCharsets.US_ASCII);
        refusesModel(whole.substring(0, whole.indexOf(" 64000\n")), "line 64001");
        refusesModel(whole.substring(0, whole.indexOf(" 64000\n") + 7), "128000");
        refusesModel(whole.replaceFirst("\n", "\n!!!! 7\n"), "line 2");
        refusesModel(whole + "AAAA 3\n", "second time");
        refusesModel(whole.replaceFirst("AA== 0", "AQ== 0"), "the same bytes");
    }

    @Test
    void aFileCutAnywhereGetsALetter() throws Exception {
        List<byte[]> files = List.of(
                byteLevel(BYTE_LEVEL, "null", true, "false").getBytes(StandardCharsets.UTF_8), sentencePiece(2));
        for (byte[] whole : files) {
            for (int length = 0; length < whole.length - 20; length += 1 + length / 20) {
                assertThat(opening(Arrays.copyOf(whole, length))).isInstanceOfAny(TokenizerException.class);
            }
        }
    }

    @Test
    void aFolderWithoutATokenizerSaysWhatIsMissing() {
        assertThatThrownBy(() -> Tokenizers.fromFolder(folder))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContainingAll("tokenizer.json", "tokenizer.model");
        assertThatThrownBy(() -> Tokenizers.fromFolder(folder.resolve("absent")))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining("not a folder");
    }

    private @Nullable Throwable opening(byte[] content) throws IOException {
        Path file = write("damaged", content);
        return catchThrowable(() -> Tokenizers.fromFile(file).encode("hello \u00e9 world", true));
    }

    private void refuses(String json, String... parts) throws IOException {
        Path file = write("tokenizer.json", json);
        assertThatThrownBy(() -> Tokenizers.fromFile(file))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContainingAll(parts);
    }

    private void refusesModel(String content, String part) throws IOException {
        Path file = write("tokenizer.model", content);
        assertThatThrownBy(() -> Tokenizers.fromFile(file))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining(part);
    }

    private Path write(String name, String content) throws IOException {
        return write(name, content.getBytes(StandardCharsets.UTF_8));
    }

    private Path write(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private static String byteLevel(String preTokenizer, String normalizer, boolean pairs, String ignoreMerges) {
        List<String> tokens = TinyVocabulary.byteLevelTokens();
        int added = tokens.size() - 3;
        return """
                {"version": "1.0", "added_tokens": [
                  {"id": %d, "content": "<|im_start|>", "special": true, "normalized": false},
                  {"id": %d, "content": "<|im_end|>", "special": true, "normalized": false},
                  {"id": %d, "content": "<note>", "special": false, "normalized": false}],
                "normalizer": %s, "pre_tokenizer": %s, "decoder": {"type": "ByteLevel"},
                "model": {"type": "BPE", "dropout": null, "ignore_merges": %s, "vocab": %s, "merges": %s}}""".formatted(
                        added,
                        added + 1,
                        added + 2,
                        normalizer,
                        preTokenizer,
                        ignoreMerges,
                        vocabulary(tokens.subList(0, added)),
                        merges(TinyVocabulary.MERGES, pairs));
    }

    private static String characters(String normalizer, String preTokenizer) {
        List<String> tokens = TinyVocabulary.sentencePiece().tokens();
        return """
                {"added_tokens": [{"id": 0, "content": "<unk>", "special": true}, {"id": 1, "content": "<s>", "special": true},
                  {"id": 2, "content": "</s>", "special": true}], "normalizer": %s, "pre_tokenizer": %s,
                "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
                  {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
                "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true, "vocab": %s, "merges": %s}}""".formatted(
                        normalizer,
                        preTokenizer,
                        vocabulary(tokens),
                        merges(List.of("h e", "l l", "he ll", "hell o", "\u2581 hello"), false));
    }

    private static String vocabulary(List<String> tokens) {
        List<String> entries = new ArrayList<>();
        for (int id = 0; id < tokens.size(); id++) {
            entries.add("%s: %d".formatted(quoted(tokens.get(id)), id));
        }
        return "{" + String.join(", ", entries) + "}";
    }

    private static String merges(List<String> merges, boolean pairs) {
        return merges.stream()
                .map(merge -> pairs
                        ? "[%s, %s]".formatted(quoted(merge.split(" ")[0]), quoted(merge.split(" ")[1]))
                        : quoted(merge))
                .toList()
                .toString();
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    /** A SentencePiece model with the tiny vocabulary, its user-defined token made a normal one. */
    private static byte[] sentencePiece(int modelType) {
        GgufVocabulary v = TinyVocabulary.sentencePiece();
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        for (int id = 0; id < v.tokens().size(); id++) {
            byte[] text = v.tokens().get(id).getBytes(StandardCharsets.UTF_8);
            ByteBuffer piece = ByteBuffer.allocate(text.length + 9).order(ByteOrder.LITTLE_ENDIAN);
            piece.put((byte) 0x0a).put((byte) text.length).put(text);
            piece.put((byte) 0x15).putFloat(v.scores()[id]);
            piece.put((byte) 0x18).put((byte) (v.types()[id] == 4 ? 1 : v.types()[id]));
            field(model, 0x0a, piece.array());
        }
        field(model, 0x12, new byte[] {0x18, (byte) modelType});
        field(model, 0x1a, new byte[] {0x20, 0});
        return model.toByteArray();
    }

    private static void field(ByteArrayOutputStream out, int tag, byte[] content) {
        out.write(tag);
        out.write(content.length);
        out.writeBytes(content);
    }

    /** All bytes, all pairs of bytes, and threes, as many as are asked for; Llama 3 has 128,000. */
    static byte[] tiktoken(int count) {
        StringBuilder lines = new StringBuilder();
        for (int rank = 0; rank < count; rank++) {
            int rest = rank - 256;
            byte[] token = rank < 256
                    ? new byte[] {(byte) rank}
                    : rest < 65_536
                            ? new byte[] {(byte) (rest >> 8), (byte) rest}
                            : new byte[] {(byte) (rest >> 16), (byte) (rest >> 8), (byte) rest};
            lines.append(Base64.getEncoder().encodeToString(token))
                    .append(' ')
                    .append(rank)
                    .append('\n');
        }
        return lines.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
