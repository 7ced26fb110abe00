package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafeNameTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                "../x",
                "a/../../x",
                "/etc/passwd",
                "a//b",
                "a/./b",
                "a/",
                "C:x",
                "c:/x",
                "a\\..\\b",
                "a\nb",
                ""
            })
    void aNameThatLeadsElsewhereIsRefused(String name) {
        assertThatThrownBy(() -> SafeName.check(name, "hf:owner/name"))
                .isInstanceOf(HubException.class)
                .hasMessageStartingWith("hf:owner/name names a file");
    }

    @Test
    void aPlainNamePasses() {
        assertThat(SafeName.check("folder/sub/..model-1.gguf", "x")).isEqualTo("folder/sub/..model-1.gguf");
    }
}
