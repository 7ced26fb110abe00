package dev.ayni.engine.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.tensor.DType;
import dev.ayni.tensor.HostTensor;
import dev.ayni.tensor.KernelChoice;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinearTest {
    private static final int TOKENS = 3;
    private static final int WIDTH = 64;
    private static final int ROWS = 24;

    @ParameterizedTest
    @ValueSource(strings = {"portable", "auto"})
    void aMatrixOfPlainFloatsBesideAQuantizedOneIsMultipliedAsItIs(String name) {
        try (Kernels kernels = KernelChoice.open(name, 1, line -> {});
                Arena arena = Arena.ofConfined()) {
            Linear floats = new Linear(kernels.place(weight(DType.F32, arena)), null);
            Linear blocks = new Linear(kernels.place(weight(DType.Q8_0, arena)), null);
            Tensor x_TI = kernels.allocate(DType.F32, TOKENS, WIDTH);
            kernels.write(MemorySegment.ofArray(numbers(TOKENS * WIDTH)), x_TI);
            Tensor floatsAlone = kernels.allocate(DType.F32, TOKENS, ROWS);
            Linear.apply(kernels, x_TI, floats.to(floatsAlone));
            Tensor blocksAlone = kernels.allocate(DType.F32, TOKENS, ROWS);
            Linear.apply(kernels, x_TI, blocks.to(blocksAlone));

            Tensor floatsBeside = kernels.allocate(DType.F32, TOKENS, ROWS);
            Tensor blocksBeside = kernels.allocate(DType.F32, TOKENS, ROWS);
            Linear.apply(kernels, x_TI, blocks.to(blocksBeside), floats.to(floatsBeside));

            assertThat(read(kernels, floatsBeside)).isEqualTo(read(kernels, floatsAlone));
            assertThat(read(kernels, blocksBeside)).isEqualTo(read(kernels, blocksAlone));
        }
    }

    private static HostTensor weight(DType type, Arena arena) {
        MemorySegment data = arena.allocate(type.bytes((long) ROWS * WIDTH), 64);
        if (type == DType.F32) {
            data.copyFrom(MemorySegment.ofArray(numbers(ROWS * WIDTH)));
        } else {
            byte[] bytes = new byte[(int) data.byteSize()];
            new Random(5).nextBytes(bytes);
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            for (int at = 0; at < bytes.length; at += type.blockBytes()) {
                buffer.putShort(at, Float.floatToFloat16(0.01f)); // the scale
            }
            data.copyFrom(MemorySegment.ofArray(bytes));
        }
        return new HostTensor(type, data, ROWS, WIDTH);
    }

    private static float[] numbers(int count) {
        Random random = new Random(6);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    private static float[] read(Kernels kernels, Tensor tensor) {
        float[] floats = new float[(int) tensor.values()];
        kernels.read(tensor, MemorySegment.ofArray(floats));
        return floats;
    }
}
