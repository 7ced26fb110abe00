package dev.ayni.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RatiosTest {
    private static final Ratios STORED =
            new Ratios(new TreeMap<>()).with("C", new TreeMap<>(Map.of("product", 0.8, "prefill", 0.5)));

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @Test
    void whatTakesTooMuchLongerIsNamedAndMakesTheStatusOne() {
        assertThat(judge("C", Map.of("product", 0.6, "prefill", 0.49))).isEqualTo(1);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("- product takes 33 % longer")
                .doesNotContain("- prefill");
    }

    @Test
    void smallDifferencesAndGainsAreFine() {
        assertThat(judge("C", Map.of("product", 0.7, "prefill", 0.9))).isZero();
    }

    @Test
    void nothingStoredIsNotTakenForSuccess() {
        assertThat(judge("Java", Map.of("product", 0.7))).isEqualTo(2);
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("'Java'").contains("--renew");
    }

    private int judge(String kernels, Map<String, Double> measured) {
        return Regression.judge(
                STORED.compare(kernels, new TreeMap<>(measured)),
                kernels,
                new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    @Test
    void renewingKeepsWhatOtherKernelsReachedAndWhatWasNotMeasured() throws IOException {
        Path file = folder.resolve("ratios.txt");
        STORED.with("Java", new TreeMap<>(Map.of("product", 0.3))).write(file);
        Ratios.read(file).with("C", new TreeMap<>(Map.of("prefill", 0.6))).write(file);

        Ratios read = Ratios.read(file);

        assertThat(read.byKernels().get("C")).isEqualTo(Map.of("product", 0.8, "prefill", 0.6));
        assertThat(read.byKernels().get("Java")).isEqualTo(Map.of("product", 0.3));
    }

    @Test
    void aLineThatIsNoRatioIsALetter() throws IOException {
        Path file = Files.writeString(folder.resolve("ratios.txt"), "C | product | fast\n");
        assertThatThrownBy(() -> Ratios.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("C | product | fast")
                .hasMessageContaining("--renew");
    }
}
