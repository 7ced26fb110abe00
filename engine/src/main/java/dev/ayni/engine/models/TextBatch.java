package dev.ayni.engine.models;

import dev.ayni.engine.models.Encoder.Text;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.Kernels;
import dev.ayni.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** The tokens of all texts, one text after another, on their way through an encoder, and the memory that this takes. */
final class TextBatch implements AutoCloseable {
    private final EncoderSpec spec;
    private final Kernels kernels;
    private final int[] ids_T;
    private final int[] types_T;
    private final int[] positions_T;
    private final int[] lengths_S;
    private final List<Tensor> allocated = new ArrayList<>();

    /** @throws IllegalArgumentException for an id, a type or a length that the model does not know */
    TextBatch(EncoderSpec spec, Kernels kernels, List<Text> batch) {
        this.spec = spec;
        this.kernels = kernels;
        lengths_S = batch.stream().mapToInt(text -> text.ids().length).toArray();
        int rows = Arrays.stream(lengths_S).sum();
        ids_T = new int[rows];
        types_T = new int[rows];
        positions_T = new int[rows];
        int row = 0;
        for (Text text : batch) {
            if (text.ids().length > spec.context()) {
                throw new IllegalArgumentException(
                        "A text has %d tokens, and %s reads at most %d. Shorten it or cut it into parts."
                                .formatted(text.ids().length, spec.name(), spec.context()));
            }
            int position = spec.padding();
            for (int i = 0; i < text.ids().length; i++, row++) {
                ids_T[row] = within(text.ids()[i], spec.vocabulary(), "Token id");
                types_T[row] = within(text.types()[i], Math.max(1, spec.types()), "Token type");
                positions_T[row] = text.ids()[i] == spec.padding() ? spec.padding() : ++position;
            }
        }
    }

    private int within(int number, int end, String what) {
        if (number < 0 || number >= end) {
            throw new IllegalArgumentException("%s %d is not known to %s, which knows those from 0 to %d."
                    .formatted(what, number, spec.name(), end - 1));
        }
        return number;
    }

    /** The token of each row. */
    int[] ids() {
        return ids_T;
    }

    /** Which of two texts each row belongs to. */
    int[] types() {
        return types_T;
    }

    /** The position of each row in its own text. */
    int[] positions() {
        return positions_T;
    }

    /** The rows of each text. */
    int[] lengths() {
        return lengths_S;
    }

    Tensor allocate(long... shape) {
        Tensor tensor = kernels.allocate(DType.F32, shape);
        allocated.add(tensor);
        return tensor;
    }

    /** Sees the rows of all texts as they enter the first layer (0) and leave each one. */
    interface LayerReader {
        void read(int layer, Tensor x_TD);
    }

    /**
     * What stands for each token after some of the layers.
     *
     * @param wanted which, ascending: 0 is what enters the first layer
     * @param pass takes the texts through all layers, and shows each to its reader
     * @return for each text and each of these layers a row for each token, [layer][T][D]
     */
    List<float[][][]> layers(int[] wanted, Consumer<LayerReader> pass) {
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i] < (i == 0 ? 0 : wanted[i - 1] + 1) || wanted[i] > spec.layers()) {
                throw new IllegalArgumentException("Layers %s of %s were asked for. Give some from 0 to %d, ascending."
                        .formatted(Arrays.toString(wanted), spec.name(), spec.layers()));
            }
        }
        List<float[][][]> results = new ArrayList<>(lengths_S.length);
        for (int length : lengths_S) {
            results.add(new float[wanted.length][length][]);
        }
        if (lengths_S.length == 0) {
            return results;
        }
        pass.accept((layer, x_TD) -> {
            int place = Arrays.binarySearch(wanted, layer);
            if (place >= 0) {
                int row = 0;
                for (float[][][] text : results) {
                    for (int i = 0; i < text[place].length; i++, row++) {
                        text[place][i] = read(x_TD.rows(row, row + 1L));
                    }
                }
            }
        });
        return results;
    }

    /** The row of each text's first token, together, [S, D]. */
    Tensor firstRows(Tensor x_TD) {
        Tensor first_SD = allocate(lengths_S.length, x_TD.size(1));
        int row = 0;
        for (int i = 0; i < lengths_S.length; i++) {
            kernels.write(MemorySegment.ofArray(read(x_TD.rows(row, row + 1L))), first_SD.rows(i, i + 1L));
            row += lengths_S[i];
        }
        return first_SD;
    }

    /**
     * The rows of a tensor.
     *
     * @throws ArithmeticException if a number is not finite
     */
    List<float[]> rows(Tensor x) {
        List<float[]> rows = new ArrayList<>(Math.toIntExact(x.size(0)));
        for (long row = 0; row < x.size(0); row++) {
            rows.add(read(x.rows(row, row + 1)));
        }
        return rows;
    }

    private float[] read(Tensor row) {
        float[] numbers = new float[Math.toIntExact(row.values())];
        kernels.read(row, MemorySegment.ofArray(numbers));
        for (float number : numbers) {
            if (!Float.isFinite(number)) {
                throw new ArithmeticException(
                        "%s gave a number that is not finite. The model file is damaged, or the model overflows: get the file again, or try another quantisation of it."
                                .formatted(spec.name()));
            }
        }
        return numbers;
    }

    @Override
    public void close() {
        allocated.forEach(kernels::release);
    }
}
