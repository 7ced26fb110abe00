package dev.ayni.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.tensor.foreign.ForeignProvider;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kernel set that this machine offers equals {@link PortableKernels} to the bit, whatever the type, shape, batch and
 * number of threads. The reference set is only near; {@link ReferenceKernelsTest} says how near.
 */
@TestInstance(Lifecycle.PER_CLASS)
class KernelsContractTest {
    private static final int[] ROWS = {1, 7, 31, 32, 33, 256, 4097};
    private static final int[] TOKENS = {1, 2, 3, 7, 8, 17, 64, 512};
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** By count and seed: drawing them anew takes longer than multiplying them. */
    private static final Map<List<Integer>, float[]> ACTIVATIONS = new ConcurrentHashMap<>();

    private final Arena arena = Arena.ofShared();
    private final List<Kernels> open = new ArrayList<>();
    private final PortableKernels portable = new PortableKernels(1);
    /** What {@link #portable} computed, and of which weights: once for all candidates, since it is the slowest. */
    private final Map<List<Object>, List<float[]>> twins = new HashMap<>();

    private final Map<List<Object>, HostTensor> weights = new HashMap<>();

    /** Every set that is ready here, but for the reference, with one thread and with two. */
    Stream<Named> candidates() {
        List<Named> ready = new ArrayList<>();
        List<KernelProvider> providers = new ArrayList<>();
        boolean narrow = System.getProperty("ayni.vectorBits") != null; // which changes nothing but the vectors
        if (!narrow) {
            providers.addAll(ForeignProvider.ofEachInstructionSet());
        }
        ServiceLoader.load(KernelProvider.class).forEach(provider -> {
            if (provider.name().equals("vector") || !narrow && !provider.name().equals("foreign")) {
                providers.add(provider);
            }
        });
        for (KernelProvider provider : providers) {
            for (int threads = 1; threads <= (narrow ? 1 : 2); threads++) {
                if (!provider.name().equals("reference")
                        && provider.offer(threads) instanceof KernelProvider.Offer.Ready(Kernels kernels)) {
                    open.add(kernels);
                    ready.add(new Named(kernels));
                }
            }
        }
        return ready.stream();
    }

    record Named(Kernels kernels) {
        @Override
        public String toString() {
            return kernels.name() + ", threads " + kernels.threads();
        }
    }

    @AfterAll
    void close() {
        open.forEach(Kernels::close);
        portable.close();
        arena.close();
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void matmulOfEveryTypeEqualsPortableForOddNumbersOfRows(Named candidate) {
        for (DType type : DType.values()) {
            for (int rows : ROWS) {
                int width = type.quantized() ? type.blockValues() == 32 ? 96 : 256 : 61;
                matmulEquals(candidate, new int[] {3}, width, weight(type, rows, width, rows));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void matmulOfEveryTypeEqualsPortableForEveryWidth(Named candidate) {
        for (DType type : DType.values()) {
            int[] widths = switch (type.blockValues()) {
                case 1 -> new int[] {1, 7, 15, 16, 17, 31, 32, 33, 64, 256, 576, 1000, 1024, 4096, 4099};
                case 32 -> new int[] {32, 64, 96, 576, 992, 1024, 1056, 1536, 2048, 2080, 4096, 5632};
                default -> new int[] {256, 512, 768, 1024, 1280, 2048, 4096, 5888};
            };
            for (int width : widths) {
                matmulEquals(candidate, new int[] {1, 5}, width, weight(type, 35, width, width));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void matmulOfEveryTypeEqualsPortableForEveryNumberOfTokens(Named candidate) {
        for (DType type : DType.values()) {
            matmulEquals(candidate, TOKENS, 1280, weight(type, 33, 1280, 9));
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void matmulOfWeightsWithAFactorEqualsPortable(Named candidate) {
        HostTensor weight = weight(DType.NVFP4, 35, 1280, 14);
        matmulEquals(candidate, TOKENS, 1280, weight.times(0.037f));
        float[] each = new float[35];
        for (int row = 0; row < each.length; row++) {
            each[row] = 0.01f * row - 0.1f;
        }
        matmulEquals(candidate, TOKENS, 1280, weight.times(each));
    }

    /** Many tokens with plain floats take another way than few; rows and widths that do not fill a vector, and more than a piece. */
    @ParameterizedTest
    @MethodSource("candidates")
    void matmulOfPlainFloatsEqualsPortableForManyTokens(Named candidate) {
        for (DType type : List.of(DType.F32, DType.F16, DType.BF16)) {
            for (int width : new int[] {1, 15, 17, 61, 384, 1024, 1030, 2080}) {
                matmulEquals(candidate, new int[] {31, 32, 35, 67}, width, weight(type, 83, width, width));
            }
            matmulEquals(candidate, new int[] {32}, 8192, weight(type, 20, 8192, 5));
            matmulEquals(candidate, new int[] {32}, 8195, weight(type, 20, 8195, 6));
        }
    }

    /** Rows in which no group is loud, some are, or all but a few, at other places in each row. */
    @ParameterizedTest
    @MethodSource("candidates")
    void rowsOfVeryUnevenLoudnessEqualPortable(Named candidate) {
        int width = 2560;
        for (DType type : DType.values()) {
            for (int tokens : new int[] {1, 2, 3, 4, 8, 40}) {
                HostTensor weight = weight(type, tokens < 4 ? 300 : 35, width, 12);
                Tensor placed = candidate.kernels.place(weight);
                float[] x = activations(tokens * width, 13);
                Random random = new Random(tokens);
                for (int t = 0; t < tokens; t++) {
                    int louder = 25 * ((t + 1) % 4); // of 80
                    for (int group = 0; group < width / Arithmetic.GROUP; group++) {
                        float factor = random.nextInt(80) < louder ? 1 + random.nextInt(50) : t % 3 == 0 ? 0 : 0.01f;
                        for (int i = 0; i < Arithmetic.GROUP; i++) {
                            x[t * width + group * Arithmetic.GROUP + i] *= factor;
                        }
                    }
                }
                assertSame(
                        "%s of %s, %d tokens".formatted(type, candidate, tokens),
                        twin(List.of("uneven", type, tokens), () -> products(portable, x, tokens, width, weight))
                                .getFirst(),
                        products(candidate.kernels, x, tokens, width, placed).getFirst());
                candidate.kernels.release(placed);
            }
        }
    }

    /** Weights are placed in slices of 8 MB; a scale that is not a number, in the last of them, changes how all are placed. */
    @ParameterizedTest
    @MethodSource("candidates")
    void weightsOfSeveralSlicesEqualPortable(Named candidate) {
        for (DType type : List.of(DType.Q8_0, DType.Q4_K)) {
            int width = 1024;
            int rows = (int) (17L << 20) / Math.toIntExact(type.bytes(width)) + 5;
            matmulEquals(candidate, new int[] {1}, width, weight(type, rows, width, 10));
            HostTensor spoiled = weights.computeIfAbsent(List.of("spoiled", type), w -> {
                HostTensor weight = Weights.random(arena, type, rows, width, 10);
                long lastBlock = weight.data().byteSize() - type.blockBytes();
                weight.data().set(HALF, lastBlock, Float.floatToFloat16(Float.POSITIVE_INFINITY));
                return weight;
            });
            matmulEquals(candidate, new int[] {1}, width, spoiled);
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void productsOfDifferentTypesShareTheirActivations(Named candidate) {
        matmulEquals(
                candidate,
                new int[] {1, 9},
                512,
                weight(DType.Q4_K, 40, 512, 1),
                weight(DType.F16, 17, 512, 2),
                weight(DType.Q2_K, 33, 512, 3),
                weight(DType.Q8_0, 64, 512, 4),
                weight(DType.F32, 5, 512, 5));
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void matmulOfExtremeActivationsEqualsPortable(Named candidate) {
        for (DType type : DType.values()) {
            HostTensor weight = weight(type, 19, 512, 77);
            Kernels kernels = candidate.kernels;
            Tensor placed = kernels.place(weight);
            for (float[] x : extremes(512)) {
                assertSame(
                        "%s of %s for x beginning with %s"
                                .formatted(type, candidate, Arrays.toString(Arrays.copyOf(x, 8))),
                        run(
                                portable,
                                new long[] {1, 512},
                                x,
                                new long[] {1, 19},
                                (in, out, k) -> k.matmul(in, new Kernels.Product(out, weight))),
                        run(
                                kernels,
                                new long[] {1, 512},
                                x,
                                new long[] {1, 19},
                                (in, out, k) -> k.matmul(in, new Kernels.Product(out, placed))));
            }
            kernels.release(placed);
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void aTokenHasTheSameProductsAloneAsInABatch(Named candidate) {
        Kernels kernels = candidate.kernels;
        for (DType type : DType.values()) {
            HostTensor weight = weight(type, 70, 1280, 3);
            Tensor placed = kernels.place(weight);
            float[] x = activations(37 * 1280, 8);
            float[] batch = run(
                    kernels,
                    new long[] {37, 1280},
                    x,
                    new long[] {37, 70},
                    (in, out, k) -> k.matmul(in, new Kernels.Product(out, placed)));
            for (int t : new int[] {0, 1, 15, 16, 36}) {
                float[] alone = run(
                        kernels,
                        new long[] {1, 1280},
                        Arrays.copyOfRange(x, t * 1280, (t + 1) * 1280),
                        new long[] {1, 70},
                        (in, out, k) -> k.matmul(in, new Kernels.Product(out, placed)));
                assertSame(type + " row " + t, Arrays.copyOfRange(batch, t * 70, (t + 1) * 70), alone);
            }
            kernels.release(placed);
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void rowsOfTablesOfEveryTypeEqualPortable(Named candidate) {
        for (DType type : DType.values()) {
            HostTensor table = weight(type, 11, 512, 4);
            Tensor placed = candidate.kernels.place(table);
            int[] ids = {0, 10, 3, 3};
            Function<Tensor, Operation> embed = t -> (in, out, k) -> k.embed(out, t, ids);
            float[] expected = run(portable, new long[] {1}, new float[1], new long[] {4, 512}, embed.apply(table));
            for (Tensor source : List.of(table, placed)) {
                assertSame(
                        type.name(),
                        expected,
                        run(candidate.kernels, new long[] {1}, new float[1], new long[] {4, 512}, embed.apply(source)));
            }
            candidate.kernels.release(placed);
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void elementwiseOperationsEqualPortable(Named candidate) {
        for (int width : new int[] {1, 5, 15, 16, 17, 31, 64, 100, 576, 2048, 4099}) {
            for (int tokens : new int[] {1, 3, 33}) {
                List<float[]> inputs = new ArrayList<>(List.of(activations(tokens * width, width)));
                if (tokens == 1) {
                    inputs.addAll(extremes(width));
                }
                for (float[] x : inputs) {
                    elementwiseEquals(candidate, tokens, width, x);
                }
            }
        }
    }

    private void elementwiseEquals(Named candidate, int tokens, int width, float[] x) {
        HostTensor other = floats(activations(tokens * width, 2), tokens, width);
        for (DType type : List.of(DType.F32, DType.F16, DType.BF16)) {
            HostTensor weight = weight(type, 1, width, 3).reshape(width);
            HostTensor shift = weight(type, 1, width, 4).reshape(width);
            same(candidate, tokens, width, x, "rmsNorm", (in, out, k) -> k.rmsNorm(out, in, weight, 1e-5f));
            same(candidate, tokens, width, x, "rmsNorm in place", (in, out, k) -> {
                k.add(out, in);
                k.rmsNorm(out, out, weight, 1e-6f);
            });
            same(candidate, tokens, width, x, "layerNorm", (in, out, k) -> k.layerNorm(out, in, weight, shift, 1e-5f));
            same(candidate, tokens, width, x, "layerNorm in place", (in, out, k) -> {
                k.add(out, in);
                k.layerNorm(out, out, weight, shift, 1e-12f);
            });
            same(candidate, tokens, width, x, "addBias", (in, out, k) -> {
                k.add(out, in);
                k.addBias(out, weight);
            });
        }
        same(candidate, tokens, width, x, "multiply", (in, out, k) -> {
            k.add(out, in);
            k.multiply(out, other);
        });
        same(candidate, tokens, width, x, "scale", (in, out, k) -> {
            k.add(out, in);
            k.scale(out, 1.7f);
        });
        same(candidate, tokens, width, x, "softcap", (in, out, k) -> {
            k.add(out, in);
            k.softcap(out, 3f);
        });
        same(candidate, tokens, width, x, "silu", (in, out, k) -> {
            k.add(out, in);
            k.siluMultiply(out, other);
        });
        same(candidate, tokens, width, x, "sigmoid", (in, out, k) -> {
            k.add(out, in);
            k.sigmoidMultiply(out, other);
        });
        same(candidate, tokens, width, x, "relu", (in, out, k) -> {
            k.add(out, in);
            k.relu(out);
        });
        same(candidate, tokens, width, x, "tanh gelu", (in, out, k) -> {
            k.add(out, in);
            k.tanhGelu(out);
        });
        same(candidate, tokens, width, x, "clamped swiglu", (in, out, k) -> {
            k.add(out, in);
            k.clampedSwiglu(out, other, 1.702f, 7f);
        });
        same(candidate, tokens, width, x, "clamped swiglu, clamping all", (in, out, k) -> {
            k.add(out, other);
            k.clampedSwiglu(out, in, 1.702f, 0.5f);
        });
        same(candidate, tokens, width, x, "normal gelu", (in, out, k) -> {
            k.add(out, in);
            k.gelu(out);
        });
        same(candidate, tokens, width, x, "gelu", (in, out, k) -> {
            k.add(out, in);
            k.geluMultiply(out, other);
        });
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void ropeEqualsPortable(Named candidate) {
        for (Rotation.Pairing pairing : Rotation.Pairing.values()) {
            for (int[] sizes : new int[][] {{64, 32}, {64, 16}, {80, 40}, {128, 64}, {256, 128}, {10, 5}, {6, 2}}) {
                int headWidth = sizes[0];
                float[] frequencies = new float[sizes[1]];
                for (int i = 0; i < frequencies.length; i++) {
                    frequencies[i] = (float) StrictMath.pow(10_000, -2.0 * i / headWidth);
                }
                for (float magnitude : new float[] {1f, 1.19f}) {
                    Rotation rotation = new Rotation(pairing, frequencies, magnitude);
                    int[] positions = {0, 1, 77, 4095, 131_071};
                    float[] x = activations(5 * 3 * headWidth, 6);
                    Operation rope = (in, out, k) -> {
                        k.add(out, in);
                        k.rope(out, positions, rotation);
                        k.rope(out, positions, rotation);
                    };
                    long[] shape = {5, 3, headWidth};
                    assertSame(
                            rotation.toString(),
                            run(portable, shape, x, shape, rope),
                            run(candidate.kernels, shape, x, shape, rope));
                }
            }
        }
    }

    private static final List<DType> CACHED = List.of(DType.F16, DType.F32, DType.Q8_0);

    @ParameterizedTest
    @MethodSource("candidates")
    void attentionEqualsPortable(Named candidate) {
        int[][] heads = {{3, 3, 64}, {9, 3, 64}, {4, 1, 256}, {8, 2, 80}, {2, 2, 20}, {5, 1, 32}, {4, 2, 96}};
        int[][][] batches = {
            // {past, new} for each conversation
            {{0, 1}},
            {{0, 17}},
            {{255, 1}},
            {{256, 1}},
            {{250, 20}},
            {{0, 300}},
            {{700, 1}},
            {{0, 5}, {300, 1}, {511, 2}, {17, 40}}
        };
        for (int[] head : heads) {
            for (int[][] batch : batches) {
                for (DType type : CACHED) {
                    if (head[2] % type.blockValues() != 0) {
                        continue; // rows are whole blocks
                    }
                    for (int window : new int[] {0, 1, 100, 256, 400}) {
                        float softcap = window == 100 ? 20f : 0f;
                        Kernels.AttentionRule plain = new Kernels.AttentionRule(0.125f, window, softcap);
                        Kernels.AttentionRule rule =
                                window == 100 || window == 256 ? plain.withSlopes(slopes(head[0])) : plain;
                        attentionEquals(candidate, head[0], head[1], head[2], head[2], batch, type, rule);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void attentionWithSectionsSinksAndValuesOfAnotherWidthEqualsPortable(Named candidate) {
        int[][] heads = {{6, 2, 64, 64}, {4, 4, 192, 128}, {5, 1, 64, 96}, {2, 2, 20, 7}};
        int[][][] batches = {{{250, 20}}, {{700, 1}}, {{0, 5}, {300, 1}, {511, 2}, {17, 40}}};
        for (int[] head : heads) {
            HostTensor sinks = floats(activations(head[0], 4), head[0]);
            List<Kernels.AttentionRule> rules = List.of(
                    new Kernels.AttentionRule(0.125f, 128, 0).withSinks(sinks),
                    new Kernels.AttentionRule(0.125f, 0, 0).withSection(16),
                    new Kernels.AttentionRule(0.125f, 64, 0).withSection(100).withSinks(sinks),
                    new Kernels.AttentionRule(0.125f, 0, 0).withSection(300).withSinks(sinks));
            for (int[][] batch : batches) {
                for (DType type : CACHED) {
                    if (head[2] % type.blockValues() == 0 && head[3] % type.blockValues() == 0) {
                        for (Kernels.AttentionRule rule : rules) {
                            attentionEquals(candidate, head[0], head[1], head[2], head[3], batch, type, rule);
                        }
                    }
                }
            }
        }
    }

    private void attentionEquals(
            Named candidate,
            int heads,
            int kvHeads,
            int width,
            int valueWidth,
            int[][] batch,
            DType type,
            Kernels.AttentionRule rule) {
        Attention attention = new Attention(heads, kvHeads, width, valueWidth, batch, type, rule);
        String what = attention.toString();
        assertSame(
                what,
                twin(List.of(what), () -> List.of(attention.run(portable))).getFirst(),
                attention.run(candidate.kernels));
    }

    /** Experts of odd sizes, stacked in one tensor as in files, or each by itself; some have no rows. */
    @ParameterizedTest
    @MethodSource("candidates")
    void productsWithExpertsAreThoseOfEachRowAlone(Named candidate) {
        int[] starts = {0, 3, 3, 4, 21};
        int width = 512;
        for (DType type : List.of(DType.F32, DType.BF16, DType.Q4_0, DType.Q4_K, DType.Q8_0, DType.MXFP4)) {
            for (int rows : new int[] {32, 37}) {
                HostTensor stacked = weight(type, 4 * rows, width, rows).reshape(4, rows, width);
                Tensor placed = candidate.kernels.place(stacked);
                float[] x = activations(21 * width, 8);
                List<Tensor> experts = new ArrayList<>();
                for (int e = 0; e < 4; e++) {
                    experts.add(placed.rows(e, e + 1).reshape(rows, width));
                }
                float[] got = run(
                        candidate.kernels,
                        new long[] {21, width},
                        x,
                        new long[] {21, rows},
                        (in, out, k) -> k.expertMatmul(in, starts, new Kernels.ExpertProduct(out, experts)));
                for (int e = 0; e < 4; e++) {
                    HostTensor w = stacked.rows(e, e + 1).reshape(rows, width);
                    for (int row = starts[e]; row < starts[e + 1]; row++) {
                        float[] alone = products(
                                        portable, Arrays.copyOfRange(x, row * width, (row + 1) * width), 1, width, w)
                                .getFirst();
                        assertSame(
                                "%s, %s, expert %d, row %d".formatted(candidate, stacked, e, row),
                                alone,
                                Arrays.copyOfRange(got, row * rows, (row + 1) * rows));
                    }
                }
                candidate.kernels.release(placed);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void mixedRowsEqualPortable(Named candidate) {
        int[] rows = {4, 0, 2, 2, 1, 3};
        float[] factors = {0.3f, -1.7f, 1e-20f, 3f, 0.1f, 0.7f};
        for (int width : new int[] {1, 16, 61, 2048}) {
            long[] from = {5, width};
            float[] x = activations(5 * width, 3);
            for (int perRow : new int[] {1, 2, 3}) {
                Operation mix = (in, out, k) -> k.mixRows(out, in, rows, factors);
                long[] to = {6 / perRow, width};
                assertSame(
                        width + " x " + perRow,
                        run(portable, from, x, to, mix),
                        run(candidate.kernels, from, x, to, mix));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void copiedColumnsServeAsManyRowsAsThereAre(Named candidate) {
        float[] x = activations(3 * 10, 2);
        float[] got = run(
                candidate.kernels,
                new long[] {3, 10},
                x,
                new long[] {3, 4, 7},
                (in, out, k) -> k.copyColumns(in, 6, out, 1, 3));
        for (int t = 0; t < 3; t++) {
            for (int head = 0; head < 4; head++) {
                for (int i = 0; i < 7; i++) {
                    float expected = i >= 1 && i < 4 ? x[10 * t + 6 + i - 1] : 0;
                    assertThat(got[(4 * t + head) * 7 + i]).isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void attentionBothWaysEqualsPortable(Named candidate) {
        int[][] heads = {{12, 12, 32}, {4, 4, 16}, {6, 2, 64}, {5, 1, 20}, {3, 3, 80}};
        int[][] batches = {{1}, {5}, {3, 0, 17, 4}, {16, 1, 70}, {255, 2}, {256}, {257}, {600, 9}};
        for (int[] head : heads) {
            for (int[] lengths : batches) {
                int rows = Arrays.stream(lengths).sum();
                for (int window : new int[] {0, 1, 3, 64, 300}) {
                    Kernels.AttentionRule plain = new Kernels.AttentionRule(0.25f, window, window == 3 ? 5f : 0f);
                    Kernels.AttentionRule rule =
                            window == 3 || window == 300 ? plain.withSlopes(slopes(head[0])) : plain;
                    Operation attend = (in, out, k) -> bothWays(in, out, head[1], lengths, rule, k);
                    long[] shape = {rows, head[0], head[2]};
                    float[] x = activations(rows * head[0] * head[2], 3);
                    String what =
                            "%s over %s, %s".formatted(Arrays.toString(head), Arrays.toString(lengths), told(rule));
                    assertSame(
                            what,
                            twin(List.of(what), () -> List.of(run(portable, shape, x, shape, attend)))
                                    .getFirst(),
                            run(candidate.kernels, shape, x, shape, attend));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void attentionBothWaysOfATextDoesNotDependOnTheOthers(Named candidate) {
        Kernels.AttentionRule rule = new Kernels.AttentionRule(0.25f, 0, 0);
        float[] x = activations(40 * 4 * 32, 7);
        long[] shape = {40, 4, 32};
        float[] together = run(candidate.kernels, shape, x, shape, (in, out, k) -> {
            k.attendBothWays(out, in, in, in, new int[] {7, 20, 13}, rule);
        });
        long[] one = {20, 4, 32};
        float[] alone = run(
                candidate.kernels,
                one,
                Arrays.copyOfRange(x, 7 * 128, 27 * 128),
                one,
                (in, out, k) -> k.attendBothWays(out, in, in, in, new int[] {20}, rule));
        assertSame("the second text", Arrays.copyOfRange(together, 7 * 128, 27 * 128), alone);
    }

    /** A slope for each head, and none for the second. */
    private static float[] slopes(int heads) {
        float[] slopes = new float[heads];
        for (int head = 0; head < heads; head++) {
            slopes[head] = head == 1 ? 0 : 0.3f / (head + 1);
        }
        return slopes;
    }

    private static void bothWays(
            Tensor in, Tensor out, int kvHeads, int[] lengths, Kernels.AttentionRule rule, Kernels kernels) {
        int values = Math.toIntExact(in.size(0) * kvHeads * in.size(2));
        Tensor k = kernels.allocate(DType.F32, in.size(0), kvHeads, in.size(2));
        Tensor v = kernels.allocate(DType.F32, in.size(0), kvHeads, in.size(2));
        kernels.write(MemorySegment.ofArray(activations(values, 1)), k);
        kernels.write(MemorySegment.ofArray(activations(values, 2)), v);
        kernels.attendBothWays(out, in, k, v, lengths, rule);
        kernels.release(k);
        kernels.release(v);
    }

    private static String told(Kernels.AttentionRule rule) {
        return "scale %s, window %d, softcap %s, slopes %s, section %d, sinks %s"
                .formatted(
                        rule.scale(),
                        rule.window(),
                        rule.softcap(),
                        Arrays.toString(rule.slopes_N()),
                        rule.section(),
                        rule.sinks_N());
    }

    /** A batch of conversations, {past, new} tokens each, whose past was appended in one piece. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Attention(
            int heads, int kvHeads, int width, int valueWidth, int[][] batch, DType type, Kernels.AttentionRule rule) {
        float[] run(Kernels kernels) {
            List<Kernels.KvView> past = new ArrayList<>();
            List<Kernels.KvView> now = new ArrayList<>();
            List<Tensor> pages = new ArrayList<>();
            int pastRows = 0;
            int nowRows = 0;
            for (int[] run : batch) {
                List<Tensor> keys = new ArrayList<>();
                List<Tensor> values = new ArrayList<>();
                for (int page = 0; page * 256 < run[0] + run[1]; page++) {
                    keys.add(kernels.allocate(type, kvHeads, 256, width));
                    values.add(kernels.allocate(type, kvHeads, 256, valueWidth));
                }
                pages.addAll(keys);
                pages.addAll(values);
                past.add(new Kernels.KvView(keys, values, pastRows, run[0], 0));
                now.add(new Kernels.KvView(keys, values, nowRows, run[1], run[0]));
                pastRows += run[0];
                nowRows += run[1];
            }
            if (pastRows > 0) {
                append(kernels, past, pastRows, 1);
            }
            append(kernels, now, nowRows, 2);
            float[] out = KernelsContractTest.run(
                    kernels,
                    new long[] {nowRows, heads, width},
                    activations(nowRows * heads * width, 3),
                    new long[] {nowRows, heads, valueWidth},
                    (in, o, k) -> k.attend(o, in, now, rule));
            pages.forEach(kernels::release);
            return out;
        }

        private void append(Kernels kernels, List<Kernels.KvView> views, int rows, int seed) {
            long[] shape = {rows, kvHeads, width};
            float[] k = activations(rows * kvHeads * width, seed);
            float[] v = activations(rows * kvHeads * valueWidth, seed + 10);
            long[] valueShape = {rows, kvHeads, valueWidth};
            KernelsContractTest.run(kernels, shape, k, valueShape, (keys, values, kernel) -> {
                kernel.write(MemorySegment.ofArray(v), values);
                kernel.append(views, keys, values);
            });
        }

        @Override
        public String toString() {
            return "%d heads over %d of %d and %d, %s, %s, %s"
                    .formatted(heads, kvHeads, width, valueWidth, Arrays.deepToString(batch), type, told(rule));
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void attentionIsTheSameTokenByTokenAsInOnePiece(Named candidate) {
        CACHED.forEach(type -> attentionIsTheSameTokenByTokenAsInOnePiece(candidate, type));
    }

    private static void attentionIsTheSameTokenByTokenAsInOnePiece(Named candidate, DType type) {
        Kernels.AttentionRule rule = new Kernels.AttentionRule(0.2f, 0, 0);
        int width = 64;
        int tokens = 270;
        float[] k = activations(tokens * width, 1);
        float[] q = activations(tokens * width, 2);
        Kernels kernels = candidate.kernels;
        float[][] results = new float[2][];
        for (int step : new int[] {1, tokens}) {
            List<Tensor> pages = List.of(kernels.allocate(type, 1, 256, width), kernels.allocate(type, 1, 256, width));
            float[] all = new float[tokens * width];
            for (int start = 0; start < tokens; start += step) {
                Kernels.KvView view = new Kernels.KvView(pages, pages, 0, step, start);
                long[] shape = {step, 1, width};
                int from = start * width;
                run(
                        kernels,
                        shape,
                        Arrays.copyOfRange(k, from, from + step * width),
                        shape,
                        (in, out, o) -> o.append(List.of(view), in, in));
                float[] part = run(
                        kernels,
                        shape,
                        Arrays.copyOfRange(q, from, from + step * width),
                        shape,
                        (in, out, o) -> o.attend(out, in, List.of(view), rule));
                System.arraycopy(part, 0, all, from, part.length);
            }
            results[step == 1 ? 0 : 1] = all;
            pages.forEach(kernels::release);
        }
        assertSame("prefill and decode of " + type, results[0], results[1]);
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void whatIsCachedEqualsPortableToTheByte(Named candidate) {
        int width = 96;
        for (float[] x : extremes(width)) {
            for (float factor : new float[] {1, 0x1p-30f, 0x1p-127f, 0x1p20f}) { // scales that F16 cannot hold, too
                float[] scaled = x.clone();
                for (int i = 0; i < scaled.length; i++) {
                    scaled[i] *= factor;
                }
                for (DType type : CACHED) {
                    String what = type + " of " + Arrays.toString(scaled);
                    assertThat(cached(candidate.kernels, type, scaled))
                            .as(what)
                            .isEqualTo(cached(portable, type, scaled));
                }
            }
        }
    }

    /** The floats that a page gives back for one key; all NaNs alike. */
    private static List<Float> cached(Kernels kernels, DType type, float[] key) {
        Tensor page = kernels.allocate(type, 1, 256, key.length);
        Tensor k = kernels.allocate(DType.F32, 1, 1, key.length);
        kernels.write(MemorySegment.ofArray(key), k);
        kernels.append(List.of(new Kernels.KvView(List.of(page), List.of(page), 0, 1, 77)), k, k);
        byte[] bytes = new byte[Math.toIntExact(type.bytes(page.values()))];
        kernels.read(page, MemorySegment.ofArray(bytes));
        List<Float> read = new ArrayList<>();
        for (float value : Numbers.read(new HostTensor(type, MemorySegment.ofArray(bytes), 256, key.length))) {
            read.add(value);
        }
        kernels.release(page);
        kernels.release(k);
        return read;
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void attentionOfExtremeScoresEqualsPortable(Named candidate) {
        int width = 32;
        for (float[] q : extremes(width)) {
            Operation attend = (in, out, kernels) -> {
                Tensor page = kernels.allocate(DType.F32, 1, 256, width);
                float[] keys = activations(40 * width, 5);
                Tensor k = kernels.allocate(DType.F32, 40, 1, width);
                kernels.write(MemorySegment.ofArray(keys), k);
                Kernels.KvView all = new Kernels.KvView(List.of(page), List.of(page), 0, 40, 0);
                kernels.append(List.of(all), k, k);
                Kernels.KvView last = new Kernels.KvView(List.of(page), List.of(page), 0, 1, 39);
                kernels.attend(out, in, List.of(last), new Kernels.AttentionRule(1f, 0, 0));
                kernels.release(page);
                kernels.release(k);
            };
            long[] shape = {1, 1, width};
            assertSame(
                    Arrays.toString(q),
                    run(portable, shape, q, shape, attend),
                    run(candidate.kernels, shape, q, shape, attend));
        }
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void allocatedMemoryIsZeroAlsoWhenItWasUsedBefore(Named candidate) {
        Kernels kernels = candidate.kernels;
        for (int i = 0; i < 3; i++) {
            Tensor x = kernels.allocate(DType.F32, 3, 50);
            float[] got = new float[150];
            kernels.read(x, MemorySegment.ofArray(got));
            assertThat(got).containsOnly(0f);
            kernels.write(MemorySegment.ofArray(activations(150, 1)), x);
            kernels.release(x);
        }
    }

    private List<float[]> twin(List<Object> what, Supplier<List<float[]>> computing) {
        return twins.computeIfAbsent(what, w -> computing.get());
    }

    private void matmulEquals(Named candidate, int[] tokens, int width, HostTensor... weights) {
        Kernels kernels = candidate.kernels;
        Tensor[] placed = Arrays.stream(weights).map(kernels::place).toArray(Tensor[]::new);
        for (int t : tokens) {
            float[] x = activations(t * width, t);
            List<float[]> expected =
                    twin(List.of(t, width, List.of(weights)), () -> products(portable, x, t, width, weights));
            List<float[]> got = products(kernels, x, t, width, placed);
            for (int i = 0; i < weights.length; i++) {
                assertSame("%s of %s, %d tokens".formatted(candidate, weights[i], t), expected.get(i), got.get(i));
            }
        }
        Arrays.stream(placed).forEach(kernels::release);
    }

    private static List<float[]> products(Kernels kernels, float[] x, int tokens, int width, Tensor... weights) {
        Tensor in = kernels.allocate(DType.F32, tokens, width);
        kernels.write(MemorySegment.ofArray(x), in);
        Kernels.Product[] products = Arrays.stream(weights)
                .map(w -> new Kernels.Product(kernels.allocate(DType.F32, tokens, w.size(0)), w))
                .toArray(Kernels.Product[]::new);
        kernels.matmul(in, products);
        List<float[]> results = new ArrayList<>();
        for (Kernels.Product product : products) {
            float[] result = new float[(int) product.out_TO().values()];
            kernels.read(product.out_TO(), MemorySegment.ofArray(result));
            results.add(result);
            kernels.release(product.out_TO());
        }
        kernels.release(in);
        return results;
    }

    /** What is computed from an input into an output that begins as zeros. */
    interface Operation {
        void apply(Tensor in, Tensor out, Kernels kernels);
    }

    private void same(Named candidate, int tokens, int width, float[] x, String name, Operation operation) {
        long[] shape = {tokens, width};
        assertSame(
                "%s of %s, %d x %d".formatted(name, candidate, tokens, width),
                run(portable, shape, x, shape, operation),
                run(candidate.kernels, shape, x, shape, operation));
    }

    static float[] run(Kernels kernels, long[] inShape, float[] x, long[] outShape, Operation operation) {
        Tensor in = kernels.allocate(DType.F32, inShape);
        Tensor out = kernels.allocate(DType.F32, outShape);
        kernels.write(MemorySegment.ofArray(x), in);
        operation.apply(in, out, kernels);
        float[] result = new float[(int) out.values()];
        kernels.read(out, MemorySegment.ofArray(result));
        kernels.release(in);
        kernels.release(out);
        return result;
    }

    /** Equal to the bit; any NaN equals any other. */
    private static void assertSame(String what, float[] expected, float[] got) {
        assertThat(got).hasSameSizeAs(expected);
        for (int i = 0; i < got.length; i++) {
            if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(got[i])) {
                throw new AssertionError("%s: value %d is %a instead of %a".formatted(what, i, got[i], expected[i]));
            }
        }
    }

    private HostTensor floats(float[] values, long... shape) {
        MemorySegment data = arena.allocate(4L * values.length, 64);
        MemorySegment.copy(values, 0, data, FLOAT, 0, values.length);
        return new HostTensor(DType.F32, data, shape);
    }

    private HostTensor weight(DType type, int rows, int width, int seed) {
        return weights.computeIfAbsent(
                List.of(type, rows, width, seed), w -> Weights.random(arena, type, rows, width, seed));
    }

    /** Numbers of sizes that activations have, some of them outliers. */
    static float[] activations(int count, int seed) {
        return ACTIVATIONS
                .computeIfAbsent(List.of(count, seed), key -> {
                    Random random = new Random(seed);
                    float[] values = new float[count];
                    for (int i = 0; i < count; i++) {
                        values[i] = (float) random.nextGaussian() * (random.nextInt(50) == 0 ? 30 : 1);
                    }
                    return values;
                })
                .clone();
    }

    /** Inputs at the ends of what floats can hold. */
    private static List<float[]> extremes(int count) {
        Random random = new Random(1);
        List<float[]> inputs = new ArrayList<>();
        float[] sizes = {0f, -0f, Float.MIN_VALUE, 1e-40f, 1e-38f, 0x1p-120f, 1e-36f, 1e-20f, 1e10f, 1e30f, 3e38f};
        for (float size : sizes) {
            float[] x = new float[count];
            for (int i = 0; i < count; i++) {
                x[i] = size * (float) (random.nextDouble() * 2 - 1);
            }
            inputs.add(x);
        }
        float[] specials = {
            Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, Float.MAX_VALUE, -Float.MAX_VALUE
        };
        for (float special : specials) {
            float[] x = activations(count, 3);
            x[count / 2] = special;
            inputs.add(x);
        }
        float[] halves = new float[count]; // 127 times these fall between two integers: ties
        for (int i = 0; i < count; i++) {
            halves[i] = i % 32 == 0 ? 127f : i % 127 + 0.5f;
        }
        inputs.add(halves);
        return inputs;
    }
}
