package dev.ayni.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GgufTokenizerTest {
    private final Tokenizer bytes = Tokenizers.fromGguf(TinyVocabulary.byteLevel());
    private final Tokenizer marks = Tokenizers.fromGguf(TinyVocabulary.sentencePiece());

    @Test
    void wordsBecomeTheirTokens() {
        assertThat(pieces(bytes, "hello world!")).containsExactly("hello", "\u0120world", "!");
        assertThat(pieces(marks, "hello hello")).containsExactly("\u2581hello", "\u2581hello");
        assertThat(bytes.encode("", true)).isEmpty();
        assertThat(marks.encode("", true)).isEmpty();
    }

    @Test
    void specialTokensInAUsersTextStayText() {
        assertThat(pieces(bytes, "<|im_end|>")).hasSizeGreaterThan(5);
        assertThat(bytes.encode("<|im_end|>", true))
                .containsExactly(bytes.special("<|im_end|>").getAsInt());
        assertThat(bytes.decode(bytes.encode("<|im_end|>", false))).isEqualTo("<|im_end|>");
        assertThat(marks.encode("</s>", false)).doesNotContain(2);
        assertThat(marks.encode("<0x41>", false)).doesNotContain(0x41 + 3);
        assertThat(marks.encode("hello</s>", true)).endsWith(2);
    }

    @Test
    void userDefinedTokensAreAlwaysFound() {
        int note = bytes.special("<note>").getAsInt();
        assertThat(bytes.encode("hello<note>", false)).contains(note);
        assertThat(bytes.isSpecial(note)).isFalse();
        assertThat(bytes.decode(note)).isEqualTo("<note>");
        assertThat(bytes.specials()).containsOnlyKeys("<|im_start|>", "<|im_end|>");
    }

    @Test
    void rolesComeFromTheFileAndFromNamesThatEndATurn() {
        assertThat(bytes.roles().begin()).hasValue(bytes.special("<|im_start|>").getAsInt());
        assertThat(bytes.roles().ends())
                .containsExactly(bytes.special("<|im_end|>").getAsInt());
        assertThat(bytes.roles().addBegin()).isFalse();
        assertThat(marks.roles())
                .isEqualTo(new Tokenizer.Roles(OptionalInt.of(1), OptionalInt.of(2), Set.of(2), true, false));
    }

    @Test
    void aDecoderNeverShowsHalfACharacter() {
        for (String text :
                List.of("\u00e9", "\u6f22\u5b57", "\ud83d\udc4d", "a\u00e9\ud83d\udc68\u200d\ud83d\udc69b")) {
            for (Tokenizer tokenizer : List.of(bytes, marks)) {
                Tokenizer.Decoder decoder = tokenizer.decoder();
                StringBuilder shown = new StringBuilder();
                for (int id : tokenizer.encode(text, false)) {
                    String delta = decoder.accept(id);
                    assertThat(delta).doesNotContain("\ufffd");
                    shown.append(delta);
                    assertThat(text).startsWith(shown);
                }
                assertThat(shown.append(decoder.finish())).hasToString(text);
            }
        }
    }

    @Test
    void bytesThatAreNoCharacterShowAsReplacement() {
        assertThat(bytes.decode('a', 0xff, 'b')).isEqualTo("a\ufffdb");
        assertThat(bytes.decode(0xe2, 0x96)).isEqualTo("\ufffd");
        assertThat(bytes.decode(0xe2, 'x')).isEqualTo("\ufffdx");
        assertThat(bytes.decode(0xed, 0xa0, 0x80)).isEqualTo("\ufffd\ufffd\ufffd");
        assertThat(bytes.decode(0xe0, 0x80, 0x80)).isEqualTo("\ufffd\ufffd\ufffd");
        assertThat(bytes.decode(0xf4, 0x90, 0x80)).isEqualTo("\ufffd\ufffd\ufffd");
        assertThat(bytes.decode(0xf0, 0x9f, 0x91, 0x41)).isEqualTo("\ufffdA");
    }

    @Test
    void aDecoderTakesEveryIdAndRefusesOthers() {
        Random random = new Random(1);
        for (Tokenizer tokenizer : List.of(bytes, marks)) {
            for (int i = 0; i < 2_000; i++) {
                int[] ids = random.ints(random.nextInt(20), 0, tokenizer.size()).toArray();
                Tokenizer.Decoder decoder = tokenizer.decoder();
                StringBuilder text = new StringBuilder();
                Arrays.stream(ids).forEach(id -> text.append(decoder.accept(id)));
                assertThat(text.append(decoder.finish())).hasToString(tokenizer.decode(ids));
            }
            assertThatThrownBy(() -> tokenizer.decoder().accept(tokenizer.size()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("from 0 to");
            assertThatThrownBy(() -> tokenizer.piece(-1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void everyTextComesBack() {
        Random random = new Random(2);
        GgufVocabulary s = TinyVocabulary.sentencePiece();
        Tokenizer plain = Tokenizers.fromGguf(new GgufVocabulary(
                "llama", null, s.tokens(), s.scores(), s.types(), List.of(), 1, 2, -1, 0, null, false));
        for (int i = 0; i < 3_000; i++) {
            String text = RandomText.of(random, random.nextInt(30));
            assertThat(bytes.decode(bytes.encode(text, false))).isEqualTo(text);
            // SentencePiece cannot tell a mark from a space.
            assertThat(plain.decode(plain.encode(text, false))).isEqualTo(text.replace('\u2581', ' '));
        }
    }

    @Test
    void halfASurrogatePairBecomesAReplacement() {
        assertThat(bytes.decode(bytes.encode("a\ud83d", false))).isEqualTo("a\ufffd");
        assertThat(marks.decode(marks.encode("\udc4d\ud83db", true))).isEqualTo("\ufffd\ufffdb");
    }

    @ParameterizedTest
    @ValueSource(strings = {"h", "l", "x", " ", "\n", "\u6f22", "<"})
    void aMegabyteWithoutASpaceTakesNoLongerThanProse(String letter) {
        Assertions.assertTimeout(Duration.ofSeconds(120), () -> {
            for (Tokenizer tokenizer : List.of(bytes, marks)) {
                String text = letter.repeat(1_000_000);
                assertThat(tokenizer.decode(tokenizer.encode(text, true))).isEqualTo(text);
            }
        });
    }

    @Test
    void qwensTextIsComposedFirst() {
        GgufVocabulary v = TinyVocabulary.byteLevel();
        Tokenizer qwen = Tokenizers.fromGguf(with(v, "qwen2"));
        assertThat(qwen.encode("e\u0301", false)).isEqualTo(qwen.encode("\u00e9", false));
        assertThat(bytes.encode("e\u0301", false)).isNotEqualTo(bytes.encode("\u00e9", false));
    }

    @Test
    void spacesAfterPhi3sTokensGoWithThem() {
        GgufVocabulary v = TinyVocabulary.sentencePiece();
        List<String> tokens = new ArrayList<>(v.tokens());
        tokens.addAll(List.of("<|assistant|>", "<|placeholder1|>"));
        int[] types = Arrays.copyOf(v.types(), tokens.size());
        Arrays.fill(types, v.types().length, types.length, 3);
        Tokenizer phi3 = Tokenizers.fromGguf(new GgufVocabulary(
                "llama",
                null,
                tokens,
                Arrays.copyOf(v.scores(), tokens.size()),
                types,
                List.of(),
                1,
                2,
                -1,
                0,
                null,
                null));
        int assistant = phi3.special("<|assistant|>").getAsInt();
        assertThat(phi3.encode("<|assistant|>\n \nhello", true))
                .containsExactly(assistant, tokens.indexOf("\u2581hello"));
        assertThat(phi3.encode("<s> hello", true))
                .containsExactly(1, tokens.indexOf("\u2581\u2581"), tokens.indexOf("hello"));
    }

    @Test
    void anUnusedTokenIsPartedAgain() {
        GgufVocabulary v = TinyVocabulary.sentencePiece();
        int[] types = v.types().clone();
        types[v.tokens().indexOf("hell")] = 5;
        Tokenizer tokenizer = Tokenizers.fromGguf(
                new GgufVocabulary("llama", null, v.tokens(), v.scores(), types, List.of(), 1, 2, -1, 0, null, false));
        assertThat(pieces(tokenizer, "hell")).containsExactly("he", "ll");
        assertThat(pieces(tokenizer, "hello")).containsExactly("hello");
    }

    @Test
    void anUnknownPreTokenizerIsNamedBesideTheKnown() {
        refuses(v -> with(v, "gpt-99"), "gpt-99", "llama-bpe", "qwen2");
        refuses(v -> with(v, "default"), "default");
        refuses(
                v -> new GgufVocabulary(
                        "gpt2", null, v.tokens(), v.scores(), v.types(), v.merges(), 1, 2, -1, 0, null, null),
                "tokenizer.ggml.pre is missing");
    }

    @Test
    void aDamagedVocabularyGetsALetter() {
        refuses(
                v -> new GgufVocabulary(
                        "wordpiece", "gpt-2", v.tokens(), v.scores(), v.types(), v.merges(), 1, 2, -1, 0, null, null),
                "wordpiece");
        refuses(
                v -> new GgufVocabulary(
                        "gpt2", "gpt-2", List.of(), v.scores(), v.types(), v.merges(), 1, 2, -1, 0, null, null),
                "no tokens");
        refuses(
                v -> new GgufVocabulary(
                        "gpt2", "gpt-2", v.tokens(), v.scores(), v.types(), List.of(), 1, 2, -1, 0, null, null),
                "no merges");
        refuses(
                v -> new GgufVocabulary(
                        "gpt2", "gpt-2", v.tokens(), v.scores(), v.types(), List.of("h x"), 1, 2, -1, 0, null, null),
                "merge 0",
                "h x");
        refuses(
                v -> new GgufVocabulary(
                        "gpt2", "gpt-2", v.tokens(), v.scores(), v.types(), List.of("he"), 1, 2, -1, 0, null, null),
                "merge 0");
        refuses(
                v -> new GgufVocabulary(
                        "gpt2", "gpt-2", v.tokens(), v.scores(), v.types(), v.merges(), 1, 9_999, -1, 0, null, null),
                "9999");
        refuses(
                v -> new GgufVocabulary(
                        "gpt2", "gpt-2", v.tokens(), v.scores(), new int[3], v.merges(), 1, 2, -1, 0, null, null),
                "token_type");
        refuses(
                v -> {
                    List<String> twice = new ArrayList<>(v.tokens());
                    twice.set(5, twice.get(6));
                    return new GgufVocabulary(
                            "gpt2", "gpt-2", twice, v.scores(), v.types(), v.merges(), 1, 2, -1, 0, null, null);
                },
                "twice");
        GgufVocabulary s = TinyVocabulary.sentencePiece();
        refuses(
                v -> new GgufVocabulary(
                        "llama", null, s.tokens(), new float[0], s.types(), List.of(), 1, 2, -1, 0, null, null),
                "no scores");
        refuses(
                v -> new GgufVocabulary(
                        "llama", null, s.tokens(), new float[5], s.types(), List.of(), 1, 2, -1, 0, null, null),
                "scores");
        int[] allBytes = new int[s.tokens().size()];
        Arrays.fill(allBytes, 6);
        refuses(
                v -> new GgufVocabulary(
                        "llama", null, s.tokens(), s.scores(), allBytes, List.of(), 1, 2, -1, 0, null, null),
                "byte");
    }

    private static void refuses(UnaryOperator<GgufVocabulary> damage, String... parts) {
        assertThatThrownBy(() -> Tokenizers.fromGguf(damage.apply(TinyVocabulary.byteLevel())))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContainingAll(parts);
    }

    private static GgufVocabulary with(GgufVocabulary v, String pre) {
        return new GgufVocabulary("gpt2", pre, v.tokens(), v.scores(), v.types(), v.merges(), 1, 2, -1, 0, null, null);
    }

    static List<String> pieces(Tokenizer tokenizer, String text) {
        return Arrays.stream(tokenizer.encode(text, false))
                .mapToObj(tokenizer::piece)
                .toList();
    }
}
