package dev.ayni.engine.quantization;

import dev.ayni.engine.models.Architecture;
import dev.ayni.engine.models.ModelSpec;
import dev.ayni.engine.models.WeightNames;
import dev.ayni.engine.models.WeightShape;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.Numbers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The weights of a folder as the tensors of a GGUF file: by its names, the experts of a layer in one stack, row by row what
 * is stored column by column, rows in the order that llama.cpp computes with.
 */
final class FolderTensors {
    private static final Pattern EXPERT = Pattern.compile("(blk\\.(\\d+)\\.ffn_(?:gate|up|down))\\.(\\d+)\\.weight");
    private static final Pattern TURNED = Pattern.compile("blk\\.\\d+\\.attn_[qk]\\.(weight|bias)");

    /** The sizes of numbers of E2M1 (OCP Microscaling Formats 1.0). */
    private static final float[] E2M1 = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};

    private final Weights weights;
    private final Architecture architecture;
    private final ModelSpec spec;
    private final FolderSource.Family family;
    private final WeightNames names;
    private final List<Source.Tensor> tensors = new ArrayList<>();

    FolderTensors(Weights weights, Architecture architecture, ModelSpec spec, FolderSource.Family family) {
        this.weights = weights;
        this.architecture = architecture;
        this.spec = spec;
        this.family = family;
        names = architecture.names().fitting(weights.names());
    }

    /**
     * All of them, in the order of the family's list.
     *
     * @throws WeightsException if one is missing or has another shape
     */
    List<Source.Tensor> tensors() {
        Set<String> seen = new HashSet<>();
        for (WeightShape weight : architecture.weights(spec)) {
            // a family may ask for what the family that it is built on can do without
            if (seen.add(weight.name()) && isThere(weight)) {
                add(weight.name(), checked(weight));
            }
        }
        for (int layer = 0; layer < spec.layers().size(); layer++) {
            addPublishedBlocks("blk." + layer + ".", spec.layers().get(layer).experts());
        }
        return tensors;
    }

    private String file(String name) {
        return names.in(Dialect.HUGGING_FACE, name);
    }

    private boolean isThere(WeightShape weight) {
        String file = file(weight.name());
        boolean there = weights.names().contains(file);
        if (!there && weight.required()) {
            throw new WeightsException(
                    "%s has no weight '%s', which its family needs. The folder is incomplete; get it again."
                            .formatted(weights.path(), file));
        }
        return there;
    }

    private HostTensor checked(WeightShape weight) {
        String file = file(weight.name());
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
        return host;
    }

    private void add(String name, HostTensor host) {
        Runnable forget = () -> weights.forget(file(name));
        Matcher expert = EXPERT.matcher(name);
        if (expert.matches()) {
            if (expert.group(3).equals("0")) {
                addStack(
                        expert.group(1),
                        spec.layers().get(Integer.parseInt(expert.group(2))).experts());
            }
        } else if (name.contains("ffn_gate_up_exps")) {
            addParted(name, host, forget);
        } else if (name.endsWith(".columns")) {
            add(
                    name.replace(".columns", ".weight"),
                    rowsOf(host, 0, 1, host.size(2)),
                    host,
                    forget,
                    host.size(0),
                    host.size(2),
                    host.size(1));
        } else if (name.endsWith("attn_kv_b.weight")) {
            addKeysAndValues(name, host, forget);
        } else if (family.gguf().equals("gpt2") && name.startsWith("blk.") && host.rank() == 2) {
            add(name, rowsOf(host, 0, 1, host.size(1)), host, forget, host.size(1), host.size(0));
        } else if (family.gguf().equals("bloom") && name.contains("attn_qkv")) {
            add(name, picked(host, this::ofHeadsTogether), host, forget, host.shape());
        } else if (family.neighbours() && TURNED.matcher(name).matches()) {
            add(name, picked(host, this::sideBySide), host, forget, host.shape());
        } else if (family.normOffset() != 0 && isMovedNorm(name)) {
            add(name, moved(Source.rows(host), family.normOffset()), host, forget, host.shape());
        } else {
            tensors.add(
                    new Source.Tensor(name, shape(host.shape()), host.type(), host.data(), Source.rows(host), forget));
        }
        if (family.gguf().equals("muse-glimmer") && name.endsWith("attn_k.weight")) {
            addQueryNorms(name.substring(0, name.length() - "attn_k.weight".length()));
        }
    }

    private void add(String name, Source.Rows rows, HostTensor host, Runnable forget, long... shape) {
        tensors.add(new Source.Tensor(name, shape(shape), host.type(), null, rows, forget));
    }

    private static List<Long> shape(long... shape) {
        return Arrays.stream(shape).boxed().toList();
    }

    // What lies otherwise

    /** Of each number the row that comes to stand there, or of a vector, the number. */
    private static Source.Rows picked(HostTensor host, LongUnaryOperator source) {
        Source.Rows stored = Source.rows(host);
        if (host.rank() > 1) {
            return (row, to) -> stored.read(source.applyAsLong(row), to);
        }
        return (row, to) -> {
            float[] vector = new float[to.length];
            stored.read(row, vector);
            for (int i = 0; i < to.length; i++) {
                to[i] = vector[(int) source.applyAsLong(i)];
            }
        };
    }

    /** Rows of a head in the order of llama.cpp's Llama: those of a pair, which lie half a head apart, side by side. */
    private long sideBySide(long row) {
        long half = spec.headWidth() / 2;
        long within = row % (2 * half);
        return row - within + within / 2 + within % 2 * half;
    }

    /** Published row (head, part, number) of queries, keys and values for row (part, head, number). */
    private long ofHeadsTogether(long row) {
        long part = row / spec.width();
        long head = row % spec.width() / spec.headWidth();
        return (3 * head + part) * spec.headWidth() + row % spec.headWidth();
    }

    private static Source.Rows moved(Source.Rows stored, float offset) {
        return (row, to) -> {
            stored.read(row, to);
            for (int i = 0; i < to.length; i++) {
                to[i] += offset;
            }
        };
    }

    private boolean isMovedNorm(String name) {
        return name.endsWith("norm.weight") && !(family.gguf().equals("muse-glimmer") && name.startsWith("output"));
    }

    /** Columns first, first + step and so on of a matrix, or of each of a stack of matrices, as rows. */
    private static Source.Rows rowsOf(HostTensor host, long first, long step, long count) {
        long all = host.size(host.rank() - 1);
        long in = host.size(host.rank() - 2);
        return (row, to) -> {
            long column = row / count * in * all + first + step * (row % count);
            for (int i = 0; i < to.length; i++) {
                Numbers.read(host, column + i * all, 1, to, i);
            }
        };
    }

    // Experts

    private void addStack(String prefix, int count) {
        List<HostTensor> hosts = IntStream.range(0, count)
                .mapToObj(e -> weights.tensor(file(prefix + "." + e + ".weight")))
                .toList();
        HostTensor first = hosts.getFirst();
        long out = first.size(0);
        List<Source.Rows> rows = hosts.stream().map(Source::rows).toList();
        add(
                prefix + "_exps.weight",
                (row, to) -> rows.get((int) (row / out)).read(row % out, to),
                first,
                () -> IntStream.range(0, count).forEach(e -> weights.forget(file(prefix + "." + e + ".weight"))),
                count,
                out,
                first.size(1));
    }

    /** Gates and the matrices beside them, or their biases, which GGUF files hold apart. */
    private void addParted(String name, HostTensor host, Runnable forget) {
        boolean turns = family.gguf().equals("gpt-oss");
        boolean columns = name.endsWith(".columns");
        int dimension = columns ? 2 : 1;
        long count = host.size(dimension) / 2;
        long experts = host.size(0);
        for (int part = 0; part < 2; part++) {
            String own = name.replace("ffn_gate_up_exps", part == 0 ? "ffn_gate_exps" : "ffn_up_exps")
                    .replace(".columns", ".weight");
            long first = turns ? part : part * count;
            long step = turns ? 2 : 1;
            Source.Rows stored = Source.rows(host);
            if (columns) {
                add(own, rowsOf(host, first, step, count), host, forget, experts, count, host.size(1));
            } else if (host.rank() == 3) {
                add(
                        own,
                        picked(host, row -> row / count * 2 * count + first + step * (row % count)),
                        host,
                        forget,
                        experts,
                        count,
                        host.size(2));
            } else {
                Source.Rows halves = (row, to) -> {
                    float[] both = new float[2 * to.length];
                    stored.read(row, both);
                    for (int i = 0; i < to.length; i++) {
                        to[i] = both[(int) (first + step * i)];
                    }
                };
                add(own, halves, host, forget, experts, count);
            }
        }
    }

    /** Blocks of MXFP4 as OpenAI publishes them: [experts, rows, groups, 16] bytes of two numbers each, and their scales. */
    private void addPublishedBlocks(String layer, int experts) {
        for (String part : List.of("gate_up", "down")) {
            String prefix = layer + "ffn_" + part + "_exps";
            if (!family.gguf().equals("gpt-oss") || !weights.names().contains(file(prefix + ".blocks"))) {
                continue;
            }
            int parts = part.equals("down") ? 1 : 2;
            long in = parts == 1 ? spec.own("hidden") : spec.width();
            long out = parts == 1 ? spec.width() : spec.own("hidden");
            MemorySegment blocks = weights.data(file(prefix + ".blocks"));
            MemorySegment scales = weights.data(file(prefix + ".scales"));
            if (in % 32 != 0
                    || scales.byteSize() != experts * out * parts * in / 32
                    || blocks.byteSize() != 16 * scales.byteSize()) {
                throw new WeightsException(
                        "%s: '%s' has %d bytes and '%s' %d, where %d experts of %d rows of %d numbers were expected. The folder is broken; get it again."
                                .formatted(
                                        weights.path(),
                                        file(prefix + ".blocks"),
                                        blocks.byteSize(),
                                        file(prefix + ".scales"),
                                        scales.byteSize(),
                                        experts,
                                        out * parts,
                                        in));
            }
            for (int i = 0; i < parts; i++) {
                long turn = i;
                String name = parts == 1 ? prefix : layer + (i == 0 ? "ffn_gate_exps" : "ffn_up_exps");
                tensors.add(new Source.Tensor(
                        name + ".weight",
                        shape(experts, out, in),
                        DType.MXFP4,
                        null,
                        (row, to) -> readBlocks(blocks, scales, (row * parts + turn) * in / 32, to),
                        () -> weights.forget(file(prefix + ".blocks"))));
            }
        }
    }

    private static void readBlocks(MemorySegment blocks, MemorySegment scales, long firstGroup, float[] to) {
        for (int i = 0; i < to.length; i += 2) {
            long group = firstGroup + i / 32;
            int scale = (scales.get(ValueLayout.JAVA_BYTE, group) & 0xff) - 127;
            int pair = blocks.get(ValueLayout.JAVA_BYTE, 16 * group + i % 32 / 2);
            to[i] = Math.scalb(number(pair), scale);
            to[i + 1] = Math.scalb(number(pair >> 4), scale);
        }
    }

    private static float number(int bits) {
        return (bits & 8) == 0 ? E2M1[bits & 7] : -E2M1[bits & 7];
    }

    // Attention

    /** DeepSeek's keys and values of latent rows: keys turned around, so that queries can be multiplied with them instead. */
    private void addKeysAndValues(String name, HostTensor host, Runnable forget) {
        long heads = spec.heads();
        long plain = spec.own("plain");
        long value = spec.own("value");
        long latent = host.size(1);
        add(
                name.replace("attn_kv_b", "attn_k_b"),
                (row, to) -> {
                    for (int p = 0; p < to.length; p++) {
                        long source = row / latent * (plain + value) + p;
                        Numbers.read(host, source * latent + row % latent, 1, to, p);
                    }
                },
                host,
                forget,
                heads,
                latent,
                plain);
        add(
                name.replace("attn_kv_b", "attn_v_b"),
                picked(host, row -> row / value * (plain + value) + plain + row % value),
                host,
                forget,
                heads,
                value,
                latent);
    }

    /** Muse Glimmer's queries are multiplied with a number, which GGUF files hold as the weight of a norm. */
    private void addQueryNorms(String layer) {
        float[] queries = new float[spec.headWidth()];
        float[] keys = new float[spec.headWidth()];
        Arrays.fill(
                queries,
                weights.metadata()
                        .optionalNumber("qk_scale_factor")
                        .orElse(3.87)
                        .floatValue());
        Arrays.fill(keys, 1);
        tensors.add(vector(layer + "attn_q_norm.weight", queries));
        tensors.add(vector(layer + "attn_k_norm.weight", keys));
    }

    /** A vector that stands in no file. */
    static Source.Tensor vector(String name, float[] numbers) {
        return new Source.Tensor(
                name,
                List.of((long) numbers.length),
                DType.F32,
                null,
                (row, to) -> System.arraycopy(numbers, 0, to, 0, to.length),
                () -> {});
    }
}
