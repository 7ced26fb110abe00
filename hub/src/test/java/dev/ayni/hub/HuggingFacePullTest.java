package dev.ayni.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFacePullTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final byte[] WEIGHTS = TestHub.bytes(500_000, 1);
    private static final byte[] OTHER = TestHub.bytes(400_000, 2);
    private static final byte[] CONFIG = "{\"model_type\": \"llama\"}".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path home;

    private ModelServer api;
    private ModelServer storage;

    @BeforeEach
    void start() throws IOException {
        api = new ModelServer();
        storage = new ModelServer();
    }

    @AfterEach
    void stop() {
        api.close();
        storage.close();
    }

    private TestHub hub(String token) {
        return new TestHub(home, api.uri(""), token, null, Catalogue.bundled());
    }

    private TestHub hub() {
        return new TestHub(home, api.uri(""), null, null, Catalogue.bundled());
    }

    /** A repository as the real server shows it: large files redirect to a storage server, small ones come at once. */
    private void repository(String card, Map<String, byte[]> files) {
        List<String> siblings = new ArrayList<>();
        files.forEach((name, bytes) -> {
            boolean large = bytes.length > 1000;
            String sha256 = Digest.of(bytes).hex();
            siblings.add(
                    large
                            ? """
                              {"rfilename": "%s", "size": %d, "blobId": "%s",
                               "lfs": {"sha256": "%s", "size": %d, "pointerSize": 134}}""".formatted(name, bytes.length, "f".repeat(40), sha256, bytes.length)
                            : """
                              {"rfilename": "%s", "size": %d, "blobId": "%s"}""".formatted(name, bytes.length, gitBlob(bytes)));
            String path = "/owner/name/resolve/" + COMMIT + "/" + name;
            if (large) {
                storage.on("/store/" + sha256, ModelServer.file(bytes));
                api.on(
                        path,
                        ModelServer.status(
                                302,
                                "Location",
                                storage.uri("/store/" + sha256).toString(),
                                "X-Linked-ETag",
                                '"' + sha256 + '"',
                                "X-Linked-Size",
                                Integer.toString(bytes.length)));
            } else {
                api.on(path, ModelServer.file(bytes));
            }
        });
        String json = """
                {"id": "owner/name", "sha": "%s", "gated": false, "cardData": %s, "siblings": [%s]}""".formatted(COMMIT, card, String.join(",", siblings));
        api.on("/api/models/owner/name?blobs=true", ModelServer.text("application/json", json));
        api.on("/api/models/owner/name/revision/v1?blobs=true", ModelServer.text("application/json", json));
    }

    private static String gitBlob(byte[] bytes) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(("blob " + bytes.length + "\0").getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sha1.digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private void ggufs() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("README.md", CONFIG);
        files.put("m-Q4_K_M.gguf", WEIGHTS);
        files.put("m-Q8_0.gguf", OTHER);
        repository("{\"license\": \"apache-2.0\"}", files);
    }

    @Test
    void theUsualQuantisationComesWithItsLicenceAndCommit() {
        ggufs();

        LocalModel model = hub().pull("hf:owner/name");

        assertThat(model.path()).hasFileName("m-Q4_K_M.gguf").hasBinaryContent(WEIGHTS);
        assertThat(model.digest()).isEqualTo(Digest.of(WEIGHTS));
        assertThat(model.licence())
                .isEqualTo(Catalogue.bundled().licence("Apache-2.0").orElseThrow());
        assertThat(model.source()).isEqualTo("hf:owner/name@" + COMMIT);
    }

    @Test
    void aQuantisationAFileAndARevisionCanBeNamed() {
        ggufs();

        assertThat(hub().pull("hf:owner/name:q8_0").path()).hasBinaryContent(OTHER);
        assertThat(hub().pull("hf:owner/name:m-Q8_0.gguf@v1").path()).hasBinaryContent(OTHER);
        assertThat(storage.asked()).as("the same content is fetched once").hasSize(1);
    }

    @Test
    void aFolderOfSafetensorsBecomesAFolder() throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("config.json", CONFIG);
        files.put("model.safetensors", WEIGHTS);
        files.put("tokenizer.json", CONFIG);
        files.put("training_args.bin", OTHER);
        repository("{}", files);

        LocalModel model = hub().pull("hf:owner/name");

        assertThat(model.path()).isDirectory();
        assertThat(model.files()).containsExactly("config.json", "model.safetensors", "tokenizer.json");
        assertThat(Files.readAllBytes(model.path().resolve("model.safetensors")))
                .isEqualTo(WEIGHTS);
        assertThat(model.path().resolve("tokenizer.json")).hasBinaryContent(CONFIG);
        assertThat(model.bytes()).isEqualTo(WEIGHTS.length + 2L * CONFIG.length);
        assertThat(model.digest()).isNotNull();
        assertThat(model.licence()).isNull();
    }

    @Test
    void theTokenStaysWithTheServerOfTheApi() {
        ggufs();

        hub("hf_secret").pull("hf:owner/name");

        assertThat(api.asked()).isNotEmpty().allMatch(request -> "Bearer hf_secret".equals(request.authorization()));
        assertThat(storage.asked()).isNotEmpty().allMatch(request -> request.authorization() == null);
    }

    @Test
    void theTokenGoesToNoOtherAddressEither() throws IOException {
        try (ModelServer other = new ModelServer()) {
            other.on("/m.gguf", ModelServer.file(OTHER));

            hub("hf_secret").pull(other.uri("/m.gguf").toString());

            assertThat(other.asked()).hasSize(1).allMatch(request -> request.authorization() == null);
        }
    }

    @Test
    void noLetterShowsTheToken() {
        api.on("/api/models/owner/name?blobs=true", ModelServer.status(401));

        assertThatThrownBy(() -> hub("hf_secret").pull("hf:owner/name"))
                .hasMessageContaining("does not accept the token in HF_TOKEN")
                .hasMessageContaining("/settings/tokens")
                .hasMessageNotContaining("hf_secret");
        assertThat(new HubSettings(home, URI.create("https://x.org"), new Secret("hf_secret"), null).toString())
                .doesNotContain("hf_secret");
    }

    @Test
    void aGatedRepositorySaysHowToGetIn() {
        ggufs();
        String file = "/owner/name/resolve/" + COMMIT + "/m-Q4_K_M.gguf";
        api.on(file, ModelServer.status(401, "X-Error-Code", "GatedRepo"));
        assertThatThrownBy(() -> hub().pull("hf:owner/name"))
                .hasMessageContaining("given only to those who have asked")
                .hasMessageContaining("Log in at " + api.uri("/owner/name"))
                .hasMessageContaining("set HF_TOKEN");

        api.on(file, ModelServer.status(403, "X-Error-Code", "GatedRepo"));
        assertThatThrownBy(() -> hub("hf_secret").pull("hf:owner/name"))
                .hasMessageContaining("not open to your account yet")
                .hasMessageContaining("accept its terms");
        assertThat(hub().hub.library().list()).isEmpty();
    }

    @Test
    void aNameThatDoesNotExistIsTold() {
        api.on("/api/models/owner/missing?blobs=true", ModelServer.status(401, "X-Error-Code", "RepoNotFound"));
        api.on(
                "/api/models/owner/name/revision/v9?blobs=true",
                ModelServer.status(404, "X-Error-Code", "RevisionNotFound"));

        assertThatThrownBy(() -> hub().pull("hf:owner/missing")).hasMessageContaining("Check the name");
        assertThatThrownBy(() -> hub().pull("hf:owner/nothing"))
                .hasMessageContaining("404")
                .hasMessageContaining("Check the name");
        assertThatThrownBy(() -> hub().pull("hf:owner/name@v9")).hasMessageContaining("no revision 'v9'");
    }

    @Test
    void aBusyApiIsAskedAgain() {
        ggufs();
        String list = """
                {"sha": "%s", "siblings": [{"rfilename": "m.gguf", "size": %d, "lfs": {"sha256": "%s"}}]}""".formatted(COMMIT, WEIGHTS.length, Digest.of(WEIGHTS).hex());
        api.on(
                "/api/models/owner/name?blobs=true",
                List.of(
                        ModelServer.status(429, "Retry-After", "0"),
                        ModelServer.status(500),
                        ModelServer.text("application/json", list)));
        api.on("/owner/name/resolve/" + COMMIT + "/m.gguf", ModelServer.file(WEIGHTS));

        assertThat(hub().pull("hf:owner/name").path()).hasBinaryContent(WEIGHTS);
    }

    @Test
    void aFileOtherThanTheListNamesIsRefused() throws IOException {
        ggufs();
        byte[] forged = TestHub.bytes(WEIGHTS.length, 99);
        storage.on("/store/" + Digest.of(WEIGHTS).hex(), ModelServer.file(forged));

        assertThatThrownBy(() -> hub().pull("hf:owner/name"))
                .hasMessageContaining("expected " + Digest.of(WEIGHTS).hex());
        assertThat(hub().files()).isEmpty();
    }

    @Test
    void aSmallFileOtherThanTheListNamesIsRefused() {
        repository("{}", Map.of("config.json", CONFIG, "model.safetensors", WEIGHTS));
        byte[] forged = CONFIG.clone();
        forged[2] = 'M';
        api.on("/owner/name/resolve/" + COMMIT + "/config.json", ModelServer.file(forged));

        assertThatThrownBy(() -> hub().pull("hf:owner/name"))
                .hasMessageContaining("config.json arrived with other content")
                .hasMessageContaining("git object");
    }

    @Test
    void aFileOfAnotherSizeIsRefusedBeforeItComes() {
        ggufs();
        storage.on("/store/" + Digest.of(WEIGHTS).hex(), ModelServer.file(OTHER));

        assertThatThrownBy(() -> hub().pull("hf:owner/name"))
                .hasMessageContaining("has 400000 bytes")
                .hasMessageContaining("expected 500000");
    }

    @Test
    void aPullOfSeveralFilesGoesOnWhereItStopped() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("config.json", CONFIG);
        files.put("model-00001-of-00002.safetensors", WEIGHTS);
        files.put("model-00002-of-00002.safetensors", OTHER);
        files.put("model.safetensors.index.json", CONFIG);
        repository("{}", files);
        String second = "/store/" + Digest.of(OTHER).hex();
        storage.on(second, List.of(ModelServer.file(OTHER, 100_000), ModelServer.status(503)));

        assertThatThrownBy(() -> hub().pull("hf:owner/name")).hasMessageContaining("run the same command again");
        storage.on(second, ModelServer.file(OTHER));
        LocalModel model = hub().pull("hf:owner/name");

        assertThat(model.path().resolve("model-00001-of-00002.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(model.path().resolve("model-00002-of-00002.safetensors")).hasBinaryContent(OTHER);
        assertThat(storage.asked("/store/" + Digest.of(WEIGHTS).hex())).hasSize(1);
        assertThat(storage.asked(second).getLast().range()).isNotNull();
    }

    @Test
    void aFileNameThatLeadsOutIsRefused() throws IOException {
        repository("{}", Map.of("../../evil.gguf", WEIGHTS));

        assertThatThrownBy(() -> hub().pull("hf:owner/name"))
                .hasMessageContaining("could lie outside the model's folder");
        assertThat(hub().files()).isEmpty();
    }

    @Test
    void whatIsNoApiIsTold() {
        api.on("/api/models/owner/name?blobs=true", ModelServer.text("text/html", "<html>"));

        assertThatThrownBy(() -> hub().pull("hf:owner/name")).hasMessageContaining("check HF_ENDPOINT");
    }

    @Test
    void anAddressOnTheServerOfTheApiIsCheckedByItsMetadata() {
        ggufs();
        String address =
                api.uri("/owner/name/resolve/" + COMMIT + "/m-Q4_K_M.gguf").toString();
        storage.on("/store/" + Digest.of(WEIGHTS).hex(), ModelServer.file(TestHub.bytes(WEIGHTS.length, 9)));

        assertThatThrownBy(() -> hub().pull(address))
                .hasMessageContaining("expected " + Digest.of(WEIGHTS).hex());
    }

    @Test
    void aLicenceThatAsksForAYesIsAskedForOnce() {
        repository("{\"license\": \"gemma\"}", Map.of("m-Q4_K_M.gguf", WEIGHTS));
        TestHub hub = hub();
        List<String> asked = new ArrayList<>();
        LicenceGate yes = (model, licence) -> asked.add(model + " " + licence.id());

        assertThatThrownBy(() -> hub.pull("hf:owner/name")).hasMessageContaining("has to be accepted first");
        assertThat(storage.asked()).isEmpty();
        hub.hub.pull(hub.hub.parse("hf:owner/name"), Progress.none(), yes);
        hub.hub.library().remove(hub.hub.parse("hf:owner/name"));
        hub.hub.pull(hub.hub.parse("hf:owner/name"), Progress.none(), yes);

        assertThat(asked).containsExactly("hf:owner/name LicenseRef-Gemma");
        assertThat(home.resolve("licences.json"))
                .content()
                .contains("LicenseRef-Gemma")
                .contains("termsSha256")
                .contains("accepted");
    }
}
