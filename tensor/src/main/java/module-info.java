/** Shapes, block formats and the arithmetic: everything that computes lives here. */
@org.jspecify.annotations.NullMarked
module dev.ayni.tensor {
    requires static jdk.incubator.vector; // absent: the vector kernels say so and step aside
    requires static transitive org.jspecify;

    exports dev.ayni.tensor;

    uses dev.ayni.tensor.KernelProvider;

    provides dev.ayni.tensor.KernelProvider with
            dev.ayni.tensor.PortableKernels.Provider,
            dev.ayni.tensor.ReferenceKernels.Provider,
            dev.ayni.tensor.foreign.ForeignProvider,
            dev.ayni.tensor.vector.VectorProvider;
}
