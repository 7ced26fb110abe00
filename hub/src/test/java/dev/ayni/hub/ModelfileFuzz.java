package dev.ayni.hub;

import dev.ayni.fuzz.Letters;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** Any text as a Modelfile: a letter, or a model whose parameters are a JSON object. */
final class ModelfileFuzz {
    private ModelfileFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        String text = new String(input, StandardCharsets.UTF_8);
        Letters.orLetter(HubException.class, () -> {
            CreatedModel model = Modelfile.read("mine", text, Instant.EPOCH);
            if (!JsonMapper.shared().readTree(model.parameters()).isObject()) {
                throw new AssertionError("The parameters are " + model.parameters());
            }
            return model;
        });
    }

    static List<byte[]> seeds() {
        return List.of(
                        "FROM smollm2\n# a note\nPARAMETER temperature 0.5\nPARAMETER num_ctx 4096\nPARAMETER stop \"<|im_end|>\"\nPARAMETER stop x\nSYSTEM \"\"\"You are\nbrief.\"\"\"\nMESSAGE user Hi\nMESSAGE assistant \"\"\"Hello\"\"\"\nLICENSE Apache-2.0\n",
                        "from \"./model.gguf\"\nTEMPLATE \"\"\"{% for m in messages %}{{ m.content }}{% endfor %}\"\"\"\nPARAMETER penalize_newline true\n")
                .stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    static List<String> words() {
        return List.of(
                "FROM ",
                "PARAMETER ",
                "SYSTEM ",
                "TEMPLATE ",
                "MESSAGE ",
                "LICENSE ",
                "ADAPTER ",
                "REQUIRES ",
                "\"\"\"",
                "{{ .Prompt }}",
                "{{",
                "stop ",
                "user ",
                "assistant ",
                "system ",
                "1e999",
                "-0",
                "\n");
    }
}
