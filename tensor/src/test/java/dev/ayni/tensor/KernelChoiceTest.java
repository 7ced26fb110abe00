package dev.ayni.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class KernelChoiceTest {
    private final List<String> told = new ArrayList<>();

    @Test
    void autoTakesTheFastestThatIsReadyAndSaysWhyNotAFasterOne() {
        List<KernelProvider> providers =
                List.of(new PortableKernels.Provider(), new ReferenceKernels.Provider(), new Broken());
        try (Kernels kernels = KernelChoice.open(providers, "auto", 2, told::add)) {
            assertThat(kernels).isInstanceOf(PortableKernels.class);
            assertThat(kernels.threads()).isEqualTo(2);
        }
        assertThat(told).containsExactly("kernels: broken unavailable (no fuel; fill the tank) -> portable, 2 threads");
    }

    @Test
    void autoNeverTakesAJudge() {
        assertThatThrownBy(() -> KernelChoice.open(List.of(new ReferenceKernels.Provider()), "auto", 1, told::add))
                .isInstanceOf(KernelsUnavailableException.class);
    }

    @Test
    void aNamedSetIsTakenEvenIfItIsAJudge() {
        try (Kernels kernels = KernelChoice.open("reference", 1, told::add)) {
            assertThat(kernels).isInstanceOf(ReferenceKernels.class);
        }
        assertThat(told).containsExactly("kernels: reference, 1 thread");
    }

    @Test
    void aNamedSetThatCannotStartIsNotReplacedInSilence() {
        List<KernelProvider> providers = List.of(new PortableKernels.Provider(), new Broken());
        assertThatThrownBy(() -> KernelChoice.open(providers, "broken", 1, told::add))
                .isInstanceOf(KernelsUnavailableException.class)
                .hasMessage(
                        "kernels: broken unavailable (no fuel; fill the tank). Or give another of: auto, broken, portable");
    }

    @Test
    void anUnknownNameGetsTheNamesThereAre() {
        assertThatThrownBy(() -> KernelChoice.open("portible", 1, told::add))
                .isInstanceOf(KernelsUnavailableException.class)
                .hasMessageContaining("'portible'")
                .hasMessageContaining("auto, ")
                .hasMessageContaining("portable, reference");
    }

    /** On the module path the descriptor counts, on the class path the text file. */
    @Test
    void bothListsOfProvidersAreTheSame() throws IOException {
        List<String> inModule;
        try (InputStream in = KernelChoice.class.getResourceAsStream("/module-info.class")) {
            inModule = ModuleDescriptor.read(Objects.requireNonNull(in)).provides().stream()
                    .filter(provides -> provides.service().equals(KernelProvider.class.getName()))
                    .flatMap(provides -> provides.providers().stream())
                    .toList();
        }
        List<String> inFile;
        try (InputStream in =
                KernelChoice.class.getResourceAsStream("/META-INF/services/" + KernelProvider.class.getName())) {
            inFile = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
        assertThat(inModule).isNotEmpty().containsExactlyInAnyOrderElementsOf(inFile);
    }

    private static final class Broken implements KernelProvider {
        @Override
        public String name() {
            return "broken";
        }

        @Override
        public int preference() {
            return 100;
        }

        @Override
        public Offer offer(int threads) {
            return new Offer.Unavailable("no fuel", "fill the tank");
        }
    }
}
