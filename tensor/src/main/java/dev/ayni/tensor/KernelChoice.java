package dev.ayni.tensor;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Chooses kernels once, at start, and says aloud which, and why faster ones were passed over. */
public final class KernelChoice {
    /** The name that leaves the choice to the machine. */
    public static final String AUTO = "auto";

    private KernelChoice() {}

    /**
     * Starts kernels.
     *
     * @param name that of a provider, or {@link #AUTO}: the fastest that is ready here, judges left out
     * @param threads how many threads compute, at least 1
     * @param told receives one line that says what was chosen
     * @throws KernelsUnavailableException if there is no such name, or what was named cannot start here
     */
    public static Kernels open(String name, int threads, Consumer<String> told) {
        // the loader of this class, not the thread's: the providers are in the same module
        return open(
                ServiceLoader.load(KernelProvider.class, KernelChoice.class.getClassLoader()).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList(),
                name,
                threads,
                told);
    }

    static Kernels open(List<KernelProvider> providers, String name, int threads, Consumer<String> told) {
        List<KernelProvider> fastestFirst = providers.stream()
                .filter(provider -> name.equals(AUTO)
                        ? provider.preference() != KernelProvider.JUDGE
                        : provider.name().equals(name))
                .sorted(Comparator.comparingInt(KernelProvider::preference)
                        .reversed()
                        .thenComparing(KernelProvider::name))
                .toList();
        if (fastestFirst.isEmpty()) {
            throw new KernelsUnavailableException(
                    "There are no kernels named '%s'. Give one of: %s".formatted(name, names(providers)));
        }
        StringBuilder passedOver = new StringBuilder();
        for (KernelProvider provider : fastestFirst) {
            switch (provider.offer(threads)) {
                case KernelProvider.Offer.Ready(Kernels kernels) -> {
                    told.accept("kernels: %s%s%s, %d %s"
                            .formatted(
                                    passedOver,
                                    passedOver.isEmpty() ? "" : " -> ",
                                    kernels.name(),
                                    threads,
                                    threads == 1 ? "thread" : "threads"));
                    return kernels;
                }
                case KernelProvider.Offer.Unavailable(String why, String remedy) ->
                    passedOver
                            .append(passedOver.isEmpty() ? "" : ", ")
                            .append("%s unavailable (%s; %s)".formatted(provider.name(), why, remedy));
            }
        }
        throw new KernelsUnavailableException(
                "kernels: %s. Or give another of: %s".formatted(passedOver, names(providers)));
    }

    private static String names(List<KernelProvider> providers) {
        return AUTO + ", "
                + providers.stream().map(KernelProvider::name).sorted().collect(Collectors.joining(", "));
    }
}
