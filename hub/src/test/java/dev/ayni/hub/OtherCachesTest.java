package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OtherCachesTest {
    @TempDir
    private Path folder;

    private Path ollama;
    private Path huggingFace;
    private Hub hub;

    @BeforeEach
    void twoCaches() {
        ollama = folder.resolve("ollama");
        huggingFace = folder.resolve("hub");
        hub = new Hub(
                new HubSettings(
                        folder.resolve("home"),
                        URI.create("http://127.0.0.1:1"),
                        null,
                        null,
                        List.of(ollama),
                        huggingFace),
                Catalogue.bundled());
    }

    private String blob(String content) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        String hex = Digest.of(bytes).hex();
        Files.createDirectories(ollama.resolve("blobs"));
        Files.write(ollama.resolve("blobs/sha256-" + hex), bytes);
        return hex;
    }

    private static String layer(String kind, String hex, int size) {
        return "{\"mediaType\":\"application/vnd.ollama.image.%s\",\"digest\":\"sha256:%s\",\"size\":%d}"
                .formatted(kind, hex, size);
    }

    private Path manifest(String path, String... layers) throws IOException {
        Path file = ollama.resolve("manifests").resolve(path);
        Files.createDirectories(Disk.folder(file));
        return Files.writeString(file, "{\"schemaVersion\":2,\"layers\":[%s]}".formatted(String.join(",", layers)));
    }

    @Test
    void whatOllamaHasPulledIsOfferedWithItsWords() throws Exception {
        String weights = blob("GGUF weights");
        String params = "{\"stop\":[\"<end>\"],\"num_ctx\":4096}";
        manifest(
                "registry.ollama.ai/library/llama3.2/1b",
                layer("model", weights, 12),
                layer("template", blob("{{ .Prompt }}"), 13),
                layer("system", blob("Be brief."), 9),
                layer("params", blob(params), params.length()));
        manifest("registry.ollama.ai/someone/tiny/latest", layer("model", weights, 12));
        FoundModels found = hub.found();
        assertThat(found.letters()).isEmpty();
        assertThat(found.models().stream().map(LocalModel::name))
                .containsExactly("ollama:llama3.2:1b", "ollama:someone/tiny:latest");
        LocalModel model = hub.resolve(hub.parse("ollama:llama3.2:1b"), Progress.none(), LicenceGate.closed());
        assertThat(Files.readString(model.path())).isEqualTo("GGUF weights");
        assertThat(model.digest()).isEqualTo(new Digest(weights));
        CreatedModel words = hub.words("ollama:llama3.2:1b").orElseThrow();
        assertThat(words.system()).isEqualTo("Be brief.");
        assertThat(words.parameters()).isEqualTo("{\"stop\":[\"<end>\"]}");
        assertThat(hub.resolve(hub.parse("ollama:someone/tiny"), Progress.none(), LicenceGate.closed())
                        .name())
                .isEqualTo("ollama:someone/tiny:latest");
        assertThat(hub.words("ollama:someone/tiny")).isEmpty();
    }

    @Test
    void whatCannotBeUsedOfOllamasIsToldAndTheRestIsOffered() throws Exception {
        String good = blob("GGUF weights");
        manifest("registry.ollama.ai/library/good/latest", layer("model", good, 12));
        manifest("registry.ollama.ai/library/cut/latest", layer("model", good, 4000));
        manifest("registry.ollama.ai/library/gone/latest", layer("model", "0".repeat(64), 12));
        manifest("registry.ollama.ai/library/climbs/latest", layer("model", "../../etc/passwd", 12));
        manifest("registry.ollama.ai/library/adapted/latest", layer("model", good, 12), layer("adapter", good, 12));
        manifest("registry.ollama.ai/library/other/latest", layer("model", blob("PK zip file"), 11));
        Files.writeString(manifest("registry.ollama.ai/library/broken/latest"), "{\"layers\":");
        Path secret = Files.writeString(folder.resolve("secret"), "GGUF elsewhere");
        String linked = Digest.of("linked".getBytes(StandardCharsets.UTF_8)).hex();
        Files.createSymbolicLink(ollama.resolve("blobs/sha256-" + linked), secret);
        manifest("registry.ollama.ai/library/linked/latest", layer("model", linked, 14));
        FoundModels found = hub.found();
        assertThat(found.models().stream().map(LocalModel::name)).containsExactly("ollama:good:latest");
        assertThat(found.letters())
                .hasSize(7)
                .anyMatch(letter -> letter.contains("4000 bytes"))
                .anyMatch(letter -> letter.contains("is not there"))
                .anyMatch(letter -> letter.contains("64 hexadecimal digits"))
                .anyMatch(letter -> letter.contains("adapter"))
                .anyMatch(letter -> letter.contains("does not begin as a GGUF file"))
                .anyMatch(letter -> letter.contains("is no JSON"))
                .anyMatch(letter -> letter.contains("outside of"));
        assertThatThrownBy(() -> hub.resolve(hub.parse("ollama:cut"), Progress.none(), LicenceGate.closed()))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("Pull the model again");
        assertThatThrownBy(() -> hub.resolve(hub.parse("ollama:nowhere"), Progress.none(), LicenceGate.closed()))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("ollama:good:latest");
    }

    private Path snapshot(String repository) throws IOException {
        Path models = huggingFace.resolve(repository);
        Files.createDirectories(models.resolve("blobs"));
        Files.createDirectories(models.resolve("refs"));
        Files.createDirectories(models.resolve("snapshots/0123abcd"));
        Files.writeString(models.resolve("refs/main"), "0123abcd");
        return models.resolve("snapshots/0123abcd");
    }

    private void link(Path snapshot, String name, String content) throws IOException {
        Path blob = Disk.folder(Disk.folder(snapshot)).resolve("blobs").resolve("of-" + name);
        Files.writeString(blob, content);
        Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs/of-" + name));
    }

    @Test
    void whatHuggingFaceHasFetchedIsOffered() throws Exception {
        Path quants = snapshot("models--owner--tiny-GGUF");
        link(quants, "tiny-Q4_0.gguf", "GGUF four");
        link(quants, "tiny-Q8_0.gguf", "GGUF eight");
        link(quants, "README.md", "hello");
        Path plain = snapshot("models--owner--plain");
        link(plain, "config.json", "{}");
        link(plain, "model.safetensors", "tensors");
        snapshot("models--owner--empty");
        FoundModels found = hub.found();
        assertThat(found.letters()).isEmpty();
        assertThat(found.models().stream().map(LocalModel::name))
                .containsExactly(
                        "hf:owner/plain", "hf:owner/tiny-GGUF:tiny-Q4_0.gguf", "hf:owner/tiny-GGUF:tiny-Q8_0.gguf");
        LocalModel quant = hub.resolve(hub.parse("hf:owner/tiny-GGUF:Q8_0"), Progress.none(), LicenceGate.closed());
        assertThat(Files.readString(quant.path())).isEqualTo("GGUF eight");
        LocalModel folderOf = hub.resolve(hub.parse("hf:owner/plain@0123abcd"), Progress.none(), LicenceGate.closed());
        assertThat(folderOf.path()).isEqualTo(plain);
    }

    @Test
    void linksThatLeaveTheRepositoryAreNotFollowed() throws Exception {
        Path snapshot = snapshot("models--owner--evil");
        Files.createSymbolicLink(
                snapshot.resolve("evil.gguf"), Files.writeString(folder.resolve("secret"), "GGUF elsewhere"));
        Path dangling = snapshot("models--owner--cut");
        Files.createSymbolicLink(dangling.resolve("cut.gguf"), Path.of("../../blobs/none"));
        Path fine = snapshot("models--owner--fine");
        link(fine, "fine.gguf", "GGUF fine");
        FoundModels found = hub.found();
        assertThat(found.models().stream().map(LocalModel::name)).containsExactly("hf:owner/fine:fine.gguf");
        assertThat(found.letters())
                .hasSize(2)
                .anyMatch(letter -> letter.contains("outside of"))
                .anyMatch(letter -> letter.contains("points to nothing"));
    }

    @Test
    void theCachesAreFoundWhereTheirProgramsKeepThem() {
        HubSettings settings = HubSettings.from(java.util.Map.of("OLLAMA_MODELS", "/m", "HF_HOME", "/hf"));
        assertThat(settings.ollamaCaches()).contains(Path.of("/m"));
        assertThat(settings.huggingFaceCache()).isEqualTo(Path.of("/hf/hub"));
        assertThat(HubSettings.from(java.util.Map.of("HF_HUB_CACHE", "/c")).huggingFaceCache())
                .isEqualTo(Path.of("/c"));
    }
}
