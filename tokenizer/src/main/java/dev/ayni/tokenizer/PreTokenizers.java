package dev.ayni.tokenizer;

import dev.ayni.tokenizer.PairEncoder.Start;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The pre-tokenizers that GGUF files name in "tokenizer.ggml.pre". The names and which model's expressions each stands for
 * are those of llama.cpp (src/llama-vocab.cpp); the expressions those of the models' own tokenizer.json.
 */
final class PreTokenizers {
    /**
     * One pre-tokenizer.
     *
     * @param start what merges begin with: bytes, as the parts have them or written in {@link ByteAlphabet}, or characters
     *     of a text whose spaces are U+2581, as SentencePiece writes them
     * @param wholeWordsFirst whether a word that is a token needs no merges
     * @param addBegin whether its models expect the begin token where a file does not say
     * @param composes whether text is first brought into Unicode's composed form, NFC
     */
    record PreTokenizer(Splitter splitter, Start start, boolean wholeWordsFirst, boolean addBegin, boolean composes) {}

    private static final Map<String, PreTokenizer> BY_NAME = new TreeMap<>();

    static {
        Splitter gpt2 = matching(Patterns.GPT2);
        Splitter eachDigit = Splitter.digits(true);
        name(plain(gpt2), "gpt-2", "phi-2", "jais", "exaone4", "trillion", "granite-docling", "mellum", "gigachat");
        name(plain(gpt2), "a.x-4.0", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "jina-v1-en", "jina-v2-code");
        name(plain(gpt2), "roberta-bpe");
        name(composing(gpt2), "mpt", "olmo", "modern-bert");
        Splitter digitsThenGpt2 = Splitter.sequence(eachDigit, gpt2);
        name(plain(digitsThenGpt2), "starcoder", "refact", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2");
        name(composing(digitsThenGpt2), "command-r");

        Splitter llama3 = matching(Patterns.LLAMA3);
        PreTokenizer likeLlama3 = new PreTokenizer(llama3, Start.BYTES, true, true, false);
        name(likeLlama3, "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2");
        name(likeLlama3, "jina-v5-nano");
        name(plain(llama3), "dbrx", "smaug-bpe", "chatglm-bpe");
        name(wholeWords(llama3), "glm4", "glm5");
        Splitter threeDigits = matching(Patterns.DIGITS_3);
        name(wholeWords(Splitter.sequence(threeDigits, late(Patterns.MINICPM5))), "minicpm5");
        name(plain(matching(Patterns.JAIS2)), "jais-2");

        Splitter qwen2 = matching(Patterns.QWEN2);
        name(composing(qwen2), "qwen2", "f2llmv2", "megrez");
        name(plain(qwen2), "stablelm2", "deepseek-r1-qwen", "kormo", "hunyuan", "solar-open", "grok-2");
        name(composing(matching(Patterns.QWEN35)), "qwen35");
        Splitter lines = Splitter.lines();
        name(plain(Splitter.sequence(lines, qwen2)), "laguna");
        name(plain(late(Patterns.UFAKZEKA)), "ufakzeka");

        Splitter gpt4o = matching(Patterns.GPT4O);
        name(plain(gpt4o), "gpt-4o", "llama4", "kanana2", "minimax-m2", "talkie");
        name(wholeWords(gpt4o), "granite-embed-multi-97m");
        name(plain(Splitter.sequence(Splitter.thousands(true), gpt4o)), "tiny_aya", "cohere2moe");
        name(new PreTokenizer(matching(Patterns.TEKKEN), Start.BYTES, true, true, false), "tekken");
        name(plain(late(Patterns.KIMI_K2)), "kimi-k2");
        name(wholeWords(Splitter.sequence(late(Patterns.YOUTU_SCRIPTS), late(Patterns.YOUTU))), "youtu");

        name(plain(late(Patterns.SEED_CODER)), "seed-coder");
        name(plain(late(Patterns.BAILING)), "bailingmoe", "bailingmoe2", "llada-moe");
        name(plain(matching(Patterns.EXAONE_MOE)), "exaone-moe");
        // its tokens are whole phrases: but for numbers, nothing is cut
        name(plain(Splitter.thousands(false)), "superbpe");

        name(
                plain(Splitter.sequence(
                        matching(Patterns.NEWLINE),
                        matching(Patterns.DEEPSEEK_LLM_WORD),
                        matching(Patterns.DEEPSEEK_LLM_PUNCTUATION),
                        Splitter.trailingSpace(),
                        matching(Patterns.DEEPSEEK_CJK),
                        eachDigit)),
                "deepseek-llm");
        name(
                plain(Splitter.sequence(
                        matching(Patterns.NEWLINE),
                        matching(Patterns.DEEPSEEK_CODER_WORD),
                        matching(Patterns.DEEPSEEK_CODER_PUNCTUATION),
                        matching(Patterns.DEEPSEEK_CJK),
                        eachDigit)),
                "deepseek-coder");
        Splitter deepseek3Cjk = matching(Patterns.DEEPSEEK3_CJK);
        Splitter deepseek3 = matching(Patterns.DEEPSEEK3);
        name(
                plain(Splitter.sequence(threeDigits, deepseek3Cjk, deepseek3)),
                "deepseek-v3",
                "hunyuan-dense",
                "joyai-llm",
                "hy_v4");
        name(plain(Splitter.sequence(threeDigits, deepseek3Cjk, late(Patterns.SPARK), eachDigit)), "spark2_5");
        name(plain(Splitter.sequence(Splitter.thousands(false), late(Patterns.AFMOE_SCRIPTS), deepseek3)), "afmoe");

        // Falcon looks for digits after it has written bytes as characters, among which ² ³ ¹ ¼ ½ ¾ are numbers too.
        name(
                new PreTokenizer(
                        Splitter.sequence(
                                Splitter.punctuation(Segments.CONTIGUOUS),
                                gpt2,
                                Splitter.writingBytes(Splitter.sequence(
                                        Splitter.digits(false), matching(Patterns.THREE_ASCII_DIGITS)))),
                        Start.WRITTEN_BYTES,
                        false,
                        false,
                        false),
                "falcon");
        name(plain(matching(Patterns.BLOOM)), "bloom", "poro-chat", "gpt3-finnish");
        name(plain(Splitter.sequence(matching(Patterns.BLOOM), eachDigit)), "viking");
        name(
                new PreTokenizer(
                        Splitter.sequence(
                                late(Patterns.CHAMELEON_IMAGES),
                                late(Patterns.CHAMELEON_SPACES),
                                eachDigit,
                                Splitter.punctuation(Segments.ISOLATED),
                                gpt2),
                        Start.BYTES,
                        false,
                        true,
                        false),
                "chameleon");

        PreTokenizer marks = new PreTokenizer(lines, Start.CHARACTERS, false, false, false);
        name(marks, "gemma4", "granite-embed-multi-311m", "sarvam-moe");
    }

    private PreTokenizers() {}

    /** The pre-tokenizer of this name; an unknown one is refused. */
    static PreTokenizer named(@Nullable String name) {
        if (name == null) {
            throw new TokenizerException(
                    "The file does not say how its tokenizer cuts words (tokenizer.ggml.pre is missing), and a guess would give wrong ids. Known: %s. Take a file converted after May 2024, or convert the model again."
                            .formatted(names()));
        }
        PreTokenizer found = BY_NAME.get(name);
        if (found == null) {
            throw new TokenizerException(
                    "The pre-tokenizer '%s' (tokenizer.ggml.pre) is not known here, and another would give wrong ids. Known: %s. Use the model's folder with its tokenizer.json, or convert it with a known name."
                            .formatted(name, names()));
        }
        return found;
    }

    /** All names, in order. */
    static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    /** An expression without a scanner, compiled when it is first used. */
    private static Splitter late(String expression) {
        return new Splitter() {
            private volatile @Nullable Splitter compiled;

            @Override
            public void split(char[] text, int from, int to, Words parts) {
                Splitter splitter = compiled;
                if (splitter == null) {
                    splitter = Regex.splitter(
                            Regex.compile(expression, new Json("GGUF", Map.of())), Segments.ISOLATED, false);
                    compiled = splitter;
                }
                splitter.split(text, from, to, parts);
            }
        };
    }

    private static Splitter matching(String expression) {
        return Splitter.isolating(Objects.requireNonNull(Patterns.scanner(expression), expression));
    }

    private static PreTokenizer plain(Splitter splitter) {
        return new PreTokenizer(splitter, Start.BYTES, false, false, false);
    }

    private static PreTokenizer composing(Splitter splitter) {
        return new PreTokenizer(splitter, Start.BYTES, false, false, true);
    }

    private static PreTokenizer wholeWords(Splitter splitter) {
        return new PreTokenizer(splitter, Start.BYTES, true, false, false);
    }

    private static void name(PreTokenizer preTokenizer, String... names) {
        for (String name : names) {
            BY_NAME.put(name, preTokenizer);
        }
    }
}
