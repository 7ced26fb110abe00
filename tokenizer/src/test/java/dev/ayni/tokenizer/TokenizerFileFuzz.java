package dev.ayni.tokenizer;

import dev.ayni.fuzz.FuzzFolder;
import dev.ayni.fuzz.Letters;
import java.io.IOException;
import java.util.Optional;

/** What the targets for tokenizers' files have in common. */
final class TokenizerFileFuzz {
    private static final String TEXT =
            "Hello  hello, <s>w\u00f6rld</s>! it's 123\n\n\ud83d\ude00 \u6f22\u5b57 e\u0301 aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\ud83d!";

    private TokenizerFileFuzz() {}

    /** Reads a file; if it is a tokenizer, makes ids of a text, all of which must be known, and a text of all ids. */
    static void read(String name, byte[] content) throws Exception {
        Optional<Tokenizer> read = Letters.orLetter(TokenizerException.class, () -> open(name, content));
        if (read.isPresent()) {
            Letters.orLetter(TokenizerException.class, () -> use(read.get()));
        }
        Letters.orLetter(
                TokenizerException.class, () -> Tokenizers.fromGguf(Tokenizers.vocabularyOf(FuzzFolder.path(), 500)));
    }

    private static Tokenizer open(String name, byte[] content) throws IOException {
        return Tokenizers.fromFile(FuzzFolder.write(name, content));
    }

    private static String use(Tokenizer tokenizer) {
        for (boolean special : new boolean[] {true, false}) {
            for (int id : tokenizer.encode(TEXT, special)) {
                if (id < 0 || id >= tokenizer.size()) {
                    throw new AssertionError("The id %d of %d".formatted(id, tokenizer.size()));
                }
            }
        }
        tokenizer.specials().forEach((text, id) -> {
            if (!tokenizer.isSpecial(id) || tokenizer.special(text).isEmpty()) {
                throw new AssertionError("'%s' is %d, and not special".formatted(text, id));
            }
        });
        Tokenizer.Decoder decoder = tokenizer.decoder();
        for (int id = 0; id < Math.min(tokenizer.size(), 1000); id++) {
            tokenizer.piece(id);
            tokenizer.bytes(id);
            decoder.accept(id);
        }
        tokenizer.frame();
        return decoder.finish();
    }
}
