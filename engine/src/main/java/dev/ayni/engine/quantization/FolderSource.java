package dev.ayni.engine.quantization;

import dev.ayni.engine.ModelFiles;
import dev.ayni.engine.models.Architecture;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.ModelSpec;
import dev.ayni.engine.weights.GgufKeys;
import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tokenizer.GgufVocabulary;
import dev.ayni.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A folder of config.json, safetensors and a tokenizer, as the GGUF file that llama.cpp's converter ({@code
 * convert_hf_to_gguf.py}, {@code conversion/*.py}) makes of it: keys, names, the order of rotary pairs, norms.
 */
final class FolderSource {
    /**
     * What a family's GGUF files have otherwise than its folders.
     *
     * @param folder the family's name
     * @param gguf its name there
     * @param neighbours whether the pairs that rotary positions turn stand side by side, so that rows change places
     * @param normOffset what is added to the weights of norms
     */
    record Family(String folder, String gguf, boolean neighbours, float normOffset) {}

    private static final List<Family> FAMILIES = List.of(
            new Family("bloom", "bloom", false, 0),
            new Family("deepseek_v3", "deepseek2", false, 0),
            new Family("gemma2", "gemma2", false, 1),
            new Family("gemma3", "gemma3", false, 1),
            new Family("gpt2", "gpt2", false, 0),
            new Family("gpt_oss", "gpt-oss", false, 0),
            new Family("llama", "llama", true, 0),
            new Family("llama4", "llama4", false, 0),
            new Family("mistral", "llama", true, 0),
            new Family("mixtral", "llama", true, 0),
            new Family("muse-glimmer", "muse-glimmer", true, 1),
            new Family("phi3", "phi3", false, 0),
            new Family("qwen2", "qwen2", false, 0),
            new Family("qwen3", "qwen3", false, 0),
            new Family("qwen3_moe", "qwen3moe", false, 0));

    private final Weights weights;
    private final Metadata metadata;
    private final ModelSpec spec;
    private final GgufKeys keys = new GgufKeys();
    private final List<String> remarks = new ArrayList<>();

    private FolderSource(Weights weights, ModelSpec spec) {
        this.weights = weights;
        this.metadata = weights.metadata();
        this.spec = spec;
    }

    static Source of(Weights weights) throws IOException {
        Architecture architecture = Architectures.of(weights.metadata());
        Family family = FAMILIES.stream()
                .filter(known -> known.folder().equals(architecture.name()))
                .findFirst()
                .orElseThrow(() -> new WeightsException(
                        "%s is a model of the family '%s', and there are no GGUF files of it that Ayni reads. Made are those of %s. Use the folder as it is."
                                .formatted(
                                        weights.path(),
                                        architecture.name(),
                                        FAMILIES.stream().map(Family::folder).collect(Collectors.joining(", ")))));
        return new FolderSource(weights, architecture.spec(weights.metadata())).source(architecture, family);
    }

    private Source source(Architecture architecture, Family family) throws IOException {
        FolderKeys written = new FolderKeys(metadata, spec, family, keys);
        written.describe(name());
        List<Source.Tensor> tensors = new ArrayList<>(new FolderTensors(weights, architecture, spec, family).tensors());
        tensors.addAll(written.tensors());
        remarks.addAll(written.remarks());
        vocabulary();
        int experts =
                spec.layers().stream().mapToInt(ModelSpec.Layer::experts).max().orElse(0);
        return new Source(
                keys,
                Source.facts(family.gguf(), spec.layers().size(), spec.heads(), spec.kvHeads(), experts, tensors),
                Source.inOrder(tensors),
                List.copyOf(remarks));
    }

    private String name() {
        Path folder = folder();
        return String.valueOf(Objects.requireNonNullElse(folder.getFileName(), "model"));
    }

    private Path folder() {
        Path path = weights.path().toAbsolutePath();
        return Files.isDirectory(path) ? path : Objects.requireNonNull(path.getParent(), "a file lies in a folder");
    }

    // Tokens

    private void vocabulary() throws IOException {
        Path folder = folder();
        if (Set.of("tokenizer.json", "tokenizer.model").stream()
                .noneMatch(file -> Files.exists(folder.resolve(file)))) {
            keys.text("tokenizer.ggml.model", "none");
            remarks.add(
                    "The folder holds no tokenizer, and so the file holds none: it computes, but it reads no text.");
            return;
        }
        GgufVocabulary vocabulary = Tokenizers.vocabularyOf(folder, spec.vocabulary());
        String prefix = "tokenizer.ggml.";
        keys.text(prefix + "model", vocabulary.model())
                .text(prefix + "pre", Objects.requireNonNullElse(vocabulary.pre(), "default"))
                .texts(prefix + "tokens", vocabulary.tokens())
                .integers(prefix + "token_type", vocabulary.types());
        if (vocabulary.scores().length > 0) {
            keys.reals(prefix + "scores", vocabulary.scores());
        }
        if (!vocabulary.merges().isEmpty()) {
            keys.texts(prefix + "merges", vocabulary.merges());
        }
        id(prefix + "bos_token_id", vocabulary.beginId());
        id(prefix + "eos_token_id", vocabulary.endId());
        id(prefix + "unknown_token_id", vocabulary.unknownId());
        id(prefix + "padding_token_id", metadata.value("pad_token_id") instanceof Long pad ? (int) (long) pad : -1);
        flag(prefix + "add_bos_token", vocabulary.addBegin());
        flag(prefix + "add_eos_token", vocabulary.addEnd());
        flag(prefix + "add_space_prefix", vocabulary.addSpacePrefix());
        flag(prefix + "remove_extra_whitespaces", vocabulary.removeExtraSpaces());
        if (vocabulary.model().equals("t5") && vocabulary.characterMap().length > 0) {
            keys.bytes(prefix + "precompiled_charsmap", vocabulary.characterMap());
        }
        ModelFiles.templateSource(weights).ifPresent(template -> keys.text("tokenizer.chat_template", template));
    }

    private void id(String key, int id) {
        if (id >= 0 && id < spec.vocabulary()) {
            keys.number(key, id);
        }
    }

    private void flag(String key, @Nullable Boolean flag) {
        if (flag != null) {
            keys.flag(key, flag);
        }
    }
}
