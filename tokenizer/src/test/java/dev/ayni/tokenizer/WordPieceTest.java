package dev.ayni.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WordPieceTest {
    private static final List<String> VOCABULARY = List.of(
            "[PAD]",
            "[UNK]",
            "[CLS]",
            "[SEP]",
            "[MASK]",
            "the",
            "cat",
            "cats",
            "##s",
            "sat",
            "un",
            "##aff",
            "##able",
            "cafe",
            ".",
            ",",
            "!",
            "$",
            "[",
            "]",
            "sep",
            "\u4e16",
            "\u754c",
            "i",
            "\u03c3\u03bf\u03c3",
            "a",
            "##a");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private Tokenizer uncased() throws Exception {
        return Tokenizers.fromFile(Files.write(folder.resolve("vocab.txt"), VOCABULARY));
    }

    private static String pieces(Tokenizer tokenizer, String text) {
        return IntStream.of(tokenizer.encode(text, false))
                .mapToObj(tokenizer::piece)
                .collect(Collectors.joining(" "));
    }

    @Test
    void theLongestPieceIsTakenFirst() throws Exception {
        assertThat(pieces(uncased(), "the cats unaffable")).isEqualTo("the cats un ##aff ##able");
        assertThat(pieces(uncased(), "thes")).isEqualTo("the ##s");
    }

    @Test
    void aWordThatNoPiecesMakeIsUnknownAsAWhole() throws Exception {
        assertThat(pieces(uncased(), "the catx sat")).isEqualTo("the [UNK] sat");
        // a piece within a word does not begin one
        assertThat(pieces(uncased(), "able")).isEqualTo("[UNK]");
    }

    @Test
    void capitalsAndAccentsAreTakenOff() throws Exception {
        assertThat(pieces(uncased(), "The CAT, Caf\u00e9 cafe\u0301!")).isEqualTo("the cat , cafe cafe !");
        assertThat(pieces(uncased(), "\u0130 \u03a3\u039f\u03a3")).isEqualTo("i \u03c3\u03bf\u03c3");
    }

    @Test
    void everySignIsAWordAndEveryChineseCharacterToo() throws Exception {
        assertThat(pieces(uncased(), "cat.the$cat")).isEqualTo("cat . the $ cat");
        assertThat(pieces(uncased(), "\u4e16\u754ccat")).isEqualTo("\u4e16 \u754c cat");
    }

    @Test
    void controlCharactersGoAndWhiteSpaceParts() throws Exception {
        assertThat(pieces(uncased(), "c\u0000a\u200bt\ufffd\tthe\r\n\u00a0cat\u3000sat"))
                .isEqualTo("cat the cat sat");
        assertThat(uncased().encode(" \t\u0007 ", false)).isEmpty();
    }

    @Test
    void aWordOfMoreThanAHundredCharactersIsUnknown() throws Exception {
        assertThat(uncased().encode("a".repeat(100), false)).hasSize(100);
        assertThat(pieces(uncased(), "a".repeat(101))).isEqualTo("[UNK]");
    }

    @Test
    void whatAUserWritesNeverBecomesAControlToken() throws Exception {
        assertThat(pieces(uncased(), "cat [SEP] cat")).isEqualTo("cat [ sep ] cat");
        assertThat(uncased().encode("cat [SEP]", true)).containsExactly(6, 3);
    }

    @Test
    void aTextStandsBetweenItsMarksAndSoDoTwo() throws Exception {
        Tokenizer.Frame frame = uncased().frame();
        assertThat(frame.before()).containsExactly(2);
        assertThat(frame.between()).containsExactly(3);
        assertThat(frame.after()).containsExactly(3);
        assertThat(uncased().roles().begin()).hasValue(2);
        assertThat(uncased().roles().end()).hasValue(3);
    }

    @Test
    void idsBecomeWordsAgain() throws Exception {
        assertThat(uncased().decode(2, 5, 7, 10, 11, 12, 3)).isEqualTo("the cats unaffable");
    }

    @Test
    void aModelThatKnowsCapitalsKeepsThem() throws Exception {
        List<String> cased = new ArrayList<>(VOCABULARY);
        cased.addAll(List.of("The", "Caf\u00e9"));
        Files.write(folder.resolve("vocab.txt"), cased);
        Tokenizer tokenizer = Tokenizers.fromFolder(folder);
        assertThat(pieces(tokenizer, "The the Caf\u00e9")).isEqualTo("The the Caf\u00e9");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"do_lower_case\": true}");
        assertThat(pieces(Tokenizers.fromFolder(folder), "The Caf\u00e9")).isEqualTo("the cafe");
    }

    @Test
    void allThreeKindsOfFilesReadAsTheSame() throws Exception {
        Tokenizer lines = uncased();
        Tokenizer json = Tokenizers.fromFile(Files.writeString(folder.resolve("tokenizer.json"), json()));
        List<String> phantom = new ArrayList<>();
        int[] types = new int[VOCABULARY.size()];
        for (int id = 0; id < types.length; id++) {
            String token = VOCABULARY.get(id);
            types[id] = id < 5 ? 3 : 1;
            phantom.add(id < 5 ? token : token.startsWith("##") ? token.substring(2) : "\u2581" + token);
        }
        Tokenizer gguf = Tokenizers.fromGguf(
                new GgufVocabulary("bert", null, phantom, new float[0], types, List.of(), -1, -1, -1, -1, null, null));
        Random random = new Random(3);
        String[] words = {"the", "CATS", "unaffable", "caf\u00e9", "\u4e16\u754c", "[SEP]", "\u2581the", "x"};
        for (int i = 0; i < 2_000; i++) {
            String text = RandomText.of(random, random.nextInt(12)) + words[random.nextInt(words.length)] + " "
                    + words[random.nextInt(words.length)];
            for (boolean special : new boolean[] {true, false}) {
                int[] ids = lines.encode(text, special);
                assertThat(json.encode(text, special)).as(text).isEqualTo(ids);
                assertThat(gguf.encode(text, special)).as(text).isEqualTo(ids);
            }
        }
        for (Tokenizer other : List.of(json, gguf)) {
            assertThat(other.frame().before()).containsExactly(2);
            assertThat(other.frame().between()).containsExactly(3);
            assertThat(other.frame().after()).containsExactly(3);
            assertThat(other.specials()).isEqualTo(lines.specials());
        }
    }

    private static String json() {
        String vocabulary = IntStream.range(0, VOCABULARY.size())
                .mapToObj(id -> "\"%s\": %d".formatted(VOCABULARY.get(id), id))
                .collect(Collectors.joining(", "));
        String added = IntStream.range(0, 5)
                .mapToObj(id -> "{\"id\": %d, \"content\": \"%s\", \"special\": true, \"normalized\": false}"
                        .formatted(id, VOCABULARY.get(id)))
                .collect(Collectors.joining(", "));
        return """
                {"added_tokens": [%s],
                 "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                                "strip_accents": null, "lowercase": true},
                 "pre_tokenizer": {"type": "BertPreTokenizer"},
                 "post_processor": {"type": "TemplateProcessing",
                   "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                              {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                   "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                            {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
                            {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
                   "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                                      "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
                 "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
                 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                           "max_input_chars_per_word": 100, "vocab": {%s}}}""".formatted(added, vocabulary);
    }

    @Test
    void aVocabularyWithoutItsMarksIsRefused() throws Exception {
        Path file = Files.write(folder.resolve("vocab.txt"), List.of("[UNK]", "the"));
        assertThatThrownBy(() -> Tokenizers.fromFile(file))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining("has no token '[CLS]'");
    }
}
