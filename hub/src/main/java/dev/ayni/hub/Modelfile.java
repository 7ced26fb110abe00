package dev.ayni.hub;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads what Ollama's users write to make a model of another one: an instruction a line, {@code """} around several lines. */
public final class Modelfile {
    private static final String QUOTES = "\"\"\"";
    private static final JsonMapper JSON = JsonMapper.shared();

    // these are texts whatever they look like
    private static final Set<String> TEXTS = Set.of("stop");

    // what Go's templates have, and an expression of Jinja never begins with
    private static final Pattern GO =
            Pattern.compile("\\{\\{-?\\s*(\\.|\\$|/\\*|(if|else|end|range|with|define|block|template)\\b)");

    private final String name;
    private final ObjectNode parameters = JSON.createObjectNode();
    private final List<CreatedModel.Turn> messages = new ArrayList<>();
    private @Nullable String from;
    private @Nullable String system;
    private @Nullable String template;
    private String licence = "";

    private Modelfile(String name) {
        this.name = name;
    }

    /**
     * The model that a Modelfile describes.
     *
     * @param name of the model
     * @throws HubException if there is an instruction that cannot be followed, or none that says of what to make it
     */
    public static CreatedModel read(String name, String text, Instant now) {
        Modelfile file = new Modelfile(name);
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            int number = i + 1;
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            StringBuilder instruction = new StringBuilder(line);
            int open = line.indexOf(QUOTES);
            boolean closed = open < 0 || line.indexOf(QUOTES, open + QUOTES.length()) >= 0;
            while (!closed) {
                if (++i == lines.size()) {
                    throw new HubException(
                            "Line %d of the Modelfile opens \"\"\" and nothing closes it.".formatted(number));
                }
                instruction.append('\n').append(lines.get(i));
                closed = lines.get(i).contains(QUOTES);
            }
            file.follow(instruction.toString(), number);
        }
        if (file.from == null) {
            throw new HubException(
                    "The Modelfile does not say of what to make the model. Expected a line such as: FROM smollm2");
        }
        return new CreatedModel(
                name,
                file.from,
                file.system,
                file.template,
                file.parameters.toString(),
                file.messages,
                file.licence,
                now);
    }

    /** Whether a chat template is written in Go's language, as Ollama's are, and not in Jinja, as those in models' files. */
    public static boolean isGoTemplate(String template) {
        return GO.matcher(template).find();
    }

    private void follow(String instruction, int line) {
        String[] words = instruction.split("\\s+", 2);
        String rest = words.length == 1 ? "" : words[1].strip();
        switch (words[0].toUpperCase(Locale.ROOT)) {
            case "FROM" -> from = unquoted(rest);
            case "SYSTEM" -> system = unquoted(rest);
            case "LICENSE" -> licence = licence.isEmpty() ? unquoted(rest) : licence + "\n" + unquoted(rest);
            case "PARAMETER" -> parameter(rest, line);
            case "MESSAGE" -> message(rest, line);
            case "REQUIRES" -> {} // a version of Ollama
            case "TEMPLATE" -> template = jinja(unquoted(rest), line);
            case "ADAPTER" ->
                throw new HubException(
                        "Line %d of the Modelfile has an ADAPTER, which is not applied here; without it the answers would be others. Name a model into which it is merged."
                                .formatted(line));
            default ->
                throw new HubException(
                        "Line %d of the Modelfile begins with '%s'. Expected FROM, PARAMETER, SYSTEM, TEMPLATE, MESSAGE or LICENSE."
                                .formatted(line, words[0]));
        }
    }

    private static String jinja(String template, int line) {
        if (isGoTemplate(template)) {
            throw new HubException(
                    "Line %d of the Modelfile has a TEMPLATE in Go's language, as Ollama's are; here they are written in Jinja, as in tokenizer_config.json, and none is translated: nearly the same would be other answers. Leave it out, and the chat template of the model's own file counts, or write it in Jinja."
                            .formatted(line));
        }
        return template;
    }

    private void parameter(String rest, int line) {
        String[] words = rest.split("\\s+", 2);
        if (words.length < 2) {
            throw new HubException(
                    "Line %d of the Modelfile: expected PARAMETER name value, for example PARAMETER temperature 0.5."
                            .formatted(line));
        }
        String key = words[0].toLowerCase(Locale.ROOT);
        String value = unquoted(words[1].strip());
        if (TEXTS.contains(key)) {
            if (parameters.has(key)) {
                parameters.withArray(key).add(value);
            } else {
                parameters.putArray(key).add(value);
            }
        } else if (value.equals("true") || value.equals("false")) {
            parameters.put(key, value.equals("true"));
        } else if (value.matches("-?\\d{1,18}")) {
            parameters.put(key, Long.parseLong(value));
        } else if (value.matches("-?\\d*\\.?\\d+([eE][-+]?\\d+)?")) {
            parameters.put(key, Double.parseDouble(value));
        } else {
            parameters.put(key, value);
        }
    }

    private void message(String rest, int line) {
        String[] words = rest.split("\\s+", 2);
        String role = words[0].toLowerCase(Locale.ROOT);
        if (words.length < 2 || !Set.of("user", "assistant", "system").contains(role)) {
            throw new HubException(
                    "Line %d of the Modelfile: expected MESSAGE user TEXT, or MESSAGE assistant TEXT.".formatted(line));
        }
        String content = unquoted(words[1].strip());
        if (role.equals("system")) {
            system = content;
        } else {
            messages.add(new CreatedModel.Turn(role, content));
        }
    }

    private static String unquoted(String value) {
        if (value.length() >= 2 * QUOTES.length() && value.startsWith(QUOTES) && value.endsWith(QUOTES)) {
            return value.substring(QUOTES.length(), value.length() - QUOTES.length())
                    .strip();
        }
        return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1).replace("\\n", "\n").replace("\\\"", "\"")
                : value;
    }
}
