package dev.ayni.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PortableKernelsTest {
    /** What was added after the digest of all others had been written down, and what came after those. */
    private static final EnumSet<DType> LATER_TYPES = EnumSet.of(DType.IQ1_M, DType.Q1_0, DType.Q2_0);

    private static final EnumSet<DType> LATEST_TYPES = EnumSet.of(DType.NVFP4);

    private final Arena arena = Arena.ofShared();
    private final Kernels portable = new PortableKernels(2);

    @AfterEach
    void close() {
        portable.close();
        arena.close();
    }

    @Test
    void activationsRoundTiesToEven() {
        float[] x = new float[32];
        x[0] = 127f; // the scale is 1
        x[1] = 0.5f;
        x[2] = 1.5f;
        x[3] = -2.5f;
        x[4] = 2.6f;
        int[] q = new int[32];
        assertThat(Arithmetic.quantize(x, q, 0)).isEqualTo(1f);
        assertThat(q).startsWith(127, 0, 2, -2, 3, 0);
    }

    @Test
    void aGroupThatIsNotFiniteHasTheScaleNaNAndZeros() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] x = new float[64];
            x[32] = 5;
            x[40] = bad;
            int[] q = new int[64];
            assertThat(Arithmetic.quantize(x, q, 32)).isNaN();
            assertThat(q).containsOnly(0);
        }
    }

    @Test
    void aGroupOfTinyNumbersIsZero() {
        float[] x = new float[32];
        x[3] = Math.nextDown(0x1p-120f);
        int[] q = new int[32];
        assertThat(Arithmetic.quantize(x, q, 0)).isZero();
        assertThat(q).containsOnly(0);
        x[3] = -0x1p-120f;
        assertThat(Arithmetic.quantize(x, q, 0)).isEqualTo(0x1p-120f / 127);
        assertThat(q[3]).isEqualTo(-127);
    }

    /** In the lanes of section 1, 1 and the sixteenth value after it meet; 2^24 and 1 meet only in the tree. */
    @Test
    void aLanedSumFollowsItsLanesAndItsTree() {
        float[] x = new float[33];
        float[] ones = new float[33];
        Arrays.fill(ones, 1f);
        x[0] = 0x1p24f;
        x[16] = 1f; // lost: lane 0 holds 2^24
        x[1] = 1f;
        x[17] = 1f; // kept: lane 1 holds 2
        assertThat(PortableKernels.lanedProduct(x, 0, ones, 0, 33)).isEqualTo(0x1p24f + 2);
        assertThat(PortableKernels.lanedProduct(x, 0, ones, 0, 1)).isEqualTo(0x1p24f);
    }

    /** A large number swallows small ones in its own segment, and not the sum of another segment. */
    @Test
    void theChainStartsAnewEvery1024Values() {
        float[] ones = new float[2048];
        Arrays.fill(ones, 127f); // q = 127, scale 1
        byte[] blocks = new byte[64 * 34];
        ByteBuffer bytes = ByteBuffer.wrap(blocks).order(ByteOrder.LITTLE_ENDIAN);
        for (int group : new int[] {0, 1, 32, 33}) {
            bytes.putShort(group * 34, Float.floatToFloat16(group == 0 ? 0x1p15f : 0x1p-10f));
            bytes.put(group * 34 + 2, (byte) 1);
        }
        // group 0: 127 * 2^15, where a step is 1/4; the others are just below 1/8 each, and vanish there one by one
        HostTensor weight = new HostTensor(DType.Q8_0, MemorySegment.ofArray(blocks), 1, 2048);
        float[] out = KernelsContractTest.run(
                portable,
                new long[] {1, 2048},
                ones,
                new long[] {1, 1},
                (in, o, k) -> k.matmul(in, new Kernels.Product(o, weight)));
        float first = Math.fma(0x1p-10f, 127f, 127f * 0x1p15f);
        float second = Math.fma(0x1p-10f, 127f, 127f * 0x1p-10f);
        assertThat(out[0]).isEqualTo(first + second);
        assertThat(first + second).isNotEqualTo(Math.fma(0x1p-10f, 127f, Math.fma(0x1p-10f, 127f, first)));
    }

    /** Of two groups whose rounding loses something, the loud one gets it back, the quiet one does not. */
    @Test
    void onlyALoudGroupGetsASecondDigit() {
        float[] x = new float[128];
        x[0] = 0.3f;
        x[1] = 1f;
        x[32] = 30.3f;
        x[33] = 100f;
        byte[] blocks = new byte[4 * 34];
        ByteBuffer bytes = ByteBuffer.wrap(blocks).order(ByteOrder.LITTLE_ENDIAN);
        for (int group = 0; group < 4; group++) {
            bytes.putShort(group * 34, Float.floatToFloat16(1f));
            bytes.put(group * 34 + 2, (byte) 1); // only the first value of a group counts
        }
        HostTensor weight = new HostTensor(DType.Q8_0, MemorySegment.ofArray(blocks), 1, 128);
        float[] out = KernelsContractTest.run(
                portable,
                new long[] {1, 128},
                x,
                new long[] {1, 1},
                (in, o, k) -> k.matmul(in, new Kernels.Product(o, weight)));
        float scale = 100f / 127f;
        float first = Math.fma(scale, 38f, 1f / 127f * 38f);
        float rest = Math.fma(-scale, 38f, 30.3f);
        float second = rest / 127f * 127f;
        assertThat(out[0]).isEqualTo(first + second);
        assertThat(out[0]).isCloseTo(38f / 127f + 30.3f, within(1e-5f));
    }

    @Test
    void theBitsOfThisVersionStayTheSame() throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        EnumSet<DType> types = EnumSet.complementOf(LATER_TYPES);
        types.removeAll(LATEST_TYPES);
        addProducts(digest, types);
        HostTensor weight = Weights.random(arena, DType.F16, 1, 2304, 1).reshape(2304);
        HostTensor other = Weights.random(arena, DType.F32, 5, 2304, 2);
        add(digest, 5, 2304, 2304, (in, out, k) -> k.rmsNorm(out, in, weight, 1e-5f));
        add(digest, 5, 2304, 2304, (in, out, k) -> {
            k.add(out, in);
            k.siluMultiply(out, other);
            k.add(out, in);
            k.geluMultiply(out, other);
            k.softcap(out, 30f);
            k.scale(out, 0.3f);
            k.addBias(out, weight);
        });
        add(digest, 5, 2304, 2304, (in, out, k) -> {
            k.add(out, in);
            float[] frequencies = {1f, 0.3f, 0.1f, 0.003f};
            for (Rotation.Pairing pairing : Rotation.Pairing.values()) {
                k.rope(
                        out.reshape(5, 36, 64),
                        new int[] {0, 1, 100, 5000, 99_999},
                        new Rotation(pairing, frequencies, 1));
            }
        });
        addAttention(digest, DType.F16);
        addAttention(digest, DType.F32);
        assertThat(Arithmetic.VERSION).isEqualTo(2);
        assertThat(HexFormat.of().formatHex(digest.digest()))
                .as("A change of any bit needs a new version; if this is one, write down its digest here")
                .isEqualTo("a1b710d61472c0552642e8d98f5de4b0a79b6fc64be5c5986a4b8e2a12a36ee2");
    }

    @Test
    void bitsOfTypesThatCameLaterAreThoseOfThisVersion() throws NoSuchAlgorithmException {
        assertThat(bitsOf(LATER_TYPES)).isEqualTo("12855fe75467478ebdc19c3f1fe812f9d6f0b4abf73277f8ba78fc2dc1329bb7");
        assertThat(bitsOf(LATEST_TYPES)).isEqualTo("073c1c687cca1f1ec3e58b01c99b4da6877bc77d2af98ba9e21be133977952a5");
    }

    private String bitsOf(Set<DType> types) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        addProducts(digest, types);
        return HexFormat.of().formatHex(digest.digest());
    }

    private void addProducts(MessageDigest digest, Set<DType> types) {
        for (DType type : types) {
            HostTensor weight = Weights.random(arena, type, 33, 2304, 1);
            add(digest, 5, 2304, 33, (in, out, k) -> k.matmul(in, new Kernels.Product(out, weight)));
            add(digest, 5, 2304, 2304, (in, out, k) -> k.embed(out, weight, new int[] {0, 5, 7, 32, 5}));
        }
    }

    @Test
    void bitsOfAttentionOverBlocksAreThoseOfThisVersion() throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        addAttention(digest, DType.Q8_0);
        assertThat(HexFormat.of().formatHex(digest.digest()))
                .isEqualTo("b50c16291c6d1101cd87f7d204fa44c6743ebd69f8244c8457169617e63e6795");
    }

    private void addAttention(MessageDigest digest, DType type) {
        for (Kernels.AttentionRule rule :
                List.of(new Kernels.AttentionRule(0.1f, 0, 0), new Kernels.AttentionRule(0.1f, 60, 20f))) {
            add(digest, 300, 192, 192, (in, out, k) -> {
                Tensor[] pages = new Tensor[4];
                for (int i = 0; i < 4; i++) {
                    pages[i] = k.allocate(type, 3, 256, 64);
                }
                List<Tensor> keys = List.of(pages[0], pages[1]);
                Kernels.KvView view = new Kernels.KvView(keys, List.of(pages[2], pages[3]), 0, 300, 0);
                k.append(List.of(view), in.reshape(300, 3, 64), in.reshape(300, 3, 64));
                k.attend(out.reshape(300, 3, 64), in.reshape(300, 3, 64), List.of(view), rule);
                for (Tensor page : pages) {
                    k.release(page);
                }
            });
        }
    }

    private void add(
            MessageDigest digest, int tokens, int width, int outWidth, KernelsContractTest.Operation operation) {
        float[] x = KernelsContractTest.activations(tokens * width, 9);
        float[] out = KernelsContractTest.run(
                portable, new long[] {tokens, width}, x, new long[] {tokens, outWidth}, operation);
        ByteBuffer bytes = ByteBuffer.allocate(4 * out.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(out);
        digest.update(bytes);
    }
}
