package dev.ayni.engine.quantization;

import dev.ayni.engine.weights.GgufOutput;
import dev.ayni.engine.weights.GgufOutput.Planned;
import dev.ayni.engine.weights.Metadata.Dialect;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.tensor.BlockQuantizer;
import dev.ayni.tensor.DType;
import dev.ayni.tensor.Workers;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a model into a GGUF file, its matrices in other types. Rows are quantised by several threads; no more than some of
 * them stand in memory, so that its size does not depend on the model's. The file is the same whatever the number of threads.
 */
public final class Quantization {
    /** Values that are quantised before they are written. */
    private static final long VALUES_AT_ONCE = 4 << 20;

    private static final long BYTES_AT_ONCE = 16 << 20;

    /** The largest number of F16, in which blocks have their scales. */
    private static final float LARGEST_HALF = 65_504;

    /** The version of the block formats, "general.quantization_version". */
    private static final int VERSION = 2;

    /**
     * What is wanted.
     *
     * @param pure whether all matrices take the type that gives the name, and none a better one
     * @param threads how many compute; at least 1
     * @param importance what the columns of matrices weigh; null if that is not known
     */
    public record Order(
            FileType to,
            boolean pure,
            int threads,
            @Nullable ImportanceMatrix importance) {}

    /** One tensor that was written: its types before and after, and what it takes now. */
    public record Written(String name, List<Long> shape, DType from, DType to, long bytes) {}

    /** Hears how the work goes on, in the thread that does it. */
    public interface Listener {
        /** Something that the new file's reader should know. */
        void remark(String text);

        /** So many bytes of the file are written. */
        void written(Written last, long bytes, long total);
    }

    /** What came of it. */
    public record Result(List<Written> tensors, long bytes) {
        /** How many bytes the matrices and vectors of each type take together. */
        public Map<DType, Long> bytesByType() {
            Map<DType, Long> bytes = new EnumMap<>(DType.class);
            tensors.forEach(tensor -> bytes.merge(tensor.to(), tensor.bytes(), Long::sum));
            return bytes;
        }
    }

    private final Source source;
    private final Path target;
    private final Order order;
    private final Listener listener;
    private final boolean fromFloats;

    private Quantization(Source source, Path target, Order order, Listener listener, boolean fromFloats) {
        this.source = source;
        this.target = target;
        this.order = order;
        this.listener = listener;
        this.fromFloats = fromFloats;
    }

    /**
     * Writes the file.
     *
     * @param weights a GGUF file, or a folder of a family whose GGUF files are known here; stays open
     * @param target is replaced when the new file is whole, and not touched before
     * @throws WeightsException if the model cannot be written so, holds numbers that are not finite, needs an importance
     *     matrix, or the file cannot be written
     */
    public static Result write(Weights weights, Path target, Order order, Listener listener) throws IOException {
        if (Files.exists(target) && Files.exists(weights.path()) && Files.isSameFile(target, weights.path())) {
            throw new WeightsException(
                    "%s is the model itself, and it is not written over. Name another file.".formatted(target));
        }
        Source source = Source.of(weights);
        return new Quantization(
                        source, target, order, listener, weights.metadata().dialect() == Dialect.HUGGING_FACE)
                .write();
    }

    private Result write() {
        List<Planned> planned = plan();
        source.remarks().forEach(listener::remark);
        source.keys().number("general.quantization_version", VERSION);
        source.keys().number("general.file_type", order.to().number());
        ImportanceMatrix importance = order.importance();
        if (importance != null) {
            importance.describeIn(source.keys());
        }
        List<Written> written = new ArrayList<>();
        try (GgufOutput output = GgufOutput.create(target, source.keys(), planned);
                Workers workers = new Workers(order.threads())) {
            long bytes = 0;
            for (int i = 0; i < planned.size(); i++) {
                Source.Tensor tensor = source.tensors().get(i);
                Planned to = planned.get(i);
                MemorySegment asStored = tensor.asStored();
                if (asStored != null && tensor.type() == to.type()) {
                    copy(asStored, output);
                } else {
                    quantize(tensor, to.type(), weightsOf(tensor, to.type()), output, workers);
                }
                tensor.forget().run();
                bytes += to.bytes();
                written.add(new Written(tensor.name(), tensor.shape(), tensor.type(), to.type(), to.bytes()));
                listener.written(written.getLast(), bytes, output.bytes());
            }
            output.finish();
            return new Result(List.copyOf(written), output.bytes());
        }
    }

    private List<Planned> plan() {
        Mixture mixture = new Mixture(order.to(), source.facts(), order.importance() != null);
        List<Planned> planned = new ArrayList<>();
        boolean again = false;
        for (Source.Tensor tensor : source.tensors()) {
            DType type = fromFloats ? DType.F32 : tensor.type();
            if (Mixture.canChange(tensor.name(), tensor.shape())) {
                type = mixture.of(tensor.name(), tensor.shape(), order.pure());
                again |= tensor.type().quantized() && type.quantized() && type != tensor.type();
                if (!BlockQuantizer.makes(type) && type != tensor.type()) {
                    throw new WeightsException("%s gives %s the type %s, which is read here and not made. Made are: %s."
                            .formatted(order.to(), tensor.name(), type, FileType.names()));
                }
                if (weightsOf(tensor, type) == null && Mixture.needsImportance(tensor.name(), type, order.to())) {
                    throw new WeightsException(
                            "%s in %s is worth nothing without an importance matrix%s. Make one with `ayni imatrix MODEL TEXT`, and give it with --imatrix."
                                    .formatted(
                                            tensor.name(),
                                            type,
                                            order.importance() == null
                                                    ? ""
                                                    : ", and the given one says nothing of this matrix"));
                }
            }
            planned.add(new Planned(tensor.name(), type, tensor.shape()));
        }
        if (again) {
            listener.remark(
                    "The model is quantised already, and what that lost stays lost. Better results come from its"
                            + " floats.");
        }
        return planned;
    }

    /** What the columns of a matrix weigh, of all its experts one after the other; null if that is not known. */
    private float @Nullable [] weightsOf(Source.Tensor tensor, DType type) {
        ImportanceMatrix importance = order.importance();
        return importance == null || !type.quantized()
                ? null
                : importance.of(tensor.name(), Math.toIntExact(tensor.width()), experts(tensor));
    }

    private static int experts(Source.Tensor tensor) {
        return Math.toIntExact(tensor.shape().size() > 2 ? tensor.shape().getFirst() : 1);
    }

    private static void copy(MemorySegment from, GgufOutput output) {
        for (long at = 0; at < from.byteSize(); at += BYTES_AT_ONCE) {
            output.append(from.asSlice(at, Math.min(BYTES_AT_ONCE, from.byteSize() - at))
                    .asByteBuffer());
        }
    }

    private void quantize(
            Source.Tensor tensor, DType type, float @Nullable [] importance, GgufOutput output, Workers workers) {
        BlockQuantizer quantizer = BlockQuantizer.of(type);
        int width = Math.toIntExact(tensor.width());
        int rowBytes = Math.toIntExact(type.bytes(width));
        long rows = tensor.height();
        long rowsOfExpert = rows / experts(tensor);
        int atOnce = (int) Math.clamp(VALUES_AT_ONCE / width, 1, rows);
        byte[] bytes = new byte[Math.multiplyExact(atOnce, rowBytes)];
        for (long first = 0; first < rows; first += atOnce) {
            long from = first;
            int count = (int) Math.min(atOnce, rows - first);
            int parts = Math.min(count, 8 * workers.threads());
            workers.run(parts, part -> {
                float[] x = new float[width];
                int last = (int) ((long) count * (part + 1) / parts);
                for (int row = (int) ((long) count * part / parts); row < last; row++) {
                    tensor.rows().read(from + row, x);
                    requireHeld(tensor, type, from + row, x);
                    float[] weights = importance == null || importance.length == width
                            ? importance
                            : ofExpert(importance, (from + row) / rowsOfExpert, width);
                    quantizer.quantize(x, 0, width, weights, bytes, row * rowBytes);
                }
            });
            output.append(bytes, 0, count * rowBytes);
            tensor.forget().run();
        }
    }

    private static float[] ofExpert(float[] importance, long expert, int width) {
        float[] own = new float[width];
        System.arraycopy(importance, Math.toIntExact(expert * width), own, 0, width);
        return own;
    }

    private static void requireHeld(Source.Tensor tensor, DType type, long row, float[] x) {
        float most = type == DType.F32 || type == DType.BF16 ? Float.MAX_VALUE : LARGEST_HALF;
        for (float value : x) {
            if (!(Math.abs(value) <= most)) {
                throw new WeightsException(
                        "%s holds %s, in row %d, and %s holds numbers up to %s. If the model is not damaged, BF16 can hold it."
                                .formatted(tensor.name(), value, row, type, most));
            }
        }
    }
}
