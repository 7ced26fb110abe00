package dev.ayni.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JsonFieldsTest {
    private static JsonFields list(String item, int times) {
        String list = (item + ",").repeat(times) + item;
        return JsonFields.of("{\"list\":[%s]}".formatted(list).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aBodyOfVeryManyEmptyObjectsIsRefusedBeforeItFillsTheMemory() {
        assertThatThrownBy(() -> list("{}", 600_000))
                .isInstanceOfSatisfying(
                        ApiException.class, error -> assertThat(error.status()).isEqualTo(400))
                .hasMessageContaining("1000000");
    }

    @Test
    void asManyTokenIdsAsARequestMayHaveAreRead() {
        assertThat(list("42", 300_000).items("list")).hasSize(300_001);
    }
}
