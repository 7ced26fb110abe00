package dev.ayni.engine.weights;

import dev.ayni.tensor.HostTensor;
import java.nio.file.Path;
import java.util.Set;

/** The weights of one model as they lie in its files: mapped, never copied. */
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
     * @throws WeightsException if there is none of that name; the letter names similar ones
     */
    HostTensor tensor(String name);

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
