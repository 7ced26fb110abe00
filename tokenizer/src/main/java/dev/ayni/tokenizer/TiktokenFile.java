package dev.ayni.tokenizer;

import dev.ayni.tokenizer.PieceTokenizer.Decoding;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Llama 3's tokenizer.model: a line for each token, its bytes in base64 and its rank, as tiktoken reads it. The file holds
 * neither the expression that cuts words nor the 256 special tokens after the others; both are those of Meta's
 * llama3/tokenizer.py, the names of Llama 3.1 and later those of its tokenizer_config.json.
 */
final class TiktokenFile {
    private static final int LLAMA3_TOKENS = 128_000;

    private TiktokenFile() {}

    /** Whether the file begins as such files do: base64, a space, a number and a line's end. */
    static boolean recognizes(byte[] content) {
        int at = 0;
        while (at < content.length && at < 1024 && isBase64(content[at])) {
            at++;
        }
        int digits = at + 1;
        while (digits < content.length && content[digits] >= '0' && content[digits] <= '9') {
            digits++;
        }
        return at > 0
                && at < content.length
                && content[at] == ' '
                && digits > at + 1
                && (digits == content.length || content[digits] == '\n' || content[digits] == '\r');
    }

    /**
     * Reads the file.
     *
     * @param later whether the special tokens are those of Llama 3.1 and later, which gave some reserved ones names
     */
    static Tokenizer read(String file, byte[] content, boolean later, Hints hints) {
        List<byte @Nullable []> tokens = new ArrayList<>();
        int line = 0;
        for (String written : new String(content, StandardCharsets.ISO_8859_1).split("\r?\n")) {
            line++;
            if (!written.isEmpty()) {
                readLine(file, line, written, tokens);
            }
        }
        if (tokens.size() != LLAMA3_TOKENS) {
            throw new TokenizerException(
                    "%s: it lists %d tokens; Llama 3's file lists %d, and how others of this form cut words is not known. Use the model's tokenizer.json, or take another copy of the file."
                            .formatted(file, tokens.size(), LLAMA3_TOKENS));
        }
        List<String> specialNames = specialNames(later);
        int size = tokens.size() + specialNames.size();
        Pieces pieces = new Pieces(size);
        int[] ranks = new int[size];
        for (int id = 0; id < tokens.size(); id++) {
            byte[] token = tokens.get(id);
            if (token == null || token.length == 0) {
                throw wrong(file, "no token has the rank " + id);
            }
            pieces.append(token, token.length);
            ranks[id] = id;
            int before = pieces.index(id);
            if (before >= 0) {
                throw wrong(file, "the ranks %d and %d stand for the same bytes".formatted(before, id));
            }
        }
        int[] byteIds = new int[256];
        for (int b = 0; b < 256; b++) {
            byteIds[b] = pieces.find(new byte[] {(byte) b}, 0, 1);
            if (byteIds[b] < 0) {
                throw wrong(file, "no token stands for the byte 0x%02x".formatted(b));
            }
        }
        boolean[] special = new boolean[size];
        AddedTokens added = new AddedTokens();
        LinkedHashMap<String, Integer> specials = new LinkedHashMap<>();
        for (String name : specialNames) {
            int id = tokens.size() + specials.size();
            special[id] = true;
            specials.put(name, id);
            pieces.append(name);
            added.add(new AddedTokens.Added(id, name, true, false, false, false));
        }
        return new PieceTokenizer(
                added,
                new AddedTokens(),
                null,
                null,
                PreTokenizers.named("llama-bpe").splitter(),
                new ScoreEncoder(pieces, true, ranks, new boolean[0], byteIds, -1),
                id -> id < LLAMA3_TOKENS ? inAlphabet(pieces, id) : specialNames.get(id - LLAMA3_TOKENS),
                pieces,
                special,
                PieceTokenizer.inOrder(specials),
                specials,
                new Decoding(false, false),
                hints.roles("<|begin_of_text|>", "<|end_of_text|>", specials, specials, size),
                "byte-level BPE, Llama 3's tokenizer.model, %d tokens".formatted(size));
    }

    private static void readLine(String file, int line, String written, List<byte @Nullable []> tokens) {
        int space = written.indexOf(' ');
        try {
            byte[] token = Base64.getDecoder().decode(written.substring(0, Math.max(space, 0)));
            int rank = Integer.parseInt(written.substring(space + 1).strip());
            if (rank < 0 || rank >= LLAMA3_TOKENS * 16) {
                throw wrong(file, "line %d has the rank %d".formatted(line, rank));
            }
            while (tokens.size() <= rank) {
                tokens.add(null);
            }
            if (tokens.set(rank, token) != null) {
                throw wrong(file, "line %d has the rank %d a second time".formatted(line, rank));
            }
        } catch (IllegalArgumentException e) {
            throw wrong(file, "line %d is not a token in base64 and its rank".formatted(line));
        }
    }

    private static List<String> specialNames(boolean later) {
        List<String> names = new ArrayList<>(List.of("<|begin_of_text|>", "<|end_of_text|>"));
        int reserved = 0;
        for (int id = names.size(); id < 256; id++) {
            String name = switch (id) {
                case 4 -> later ? "<|finetune_right_pad_id|>" : "";
                case 6 -> "<|start_header_id|>";
                case 7 -> "<|end_header_id|>";
                case 8 -> later ? "<|eom_id|>" : "";
                case 9 -> "<|eot_id|>";
                case 10 -> later ? "<|python_tag|>" : "";
                default -> "";
            };
            names.add(name.isEmpty() ? "<|reserved_special_token_%d|>".formatted(reserved++) : name);
        }
        return names;
    }

    private static String inAlphabet(Pieces pieces, int id) {
        StringBuilder text = new StringBuilder();
        for (int i = pieces.start(id); i < pieces.end(id); i++) {
            text.append(ByteAlphabet.character(pieces.bytes()[i] & 0xff));
        }
        return text.toString();
    }

    private static boolean isBase64(byte b) {
        return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '+' || b == '/' || b == '=';
    }

    private static TokenizerException wrong(String file, String what) {
        return new TokenizerException("%s: %s. Take another copy of the file.".formatted(file, what));
    }
}
