package dev.ayni.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FolderVocabularyTest {
    private static final String GPT2 = "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":true}";
    private static final String QWEN2 =
            "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r"
                    + "\\\\n"
                    + "\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r"
                    + "\\\\n"
                    + "]*|\\\\s*[\\\\r"
                    + "\\\\n"
                    + "]+|\\\\s+(?!\\\\S)|\\\\s+\"},\"behavior\":\"Isolated\",\"invert\":false},{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":false}]}";
    private static final String DIGITS =
            "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\",\"individual_digits\":true}," + GPT2 + "]}";
    private static final List<String> TEXTS =
            List.of("Hello 12345, you're  here\n\n<|end|>now", "été 🚀 你好", "  camelCase\tx2y33");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"gpt2, gpt-2, ", "digits, smollm, ", "qwen2, qwen2, NFC", "qwen2, stablelm2, "})
    void aFileOfTheFolderMakesTheIdsThatTheFolderMakes(String splitting, String expected, String normalizer)
            throws IOException {
        byteLevel(splitting.equals("gpt2") ? GPT2 : splitting.equals("digits") ? DIGITS : QWEN2, normalizer);

        GgufVocabulary vocabulary = Tokenizers.vocabularyOf(folder, 300);

        assertThat(vocabulary.kind()).isEqualTo("gpt2 / " + expected);
        assertThat(vocabulary.tokens()).hasSize(300).contains("[PAD299]");
        Tokenizer own = Tokenizers.fromFolder(folder);
        Tokenizer file = Tokenizers.fromGguf(vocabulary);
        for (String text : TEXTS) {
            for (boolean special : new boolean[] {true, false}) {
                assertThat(file.encode(text, special)).isEqualTo(own.encode(text, special));
            }
        }
        assertThat(file.roles().end()).hasValue(own.special("<|end|>").getAsInt());
    }

    @Test
    void wordsThatNoFileCanNameAreALetter() throws IOException {
        byteLevel(
                "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[aeiou]+\"},\"behavior\":\"Isolated\",\"invert\":false},{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":false}]}",
                null);

        assertThatThrownBy(() -> Tokenizers.vocabularyOf(folder, 300))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining("cuts words as no pre-tokenizer does");
    }

    @Test
    void mergesOverCharactersBecomeScores() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), """
            {"added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":1,"content":"<s>","special":true},
              {"id":2,"content":"</s>","special":true}],
             "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},
              {"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]},
             "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},
              {"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
             "model":{"type":"BPE","byte_fallback":true,"fuse_unk":true,"unk_token":"<unk>",
              "vocab":{"<unk>":0,"<s>":1,"</s>":2,"<0x21>":3,"\u2581":4,"a":5,"b":6,"c":7,"ab":8,"bc":9,"\u2581ab":10},
              "merges":["b c","a b","\u2581 ab"]}}
            """);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"bos_token\":\"<s>\",\"eos_token\":\"</s>\"}");

        GgufVocabulary vocabulary = Tokenizers.vocabularyOf(folder, 11);

        assertThat(vocabulary.model()).isEqualTo("llama");
        assertThat(vocabulary.addSpacePrefix()).isTrue();
        Tokenizer own = Tokenizers.fromFolder(folder);
        Tokenizer file = Tokenizers.fromGguf(vocabulary);
        for (String text : List.of("abc", "ab ab!", "cab", "a b c")) {
            assertThat(file.encode(text, false)).isEqualTo(own.encode(text, false));
        }
        assertThat(vocabulary.beginId()).isEqualTo(1);
    }

    @Test
    void aFolderWithoutATokenizerIsALetter() {
        assertThatThrownBy(() -> Tokenizers.vocabularyOf(folder, 5)).isInstanceOf(TokenizerException.class);
    }

    /** Bytes, a few merges, and an end token, with words cut so. */
    private void byteLevel(String splitting, @Nullable String normalizer) throws IOException {
        StringBuilder vocabulary = new StringBuilder();
        int id = 0;
        for (int b = 0; b < 256; b++) {
            String token = String.valueOf(ByteAlphabet.character(b));
            vocabulary
                    .append(id == 0 ? "" : ",")
                    .append(token.equals("\"") || token.equals("\\") ? "\"\\" + token + "\"" : "\"" + token + "\"")
                    .append(":")
                    .append(id++);
        }
        for (String token : List.of("He", "12", "123", "\u0120y", "ca", "\u010a\u010a")) {
            vocabulary.append(",\"").append(token).append("\":").append(id++);
        }
        Files.writeString(folder.resolve("tokenizer.json"), """
            {"added_tokens":[{"id":%d,"content":"<|end|>","special":true}],%s
             "pre_tokenizer":%s,"decoder":{"type":"ByteLevel"},
             "model":{"type":"BPE","vocab":{%s},
              "merges":["H e","1 2","12 3","\u0120 y","c a","\u010a \u010a"]}}
            """.formatted(
                        id,
                        normalizer == null ? "" : "\"normalizer\":{\"type\":\"" + normalizer + "\"},",
                        splitting,
                        vocabulary));
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\":\"<|end|>\"}");
    }
}
