package dev.ayni.engine.toolcalls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ToolCall;
import dev.ayni.engine.toolcalls.AnswerParser.Expected;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AnswerParserTest {
    static final Set<String> NAMES = Set.of("get_weather", "now", "send");

    /** An answer of a model, and what is in it; {@code answers.json} has them. */
    record Example(
            ToolCallFormat format,
            String name,
            String answer,
            String text,
            String reasoning,
            boolean beginsReasoning,
            List<Call> calls,
            int broken) {

        record Call(String name, String arguments) {}

        Expected expected() {
            Optional<ReasoningTags> tags = switch (format) {
                case MISTRAL_NAMED -> ReasoningTags.of("[THINK][/THINK]");
                case GEMMA_4 -> ReasoningTags.of("<|channel>thought<channel|>");
                case HERMES, DEEPSEEK -> ReasoningTags.of("</think>");
                default -> Optional.empty();
            };
            return new Expected(format, NAMES, Set.of(), tags.orElse(null), beginsReasoning);
        }
    }

    static List<Example> examples() {
        JsonNode all = JsonMapper.shared().readTree(AnswerParserTest.class.getResourceAsStream("answers.json"));
        return List.of(JsonMapper.shared().treeToValue(all, Example[].class));
    }

    @TestFactory
    Stream<DynamicTest> anAnswerMeansTheSameHoweverItIsCut() {
        List<Example> examples = examples();
        assertThat(examples).hasSizeGreaterThanOrEqualTo(60);
        return examples.stream()
                .map(example -> DynamicTest.dynamicTest(example.format() + ": " + example.name(), () -> {
                    Parsed whole = Parsed.of(example.expected(), List.of(example.answer()));
                    assertThat(whole.text).hasToString(example.text());
                    assertThat(whole.reasoning).hasToString(example.reasoning());
                    assertThat(whole.broken).hasSize(example.broken());
                    assertThat(whole.source).hasToString(example.answer());
                    assertThat(whole.calls.stream().map(call -> new Example.Call(call.name(), call.arguments())))
                            .isEqualTo(example.calls());
                    assertThat(whole.calls.stream().map(ToolCall::id)).doesNotHaveDuplicates();
                    for (ToolCall call : whole.calls) {
                        assertThat(JsonMapper.shared()
                                        .readTree(call.arguments())
                                        .isObject())
                                .isTrue();
                    }
                    for (List<String> parts : cuts(example.answer())) {
                        assertThat(Parsed.of(example.expected(), parts).story)
                                .as("cut into %s", parts)
                                .hasToString(whole.story.toString());
                    }
                }));
    }

    /** Into two at every place, into single characters, and into many at random ones. */
    static List<List<String>> cuts(String text) {
        List<List<String>> cuts = new ArrayList<>();
        IntStream.rangeClosed(0, text.length())
                .forEach(at -> cuts.add(List.of(text.substring(0, at), text.substring(at))));
        cuts.add(text.chars().mapToObj(Character::toString).toList());
        SplittableRandom random = new SplittableRandom(text.hashCode());
        for (int i = 0; i < 50; i++) {
            List<String> parts = new ArrayList<>();
            for (int at = 0; at < text.length(); ) {
                int end = Math.min(text.length(), at + random.nextInt(0, 12));
                parts.add(text.substring(at, end));
                at = end;
            }
            cuts.add(parts);
        }
        return cuts;
    }

    @Test
    void argumentsAreSaidWhileTheyCome() {
        List<String> seen = new ArrayList<>();
        AnswerParser parser = new AnswerParser(
                new Expected(ToolCallFormat.HERMES, NAMES, Set.of(), null, false),
                event -> seen.add(event.getClass().getSimpleName()));
        parser.accept("<tool_call>{\"name\": \"send\", \"arguments\": {\"text\":");
        assertThat(seen).containsExactly("ToolCallStarted", "ToolCallArguments");
        parser.accept(" \"a lo");
        assertThat(seen).hasSize(3);
        parser.accept("ng one\"}}");
        assertThat(seen).endsWith("ToolCallArguments", "ToolCallFinished");
    }

    @Test
    void anIdIsNineLettersAndDigitsAndNoneTwice() {
        Expected expected = new Expected(ToolCallFormat.MISTRAL_NAMED, NAMES, Set.of("call00001", "abc"), null, false);
        Parsed parsed = Parsed.of(
                expected,
                List.of(
                        "[TOOL_CALLS]now[ARGS]{}[TOOL_CALLS]now[CALL_ID]abc[ARGS]{}[TOOL_CALLS]now[CALL_ID]xyz[ARGS]{}"));
        assertThat(parsed.calls.stream().map(ToolCall::id)).containsExactly("call00002", "call00003", "xyz");
    }

    @Test
    void anAnswerInJsonIsNotKeptFromItsReader() {
        Parsed parsed = new Parsed();
        AnswerParser parser = new AnswerParser(parsed, new Expected(ToolCallFormat.JSON, NAMES, Set.of(), null, false));
        parser.accept("{\"city\":");
        assertThat(parsed.text).hasToString("{\"city\":");
        parser.accept("\n{\"name\": \"Ada\",");
        assertThat(parsed.text).endsWith("{\"name\": \"Ada\",");
    }

    @Test
    void whatIsKeptBackIsBounded() {
        Expected expected = new Expected(ToolCallFormat.JSON, NAMES, Set.of(), null, false);
        for (String endless :
                List.of(" ", "{\"id\": \"", "{\"name\": \"now\", \"arguments\": {\"a\": \"", "```tool_code\nx")) {
            Parsed parsed = new Parsed();
            AnswerParser parser = new AnswerParser(parsed, expected);
            parser.accept(endless);
            for (int i = 0; i < 300; i++) {
                parser.accept(" ".repeat(5000));
            }
            assertThat(parsed.source.length()).as(endless).isGreaterThan(1 << 18);
            parser.finish();
            assertThat(parsed.source.length()).isEqualTo(endless.length() + 1_500_000);
        }
    }

    @Test
    void withoutToolsOnlyReasoningIsToldApart() {
        Expected expected = new Expected(
                null, Set.of(), Set.of(), ReasoningTags.of("</think>").orElseThrow(), false);
        Parsed parsed = Parsed.of(expected, List.of("<think>\n\nHm.\n\nYes.\n</think>\n\nThe tag <think> begins it."));
        assertThat(parsed.reasoning).hasToString("Hm.\n\nYes.");
        assertThat(parsed.text).hasToString("The tag <think> begins it.");
    }
}
