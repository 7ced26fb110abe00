package dev.ayni.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/** Every corner of the language gives what Python's Jinja gave when the files of cases were made, or fails where it failed. */
class PythonAgreementTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2024, 7, 26, 9, 5, 3);

    @ParameterizedTest
    @MethodSource
    void theLanguageMeansWhatItMeansInPython(String template, Map<String, Object> values, Map<?, ?> expected) {
        check(template, values, expected);
    }

    static Stream<Arguments> theLanguageMeansWhatItMeansInPython() throws IOException {
        Map<String, Object> file = read("language.json");
        return cases(file).map(row -> Arguments.of(row.get("template"), file.get("values"), row));
    }

    @ParameterizedTest
    @MethodSource
    void templatesInTheMannerOfThePublishedFamiliesRenderAsInPython(
            String name, String template, Map<String, Object> values, Map<?, ?> expected) {
        check(template, values, expected);
    }

    static Stream<Arguments> templatesInTheMannerOfThePublishedFamiliesRenderAsInPython() throws IOException {
        Map<String, Object> file = read("families.json");
        return cases(file).map(row -> {
            Map<String, Object> values = new HashMap<>();
            values.put("messages", part(file, "conversations", Map.class).get(row.get("conversation")));
            values.put("tools", Boolean.TRUE.equals(row.get("tools")) ? file.get("tools") : null);
            values.put("add_generation_prompt", row.get("prompt"));
            values.put("bos_token", "<s>");
            values.put("eos_token", "</s>");
            String name = row.get("template") + ", " + row.get("conversation");
            return Arguments.of(name, part(file, "templates", Map.class).get(row.get("template")), values, row);
        });
    }

    private static void check(String template, Map<String, Object> values, Map<?, ?> expected) {
        if (expected.containsKey("rendered")) {
            assertThat(ChatTemplate.parse(template).render(values, NOW)).isEqualTo(expected.get("rendered"));
        } else if (expected.containsKey("refusal")) {
            assertThatThrownBy(() -> ChatTemplate.parse(template).render(values, NOW))
                    .isInstanceOfSatisfying(
                            TemplateRefusal.class,
                            refusal -> assertThat(refusal.text()).isEqualTo(expected.get("refusal")));
        } else {
            assertThatThrownBy(() -> ChatTemplate.parse(template).render(values, NOW))
                    .as("Python: %s", expected.get("error"))
                    .isInstanceOf(TemplateException.class)
                    .isNotInstanceOf(TemplateRefusal.class);
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> read(String name) throws IOException {
        try (InputStream in = PythonAgreementTest.class.getResourceAsStream(name)) {
            return JsonMapper.shared().readValue(in, Map.class);
        }
    }

    private static Stream<Map<?, ?>> cases(Map<String, Object> file) {
        List<?> cases = part(file, "cases", List.class);
        return cases.stream().map(row -> (Map<?, ?>) row);
    }

    private static <T> T part(Map<String, Object> file, String name, Class<T> kind) {
        return Objects.requireNonNull(kind.cast(file.get(name)), name);
    }
}
