package dev.ayni.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The files of a tokenizer in the folder of a published model: tokenizer.json, tokenizer.model or vocab.txt, and what
 * tokenizer_config.json, special_tokens_map.json, generation_config.json, config.json and params.json say of its tokens.
 */
final class ModelFolder {
    private static final String WORDS = "vocab.txt";

    private static final long MOST_BYTES = 512L << 20;

    private ModelFolder() {}

    /** The tokenizer of a folder. */
    static Tokenizer read(Path folder) throws IOException {
        Json tokenizerConfig = json(folder.resolve("tokenizer_config.json"));
        Json specialTokens = json(folder.resolve("special_tokens_map.json"));
        Json generation = json(folder.resolve("generation_config.json"));
        Json config = json(folder.resolve("config.json"));
        List<Integer> ends = new ArrayList<>();
        int begin = -1;
        for (Json json :
                new @Nullable Json[] {generation, config, config == null ? null : config.object("text_config")}) {
            if (json != null) {
                for (int end : json.numbers("eos_token_id")) {
                    ends.add(end);
                }
                begin = begin < 0 ? json.number("bos_token_id") : begin;
            }
        }
        Boolean addBegin = null;
        if (tokenizerConfig != null && tokenizerConfig.members().get("add_bos_token") instanceof Boolean flag) {
            addBegin = flag;
        }
        Hints hints = new Hints(
                token("bos_token", tokenizerConfig, specialTokens),
                token("eos_token", tokenizerConfig, specialTokens),
                addBegin,
                tokenizerConfig != null && tokenizerConfig.flag("add_eos_token", false),
                begin,
                List.copyOf(ends));
        for (String name : List.of("tokenizer.json", "tokenizer.model")) {
            Path file = folder.resolve(name);
            if (Files.exists(file)) {
                return read(file, hints, isLaterLlama3(folder));
            }
        }
        Path words = folder.resolve(WORDS);
        if (Files.exists(words)) {
            return wordPiece(words, tokenizerConfig);
        }
        throw new TokenizerException(
                "%s holds neither tokenizer.json nor tokenizer.model nor vocab.txt, so that text cannot be turned into ids. Add the one that the model was published with."
                        .formatted(folder));
    }

    /** BERT's vocabulary, as its models were published first. */
    private static Tokenizer wordPiece(Path file, @Nullable Json config) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (CharacterCodingException e) {
            throw new TokenizerException("%s is not text in UTF-8. Take another copy of the file.".formatted(file), e);
        }
        WordPieceVocabulary vocabulary = WordPieceVocabulary.ofLines(file.toString(), lines);
        Json settings = config == null ? new Json(file.toString(), Map.of()) : config;
        boolean lowers = settings.flag("do_lower_case", !vocabulary.knowsCapitals());
        Map<String, Integer> ids = new LinkedHashMap<>();
        WordPieceVocabulary.SPECIALS.stream().filter(lines::contains).forEach(s -> ids.put(s, lines.indexOf(s)));
        return vocabulary.tokenizer(
                vocabulary.specialsIn(),
                new AddedTokens(),
                ids,
                new BertText(
                        true,
                        settings.flag("tokenize_chinese_chars", true),
                        settings.flag("strip_accents", lowers),
                        lowers),
                WordPieceVocabulary.WORDS,
                "[UNK]",
                WordPieceEncoder.USUAL_LONGEST,
                null);
    }

    /** The tokenizer of one file, by its content. */
    static Tokenizer read(Path file, Hints hints, boolean laterLlama3) throws IOException {
        if (file.endsWith(WORDS)) {
            return wordPiece(file, null);
        }
        if (Files.size(file) > MOST_BYTES) {
            throw new TokenizerException("%s has %d bytes; no tokenizer has over %d. Name the tokenizer's own file."
                    .formatted(file, Files.size(file), MOST_BYTES));
        }
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(2048);
        }
        int at = 0;
        while (at < start.length && Character.isWhitespace(start[at])) {
            at++;
        }
        if (at < start.length && start[at] == '{') {
            try (InputStream in = Files.newInputStream(file)) {
                return HuggingFaceFile.read(file.toString(), in, hints);
            }
        }
        if (TiktokenFile.recognizes(start)) {
            return TiktokenFile.read(file.toString(), Files.readAllBytes(file), laterLlama3, hints);
        }
        if (start.length > 0 && start[0] == 0x0a) {
            return SentencePieceFile.read(file.toString(), Files.readAllBytes(file), hints);
        }
        throw new TokenizerException(
                "%s is none of the known tokenizer files: tokenizer.json (JSON), tokenizer.model (SentencePiece, or lines of base64 and rank). Name one of these, or a GGUF file where models are opened."
                        .formatted(file));
    }

    /** Llama 3.1 and later, by config.json's rope scaling or Meta's params.json. */
    private static boolean isLaterLlama3(Path folder) throws IOException {
        Json config = json(folder.resolve("config.json"));
        Json scaling = config == null ? null : config.object("rope_scaling");
        Json params = json(folder.resolve("params.json"));
        return (scaling != null && "llama3".equals(scaling.textOrNull("rope_type")))
                || (params != null && params.flag("use_scaled_rope", false));
    }

    /** A token's text, which stands as such or within an object. */
    private static @Nullable String token(String name, @Nullable Json... files) {
        for (Json json : files) {
            if (json == null) {
                continue;
            }
            Json object = json.object(name);
            String text = object == null ? json.textOrNull(name) : object.textOrNull("content");
            if (text != null) {
                return text;
            }
        }
        return null;
    }

    private static @Nullable Json json(Path file) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        try (InputStream in = Files.newInputStream(file);
                JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), in)) {
            parser.nextToken();
            return Json.object(file.toString(), parser);
        } catch (JacksonException e) {
            throw new TokenizerException(
                    "%s is not whole JSON: %s. Take another copy of the file.".formatted(file, e.getOriginalMessage()),
                    e);
        }
    }
}
