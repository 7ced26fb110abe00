package dev.ayni.studio;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs commands as a shell would, and keeps what they say. */
final class Terminal {
    final Path folder;
    int status;
    String out = "";
    String err = "";

    Terminal(Path folder) {
        this.folder = folder;
    }

    /** The path of a tiny model that answers. */
    String model() {
        return write("tiny.gguf", TinyModel.gguf(true));
    }

    /** The path of a tiny model without a chat template. */
    String baseModel() {
        return write("base.gguf", TinyModel.gguf(false));
    }

    String write(String name, byte[] bytes) {
        try {
            Files.write(folder.resolve(name), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return folder.resolve(name).toString();
    }

    String write(String name, String text) {
        return write(name, text.getBytes(StandardCharsets.UTF_8));
    }

    Terminal run(String... arguments) {
        return runWith("", arguments);
    }

    Terminal runWith(String input, String... arguments) {
        return runWith(input.getBytes(StandardCharsets.UTF_8), arguments);
    }

    Terminal runWith(byte[] input, String... arguments) {
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        status = Main.run(
                arguments,
                new Streams(
                        new ByteArrayInputStream(input),
                        new PrintStream(outBytes, false, StandardCharsets.UTF_8),
                        new PrintStream(errBytes, true, StandardCharsets.UTF_8),
                        false,
                        false,
                        false,
                        false));
        out = outBytes.toString(StandardCharsets.UTF_8);
        err = errBytes.toString(StandardCharsets.UTF_8);
        return this;
    }
}
