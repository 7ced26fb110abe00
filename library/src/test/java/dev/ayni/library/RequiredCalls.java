package dev.ayni.library;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.ToolChoice;
import dev.ayni.chat.Tools;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Calls of tools that are required at temperature 1, each judged by another library's validator. To run, after
 * {@code mvn -Dquick test-compile}: {@code mvn -o -q -Dquick -pl library exec:java
 * -Dexec.mainClass=dev.ayni.library.RequiredCalls -Dexec.classpathScope=test -Dexec.args="smollm2 50"}.
 */
public final class RequiredCalls {
    private static final List<Tool> TOOLS = List.of(
            new Tool("get_weather", "The weather in a city.", """
                    {"type": "object", "properties": {"city": {"type": "string", "minLength": 2, "maxLength": 40},
                     "days": {"type": "integer", "minimum": 1, "maximum": 14}, "unit": {"enum": ["celsius", "fahrenheit"]}},
                     "required": ["city", "days"], "additionalProperties": false}"""),
            new Tool("book", "Books a journey.", """
                    {"type": "object", "properties": {"date": {"type": "string", "format": "date"},
                     "from": {"$ref": "#/$defs/place"}, "to": {"$ref": "#/$defs/place"},
                     "seats": {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1, "maxItems": 4}},
                     "required": ["date", "from", "to"], "additionalProperties": false,
                     "$defs": {"place": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 30},
                      "code": {"type": "string", "pattern": "^[A-Z]{3}$"}}, "required": ["code"], "additionalProperties": false}}}"""),
            new Tool("remember", "Keeps a note.", """
                    {"type": "object", "properties": {"title": {"type": "string"},
                     "tags": {"type": "array", "items": {"enum": ["home", "work", "later"]}, "uniqueItems": true},
                     "weight": {"type": "number", "exclusiveMinimum": 0, "maximum": 1}}, "required": ["title", "weight"]}"""),
            new Tool("now", "The time.", Tool.NO_PARAMETERS));
    private static final List<String> QUESTIONS = List.of(
            "How will the weather be in Cusco this week?",
            "I have to be in Lima on the first of March.",
            "Don't let me forget to water the plants.",
            "Tell me a joke.");

    private RequiredCalls() {}

    /** Arguments: a model, and how many seeds for each question and choice. */
    public static void main(String[] arguments) throws IOException {
        int seeds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 50;
        int answers = 0;
        int calls = 0;
        List<String> wrong = new ArrayList<>();
        try (OpenModel model = Ayni.open(arguments.length > 0 ? arguments[0] : "smollm2")) {
            for (int i = 0; i < QUESTIONS.size(); i++) {
                for (ToolChoice choice : List.of(
                        ToolChoice.REQUIRED, new ToolChoice.Named(TOOLS.get(i).name()))) {
                    for (int seed = 0; seed < seeds; seed++) {
                        List<ChatEvent> events = new ArrayList<>();
                        model.local()
                                .chat(
                                        ChatRequest.of(QUESTIONS.get(i))
                                                .with(Sampling.plain()
                                                        .seed(seed)
                                                        .build())
                                                .with(Limits.tokens(250))
                                                .with(new Tools(TOOLS, choice)),
                                        events::add);
                        int before = calls;
                        for (ChatEvent event : events) {
                            if (event instanceof ChatEvent.ToolCallFinished(ToolCall call)) {
                                calls++;
                                judge(call, choice, wrong);
                            } else if (event instanceof ChatEvent.ToolCallBroken
                                    || event instanceof ChatEvent.Text(String text) && !text.isBlank()) {
                                wrong.add("seed %d: %s".formatted(seed, event));
                            }
                        }
                        if (calls == before) {
                            wrong.add("seed %d, %s: no call".formatted(seed, choice));
                        }
                        answers++;
                    }
                }
            }
        }
        System.out.println("%d answers, %d calls, %d wrong".formatted(answers, calls, wrong.size()));
        wrong.forEach(System.out::println);
    }

    private static void judge(ToolCall call, ToolChoice choice, List<String> wrong) {
        List<com.networknt.schema.Error> errors = TOOLS.stream()
                .filter(tool -> tool.name().equals(call.name()))
                .filter(tool -> !(choice instanceof ToolChoice.Named(String name))
                        || tool.name().equals(name))
                .findFirst()
                .map(tool -> SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(tool.parameters(), InputFormat.JSON)
                        .validate(
                                call.arguments(),
                                InputFormat.JSON,
                                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true))))
                .orElse(List.of(com.networknt.schema.Error.builder()
                        .message("no such tool")
                        .build()));
        if (!errors.isEmpty()) {
            wrong.add("%s: %s".formatted(call, errors));
        }
    }
}
