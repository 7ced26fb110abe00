package dev.ayni.engine.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ayni.engine.models.Encoder.Text;
import dev.ayni.engine.weights.SafetensorsFile;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small encoders whose results PyTorch computed. */
class ReferenceEncodersTest {
    @ParameterizedTest
    @CsvSource({
        "bert,reference", "bert,portable", "bert,vector", "bert,auto",
        "bert-classifier,reference", "bert-classifier,portable", "bert-classifier,vector", "bert-classifier,auto",
        "xlm-roberta,reference", "xlm-roberta,portable", "xlm-roberta,vector", "xlm-roberta,auto",
        "modernbert,reference", "modernbert,portable", "modernbert,vector", "modernbert,auto"
    })
    void whatAnEncoderComputesIsWhatPyTorchComputes(String name, String kernelsName) throws IOException {
        Path folder = Path.of(System.getProperty("ayni.shared"), "reference", "models", name);
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(Files.isDirectory(folder))
                    .as("%s is not there: PyTorch's results cannot be compared", folder)
                    .isTrue();
        }
        try (Weights weights = WeightsFiles.open(folder);
                Kernels kernels = KernelChoice.open(kernelsName, 2, line -> {});
                Encoder encoder = Encoders.build(weights, kernels);
                SafetensorsFile expected = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
            int[] ids = ids(expected, "input_ids");
            boolean typed = expected.names().contains("token_type_ids");
            Text text = typed ? new Text(ids, ids(expected, "token_type_ids")) : new Text(ids);
            boolean classifies = name.equals("bert-classifier");
            float[][] got = classifies
                    ? encoder.classify(List.of(text)).toArray(float[][]::new)
                    : encoder.encode(List.of(text)).getFirst();
            MemorySegment wanted = expected.data(classifies ? "logits" : "last_hidden_state");
            assertThat((long) got.length * got[0].length).isEqualTo(wanted.byteSize() / Float.BYTES);
            double worst = 0;
            for (int t = 0; t < got.length; t++) {
                for (int i = 0; i < got[t].length; i++) {
                    float value = wanted.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) t * got[t].length + i);
                    worst = Math.max(worst, Math.abs(got[t][i] - value));
                }
            }
            assertThat(worst).isLessThan(1e-5);
        }
    }

    private static int[] ids(SafetensorsFile file, String name) {
        MemorySegment data = file.data(name);
        int[] ids = new int[(int) (data.byteSize() / Long.BYTES)];
        Arrays.setAll(ids, i -> (int) data.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i));
        return ids;
    }
}
