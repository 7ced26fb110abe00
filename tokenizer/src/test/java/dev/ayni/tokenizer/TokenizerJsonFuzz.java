package dev.ayni.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Any bytes in a tokenizer.json: a letter, or a tokenizer that can be used. */
final class TokenizerJsonFuzz {
    private TokenizerJsonFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        TokenizerFileFuzz.read("tokenizer.json", input);
    }

    static List<byte[]> seeds() {
        String vocabulary =
                "{\"a\":0,\"b\":1,\"ab\":2,\"h\":3,\"e\":4,\"he\":5,\"\u0120\":6,\"<0x41>\":7,\"\u2581\":8,\"[UNK]\":9}";
        String bpe = "{\"type\":\"BPE\",\"vocab\":" + vocabulary + ",\"merges\":%s%s}";
        return List.of(
                file(
                        "",
                        "null",
                        "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true}",
                        "{\"type\":\"ByteLevel\"}",
                        bpe.formatted("[\"a b\",\"h e\"]", ",\"ignore_merges\":true")),
                file(
                        "{\"id\":10,\"content\":\"<s>\",\"special\":true,\"normalized\":false,\"lstrip\":true,\"rstrip\":false,\"single_word\":false}",
                        "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\",\"prepend\":\"\u2581\"},{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"\u2581\"},{\"type\":\"NFKC\"}]}",
                        "null",
                        "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":{\"String\":\"\u2581\"},\"content\":\" \"},{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"},{\"type\":\"Strip\",\"content\":\" \",\"start\":1,\"stop\":0}]}",
                        bpe.formatted(
                                "[[\"a\",\"b\"]]",
                                ",\"unk_token\":\"[UNK]\",\"fuse_unk\":true,\"byte_fallback\":true")),
                file(
                        "",
                        "null",
                        "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\p{L}+|\\\\s+(?!\\\\S)\"},\"behavior\":\"Isolated\",\"invert\":false},{\"type\":\"Digits\",\"individual_digits\":true},{\"type\":\"Metaspace\",\"replacement\":\"\u2581\",\"prepend_scheme\":\"always\",\"split\":false}]}",
                        "{\"type\":\"Metaspace\",\"replacement\":\"\u2581\",\"prepend_scheme\":\"always\"}",
                        bpe.formatted("[]", "")),
                file(
                        "",
                        "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"BAAAAAAAAABhAGIA\"}",
                        "{\"type\":\"Metaspace\",\"replacement\":\"\u2581\",\"add_prefix_space\":true}",
                        "{\"type\":\"Metaspace\",\"replacement\":\"\u2581\",\"add_prefix_space\":true}",
                        "{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<unk>\",0.0],[\"\u2581\",-1.5],[\"a\",-2.0],[\"aa\",-2.5],[\"he\",-3]]}"),
                file(
                        "",
                        "{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":true}",
                        "{\"type\":\"BertPreTokenizer\"}",
                        "{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true}",
                        "{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100,\"vocab\":{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"a\":3,\"##a\":4,\"hello\":5}}"));
    }

    static List<String> words() {
        return List.of(
                "\"type\":",
                "\"Sequence\"",
                "\"ByteLevel\"",
                "\"Metaspace\"",
                "\"Split\"",
                "\"Digits\"",
                "\"Punctuation\"",
                "\"NFC\"",
                "\"NFKD\"",
                "\"Lowercase\"",
                "\"StripAccents\"",
                "\"Replace\"",
                "\"Strip\"",
                "\"Prepend\"",
                "\"BPE\"",
                "\"Unigram\"",
                "\"WordPiece\"",
                "\"Regex\"",
                "\"String\"",
                "\"behavior\":",
                "\"Removed\"",
                "\"MergedWithPrevious\"",
                "\"MergedWithNext\"",
                "\"Contiguous\"",
                "\"post_processor\":",
                "\"TemplateProcessing\"",
                "\"single\":",
                "\"SpecialToken\"",
                "\"end_of_word_suffix\":",
                "\"continuing_subword_prefix\":",
                "\"prepend_scheme\":",
                "(a+)+$",
                "(?:a|a)*b",
                "\\\\p{Han}",
                "\\ud800",
                "1e99",
                "2147483647",
                "\u0120",
                "\u2581");
    }

    private static byte[] file(String added, String normalizer, String preTokenizer, String decoder, String model) {
        return "{\"version\":\"1.0\",\"added_tokens\":[%s],\"normalizer\":%s,\"pre_tokenizer\":%s,\"decoder\":%s,\"model\":%s}"
                .formatted(added, normalizer, preTokenizer, decoder, model)
                .getBytes(StandardCharsets.UTF_8);
    }
}
