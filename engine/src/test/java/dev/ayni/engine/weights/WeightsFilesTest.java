package dev.ayni.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ayni.engine.TimeLimit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WeightsFilesTest {
    @TempDir
    Path folder;

    @TestFactory
    List<DynamicTest> everyBrokenModelGetsALetterWithinASecond() throws IOException {
        Map<Path, List<String>> broken = BrokenModelFiles.write(folder);
        assertThat(broken).hasSize(20);
        return broken.entrySet().stream()
                .map(each -> DynamicTest.dynamicTest(
                        String.valueOf(each.getKey().getFileName()),
                        () -> assertLetter(each.getKey(), each.getValue())))
                .toList();
    }

    private static void assertLetter(Path path, List<String> said) throws Exception {
        new TimeLimit(1000)
                .hold(() -> assertThatThrownBy(() -> {
                            try (Weights weights = WeightsFiles.open(path)) {
                                weights.names().forEach(weights::tensor);
                            }
                        })
                        .isInstanceOf(WeightsException.class)
                        .hasMessageContaining(path.toString())
                        .hasMessageContainingAll(said.toArray(String[]::new)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"error": "not found"}           | a JSON file and holds no weights: '{"error": "not found"}'
            Entry not found                  | a text and no model: 'Entry not found'
            <?xml version="1.0"?><Error/>    | an XML document
            lmgg                             | a GGML file from before GGUF
            tjgg                             | a GGML file from before GGUF
            \\u0080\\u0002}q                 | PyTorch weights as a pickle
            \\u001f\\u008b\\u0008            | compressed. Unpack it
            (\\u00b5/\\u00fd                 | compressed. Unpack it
            \\u0089HDF                       | HDF5 weights of Keras
            \\u0000\\u0000\\u0000\\u0000     | filled with zeros at its start
            \\u0001\\u0002\\u00fe            | begins with the bytes 01 02 fe
            """)
    void whatIsNoModelIsCalledByItsName(String escaped, String said) throws IOException {
        Path file = Files.write(folder.resolve("model.gguf"), unescape(escaped).getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> WeightsFiles.open(file))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll(file.toString(), said);
    }

    @Test
    void pathsThatLeadNowhereAreToldApart() throws IOException {
        assertThatThrownBy(() -> WeightsFiles.open(folder.resolve("nowhere.gguf")))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll("no such file or folder", "Check the path");
        assertThatThrownBy(() -> WeightsFiles.open(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("an empty folder");
        Files.writeString(folder.resolve("notes.txt"), "x");
        assertThatThrownBy(() -> WeightsFiles.open(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll("holds notes.txt", "Expected: a .gguf file, or a folder");
        Files.writeString(folder.resolve("model.Q4_0.gguf"), "x");
        assertThatThrownBy(() -> WeightsFiles.open(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("Give the path of the file: " + folder.resolve("model.Q4_0.gguf"));
    }

    @Test
    void aDeviceIsNotWaitedFor() {
        Path device = Path.of("/dev/zero");
        assumeTrue(Files.exists(device), "only Unix has /dev/zero");
        assertThatThrownBy(() -> WeightsFiles.open(device))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("is a pipe or a device");
    }

    @Test
    void aFileIsKnownByWhatItHoldsAndNotByItsName() throws IOException {
        Path file = new GgufWriter().put("a", "b").write(folder.resolve("blob"));
        try (Weights weights = WeightsFiles.open(file)) {
            assertThat(weights.metadata().text("a")).isEqualTo("b");
        }
    }

    private static String unescape(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.startsWith("\\u", i)) {
                out.append((char) Integer.parseInt(text.substring(i + 2, i + 6), 16));
                i += 5;
            } else {
                out.append(text.charAt(i));
            }
        }
        return out.toString();
    }
}
