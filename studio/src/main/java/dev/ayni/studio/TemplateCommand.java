package dev.ayni.studio;

import dev.ayni.engine.ModelFiles;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.template.ChatTemplate;
import dev.ayni.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Shows what a model gets to read of a conversation. */
@Command(
        name = "template",
        description = "Show how a chat template renders a conversation: that text and nothing else.",
        footer = {
            "",
            "FILE.json is an object with the template's values, for example:",
            "  {\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"add_generation_prompt\": true}",
            "and perhaps tools, bos_token, eos_token; a model gives the last two itself.",
            "",
            "Examples:",
            "  ayni template smollm2 conversation.json",
            "  ayni template chat.jinja - --now 2024-07-26 < conversation.json"
        })
final class TemplateCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "MODEL|FILE.jinja", description = "A model, or a template's file.")
    private String template = "";

    @Parameters(index = "1", paramLabel = "FILE.json|-", description = "The template's values; -: standard input.")
    private String values = "";

    @Option(
            names = "--now",
            paramLabel = "DATE",
            description = "What the clock shows, as 2024-07-26 or 2024-07-26T12:30. Default: the present.")
    private @Nullable String now;

    private final Streams streams;

    TemplateCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        LocalDateTime clock = clock();
        Map<String, Object> given = given();
        String source = template.endsWith(".jinja") || template.endsWith(".j2")
                ? Streams.utf8(Files.readAllBytes(Path.of(template)), "'%s'".formatted(template))
                : ofModel(given);
        streams.out().print(ChatTemplate.parse(source).render(given, clock));
        return Failures.OK;
    }

    private String ofModel(Map<String, Object> given) throws IOException {
        Path path = new ModelFinder(streams, false).find(template).path();
        try (Weights weights = WeightsFiles.open(path)) {
            String source = ModelFiles.templateSource(weights)
                    .orElseThrow(() -> new Letter(
                            "%s has no chat template: it was trained to continue texts. Choose a model that answers (`ayni models`), or give a template's file."
                                    .formatted(template)));
            Tokenizer tokenizer = ModelFiles.tokenizer(path);
            given.putIfAbsent("bos_token", piece(tokenizer, tokenizer.roles().begin()));
            given.putIfAbsent("eos_token", piece(tokenizer, tokenizer.roles().end()));
            return source;
        }
    }

    private static String piece(Tokenizer tokenizer, OptionalInt id) {
        return id.isPresent() ? tokenizer.piece(id.getAsInt()) : "";
    }

    private Map<String, Object> given() throws IOException {
        String json = values.equals("-")
                ? streams.readAll()
                : Streams.utf8(Files.readAllBytes(Path.of(values)), "'%s'".formatted(values));
        try {
            Map<String, Object> given =
                    new JsonMapper().readValue(json, new TypeReference<LinkedHashMap<String, Object>>() {});
            if (given != null) {
                return given;
            }
        } catch (JacksonException e) {
            throw new Letter(
                    "%s is no JSON object with a template's values: %s (line %d). See: ayni template --help"
                            .formatted(
                                    values,
                                    e.getOriginalMessage(),
                                    e.getLocation() == null
                                            ? 1
                                            : e.getLocation().getLineNr()),
                    e);
        }
        throw new Letter("%s is JSON's null, and an object with a template's values was expected.".formatted(values));
    }

    private LocalDateTime clock() {
        if (now == null) {
            return LocalDateTime.now(ZoneId.systemDefault());
        }
        try {
            return now.contains("T")
                    ? LocalDateTime.parse(now)
                    : LocalDate.parse(now).atStartOfDay();
        } catch (DateTimeParseException e) {
            throw new Letter("'%s' is no date. Expected one as 2024-07-26 or 2024-07-26T12:30.".formatted(now), e);
        }
    }
}
