package dev.ayni.engine.toolcalls;

import dev.ayni.engine.toolcalls.AnswerParser.Expected;
import dev.ayni.engine.toolcalls.AnswerParserTest.Example;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import tools.jackson.databind.json.JsonMapper;

/**
 * Any answer of a model: no exception, no lost character, the same however it is cut, and every call's arguments an object.
 */
final class AnswerFuzz {
    /*
     * An input is the number of the example whose calls and marks are expected, a byte that says how to cut, and the answer.
     */
    private static final List<Example> EXAMPLES = AnswerParserTest.examples();

    private AnswerFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) {
            return;
        }
        Expected usual =
                EXAMPLES.get(Byte.toUnsignedInt(input[0]) % EXAMPLES.size()).expected();
        String answer = new String(input, 2, input.length - 2, StandardCharsets.UTF_8);
        Expected expected = new Expected(usual.calls(), usual.names(), Set.of(), usual.reasoning(), input[1] < 0);
        Parsed whole = Parsed.of(expected, List.of(answer));
        if (!whole.source.toString().equals(answer)) {
            throw new AssertionError("'%s' became '%s'".formatted(answer, whole.source));
        }
        Parsed cut = Parsed.of(expected, parts(answer, new SplittableRandom(input[1])));
        if (!cut.story.toString().equals(whole.story.toString())) {
            throw new AssertionError("'%s' whole: %s%ncut: %s".formatted(answer, whole.story, cut.story));
        }
        whole.calls.forEach(call -> {
            if (!JsonMapper.shared().readTree(call.arguments()).isObject()) {
                throw new AssertionError("The arguments are " + call.arguments());
            }
        });
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

    static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (int i = 0; i < EXAMPLES.size(); i++) {
            byte[] answer = EXAMPLES.get(i).answer().getBytes(StandardCharsets.UTF_8);
            byte[] seed = new byte[answer.length + 2];
            seed[0] = (byte) i;
            seed[1] = (byte) (i * 37);
            System.arraycopy(answer, 0, seed, 2, answer.length);
            seeds.add(seed);
        }
        return seeds;
    }

    static List<String> words() {
        return List.of(
                "```json\n",
                "```tool_code\n",
                "null",
                "-1.5e3",
                "\"name\": ",
                "\"arguments\": ",
                "\"parameters\": ",
                "\"function\": ",
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
                "print(",
                "\ud83d\ude00",
                ToolCallFormat.DEEPSEEK_BEGIN,
                ToolCallFormat.DEEPSEEK_SEPARATOR,
                "<\uff5ctool\u2581call\u2581begin\uff5c>",
                "<\uff5ctool\u2581call\u2581end\uff5c>",
                "\\ud83d",
                "function");
    }
}
