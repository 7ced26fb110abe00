package dev.ayni.studio;

import dev.ayni.engine.ModelFiles;
import dev.ayni.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/** Shows the token ids of a text. */
@Command(
        name = "tokenize",
        description = "Show the token ids of a text; none is added that the text does not hold.",
        footer = {
            "",
            "Examples:",
            "  ayni tokenize smollm2 \"Hello world\"             each id with its piece of text",
            "  ayni tokenize smollm2 --json - < text.txt       {\"ids\": [...]}",
            "  ayni tokenize ./tokenizer.json --special \"<s>\"  <s> is a special token",
            "  ayni tokenize ./vocab.gguf --json --lines < texts.jsonl"
        })
final class TokenizeCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            description =
                    "A name, reference, file or folder; also a GGUF with a vocabulary only, a tokenizer.json, a tokenizer.model or a vocab.txt.")
    private String model = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "TEXT|-",
            description = "The text; -: standard input, as it is.")
    private @Nullable String text;

    @Option(names = "--special", description = "Special tokens written in the text become their ids.")
    private boolean special;

    @Option(names = "--lines", description = "Each line of standard input is a JSON string, each line out its ids.")
    private boolean lines;

    @Option(names = "--json", description = "As JSON: {\"ids\": [...]}.")
    private boolean json;

    private final Streams streams;

    TokenizeCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        if (lines == (text != null)) {
            throw new Letter(
                    lines
                            ? "--lines reads the texts from standard input, and '%s' was given as well. Leave out one of them."
                                    .formatted(text)
                            : "There is no text. Give it after the model, or - to read it from standard input, or --lines.");
        }
        Tokenizer tokenizer =
                ModelFiles.tokenizer(new ModelFinder(streams, false).find(model).path());
        if (text == null) {
            eachLine(tokenizer);
        } else {
            show(tokenizer, text.equals("-") ? streams.readAll() : text);
        }
        return Failures.OK;
    }

    private void show(Tokenizer tokenizer, String whole) {
        int[] ids = tokenizer.encode(whole, special);
        if (json) {
            writeIds(ids);
            return;
        }
        for (int id : ids) {
            streams.out().println("%7d  %s".formatted(id, shown(tokenizer, id)));
        }
        streams.remark("%d tokens, %s".formatted(ids.length, tokenizer.description()));
    }

    /** A token as text, or as the vocabulary writes it if it is no whole character. */
    private static String shown(Tokenizer tokenizer, int id) {
        String decoded = tokenizer.decode(id);
        boolean whole = !decoded.isEmpty() && decoded.chars().noneMatch(c -> c == 0xFFFD || Character.isISOControl(c));
        return whole ? "'" + decoded + "'" : tokenizer.piece(id);
    }

    private void eachLine(Tokenizer tokenizer) throws IOException {
        JsonLines reader = new JsonLines(streams.in());
        for (String line = reader.next(); line != null; line = reader.next()) {
            writeIds(tokenizer.encode(line, special));
            if (streams.in().available() == 0) {
                streams.out().flush();
            }
        }
    }

    private void writeIds(int[] ids) {
        try (JsonGenerator out = Json.to(streams.out())) {
            Json.writeIds(out, ids);
        }
        streams.out().write('\n');
    }
}
