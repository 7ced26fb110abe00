package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelfileTest {
    @Test
    void aModelfileSaysOfWhatToMakeAModelAndWhatItBeginsWith() {
        CreatedModel made = Modelfile.read("poet", """
                # a poet
                from smollm2
                PARAMETER temperature 0.3
                PARAMETER stop "<end>"
                PARAMETER stop two words
                PARAMETER num_predict 50
                TEMPLATE \"""{% for message in messages %}
                {{ message.content }}{% if loop.last %}!{% endif %}{% endfor %}\"""
                SYSTEM \"""
                Speak in verse.
                Always.
                \"""
                MESSAGE user Hi
                MESSAGE assistant O hi!
                LICENSE mine
                """, Instant.EPOCH);
        assertThat(made.from()).isEqualTo("smollm2");
        assertThat(made.system()).isEqualTo("Speak in verse.\nAlways.");
        assertThat(made.template())
                .isEqualTo(
                        "{% for message in messages %}\n{{ message.content }}{% if loop.last %}!{% endif %}{% endfor %}");
        assertThat(made.parameters())
                .isEqualTo("{\"temperature\":0.3,\"stop\":[\"<end>\",\"two words\"],\"num_predict\":50}");
        assertThat(made.messages())
                .containsExactly(new CreatedModel.Turn("user", "Hi"), new CreatedModel.Turn("assistant", "O hi!"));
        assertThat(made.licence()).isEqualTo("mine");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SYSTEM hello | FROM smollm2",
                "FROM a\\nADAPTER ./x | merged",
                "FROM a\\nTEMPLATE {{ .Prompt }} | Go's language",
                "FROM a\\nTEMPLATE \"\"\"{{- range .Messages }}x{{ end }}\"\"\" | Go's language",
                "FROM a\\nTEMPLATE {{ if .System }}x{{ end }} | write it in Jinja",
                "FROM a\\nTEMPLATE {{- $last := 1 }} | Go's language",
                "FROM a\\nFORM b | 'FORM'",
                "FROM a\\nPARAMETER temperature | name value",
                "FROM a\\nSYSTEM \"\"\"open | nothing closes it",
                "FROM a\\nMESSAGE robot hi | MESSAGE user"
            })
    void whatCannotBeFollowedIsToldWithItsLine(String text, String advice) {
        assertThatThrownBy(() -> Modelfile.read("x", text.replace("\\n", "\n"), Instant.EPOCH))
                .isInstanceOf(HubException.class)
                .hasMessageContaining(advice);
    }

    @Test
    @Timeout(10)
    void aLongTextIsReadLineByLine() {
        String text = "FROM a\nSYSTEM \"\"\"\n" + "line\n".repeat(200_000);
        assertThatThrownBy(() -> Modelfile.read("x", text, Instant.EPOCH)).hasMessageContaining("nothing closes it");
        assertThat(Modelfile.read("x", text + "\"\"\"", Instant.EPOCH).system()).hasSize(5 * 200_000 - 1);
    }
}
