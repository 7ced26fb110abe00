package dev.ayni.library.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.chat.ChatEvent;
import dev.ayni.chat.ChatEvent.Reason;
import dev.ayni.chat.ChatRequest;
import dev.ayni.chat.Message;
import dev.ayni.chat.Message.Role;
import dev.ayni.chat.Tool;
import dev.ayni.chat.ToolCall;
import dev.ayni.chat.ToolChoice;
import dev.ayni.chat.Tools;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ToolLoopTest {
    enum Unit {
        CELSIUS,
        KELVIN
    }

    record Place(@Parameter("its name") String city, Optional<String> country) {}

    /** What the models of these tests may call. */
    @SuppressWarnings("UnusedMethod")
    private static final class Station {
        private final List<String> asked = new ArrayList<>();

        @ToolMethod("The temperature at a place, now.")
        double temperature(@Parameter("where") Place place, Unit unit, Optional<Integer> decimals) {
            asked.add(place + " " + unit + " " + decimals);
            return unit == Unit.KELVIN ? 285.5 : 12.5;
        }

        @ToolMethod(value = "Adds numbers.", name = "add")
        static long sum(List<Long> numbers) {
            return numbers.stream().mapToLong(n -> n).sum();
        }

        @ToolMethod("Fails.")
        String fail(boolean really) {
            throw new IllegalStateException("the station is %s".formatted(really ? "closed" : "open"));
        }

        String notForModels() {
            return "";
        }
    }

    private final Station station = new Station();
    private final List<RunnableTool> tools = MethodTool.of(station);

    private RunnableTool tool(String name) {
        return tools.stream()
                .filter(tool -> tool.tool().name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theSchemaOfAMethodIsMadeOfItsTypes() {
        assertThat(tools.stream().map(tool -> tool.tool().name()))
                .containsExactlyInAnyOrder("add", "fail", "temperature");
        Tool temperature = tool("temperature").tool();
        assertThat(temperature.description()).isEqualTo("The temperature at a place, now.");
        JsonNode schema = JsonMapper.shared().readTree(temperature.parameters());
        assertThat(schema).isEqualTo(JsonMapper.shared().readTree("""
                {"type": "object",
                 "properties": {
                   "place": {"type": "object",
                     "properties": {"city": {"type": "string", "description": "its name"}, "country": {"type": "string"}},
                     "required": ["city"], "additionalProperties": false, "description": "where"},
                   "unit": {"type": "string", "enum": ["CELSIUS", "KELVIN"]},
                   "decimals": {"type": "integer"}},
                 "required": ["place", "unit"], "additionalProperties": false}"""));
    }

    @Test
    void argumentsBecomeValuesAndResultsJson() {
        assertThat(tool("temperature").run("{\"place\": {\"city\": \"Cusco\"}, \"unit\": \"KELVIN\"}"))
                .isEqualTo("285.5");
        assertThat(station.asked).containsExactly("Place[city=Cusco, country=Optional.empty] KELVIN Optional.empty");
        assertThat(tool("add").run("{\"numbers\": [1, 2, 39]}")).isEqualTo("42");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "add         | [1]                                                  | add are no JSON object",
                "add         | {\"numbers\": [1,                                     | add are no JSON: ",
                "add         | {}                                                   | add needs numbers, which was not given: {\"type\":\"array\"",
                "add         | {\"numbers\": [1], \"x\": 2}                           | add has no parameter x. Its parameters are: numbers.",
                "add         | {\"numbers\": [\"one\"]}                              | for numbers ([0]). Expected: {\"type\":\"array\"",
                "temperature | {\"place\": {\"city\": \"A\"}, \"unit\": \"INCH\"}        | was given \"INCH\" for unit. Expected: {\"type\":\"string\",\"enum\":[\"CELSIUS\"",
                "temperature | {\"place\": {\"town\": \"A\"}, \"unit\": \"KELVIN\"}      | for place ([\"town\"])",
                "fail        | {\"really\": true}                                    | fail failed: the station is closed"
            })
    void aModelIsToldWhatIsWrongWithItsCall(String name, String arguments, String letter) {
        assertThatThrownBy(() -> tool(name).run(arguments))
                .isInstanceOf(ToolException.class)
                .hasMessageContaining(letter);
    }

    @Test
    void aClassWithoutToolsOrWithUnknownTypesGetsALetter() {
        assertThatThrownBy(() -> MethodTool.of("text")).hasMessageContaining("@ToolMethod");
        Object odd = new Object() {
            @ToolMethod("Odd.")
            @SuppressWarnings("UnusedMethod")
            void odd(Thread thread) {}
        };
        assertThatThrownBy(() -> MethodTool.of(odd))
                .hasMessageContaining("Parameter thread of odd is of type java.lang.Thread");
    }

    private ToolLoop loop(ScriptedModel model, int steps) {
        return new ToolLoop(model, tools, steps, call -> Optional.empty(), (call, result) -> {});
    }

    @Test
    void aModelCallsReadsTheResultsAndAnswers() {
        ScriptedModel model = new ScriptedModel()
                .answers("Let me see. ", "add{\"numbers\": [40, 2]}", "fly{}")
                .answers("It is 42.");
        List<ChatEvent> events = new ArrayList<>();

        ToolLoop.Outcome outcome = loop(model, 3).run(ChatRequest.of("40 + 2?"), events::add);

        assertThat(outcome.text()).isEqualTo("It is 42.");
        assertThat(outcome.reason()).isEqualTo(Reason.END);
        assertThat(outcome.messages().stream().map(Message::role))
                .containsExactly(Role.USER, Role.ASSISTANT, Role.TOOL, Role.TOOL, Role.ASSISTANT);
        assertThat(outcome.messages().get(2).content()).isEqualTo("42");
        assertThat(outcome.messages().get(3).content())
                .isEqualTo("Error: there is no tool fly. The tools are: add, fail, temperature.");
        assertThat(model.heard.getLast().messages()).hasSize(4);
        assertThat(model.heard.getLast().tools().offered()).hasSize(3);
        assertThat(events).filteredOn(ChatEvent.Finished.class::isInstance).hasSize(1);
    }

    @Test
    void aCallIsOnlyRequiredOnce() {
        ScriptedModel model =
                new ScriptedModel().answers("add{\"numbers\": []}").answers("0");
        Tools required = new Tools(tools.stream().map(RunnableTool::tool).toList(), new ToolChoice.Named("add"));
        loop(model, 3).run(ChatRequest.of("?").with(required), event -> true);
        assertThat(model.heard.stream().map(request -> request.tools().choice()))
                .containsExactly(new ToolChoice.Named("add"), ToolChoice.AUTO);
    }

    @Test
    void aModelThatCallsForeverHasToAnswerWithoutToolsInTheEnd() {
        ScriptedModel model =
                new ScriptedModel().answers("add{}").answers("add{}").answers("I give up.");
        ToolLoop.Outcome outcome = loop(model, 2).run(ChatRequest.of("?"), event -> true);
        assertThat(outcome.text()).isEqualTo("I give up.");
        assertThat(model.heard.getLast().tools().choice()).isEqualTo(ToolChoice.NONE);
    }

    @Test
    void whatTheGateRefusesIsNotRunAndTheModelIsTold() {
        ScriptedModel model =
                new ScriptedModel().answers("fail{\"really\": true}").answers("Then not.");
        List<String> results = new ArrayList<>();
        new ToolLoop(
                        model,
                        tools,
                        3,
                        call -> Optional.of("the user said no."),
                        (ToolCall call, String result) -> results.add(result))
                .run(ChatRequest.of("?"), event -> true);
        assertThat(results).containsExactly("Error: the user said no.");
    }
}
