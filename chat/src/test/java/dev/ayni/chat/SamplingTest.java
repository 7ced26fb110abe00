package dev.ayni.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplingTest {
    @ParameterizedTest
    @ValueSource(strings = {"DynamicTemperature", "Xtc", "Mirostat", "Dry", "Guidance", "Beams"})
    void theUsualSettingsAreWholeWhicheverPartIsAskedForFirst(String part) throws Exception {
        URL classes = Sampling.class.getProtectionDomain().getCodeSource().getLocation();
        // a program that has not used any of them yet
        try (URLClassLoader fresh = new URLClassLoader(new URL[] {classes}, null)) {
            assertThat(Class.forName("dev.ayni.chat.Sampling$" + part, true, fresh)
                            .getClassLoader())
                    .isSameAs(fresh);

            Object usual = fresh.loadClass("dev.ayni.chat.Sampling")
                    .getField("DEFAULT")
                    .get(null);

            assertThat(usual.toString()).doesNotContain("=null");
        }
    }
}
