package dev.ayni.guard.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLParser;

/** Something in a YAML file, and the line it stands in. */
sealed interface PolicyNode {
    /** From 1 on. */
    int line();

    /** What it is, for errors: "a text". */
    String kind();

    /** Itself in JSON, names in the order of their letters: the same for files that say the same. */
    String canonical();

    /** A text, a number, true or false; also nothing. */
    record Scalar(int line, JsonToken type, String text) implements PolicyNode {
        boolean isText() {
            return type == JsonToken.VALUE_STRING;
        }

        boolean isNumber() {
            return type.isNumeric();
        }

        @Override
        public String kind() {
            return switch (type) {
                case VALUE_STRING ->
                    "the text '%s'".formatted(text.length() > 40 ? text.substring(0, 40) + "..." : text);
                case VALUE_NULL -> "empty";
                default -> text;
            };
        }

        @Override
        public String canonical() {
            return JsonMapper.shared().writeValueAsString(text);
        }
    }

    /** Items one after another. */
    record Sequence(int line, List<PolicyNode> items) implements PolicyNode {
        @Override
        public String kind() {
            return "a list";
        }

        @Override
        public String canonical() {
            return "["
                    + String.join(",", items.stream().map(PolicyNode::canonical).toList()) + "]";
        }
    }

    /**
     * Names and what stands under them, in their order.
     *
     * @param lines where each name stands
     */
    record Mapping(int line, Map<String, PolicyNode> entries, Map<String, Integer> lines) implements PolicyNode {
        static Mapping empty(int line) {
            return new Mapping(line, Map.of(), Map.of());
        }

        @Override
        public String kind() {
            return "names with values";
        }

        @Override
        public String canonical() {
            StringBuilder json = new StringBuilder("{");
            new TreeMap<>(entries)
                    .forEach((name, value) -> json.append(json.length() > 1 ? "," : "")
                            .append(JsonMapper.shared().writeValueAsString(name))
                            .append(':')
                            .append(value.canonical()));
            return json.append('}').toString();
        }
    }

    /**
     * Reads a file.
     *
     * @param source its name, for errors
     * @throws PolicyException if it is no YAML, or not one mapping
     */
    static Mapping read(String text, String source) {
        YAMLMapper mapper = YAMLMapper.builder(YAMLFactory.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build())
                .build();
        try (JsonParser parser = mapper.createParser(text)) {
            if (parser.nextToken() == null) {
                throw problem(source, 1, "The file is empty; expected a policy: name, checks and stages at least.");
            }
            PolicyNode root = value(parser, source);
            if (parser.nextToken() != null) {
                throw problem(
                        source, line(parser), "A second document begins here; a file holds one policy. Take it out.");
            }
            if (root instanceof Mapping mapping) {
                return mapping;
            }
            throw problem(
                    source,
                    root.line(),
                    "The file is %s; expected names with values, such as 'name: my-policy'.".formatted(root.kind()));
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            String what =
                    String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
            throw problem(source, line, "This is no valid YAML: %s. Mend the line, or the one before.".formatted(what));
        }
    }

    private static PolicyNode value(JsonParser parser, String source) {
        int line = line(parser);
        if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
            throw problem(
                    source,
                    line,
                    "'*%s' repeats another part of the file, which policies do not do: every rule is to be read where it stands. Write it out; a name that begins with * needs quotes."
                            .formatted(parser.getString()));
        }
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_ARRAY) {
            List<PolicyNode> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(value(parser, source));
            }
            return new Sequence(line, items);
        }
        if (token == JsonToken.START_OBJECT) {
            Map<String, PolicyNode> entries = new LinkedHashMap<>();
            Map<String, Integer> lines = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                lines.put(name, line(parser));
                parser.nextToken();
                entries.put(name, value(parser, source));
            }
            return new Mapping(line, entries, lines);
        }
        return new Scalar(line, token, token == JsonToken.VALUE_NULL ? "" : parser.getString());
    }

    private static int line(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }

    private static PolicyException problem(String source, int line, String letter) {
        return new PolicyException(List.of("%s:%d: %s".formatted(source, line, letter)));
    }
}
