package dev.ayni.tensor.foreign;

import dev.ayni.tensor.KernelProvider;
import java.util.List;
import java.util.Set;

/**
 * Offers kernels in C, where this build has them for the platform. The system property {@code ayni.foreign} names the
 * instruction set to use: avx512, avxvnni, avx2 or neon. Without it, that is the fastest that the processor has.
 */
public final class ForeignProvider implements KernelProvider {
    private static final String PROPERTY = "ayni.foreign";

    private final String wanted;

    /** Called by {@link java.util.ServiceLoader}. */
    public ForeignProvider() {
        this(System.getProperty(PROPERTY, ""));
    }

    private ForeignProvider(String wanted) {
        this.wanted = wanted;
    }

    /** A provider for each instruction set that this machine has; none if the library cannot be loaded. */
    public static List<ForeignProvider> ofEachInstructionSet() {
        return switch (NativeLibrary.load()) {
            case NativeLibrary.Loading.Failed failed -> List.of();
            case NativeLibrary.Loading.Done(NativeLibrary library) ->
                library.instructionSets().stream()
                        .map(set -> new ForeignProvider(set.prefix()))
                        .toList();
        };
    }

    @Override
    public String name() {
        return "foreign";
    }

    @Override
    public int preference() {
        return 20;
    }

    @Override
    public Offer offer(int threads) {
        return switch (NativeLibrary.load()) {
            case NativeLibrary.Loading.Failed(String why, String remedy) -> new Offer.Unavailable(why, remedy);
            case NativeLibrary.Loading.Done(NativeLibrary library) -> offer(threads, library);
        };
    }

    private Offer offer(int threads, NativeLibrary library) {
        Set<InstructionSet> sets = library.instructionSets();
        for (InstructionSet set : sets) {
            if (wanted.isEmpty() || wanted.equals(set.prefix())) {
                return new Offer.Ready(new ForeignKernels(threads, library, set));
            }
        }
        if (wanted.isEmpty()) {
            return new Offer.Unavailable(
                    "this processor, or its system, has none of the instruction sets AVX2 with FMA and F16C",
                    "use the kernels that were chosen instead");
        }
        return new Offer.Unavailable(
                "%s asks for '%s', and this machine has %s"
                        .formatted(
                                PROPERTY,
                                wanted,
                                sets.stream().map(InstructionSet::prefix).toList()),
                "give one of those, or leave the property out");
    }
}
