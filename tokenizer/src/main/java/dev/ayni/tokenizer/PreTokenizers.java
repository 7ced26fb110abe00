package dev.ayni.tokenizer;

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
     * @param writtenBytes whether its parts come written in {@link ByteAlphabet}
     * @param wholeWordsFirst whether a word that is a token needs no merges
     * @param addBegin whether its models expect the begin token where a file does not say
     * @param composes whether text is first brought into Unicode's composed form, NFC
     */
    record PreTokenizer(
            Splitter splitter, boolean writtenBytes, boolean wholeWordsFirst, boolean addBegin, boolean composes) {}

    private static final Map<String, PreTokenizer> BY_NAME = new TreeMap<>();

    static {
        Splitter gpt2 = matching(Patterns.GPT2);
        Splitter eachDigit = Splitter.digits(true);
        name(plain(gpt2), "gpt-2", "phi-2", "jais", "exaone4", "trillion", "granite-docling", "mellum", "gigachat");
        name(plain(gpt2), "a.x-4.0", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "jina-v1-en", "jina-v2-code");
        name(plain(gpt2), "roberta-bpe");
        name(composing(gpt2), "mpt", "olmo", "modern-bert");
        name(plain(Splitter.sequence(eachDigit, gpt2)), "starcoder", "refact", "smollm", "codeshell", "exaone");
        name(plain(Splitter.sequence(eachDigit, gpt2)), "minerva-7b", "mellum2");
        name(composing(Splitter.sequence(eachDigit, gpt2)), "command-r");

        Splitter llama3 = matching(Patterns.LLAMA3);
        PreTokenizer likeLlama3 = new PreTokenizer(llama3, false, true, true, false);
        name(likeLlama3, "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2");
        name(likeLlama3, "jina-v5-nano");
        name(plain(llama3), "dbrx", "smaug-bpe", "chatglm-bpe", "glm4");
        name(composing(matching(Patterns.QWEN2)), "qwen2", "megrez");
        name(
                plain(matching(Patterns.QWEN2)),
                "stablelm2",
                "deepseek-r1-qwen",
                "kormo",
                "hunyuan",
                "solar-open",
                "grok-2");
        name(composing(matching(Patterns.QWEN35)), "qwen35");
        name(plain(matching(Patterns.GPT4O)), "gpt-4o", "llama4", "kanana2", "minimax-m2");
        name(new PreTokenizer(matching(Patterns.TEKKEN), false, true, true, false), "tekken");

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
        name(
                plain(Splitter.sequence(
                        matching(Patterns.DIGITS_3), matching(Patterns.DEEPSEEK3_CJK), matching(Patterns.DEEPSEEK3))),
                "deepseek-v3",
                "hunyuan-dense",
                "joyai-llm");

        // Falcon looks for digits after it has written bytes as characters, among which ² ³ ¹ ¼ ½ ¾ are numbers too.
        name(
                new PreTokenizer(
                        Splitter.sequence(
                                Splitter.punctuation(Segments.CONTIGUOUS),
                                gpt2,
                                Splitter.writingBytes(Splitter.sequence(
                                        Splitter.digits(false), matching(Patterns.THREE_ASCII_DIGITS)))),
                        true,
                        false,
                        false,
                        false),
                "falcon");
        name(plain(matching(Patterns.BLOOM)), "bloom", "poro-chat", "gpt3-finnish");
        name(plain(Splitter.sequence(matching(Patterns.BLOOM), eachDigit)), "viking");
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

    private static Splitter matching(String expression) {
        return Splitter.isolating(Objects.requireNonNull(Patterns.scanner(expression), expression));
    }

    private static PreTokenizer plain(Splitter splitter) {
        return new PreTokenizer(splitter, false, false, false, false);
    }

    private static PreTokenizer composing(Splitter splitter) {
        return new PreTokenizer(splitter, false, false, false, true);
    }

    private static void name(PreTokenizer preTokenizer, String... names) {
        for (String name : names) {
            BY_NAME.put(name, preTokenizer);
        }
    }
}
