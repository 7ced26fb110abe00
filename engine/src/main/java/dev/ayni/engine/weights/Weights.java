package dev.ayni.engine.weights;

import dev.ayni.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The weights of one model as they lie in its files: mapped, never copied. They, and lists in their metadata, are readable
 * until {@link #close()}, by any number of threads; afterwards an IllegalStateException says that the memory is closed. If
 * another program shortens a file meanwhile, reading the lost part makes the Java machine throw an InternalError.
 */
public interface Weights extends AutoCloseable {
    /** The file or folder they come from. */
    Path path();

    /** What the files say of the model besides its numbers. */
    Metadata metadata();

    /** The names of all tensors, in the order of the files. */
    Set<String> names();

    /**
     * A tensor by its name, its shape outermost dimension first: [out, in] for a matrix.
     *
     * @throws WeightsException if there is none of that name, in which case the letter names similar ones, or if it is of
     *     a type that nothing can compute with
     */
    HostTensor tensor(String name);

    /**
     * The bytes of a tensor, also of a type that nothing can compute with, if the format says how many they are.
     *
     * @throws WeightsException if there is none of that name
     */
    default MemorySegment data(String name) {
        return tensor(name).data();
    }

    /**
     * What the files say of a tensor, also of one whose type nothing can compute with.
     *
     * @throws WeightsException if there is none of that name
     */
    default StoredTensor stored(String name) {
        HostTensor tensor = tensor(name);
        List<Long> shape =
                IntStream.range(0, tensor.rank()).mapToObj(tensor::size).toList();
        return new StoredTensor(name, tensor.type().name(), shape, tensor.data().byteSize());
    }

    /**
     * Tells the operating system that a tensor's pages will not be read again soon, so that they leave this process's
     * resident memory; they stay readable. Does nothing where the system has no such call.
     */
    void forget(String name);

    /** The size of all files together. */
    long bytes();

    @Override
    void close();
}
