package dev.ayni.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class JsonEscapesTest {
    @Test
    void whatCouldStandAsItIsStandsAsItIs() {
        assertThat(JsonEscapes.undone("{\"a\": \"gr\\u0069m\\/\\u00fc\\ud83d\\ude00\"}"))
                .isEqualTo("{\"a\": \"grim/ü😀\"}");
        assertThat(JsonEscapes.undone("{\"\\u0061\": \"\\\\u0069\"}")).isEqualTo("{\"a\": \"\\\\u0069\"}");
    }

    @Test
    void whatMustBeEscapedStays() {
        for (String json : new String[] {
            "\"\\u0022\\u005c\\u000a\\n\\t\\\\\"",
            "\"\\ud83d and \\ude00\"",
            "\"\\u12",
            "\"\\u12zz\"",
            "\\",
            "\"\\u٠٠٦٧\""
        }) {
            assertThat(JsonEscapes.undone(json)).isEqualTo(json);
        }
    }

    @Test
    void whoeverReadsItReadsTheSame() {
        Random random = new Random(5);
        String units = "ab\"\\/\n\u0001é\u2028😀\uD83D";
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder();
            StringBuilder json = new StringBuilder("\"");
            for (int i = random.nextInt(12); i > 0; i--) {
                char unit = units.charAt(random.nextInt(units.length()));
                text.append(unit);
                boolean plain = unit >= 0x20 && unit != '"' && unit != '\\' && !Character.isSurrogate(unit);
                json.append(plain && random.nextBoolean() ? String.valueOf(unit) : "\\u%04x".formatted((int) unit));
            }
            String undone = JsonEscapes.undone(json.append('"').toString());
            assertThat(JsonMapper.shared().readTree(undone).asString()).isEqualTo(text.toString());
        }
    }
}
