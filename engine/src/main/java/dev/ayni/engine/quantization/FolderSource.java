package dev.ayni.engine.quantization;

import dev.ayni.engine.ModelFiles;
import dev.ayni.engine.models.Architecture;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.ModelSpec;
import dev.ayni.engine.models.WeightNames;
import dev.ayni.engine.models.WeightShape;
import dev.ayni.engine.weights.GgufKeys;
import dev.ayni.engine.weights.Metadata;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tokenizer.GgufVocabulary;
import dev.ayni.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A folder of config.json, safetensors and a tokenizer, as the GGUF file that llama.cpp's converter ({@code
 * convert_hf_to_gguf.py}, {@code conversion/*.py}) makes of it: keys, names, the order of rotary pairs, norms.
 */
final class FolderSource {
    /**
     * What a family's GGUF files have otherwise than its folders.
     *
     * @param gguf the family's name there
     * @param neighbours whether the pairs that rotary positions turn stand side by side, so that rows change places
     * @param normOffset what is added to the weights of norms
     */
    private record Family(String gguf, boolean neighbours, float normOffset) {}

    private static final Map<String, Family> FAMILIES = Map.of(
            "llama", new Family("llama", true, 0),
            "mistral", new Family("llama", true, 0),
            "qwen2", new Family("qwen2", false, 0),
            "qwen3", new Family("qwen3", false, 0),
            "gemma2", new Family("gemma2", false, 1),
            "gemma3", new Family("gemma3", false, 1),
            "phi3", new Family("phi3", false, 0));

    private final Weights weights;
    private final Metadata metadata;
    private final Architecture architecture;
    private final ModelSpec spec;
    private final Family family;
    private final GgufKeys keys = new GgufKeys();
    private final List<Source.Tensor> factorTensors = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    private FolderSource(Weights weights, Architecture architecture, Family family) {
        this.weights = weights;
        this.metadata = weights.metadata();
        this.architecture = architecture;
        this.spec = architecture.spec(metadata);
        this.family = family;
    }

    static Source of(Weights weights) throws IOException {
        Architecture architecture = Architectures.of(weights.metadata());
        Family family = FAMILIES.get(architecture.name());
        if (family == null) {
            throw new WeightsException(
                    "%s is a model of the family '%s', whose folders are not made GGUF files here yet. Those of %s are. Convert it with llama.cpp's convert_hf_to_gguf.py, and quantise the GGUF file here."
                            .formatted(
                                    weights.path(),
                                    architecture.name(),
                                    String.join(
                                            ", ",
                                            FAMILIES.keySet().stream().sorted().toList())));
        }
        return new FolderSource(weights, architecture, family).source();
    }

    private Source source() throws IOException {
        List<Source.Tensor> tensors = new ArrayList<>(tensors());
        describe();
        tensors.addAll(factorTensors);
        tensors.addAll(rotaryFactors());
        vocabulary();
        return new Source(
                keys,
                Source.facts(family.gguf, spec.layers().size(), spec.heads(), spec.kvHeads(), 0, tensors),
                Source.inOrder(tensors),
                List.copyOf(remarks));
    }

    // Tensors

    private List<Source.Tensor> tensors() {
        WeightNames names = architecture.names().fitting(weights.names());
        List<Source.Tensor> tensors = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (WeightShape weight : architecture.weights(spec)) {
            if (!seen.add(weight.name())) {
                continue; // a family may ask for what the family that it is built on can do without
            }
            String file = names.in(Dialect.HUGGING_FACE, weight.name());
            if (!weights.names().contains(file)) {
                if (weight.required()) {
                    throw new WeightsException(
                            "%s has no weight '%s', which its family needs. The folder is incomplete; get it again."
                                    .formatted(weights.path(), file));
                }
                continue;
            }
            HostTensor host = weights.tensor(file);
            if (!Arrays.equals(host.shape(), weight.shape())) {
                throw new WeightsException(
                        "%s: weight '%s' has the shape %s, and %s follows from config.json. The folder is broken; get it again."
                                .formatted(
                                        weights.path(),
                                        file,
                                        Arrays.toString(host.shape()),
                                        Arrays.toString(weight.shape())));
            }
            tensors.add(tensor(weight.name(), host, () -> weights.forget(file)));
        }
        return tensors;
    }

    private Source.Tensor tensor(String name, HostTensor host, Runnable forget) {
        List<Long> shape = Arrays.stream(host.shape()).boxed().toList();
        Source.Rows rows = Source.rows(host);
        boolean turned = family.neighbours && isTurned(name);
        boolean moved = family.normOffset != 0 && name.endsWith("norm.weight");
        if (turned) {
            rows = sideBySide(host, rows);
        }
        if (moved) {
            Source.Rows stored = rows;
            rows = (row, to) -> {
                stored.read(row, to);
                for (int i = 0; i < to.length; i++) {
                    to[i] += family.normOffset;
                }
            };
        }
        return new Source.Tensor(name, shape, host.type(), turned || moved ? null : host.data(), rows, forget);
    }

    private static boolean isTurned(String name) {
        return name.matches("blk\\.\\d+\\.attn_[qk]\\.(weight|bias)");
    }

    /**
     * Rows of a head in the order of llama.cpp's Llama: those of a pair, which lie half a head apart, side by side. A bias is
     * one row, whose numbers change places.
     */
    private Source.Rows sideBySide(HostTensor host, Source.Rows rows) {
        int half = spec.headWidth() / 2;
        if (host.rank() > 1) {
            return (row, to) -> rows.read(source(row, half), to);
        }
        return (row, to) -> {
            float[] stored = new float[to.length];
            rows.read(row, stored);
            for (int i = 0; i < to.length; i++) {
                to[i] = stored[(int) source(i, half)];
            }
        };
    }

    /** The row that comes to stand at {@code row}. */
    private static long source(long row, int half) {
        long within = row % (2L * half);
        return row - within + within / 2 + within % 2 * half;
    }

    /** Llama 3.1's scaling, which GGUF files hold as a factor for each frequency. */
    private List<Source.Tensor> rotaryFactors() {
        if (!rope("rope_type")
                .or(() -> rope("type"))
                .map(metadata::text)
                .orElse("")
                .equals("llama3")) {
            return List.of();
        }
        int width = spec.headWidth();
        double base = rope("rope_theta")
                .or(() -> known("rope_theta"))
                .map(metadata::number)
                .orElse(10_000.0);
        double factor = rope("factor").map(metadata::number).orElse(8.0);
        double low = rope("low_freq_factor").map(metadata::number).orElse(1.0);
        double high = rope("high_freq_factor").map(metadata::number).orElse(4.0);
        double context =
                rope("original_max_position_embeddings").map(metadata::number).orElse(8192.0);
        float[] factors = new float[width / 2];
        for (int i = 0; i < factors.length; i++) {
            double frequency = 1f / (float) StrictMath.pow(base, (double) ((float) (2 * i) / width));
            double wave = 2 * Math.PI / frequency;
            double smooth = (context / wave - low) / (high - low);
            factors[i] = (float)
                    (wave < context / high ? 1 : wave > context / low ? factor : 1 / ((1 - smooth) / factor + smooth));
        }
        return List.of(vector("rope_freqs.weight", factors));
    }

    // Keys

    private void describe() {
        String prefix = family.gguf + ".";
        keys.text("general.architecture", family.gguf)
                .text("general.type", "model")
                .text("general.name", name())
                .number(prefix + "block_count", spec.layers().size())
                .number(prefix + "context_length", spec.context())
                .number(prefix + "embedding_length", spec.width())
                .number(prefix + "feed_forward_length", spec.hidden())
                .number(prefix + "attention.head_count", spec.heads())
                .number(prefix + "attention.head_count_kv", spec.kvHeads())
                .real(prefix + "attention.layer_norm_rms_epsilon", spec.normEpsilon())
                .number(prefix + "attention.key_length", spec.headWidth())
                .number(prefix + "attention.value_length", spec.headWidth())
                .number(prefix + "vocab_size", spec.vocabulary())
                .number(
                        prefix + "rope.dimension_count",
                        2L * spec.layers().getFirst().rotation().frequencies().length);
        rotation(prefix);
        switch (architecture.name()) {
            case "gemma2" -> gemma2(prefix);
            case "gemma3" -> gemma3(prefix);
            case "phi3" -> phi3(prefix);
            case "mistral", "qwen2", "qwen3" -> window(prefix);
            default -> {}
        }
    }

    /** Of these families, whose GGUF files were not made to say it, Ayni reads the window of Llama's alone. */
    private void window(String prefix) {
        int window =
                spec.layers().stream().mapToInt(ModelSpec.Layer::window).max().orElse(0);
        if (window == 0 || window >= spec.context()) {
            return;
        }
        keys.number(prefix + "attention.sliding_window", window);
        remarks.add(
                "Layers of the model were made to see %d positions back and no further. The file says so, and not every program looks at it: with longer texts its answers may be others."
                        .formatted(window));
    }

    private void rotation(String prefix) {
        rope("rope_theta")
                .or(() -> known("rope_theta"))
                .map(metadata::number)
                .ifPresentOrElse(
                        base -> keys.real(prefix + "rope.freq_base", base),
                        () -> keys.real(
                                prefix + "rope.freq_base", architecture.name().equals("gemma3") ? 1e6 : 1e4));
        String kind =
                rope("rope_type").or(() -> rope("type")).map(metadata::text).orElse("default");
        switch (kind) {
            case "default", "llama3" -> {}
            case "longrope", "su" -> longRope(prefix, kind);
            case "linear" ->
                keys.text(prefix + "rope.scaling.type", "linear")
                        .real(
                                prefix + "rope.scaling.factor",
                                metadata.number(rope("factor").orElse("factor")));
            case "yarn" -> yarn(prefix);
            default -> throw unknownTurning(kind);
        }
    }

    private void yarn(String prefix) {
        double factor = metadata.number(rope("factor").orElse("factor"));
        keys.text(prefix + "rope.scaling.type", "yarn")
                .real(prefix + "rope.scaling.factor", factor)
                .number(
                        prefix + "rope.scaling.original_context_length",
                        rope("original_max_position_embeddings")
                                .map(metadata::integer)
                                .orElse(spec.context()));
        rope("beta_fast")
                .map(metadata::number)
                .ifPresent(beta -> keys.real(prefix + "rope.scaling.yarn_beta_fast", beta));
        rope("beta_slow")
                .map(metadata::number)
                .ifPresent(beta -> keys.real(prefix + "rope.scaling.yarn_beta_slow", beta));
        // readers multiply with YaRN's own magnitude, which config.json's replaces
        rope("attention_factor")
                .map(metadata::number)
                .ifPresent(magnitude ->
                        keys.real(prefix + "rope.scaling.attn_factor", magnitude / (1 + 0.1 * Math.log(factor))));
    }

    private void gemma3(String prefix) {
        int layers = spec.layers().size();
        boolean[] windowed = new boolean[layers];
        boolean usual = true;
        int window = 0;
        for (int i = 0; i < layers; i++) {
            int own = spec.layers().get(i).window();
            windowed[i] = own > 0;
            window = Math.max(window, own);
            usual &= windowed[i] == ((i + 1) % 6 != 0);
        }
        if (window > 0) {
            keys.number(prefix + "attention.sliding_window", window);
            keys.real(
                    prefix + "rope.freq_base_swa",
                    known("rope_parameters.sliding_attention.rope_theta")
                            .or(() -> known("rope_local_base_freq"))
                            .map(metadata::number)
                            .orElse(10_000.0));
            if (!usual) {
                keys.flags(prefix + "attention.sliding_window_pattern", windowed);
            }
        }
        known("final_logit_softcapping")
                .map(metadata::number)
                .ifPresent(cap -> keys.real(prefix + "final_logit_softcapping", cap));
        requireScale(62);
    }

    private void gemma2(String prefix) {
        int window =
                spec.layers().stream().mapToInt(ModelSpec.Layer::window).max().orElse(0);
        for (int i = 0; i < spec.layers().size(); i++) {
            if (spec.layers().get(i).window() > 0 != (i % 2 == 0)) {
                throw new WeightsException(
                        "%s: layer %d sees otherwise than GGUF files of its family can say: in them every second layer sees everything. Use the folder as it is."
                                .formatted(metadata.source(), i));
            }
        }
        keys.number(prefix + "attention.sliding_window", window)
                .real(
                        prefix + "attn_logit_softcapping",
                        metadata.optionalNumber("attn_logit_softcapping").orElse(50.0))
                .real(
                        prefix + "final_logit_softcapping",
                        metadata.optionalNumber("final_logit_softcapping").orElse(30.0));
        requireScale(46);
    }

    /** GGUF's readers know how scores are scaled by the number of layers: that of 27 billion numbers is another. */
    private void requireScale(int layersOf27Billion) {
        double scalar = metadata.optionalNumber("query_pre_attn_scalar").orElse(256.0);
        int assumed = spec.layers().size() == layersOf27Billion ? spec.width() / spec.heads() : spec.headWidth();
        if (scalar != assumed) {
            throw new WeightsException(
                    "%s scales its scores by %s ('query_pre_attn_scalar'), where readers of GGUF files of its family take %s. Use the folder as it is."
                            .formatted(metadata.source(), scalar, assumed));
        }
    }

    private void phi3(String prefix) {
        keys.number(
                prefix + "attention.sliding_window", spec.layers().getFirst().window());
        keys.number(prefix + "rope.scaling.original_context_length", originalContext());
    }

    private int originalContext() {
        return known("original_max_position_embeddings")
                .or(() -> rope("original_max_position_embeddings"))
                .map(metadata::integer)
                .orElse(spec.context());
    }

    /** Two sets of factors for the frequencies, for short texts and long ones (Ding et al. 2024). */
    private void longRope(String prefix, String kind) {
        if (!family.gguf.equals("phi3")) {
            throw unknownTurning(kind);
        }
        double factor = spec.context() / (double) originalContext();
        keys.real(
                prefix + "rope.scaling.attn_factor",
                rope("attention_factor")
                        .map(metadata::number)
                        .orElse(factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalContext()))));
        for (String length : List.of("short", "long")) {
            List<?> factors = rope(length + "_factor").map(metadata::list).orElse(List.of());
            float[] numbers = new float[factors.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = factors.get(i) instanceof Number number ? number.floatValue() : Float.NaN;
            }
            factorTensors.add(vector("rope_factors_" + length + ".weight", numbers));
        }
    }

    private WeightsException unknownTurning(String kind) {
        return new WeightsException(
                "%s turns positions by '%s', which is not written into GGUF files here. Convert it with llama.cpp's convert_hf_to_gguf.py, and quantise the GGUF file here."
                        .formatted(metadata.source(), kind));
    }

    private static Source.Tensor vector(String name, float[] numbers) {
        return new Source.Tensor(
                name,
                List.of((long) numbers.length),
                DType.F32,
                null,
                (row, to) -> System.arraycopy(numbers, 0, to, 0, to.length),
                () -> {});
    }

    /** The key of something that config.json says of rotary positions: of all layers, or of those that see everything. */
    private Optional<String> rope(String name) {
        return Optional.<String>empty()
                .or(() -> known("rope_parameters." + name))
                .or(() -> known("rope_parameters.full_attention." + name))
                .or(() -> known("rope_scaling." + name));
    }

    private Optional<String> known(String key) {
        return metadata.value(key) == null ? Optional.empty() : Optional.of(key);
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
