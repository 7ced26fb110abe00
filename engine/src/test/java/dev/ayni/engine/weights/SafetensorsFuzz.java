package dev.ayni.engine.weights;

import dev.ayni.fuzz.FuzzFolder;
import dev.ayni.fuzz.Letters;
import dev.ayni.tensor.DType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Any config.json, any index and any bytes beside them: a letter, or a model whose members and numbers can be read. */
final class SafetensorsFuzz {
    /*
     * An input is a line of JSON for config.json, a line for the index (none where it is empty), and the numbers' file.
     */
    private SafetensorsFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        int first = end(input, 0);
        int second = end(input, first + 1);
        Path folder = FuzzFolder.write("config.json", Arrays.copyOfRange(input, 0, first))
                .getParent();
        byte[] index = Arrays.copyOfRange(input, Math.min(first + 1, input.length), second);
        byte[] numbers = Arrays.copyOfRange(input, Math.min(second + 1, input.length), input.length);
        if (index.length == 0) {
            read(FuzzFolder.write("model.safetensors", numbers));
        } else {
            FuzzFolder.write("model.safetensors.index.json", index);
            read(FuzzFolder.write("model-00001-of-00001.safetensors", numbers));
        }
    }

    private static void read(Path file) throws Exception {
        Letters.orLetter(WeightsException.class, () -> {
            try (Weights weights = WeightsFiles.open(file)) {
                ReadEverything.of(weights);
            }
            return file;
        });
    }

    private static int end(byte[] input, int from) {
        int at = Math.min(from, input.length);
        while (at < input.length && input[at] != '\n') {
            at++;
        }
        return at;
    }

    static List<byte[]> seeds() {
        byte[] plain = new SafetensorsWriter()
                .notes("\"format\":\"pt\"")
                .tensor("a", new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
                .tensor("b", DType.BF16, new float[] {1, 2}, 2)
                .tensor("c", "I64", new byte[8], 1)
                .bytes();
        byte[] fp8 = new SafetensorsWriter()
                .tensor("m.weight", "F8_E4M3", new byte[64], 2, 32)
                .tensor("m.weight_scale", new float[] {2}, 1)
                .bytes();
        byte[] gptq = new SafetensorsWriter()
                .tensor("m.qweight", "I32", new byte[4 * 4 * 32], 4, 32)
                .tensor("m.qzeros", "I32", new byte[4 * 4], 1, 4)
                .tensor("m.scales", "F16", new byte[2 * 32], 1, 32)
                .tensor("m.g_idx", "I32", new byte[4 * 32], 32)
                .bytes();
        byte[] awq = new SafetensorsWriter()
                .tensor("m.qweight", "I32", new byte[4 * 32 * 4], 32, 4)
                .tensor("m.qzeros", "I32", new byte[4 * 4], 1, 4)
                .tensor("m.scales", "F16", new byte[2 * 32], 1, 32)
                .bytes();
        byte[] nvfp4 = new SafetensorsWriter()
                .tensor("m.weight", "U8", new byte[64], 2, 32)
                .tensor("m.weight_scale", "F8_E4M3", new byte[8], 2, 4)
                .tensor("m.weight_scale_2", new float[] {2})
                .bytes();
        String quantized = """
                {"quantization_config":{"quant_method":"%s","bits":4,"group_size":32,"desc_act":false,"sym":true}}""";
        String index = SafetensorsWriter.index("a", "model-00001-of-00001.safetensors");
        return List.of(
                input("{\"a\":1,\"b\":{\"c\":[1.5,true,null,\"x\",[2],{\"d\":3}]},\"e\":NaN}", "", plain),
                input("{}", index, plain),
                input("{\"quantization_config\":{\"quant_method\":\"fp8\",\"weight_block_size\":[128,128]}}", "", fp8),
                input(quantized.formatted("gptq"), "", gptq),
                input(quantized.formatted("awq"), "", awq),
                input(quantized.formatted("modelopt"), "", nvfp4));
    }

    static List<String> words() {
        return List.of(
                "\"dtype\":",
                "\"shape\":",
                "\"data_offsets\":",
                "\"__metadata__\":",
                "\"weight_map\":",
                "\"F8_E4M3\"",
                "\"F8_E5M2\"",
                "\"BF16\"",
                "\"F4\"",
                "\"I8\"",
                ".weight",
                ".weight_scale",
                ".weight_scale_inv",
                ".weight_scale_2",
                "\"U8\"",
                ".qweight",
                ".qzeros",
                ".scales",
                ".g_idx",
                "\"quantization_config\":",
                "\"quant_method\":",
                "\"gptq\"",
                "\"awq\"",
                "\"bits\":",
                "\"group_size\":",
                "9223372036854775807");
    }

    private static byte[] input(String config, String index, byte[] numbers) {
        ByteArrayOutputStream input = new ByteArrayOutputStream();
        input.writeBytes((config + "\n" + index + "\n").getBytes(StandardCharsets.UTF_8));
        input.writeBytes(numbers);
        return input.toByteArray();
    }
}
