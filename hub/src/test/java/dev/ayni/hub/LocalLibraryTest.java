package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

class LocalLibraryTest {
    @TempDir
    private Path folder;

    @Test
    void aFreshHomeHoldsNothingAndIsNotEvenMade() {
        LocalLibrary library = new LocalLibrary(folder.resolve("home"));

        assertThat(library.list()).isEmpty();
        assertThat(library.find(ModelReference.parse("smollm2"))).isEmpty();
        assertThat(folder.resolve("home")).doesNotExist();
    }

    @Test
    void oneContentIsKeptOnceAndGoesWithItsLastModel() throws IOException {
        byte[] bytes = TestHub.bytes(10_000, 1);
        try (ModelServer server = new ModelServer()) {
            server.on("/a.gguf", ModelServer.file(bytes)).on("/b.gguf", ModelServer.file(bytes));
            TestHub hub = TestHub.plain(folder);
            LocalModel a = hub.pull(server.uri("/a.gguf").toString());
            LocalModel b = hub.pull(server.uri("/b.gguf").toString());
            LocalLibrary library = hub.hub.library();

            assertThat(hub.files())
                    .filteredOn(name -> name.startsWith("blobs/"))
                    .hasSize(1);
            assertThat(library.removeListed(a.name())).hasValue(0);
            assertThat(a.path()).doesNotExist();
            assertThat(b.path()).hasBinaryContent(bytes);
            assertThat(library.remove(hub.hub.parse(b.name()))).hasValue(10_000);
            assertThat(library.list()).isEmpty();
            assertThat(hub.files()).isEmpty();
            assertThat(library.removeListed(b.name())).isEmpty();
        }
    }

    @Test
    void aModelWhoseFileIsGoneOrCutIsNotHere() throws IOException {
        byte[] bytes = TestHub.bytes(10_000, 1);
        try (ModelServer server = new ModelServer()) {
            server.on("/a.gguf", ModelServer.file(bytes));
            TestHub hub = TestHub.plain(folder);
            LocalModel model = hub.pull(server.uri("/a.gguf").toString());
            Files.write(model.path().toRealPath(), new byte[9_999]);

            assertThat(hub.hub.library().list()).isEmpty();
            assertThat(hub.pull(model.name()).path()).hasBinaryContent(bytes);
        }
    }

    @Test
    void aDamagedManifestGetsALetter() throws IOException {
        Files.createDirectories(folder.resolve("manifests"));
        Files.writeString(folder.resolve("manifests/smollm2.json"), "{ not json");

        assertThatThrownBy(() -> new LocalLibrary(folder).find(ModelReference.parse("smollm2")))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("smollm2.json")
                .hasMessageContaining("Delete this file");
    }

    @Test
    void aManifestCannotPointOutOfItsFolder() throws IOException {
        Files.createDirectories(folder.resolve("manifests"));
        Files.writeString(folder.resolve("manifests/smollm2.json"), """
                {"name": "smollm2", "source": "x", "pulled": "2026-01-01T00:00:00Z",
                 "files": [{"name": "../../secret", "sha256": "%s", "bytes": 1}]}""".formatted("00".repeat(32)));

        assertThatThrownBy(() -> new LocalLibrary(folder).list()).hasMessageContaining("../../secret");
    }

    @Test
    void aFileIsUsedInPlaceAndNotRemoved() throws IOException {
        Path file = Files.writeString(folder.resolve("m.gguf"), "GGUF");
        TestHub hub = TestHub.plain(folder.resolve("home"));

        LocalModel model = hub.pull(file.toString());

        assertThat(model.path()).isEqualTo(file);
        assertThat(model.bytes()).isEqualTo(4);
        assertThat(model.digest()).isNull();
        assertThatThrownBy(() -> hub.hub.library().remove(hub.hub.parse(file.toString())))
                .hasMessageContaining("does not belong to the library");
        assertThat(folder.resolve("home")).doesNotExist();
    }

    @Test
    void aFolderIsUsedInPlace() throws IOException {
        Map<String, String> files = Map.of("config.json", "{}", "model.safetensors", "x", "tokenizer.json", "{}");
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }

        LocalModel model = TestHub.plain(folder.resolve("home")).pull(folder.toString());

        assertThat(model.path()).isEqualTo(folder);
        assertThat(model.bytes()).isEqualTo(5);
    }

    @Test
    void aFolderWithOneGgufMeansThatFile() throws IOException {
        Files.writeString(folder.resolve("m-00001-of-00002.gguf"), "GGUF");
        Files.writeString(folder.resolve("m-00002-of-00002.gguf"), "GGUF");
        TestHub hub = TestHub.plain(folder.resolve("home"));

        assertThat(hub.pull(folder.toString()).path()).isEqualTo(folder.resolve("m-00001-of-00002.gguf"));

        Files.writeString(folder.resolve("n.gguf"), "GGUF");
        assertThatThrownBy(() -> hub.pull(folder.toString()))
                .hasMessageContaining("holds 2 models: m-00001-of-00002.gguf, n.gguf");
    }

    @Test
    @EnabledIf("hasDevices")
    void aDeviceIsNoModel() {
        TestHub hub = TestHub.plain(folder.resolve("home"));
        assertThatThrownBy(() -> hub.pull("/dev/null")).hasMessageContaining("/dev/null is a pipe or a device");
    }

    static boolean hasDevices() {
        return Files.exists(Path.of("/dev/null"));
    }

    @Test
    void emptyThingsGetLetters() throws IOException {
        TestHub hub = TestHub.plain(folder.resolve("home"));
        Path empty = Files.createFile(folder.resolve("e.gguf"));
        Path nothing = Files.createDirectory(folder.resolve("nothing"));

        assertThatThrownBy(() -> hub.pull(empty.toString())).hasMessageContaining("is empty");
        assertThatThrownBy(() -> hub.pull(nothing.toString()))
                .hasMessageContaining("holds no model")
                .hasMessageContaining("config.json");
    }
}
