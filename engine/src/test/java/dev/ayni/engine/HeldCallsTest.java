package dev.ayni.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Limits;
import dev.ayni.chat.Sampling;
import dev.ayni.chat.Shape;
import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.ToolChoice;
import dev.ayni.chat.Tools;
import dev.ayni.engine.models.CacheType;
import dev.ayni.engine.models.TinyLlama;
import dev.ayni.engine.shape.ShapeException;
import dev.ayni.engine.toolcalls.ToolCallFormat;
import dev.ayni.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls of tools by a model of random numbers, which would write none by itself, in every format. */
class HeldCallsTest {
    private static final Tool WEATHER = new Tool("get_weather", "The weather.", """
            {"type": "object", "properties": {"city": {"type": "string", "maxLength": 12},
             "days": {"type": "integer", "minimum": 1, "maximum": 14}, "how": {"enum": ["brief", "in-full"]},
             "hours": {"type": "array", "items": {"enum": [6, 12, "noon"]}, "uniqueItems": true}},
             "required": ["city", "days"], "additionalProperties": false}""");
    private static final Tool NOW = new Tool("get", "The time.", Tool.NO_PARAMETERS);
    private static final Tool STRANGE = new Tool(
            "strange",
            "Cannot be enforced.",
            "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"array\", \"uniqueItems\": true}}, \"required\": [\"a\"]}");

    @TempDir
    private Path folder = Path.of("");

    /** A template that names the marks of a format, as published ones do. */
    private static String template(ToolCallFormat format) {
        String marks = format == ToolCallFormat.MISTRAL ? "[TOOL_CALLS]" : String.join(" ", format.marks());
        return "{%% for m in messages %%}{{ m.content }}<|end|>{%% endfor %%}{# tools %s #}".formatted(marks);
    }

    /** A model whose vocabulary is single characters, and has these marks as special tokens. */
    private LocalModel model(String template, List<String> marks, String draft) throws IOException {
        List<String> tokens = new ArrayList<>(List.of("<|end|>"));
        List<Integer> types = new ArrayList<>(List.of(3));
        for (int i = 1; i < TinyLlama.VOCABULARY; i++) {
            String character =
                    i == 'Y' - ' ' ? "ab" : i < 95 ? String.valueOf((char) (' ' + i)) : i == 95 ? "\u0120" : "\u010a";
            int mark = i - ('N' - ' ');
            boolean special = mark >= 0 && mark < marks.size(); // in place of N, O, ...
            tokens.add(special ? marks.get(mark) : character);
            types.add(special ? 3 : 1);
        }
        return LocalModel.open(
                TinyLlama.withVocabulary(DType.Q8_0)
                        .put("tokenizer.ggml.tokens", tokens)
                        .put("tokenizer.ggml.token_type", types)
                        .put("tokenizer.ggml.merges", List.of("a b"))
                        .put("tokenizer.chat_template", template)
                        .write(folder.resolve("model.gguf")),
                new EngineOptions("portable", 1, 0, draft, CacheType.AUTO, line -> {}));
    }

    private static List<ChatEvent> answer(LocalModel model, ChatRequest request) {
        List<ChatEvent> events = new ArrayList<>();
        model.chat(request, events::add);
        return events.stream()
                .filter(event -> !(event instanceof ChatEvent.Working))
                .toList();
    }

    private static List<ToolCall> calls(List<ChatEvent> events) {
        return events.stream()
                .filter(ChatEvent.ToolCallFinished.class::isInstance)
                .map(event -> ((ChatEvent.ToolCallFinished) event).call())
                .toList();
    }

    private static String text(List<ChatEvent> events) {
        return events.stream()
                .map(event -> event instanceof ChatEvent.Text(String delta) ? delta : "")
                .collect(Collectors.joining());
    }

    private static boolean fits(LocalModel model, ToolCall call) {
        Tool tool = call.name().equals(WEATHER.name()) ? WEATHER : NOW;
        return call.name().equals(tool.name())
                && model.compiled(new Shape.JsonSchema(tool.parameters())).matches(call.arguments());
    }

    private static ChatRequest request(Tools tools, int seed, int tokens) {
        return ChatRequest.of("Hi")
                .with(Sampling.plain().seed(seed).build())
                .with(Limits.tokens(tokens))
                .with(tools);
    }

    @ParameterizedTest
    @EnumSource(ToolCallFormat.class)
    void aRequiredCallIsOneOfAKnownToolWithArgumentsThatFit(ToolCallFormat format) throws IOException {
        for (List<String> marks : List.of(format.marks(), List.<String>of())) {
            if (marks.isEmpty() && format == ToolCallFormat.DEEPSEEK) {
                continue; // its marks cannot be written in this vocabulary
            }
            try (LocalModel model = model(template(format), marks, EngineOptions.LOOKUP)) {
                for (ToolChoice choice : List.of(ToolChoice.REQUIRED, new ToolChoice.Named("get_weather"))) {
                    for (int seed = 0; seed < 2; seed++) {
                        List<ChatEvent> events =
                                answer(model, request(new Tools(List.of(WEATHER, NOW), choice), seed, 170));
                        assertThat(text(events)).isBlank();
                        assertThat(calls(events)).isNotEmpty().allMatch(call -> fits(model, call));
                        assertThat(events).noneMatch(ChatEvent.ToolCallBroken.class::isInstance);
                        if (choice
                                instanceof
                                ToolChoice.Named) { // else the limit may come before the last call's end token
                            assertThat(((ChatEvent.Finished) events.getLast()).reason())
                                    .isEqualTo(Reason.TOOL_CALLS);
                            assertThat(calls(events)).hasSize(1);
                            assertThat(calls(events).getFirst().name()).isEqualTo("get_weather");
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ToolCallFormat.class)
    void aCallThatTheModelBeginsByItselfFitsToo(ToolCallFormat format) throws IOException {
        if (format.begins().isEmpty()) {
            return; // such a call might be an answer as well
        }
        String template = template(format);
        Tools tools = Tools.of(List.of(WEATHER, NOW));
        List<List<ChatEvent>> plain = new ArrayList<>();
        for (String draft : List.of(EngineOptions.NO_DRAFT, EngineOptions.LOOKUP)) {
            try (LocalModel model = model(template, format.marks(), draft)) {
                OptionalInt mark = model.tokenizer().special(format.begins());
                Sampling eager = Sampling.plain()
                        .logitBias(Map.of(mark.orElseThrow(), 4.0))
                        .build();
                for (int seed = 0; seed < 2; seed++) {
                    List<ChatEvent> events = answer(
                            model,
                            request(tools, seed, 0).with(eager.withSeed(seed)).with(Limits.tokens(220)));
                    assertThat(calls(events)).isNotEmpty().allMatch(call -> fits(model, call));
                    if (draft.equals(EngineOptions.NO_DRAFT)) {
                        plain.add(events.subList(0, events.size() - 1));
                    } else { // guesses change nothing
                        assertThat(events.subList(0, events.size() - 1)).isEqualTo(plain.get(seed));
                    }
                }
            }
        }
    }

    @Test
    void reasoningThatThePromptOpensIsClosedBeforeARequiredCall() throws IOException {
        String template = template(ToolCallFormat.HERMES) + "{# </think> #}<think>";
        try (LocalModel model = model(template, List.of("</think>"), EngineOptions.LOOKUP)) {
            List<ChatEvent> events = answer(model, request(new Tools(List.of(WEATHER), ToolChoice.REQUIRED), 1, 300));
            assertThat(text(events)).isBlank();
            assertThat(events).noneMatch(ChatEvent.Reasoning.class::isInstance);
            assertThat(calls(events)).isNotEmpty().allMatch(call -> fits(model, call));
        }
    }

    @Test
    void logProbabilitiesOfACallAreToldForEveryTokenOfIt() throws IOException {
        try (LocalModel model = model(template(ToolCallFormat.HERMES), List.of(), EngineOptions.LOOKUP)) {
            ChatRequest request = request(new Tools(List.of(WEATHER), new ToolChoice.Named("get_weather")), 3, 200);
            List<ChatEvent> logged = answer(
                    model,
                    new ChatRequest(request.messages(), request.sampling(), request.limits(), 1).with(request.tools()));
            assertThat(calls(logged)).isEqualTo(calls(answer(model, request)));
            assertThat(logged.stream().filter(ChatEvent.LogProbability.class::isInstance))
                    .hasSize(((ChatEvent.Finished) logged.getLast()).usage().answerTokens());
        }
    }

    @ParameterizedTest
    @CsvSource({"HERMES", "FUNCTION_GEMMA"})
    void aSchemaThatCannotBeEnforcedIsRefusedWhereACallIsRequiredAndLetBeWhereNot(ToolCallFormat format)
            throws IOException {
        try (LocalModel model = model(template(format), format.marks(), EngineOptions.LOOKUP)) {
            assertThatThrownBy(() ->
                            answer(model, request(new Tools(List.of(NOW, STRANGE), ToolChoice.REQUIRED), 1, 50)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("'strange'")
                    .hasMessageContaining("#/properties/a/uniqueItems");
            assertThatThrownBy(() -> answer(
                            model,
                            request(
                                    new Tools(
                                            List.of(new Tool("none", "", "{\"type\": \"string\"}")),
                                            ToolChoice.REQUIRED),
                                    1,
                                    50)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("'none'")
                    .hasMessageContaining("No object");
            assertThat(answer(model, request(Tools.of(List.of(NOW, STRANGE)), 1, 9)))
                    .isNotEmpty();
        }
    }

    @Test
    void parametersThatAreNoJsonAreALetter() throws IOException {
        try (LocalModel model = model(template(ToolCallFormat.JSON), List.of(), EngineOptions.LOOKUP)) {
            assertThatThrownBy(() -> answer(
                            model, request(new Tools(List.of(new Tool("x", "", "[")), ToolChoice.REQUIRED), 1, 50)))
                    .hasMessageContaining("'x'")
                    .hasMessageContaining("JSON Schema");
        }
    }

    @Test
    void severalCallsAreWrittenWhereAnyToolMayBeCalled() throws IOException {
        try (LocalModel model = model(template(ToolCallFormat.HERMES), List.of(), EngineOptions.LOOKUP)) {
            int newLine = TinyLlama.VOCABULARY - 1;
            Sampling goesOn =
                    Sampling.plain().logitBias(Map.of(newLine, 9.0)).seed(1).build();
            List<ChatEvent> events = answer(
                    model,
                    request(new Tools(List.of(WEATHER), ToolChoice.REQUIRED), 1, 450)
                            .with(goesOn));
            assertThat(calls(events)).hasSizeGreaterThan(1).allMatch(call -> fits(model, call));
            assertThat(text(events)).isBlank();
        }
    }
}
