package dev.ayni.studio;

import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Runs the commands on a tiny model, while the JVM notes for its cache of start-up work what they load and how they run. */
public final class Rehearsal {
    private Rehearsal() {}

    /**
     * Runs one part of the rehearsal.
     *
     * @param arguments "light" for the commands without a model, "foreign" or "vector" for those with one, by what
     *     computes; "kernels" only says what would compute
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0 && arguments[0].equals("kernels")) {
            try (Kernels kernels = KernelChoice.open(KernelChoice.AUTO, 1, line -> {})) {
                System.out.println(kernels.name().replaceFirst(",.*", ""));
            }
            return;
        }
        Path folder = Files.createTempDirectory("ayni-rehearsal");
        try {
            Path model = folder.resolve("tiny.gguf");
            Files.write(model, TinyModel.gguf(true));
            Path values = folder.resolve("values.json");
            Files.writeString(
                    values,
                    "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"add_generation_prompt\": true}");
            Path text = folder.resolve("text.txt");
            Files.writeString(text, "The words of a text. ".repeat(40));
            if (arguments.length > 0 && arguments[0].equals("light")) {
                light(model.toString(), values.toString());
            } else {
                computing(model.toString(), text.toString());
            }
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void light(String model, String values) {
        run("--help");
        run("--version");
        run("tokenize", model, "--json", "Hello");
        run("tokenize", model, "--json", "--special", "-");
        run("tokenize", model, "--json", "--lines");
        run("template", model, values, "--now", "2024-07-26");
        run("inspect", model);
        run("models");
        run("completion");
    }

    private static void computing(String model, String text) throws IOException {
        for (String kernels : List.of("reference", "portable", "auto")) {
            run("logits", model, "--ids", "1,2,3", "--json", "--kernels", kernels);
        }
        run("generate", model, "--ids", "1,2,3", "--greedy", "--max-tokens", "4", "--json");
        run("perplexity", model, text);
        run("chat", model, "-p", "Hello", "--max-tokens", "200", "--seed", "1");
        run("bench", model, "--prompt", "64", "--generate", "16");
        run("chat", "--help");
        ServeCommand.rehearse(model);
    }

    private static void run(String... arguments) {
        InputStream in = new ByteArrayInputStream("\"Hello\"\n".getBytes(StandardCharsets.UTF_8));
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        int status = Main.run(arguments, new Streams(in, nowhere, System.err, false, false, false, false));
        if (status != Failures.OK) {
            throw new IllegalStateException("'%s' failed in rehearsal".formatted(String.join(" ", arguments)));
        }
    }
}
