package dev.ayni.engine.toolcalls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.engine.toolcalls.AnswerParser.Expected;
import dev.ayni.engine.toolcalls.AnswerParserTest.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/**
 * Random and mutated answers: no exception, no lost character, the same however they are cut, and every call's arguments
 * an object. Runs for a second; for longer: {@code -Dayni.fuzzSeconds=600}.
 */
class AnswerParserFuzzTest {
    private static final List<String> WORDS = List.of(
            "{",
            "}",
            "[",
            "]",
            "\"",
            ":",
            ",",
            ";",
            "\\",
            "\n",
            " ",
            "```",
            "```json\n",
            "```tool_code\n",
            "null",
            "-1.5e3",
            "\"name\": ",
            "\"arguments\": ",
            "\"parameters\": ",
            "\"function\": ",
            "\"now\"",
            "{}",
            "now",
            "call:now{",
            "{\"name\": \"now\", \"arguments\": {",
            "<think>",
            "</think>",
            "[THINK]",
            "[/THINK]",
            "<tool_call>",
            "</tool_call>",
            "<|python_tag|>",
            "[TOOL_CALLS]",
            "[ARGS]",
            "[CALL_ID]",
            "<start_function_call>",
            "<end_function_call>",
            "<escape>",
            "<|tool_call>",
            "<tool_call|>",
            "<|\"|>",
            "now(a=",
            ")",
            "print(",
            "😀",
            "\ud83d",
            ToolCallFormat.DEEPSEEK_BEGIN,
            ToolCallFormat.DEEPSEEK_SEPARATOR,
            "<\uff5ctool\u2581call\u2581begin\uff5c>",
            "<\uff5ctool\u2581call\u2581end\uff5c>",
            "function");

    @Test
    void nothingThatAModelMayWriteBreaksAParser() {
        SplittableRandom random = new SplittableRandom(5);
        List<Example> examples = AnswerParserTest.examples();
        long end = System.nanoTime() + Integer.getInteger("ayni.fuzzSeconds", 1) * 1_000_000_000L;
        int answers = 0;
        while (System.nanoTime() < end || answers < 2000) {
            Example example = examples.get(random.nextInt(examples.size()));
            String answer = random.nextInt(3) == 0 ? words(random) : mutated(example.answer(), random);
            Expected usual = example.expected();
            Expected expected =
                    new Expected(usual.calls(), usual.names(), Set.of(), usual.reasoning(), random.nextInt(8) == 0);
            Parsed whole = Parsed.of(expected, List.of(answer));
            assertThat(whole.source).as(answer).hasToString(answer);
            assertThat(Parsed.of(expected, parts(answer, random)).story)
                    .as(answer)
                    .hasToString(whole.story.toString());
            whole.calls.forEach(call -> assertThat(
                            JsonMapper.shared().readTree(call.arguments()).isObject())
                    .as(call.arguments())
                    .isTrue());
            answers++;
        }
        System.out.printf("%d answers parsed%n", answers);
    }

    private static String words(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(40); i > 0; i--) {
            text.append(WORDS.get(random.nextInt(WORDS.size())));
        }
        return text.toString();
    }

    private static String mutated(String answer, SplittableRandom random) {
        StringBuilder text = new StringBuilder(answer);
        for (int i = random.nextInt(6); i > 0 && !text.isEmpty(); i--) {
            int at = random.nextInt(text.length());
            int until = Math.min(text.length(), at + random.nextInt(12));
            switch (random.nextInt(4)) {
                case 0 -> text.delete(at, until);
                case 1 -> text.insert(at, text.substring(at, until));
                case 2 -> text.insert(at, WORDS.get(random.nextInt(WORDS.size())));
                default -> text.setCharAt(at, (char) random.nextInt(32, 127));
            }
        }
        return text.toString();
    }

    private static List<String> parts(String text, SplittableRandom random) {
        List<String> parts = new ArrayList<>();
        for (int at = 0; at < text.length(); ) {
            int end = Math.min(text.length(), at + random.nextInt(6));
            parts.add(text.substring(at, end));
            at = end;
        }
        return parts;
    }
}
