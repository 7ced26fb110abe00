package dev.ayni.studio;

import dev.ayni.chat.Shape;
import dev.ayni.engine.shape.Shapes;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What an answer must look like. */
final class ShapeOptions {
    @Option(
            names = "--json-schema",
            paramLabel = "FILE",
            description = "Answer in JSON that this JSON Schema (draft 2020-12) describes.")
    private @Nullable Path jsonSchema;

    @Option(
            names = "--grammar",
            paramLabel = "FILE",
            description = "Answer in a text of this grammar, in llama.cpp's notation (GBNF).")
    private @Nullable Path grammar;

    @Option(
            names = "--regex",
            paramLabel = "PATTERN",
            description = "Answer in a text that this regular expression matches whole.")
    private @Nullable String regex;

    /**
     * The shape; null if none was asked for. A wrong one is told before a model is opened.
     *
     * @throws Letter if several are given
     */
    @Nullable
    Shape shape() throws IOException {
        if (Stream.of(jsonSchema != null, grammar != null, regex != null)
                        .filter(given -> given)
                        .count()
                > 1) {
            throw new Letter(
                    "--json-schema, --grammar and --regex exclude each other: an answer has one shape. Leave out all but one.");
        }
        Shape shape = null;
        if (jsonSchema != null) {
            shape = new Shape.JsonSchema(read(jsonSchema));
        } else if (grammar != null) {
            shape = new Shape.Gbnf(read(grammar));
        } else if (regex != null) {
            shape = new Shape.Regex(regex);
        }
        if (shape != null) {
            Shapes.check(shape);
        }
        return shape;
    }

    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (MalformedInputException e) {
            throw new Letter("%s is no UTF-8 text. Save it as UTF-8.".formatted(file), e);
        }
    }
}
