package dev.ayni.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the names in "tokenizer.ggml.pre" stand for. Where no note says otherwise, llama-tokenize cuts the same. */
final class PreTokenizersTest {
    /** Parts stand between bars; a backslash and n is a line end. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "minicpm5;we|'LL| pay| |123|456|7",
                "jais-2;a|    | b|    | | c",
                "glm5;it|'s| |123|45",
                "f2llmv2;don|'t| |4|2",
                "megrez;don|'t| |4|2",
                "laguna;one|\\n\\n| two|\\n|3",
                "ufakzeka;Ankara|'da| |1|2",
                "talkie;Hello|World's| |123|4",
                "granite-embed-multi-97m;Hello|World's| |123|4",
                // llama-tokenize cuts 1|234 before letters too, which the model's own expression leaves whole
                "tiny_aya;1|234|567| in| |123|4|abc|,| hello|World",
                "cohere2moe;1|234| |½",
                // llama-tokenize does not tell small letters from capitals here, as the model's own expression does
                "kimi-k2;i|Phone|你好|abc| |123|4",
                "youtu;한국어| |1|2|，|你好",
                "exaone-moe;now one phrase|,| and another|/x",
                "superbpe;no word is cut, |1|234|567| are",
                "hy_v4;a|123|4| |你好",
                "spark2_5;hi|!|\\n|\\n| |1|2",
                "afmoe;12|345| |ภาษา| |你好| x|.y",
                "chameleon;IMGIMGABCZ| a|<|sentinel|:|1|2|>|    |if|(|1|)",
                "gemma4;two  words|\\n\\n\\n|and",
                "sarvam-moe;two words|\\n|and",
                "granite-embed-multi-311m;two words|\\n|and"
            })
    void aTextIsCutAsTheNamedModelWasTrainedToSeeIt(String name, String parts) {
        List<String> expected = Arrays.asList(parts.replace("\\n", "\n").split("\\|", -1));
        assertThat(PatternsTest.parts(PreTokenizers.named(name).splitter(), String.join("", expected)))
                .isEqualTo(expected);
    }

    static List<String> names() {
        return PreTokenizers.names();
    }

    @ParameterizedTest
    @MethodSource("names")
    void nothingOfATextIsLost(String name) {
        if (PreTokenizers.named(name).start() == PairEncoder.Start.WRITTEN_BYTES) {
            return;
        }
        String text = "Don't cut 12345 words_or 12ab \u00bd\t\n\n  \u4f60\u597d \u0928\u093f \ud83e\udd99!? \r\n a/b  ";
        assertThat(String.join("", PatternsTest.parts(PreTokenizers.named(name).splitter(), text)))
                .isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny_aya", "superbpe", "exaone-moe", "kimi-k2", "afmoe", "jais-2"})
    void aLongTextWithoutWordsTakesNoLongerThanProse(String name) {
        Splitter splitter = PreTokenizers.named(name).splitter();
        for (String piece : List.of("7", "a b ", "7a", " ")) {
            char[] text = piece.repeat(200_000 / piece.length()).toCharArray();
            Assertions.assertTimeoutPreemptively(
                    Duration.ofSeconds(10), () -> splitter.split(text, 0, text.length, (t, from, to) -> {}));
        }
    }

    @Test
    void aVocabularyOfCharactersMergesThemAndKeepsLineEnds() {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int b = 0; b < 256; b++) {
            tokens.add("<0x%02X>".formatted(b));
        }
        tokens.addAll(List.of("\u2581", "h", "i", "hi", "\u2581hi", "\n", "\n\n\n"));
        int[] types = new int[tokens.size()];
        Arrays.fill(types, 1);
        types[0] = 2;
        types[1] = 3;
        types[2] = 3;
        Arrays.fill(types, 3, 259, 6);
        List<String> merges = List.of("h i", "\u2581 hi");
        for (String model : List.of("gemma4", "gpt2")) {
            Tokenizer tokenizer = Tokenizers.fromGguf(
                    new GgufVocabulary(model, "gemma4", tokens, new float[0], types, merges, 1, 2, -1, 0, null, null));
            List<String> pieces = new ArrayList<>();
            for (int id : tokenizer.encode("hi hi\n\n\n\u00e9", false)) {
                pieces.add(tokenizer.piece(id));
            }
            assertThat(pieces).containsExactly("hi", "\u2581hi", "\n\n\n", "<0xC3>", "<0xA9>");
            assertThat(tokenizer.decode(tokenizer.encode(" hi hi\n\u00e9 ", false)))
                    .isEqualTo(" hi hi\n\u00e9 ");
        }
    }
}
