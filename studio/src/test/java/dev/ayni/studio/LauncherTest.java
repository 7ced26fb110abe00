package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    private static final Path SCRIPT = Path.of(System.getProperty("basedir", "."))
            .resolve("../scripts/jdk.sh")
            .toAbsolutePath();

    @TempDir
    private Path folder = Path.of("");

    @Test
    void theJdkThatSomebodyNamesIsTaken() throws Exception {
        String named = jdk("named", "27.0.1").toString();
        String usual = jdk("usual", "25").toString();

        assertThat(found(Map.of("AYNI_JAVA_HOME", named, "JAVA_HOME", usual))).isEqualTo(named);
        assertThat(found(Map.of("JAVA_HOME", usual))).isEqualTo(usual);
    }

    @Test
    void aJdkThatIsTooOldOrNoneIsPassedOver() throws Exception {
        String old = jdk("old", "17.0.15").toString();
        String good = jdk("good", "25.0.3").toString();

        assertThat(found(Map.of("AYNI_JAVA_HOME", old, "JAVA_HOME", good))).isEqualTo(good);
        assertThat(found(Map.of("AYNI_JAVA_HOME", folder.toString(), "JAVA_HOME", good)))
                .isEqualTo(good);
    }

    @Test
    void theLowestVersionThatWillDoIsTakenAmongThoseFoundBySearching() throws Exception {
        jdk("home/.sdkman/candidates/java/26-tem", "26");
        jdk("home/.sdkman/candidates/java/25-tem", "25.0.1");
        jdk("home/.sdkman/candidates/java/21-tem", "21");

        String found = found(Map.of("HOME", folder.resolve("home").toString()));

        // a JDK 25 of this machine may stand before the one made here
        assertThat(Files.readString(Path.of(found, "release"))).contains("JAVA_VERSION=\"25");
    }

    private Path jdk(String name, String version) throws IOException {
        Path home = folder.resolve(name);
        Files.createDirectories(home.resolve("bin"));
        for (String program : new String[] {"java", "javac"}) {
            Path file = Files.writeString(home.resolve("bin").resolve(program), "#!/bin/sh\n");
            assertThat(file.toFile().setExecutable(true)).isTrue();
        }
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private static String found(Map<String, String> environment) throws Exception {
        ProcessBuilder shell =
                new ProcessBuilder("sh", "-c", ". \"$0\"; find_jdk && printf %s \"$JAVA_HOME\"", SCRIPT.toString());
        shell.environment().remove("AYNI_JAVA_HOME");
        shell.environment().remove("JAVA_HOME");
        shell.environment().putAll(environment);
        Process process = shell.redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(out).isZero();
        return out;
    }
}
