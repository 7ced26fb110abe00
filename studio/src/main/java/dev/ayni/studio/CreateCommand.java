package dev.ayni.studio;

import dev.ayni.hub.CreatedModel;
import dev.ayni.hub.Modelfile;
import dev.ayni.server.ollama.CreatedDefaults;
import dev.ayni.server.ollama.CreatedTemplate;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a model of another one. */
@Command(
        name = "create",
        description = "Make a model of another one: with a system message, parameters and messages of its own.",
        footer = {
            "",
            "A Modelfile has lines such as",
            "  FROM smollm2",
            "  PARAMETER temperature 0.3",
            "  SYSTEM You answer in verse.",
            "  MESSAGE user Who are you?",
            "  MESSAGE assistant A poet, I!",
            "",
            "Examples:",
            "  ayni create poet -f Modelfile",
            "  ayni chat poet",
            "  ayni remove poet"
        })
final class CreateCommand implements Callable<Integer> {
    private static final int MOST_BYTES = 1 << 20;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "NAME", description = "The name of the new model.")
    private String name = "";

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The Modelfile. Default: Modelfile in this folder.")
    private Path file = Path.of("Modelfile");

    @Option(names = "--accept-licence", description = "Accept the licence of the model it is made of.")
    private boolean acceptLicence;

    private final Streams streams;

    CreateCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        String text = Streams.utf8(written(), "'%s'".formatted(file));
        CreatedModel made = Modelfile.read(plain(name), text, Instant.now());
        CreatedDefaults.check(made.parameters());
        String template = made.template();
        if (template != null) {
            CreatedTemplate.check(template);
        }
        ModelFinder finder = new ModelFinder(streams, acceptLicence);
        Path beside = file.toAbsolutePath().resolveSibling(made.from()).normalize();
        String from = made.from().startsWith(".") ? beside.toString() : plain(made.from());
        if (finder.hub().catalogue().find(plain(name)).isPresent()) {
            throw new Letter("'%s' is a model of the catalogue. Choose another name.".formatted(name));
        }
        finder.find(from);
        finder.hub()
                .created()
                .keep(new CreatedModel(
                        made.name(),
                        from,
                        made.system(),
                        template,
                        made.parameters(),
                        made.messages(),
                        made.licence(),
                        made.created()));
        streams.out().println("%s is made of %s. Talk with it: ayni chat %s".formatted(made.name(), from, made.name()));
        return Failures.OK;
    }

    private byte[] written() throws IOException {
        if (Files.isDirectory(file)) {
            throw new Letter("'%s' is a folder. Give the path of a Modelfile to --file.".formatted(file));
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new Letter("'%s' has more than %d bytes, which no Modelfile needs. Check the path."
                        .formatted(file, MOST_BYTES));
            }
            return bytes;
        }
    }

    private static String plain(String name) {
        return name.endsWith(":latest") ? name.substring(0, name.length() - ":latest".length()) : name;
    }
}
