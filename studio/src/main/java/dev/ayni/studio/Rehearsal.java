package dev.ayni.studio;

import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Runs the commands on a tiny model, while the JVM notes for its cache of start-up work what they load and how they run. */
public final class Rehearsal {
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:\\d+(?=\\s)");

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
        serving(model);
    }

    /** Serves the model to a few requests of this process's own. */
    private static void serving(String model) throws IOException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        Path database = Path.of(model).resolveSibling("rehearsal.db");
        Thread serving = Thread.ofPlatform()
                .name("serving")
                .start(() -> run(said, "serve", model, "--port", "0", "--database", database.toString(), "--quiet"));
        Matcher address = ADDRESS.matcher("");
        try {
            while (!address.reset(said.toString(StandardCharsets.UTF_8)).find() && serving.isAlive()) {
                Thread.sleep(5);
            }
            URI server = URI.create(address.group());
            for (String path : List.of("/health", "/ready", "/nothing", "/v1/models")) {
                ask(server.resolve(path), "");
            }
            ask(
                    server.resolve("/v1/chat/completions"),
                    "{\"model\": \"tiny\", \"max_tokens\": 8, \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}");
            serving.interrupt();
            serving.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void ask(URI address, String body) throws IOException {
        HttpURLConnection asked = (HttpURLConnection) address.toURL().openConnection();
        if (!body.isEmpty()) {
            asked.setDoOutput(true);
            asked.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        }
        asked.getResponseCode();
        asked.disconnect();
    }

    private static void run(String... arguments) {
        run(OutputStream.nullOutputStream(), arguments);
    }

    private static void run(OutputStream out, String... arguments) {
        InputStream in = new ByteArrayInputStream("\"Hello\"\n".getBytes(StandardCharsets.UTF_8));
        PrintStream told = new PrintStream(out, false, StandardCharsets.UTF_8);
        int status = Main.run(arguments, new Streams(in, told, System.err, false, false, false, false));
        if (status != Failures.OK) {
            throw new IllegalStateException("'%s' failed in rehearsal".formatted(String.join(" ", arguments)));
        }
    }
}
