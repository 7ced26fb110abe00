package dev.ayni.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.json.JsonMapper;

/** Published templates say of the reference conversations what Python's Jinja says, to the byte. */
class ReferenceConversationsTest {
    private static final List<String> PYTHONS_OWN =
            List.of("'NoneType'", "has no element", "not JSON", "concatenate", "undefined");

    @TestFactory
    Stream<DynamicTest> publishedTemplatesRenderAsPythonsJinja() throws IOException {
        Path shared = Path.of(System.getProperty("ayni.shared", "../shared"));
        Path references = shared.resolve("reference/chat-templates");
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(references)
                    .as("the reference conversations lie in ../shared, which is not here")
                    .isDirectory();
        }
        List<Path> files = new ArrayList<>();
        try (Stream<Path> list = Files.list(references)) {
            list.filter(file -> file.toString().endsWith(".json")).sorted().forEach(files::add);
        }
        assertThat(files).isNotEmpty();
        List<DynamicTest> tests = new ArrayList<>();
        for (Path file : files) {
            String name = file.getFileName().toString().replace(".json", "");
            String source = Files.readString(shared.resolve("data/chat-templates/" + name + ".jinja"));
            for (Object row : JsonMapper.shared().readValue(Files.readString(file), List.class)) {
                Map<?, ?> conversation = (Map<?, ?>) row;
                tests.add(DynamicTest.dynamicTest(
                        name + ": " + conversation.get("name"), () -> check(source, conversation)));
            }
        }
        return tests.stream();
    }

    private static void check(String source, Map<?, ?> row) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (String field : List.of("messages", "tools", "add_generation_prompt", "bos_token", "eos_token")) {
            values.put(field, row.get(field));
        }
        ChatTemplate template = ChatTemplate.parse(source);
        LocalDateTime now = LocalDateTime.of(2024, 7, 26, 0, 0);
        Object error = row.get("error");
        if (error == null) {
            assertThat(template.render(values, now)).isEqualTo(row.get("rendered"));
            return;
        }
        String message = error.toString();
        boolean raised =
                source.contains("raise_exception") && PYTHONS_OWN.stream().noneMatch(message::contains);
        assertThatThrownBy(() -> template.render(values, now))
                .isInstanceOf(raised ? TemplateRefusal.class : TemplateException.class)
                .hasMessageContaining(message);
    }
}
