package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class NewerClassesTest {
    @TempDir
    private Path folder;

    @Test
    void theClassesOfTheCommandLineAreNewAndWorkAsBefore() throws Exception {
        Path old = Path.of(CommandLine.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Path renewed = folder.resolve("picocli.jar");

        assertThat(NewerClasses.write(old, renewed)).isGreaterThan(100);

        assertThat(NewerClasses.write(renewed, folder.resolve("again.jar")))
                .as("nothing is left to renew")
                .isZero();
        try (JarFile before = new JarFile(old.toFile());
                JarFile after = new JarFile(renewed.toFile());
                URLClassLoader loader =
                        new URLClassLoader(new URL[] {renewed.toUri().toURL()}, null)) {
            assertThat(Collections.list(after.entries()).stream().map(JarEntry::getName))
                    .isEqualTo(Collections.list(before.entries()).stream()
                            .map(JarEntry::getName)
                            .toList());
            for (JarEntry entry : Collections.list(after.entries())) {
                String name = entry.getName();
                if (name.startsWith("picocli/") && name.endsWith(".class")) {
                    // the JVM checks the code of a class when it is initialised
                    assertThat(Class.forName(
                                            name.substring(0, name.length() - 6).replace('/', '.'), true, loader)
                                    .getClassLoader())
                            .isSameAs(loader);
                }
            }
            Class<?> version = Class.forName("picocli.CommandLine", true, loader);
            assertThat(version.getField("VERSION").get(null)).isEqualTo(CommandLine.VERSION);
        }
    }
}
