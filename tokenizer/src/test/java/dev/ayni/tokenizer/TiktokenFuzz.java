package dev.ayni.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Any lines in Llama 3's tokenizer.model: a letter, or a tokenizer that can be used. An input that begins with + goes before
 * a whole file's lines from the place that it has in them on.
 */
final class TiktokenFuzz {
    private static final byte[] WHOLE = TokenizerFilesTest.tiktoken(128_000);

    private TiktokenFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        if (input.length < 1 || input[0] != '+') {
            TokenizerFileFuzz.read("tokenizer.model", input);
            return;
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream(WHOLE.length);
        file.write(input, 1, input.length - 1);
        file.write(WHOLE, input.length - 1, Math.max(0, WHOLE.length - input.length + 1));
        TokenizerFileFuzz.read("tokenizer.model", file.toByteArray());
    }

    static List<byte[]> seeds() {
        String lines = "AA== 0\nAQ== 1\n\nYWI= 2\r\n";
        return List.of(
                lines.getBytes(StandardCharsets.US_ASCII),
                ("+" + lines).getBytes(StandardCharsets.US_ASCII),
                "+AA== 0\n".getBytes(StandardCharsets.US_ASCII));
    }

    static List<String> words() {
        return List.of("AA== ", "YWI= ", " 127999\n", " 2147483647\n", " -1\n", "====", "\r\n");
    }
}
