package dev.ayni.hub;

import dev.ayni.hub.ModelReference.HuggingFace;
import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Gets files of a repository by the Hugging Face HTTP API. */
final class HuggingFaceSource {
    /*
     * GET /api/models/{id}[/revision/{revision}]?blobs=true lists the files: "siblings" with "rfilename", "size",
     * "blobId" (git's SHA-1 of the blob) and for large files "lfs" with their SHA-256; beside them "sha", the commit, and
     * "cardData.license". GET /{id}/resolve/{commit}/{file} answers with the file, or redirects to a storage server.
     */
    private final Http http;
    private final URI server;
    private final Progress progress;

    HuggingFaceSource(Http http, URI server, Progress progress) {
        this.http = http;
        this.server = server;
        this.progress = progress;
    }

    /**
     * What a repository says of itself.
     *
     * @param commit what its files are fetched at, so that all belong together
     * @param licence the tag of its licence; null if it says none
     * @param licenceLink where it says its terms are; null if it does not
     */
    record Repository(
            String commit,
            @Nullable String licence,
            @Nullable String licenceLink,
            Map<String, Expected> files) {}

    Repository repository(HuggingFace reference) {
        URI uri = URI.create(server + "/api/models/" + reference.repository()
                + (reference.revision() == null
                        ? ""
                        : "/revision/" + encoded(reference.revision()).replace("/", "%2F"))
                + "?blobs=true");
        progress.report(new Progress.Step(Progress.Phase.ASKING, reference.text(), 0, OptionalLong.empty(), 0));
        Http.Text answer = http.text(uri, reference.text());
        if (answer.status() != 200) {
            throw refusal(answer.status(), answer.errorCode(), reference, reference.text());
        }
        try {
            return parse(JsonMapper.shared().readTree(answer.body()), reference);
        } catch (JacksonException e) {
            throw new HubException(
                    "%s answered for %s with something that is no JSON. Expected the Hugging Face API; check HF_ENDPOINT."
                            .formatted(server.getHost(), reference.text()),
                    e);
        }
    }

    private Repository parse(JsonNode json, HuggingFace reference) {
        Map<String, Expected> files = new LinkedHashMap<>();
        for (JsonNode file : json.path("siblings")) {
            String name = SafeName.check(file.path("rfilename").asString(""), reference.text());
            JsonNode lfs = file.path("lfs");
            String sha256 = lfs.path("sha256").asString(lfs.path("oid").asString(""));
            String blob = file.path("blobId").asString("");
            files.put(
                    name,
                    new Expected(
                            sha256.matches("[0-9a-fA-F]{64}") ? new Digest(sha256) : null,
                            lfs.isObject() || !blob.matches("[0-9a-f]{40}") ? null : blob,
                            file.path("size").asLong(lfs.path("size").asLong(-1))));
        }
        if (files.isEmpty()) {
            throw new HubException("%s is an empty repository. Check its name.".formatted(reference.text()));
        }
        String commit = json.path("sha").asString("");
        JsonNode card = json.path("cardData");
        String licence = card.path("license").asString("");
        if (licence.equals("other")) {
            licence = card.path("license_name").asString(licence);
        }
        String link = card.path("license_link").asString("");
        return new Repository(
                commit.matches("[0-9a-f]{40}") ? commit : reference.revision() == null ? "main" : reference.revision(),
                licence.isEmpty() ? null : licence,
                link.startsWith("https://") ? link : null,
                files);
    }

    /** The files that were meant, whole and checked. */
    List<Fetched> fetch(
            HuggingFace reference, Repository repository, LocalLibrary library, Path folder, Expected better) {
        List<String> names = FileChoice.choose(repository.files().keySet(), reference.selection(), reference.text());
        List<Fetched> fetched = new ArrayList<>();
        long missing = 0;
        for (String name : names) {
            missing += Math.max(0, expected(repository, name).bytes());
        }
        Disk.checkRoom(folder, missing - here(folder), reference.text());
        for (String name : names) {
            Expected expected = expected(repository, name);
            if (names.size() == 1 && better.sha256() != null) {
                expected = better;
            }
            Digest sha256 = expected.sha256();
            if (sha256 != null && Files.exists(library.blob(sha256))) {
                Path blob = library.blob(sha256);
                fetched.add(new Fetched(name, blob, sha256, Disk.size(blob)));
                continue;
            }
            URI uri = URI.create(server + "/" + reference.repository() + "/resolve/" + encoded(repository.commit())
                    + "/" + encoded(name));
            Path file = folder.resolve(Digest.of((reference.repository() + "@" + repository.commit() + "/" + name)
                            .getBytes(StandardCharsets.UTF_8))
                    .hex()
                    .substring(0, 16));
            fetched.add(new HttpDownload(http, progress)
                    .fetch(uri, file, name, SafeName.last(name), expected, (answer, what) -> {
                        int status = answer.status();
                        if (http.isTokenServer(answer.response().uri())
                                && (status == 401 || status == 403 || status == 404)) {
                            throw refusal(status, answer.header("X-Error-Code").orElse(""), reference, name);
                        }
                        HttpDownload.Refusals.usual(answer, what);
                    }));
        }
        return fetched;
    }

    private static Expected expected(Repository repository, String name) {
        return repository.files().getOrDefault(name, Expected.NOTHING);
    }

    private static long here(Path folder) {
        try {
            return Disk.bytesIn(folder);
        } catch (IOException e) {
            throw Disk.letter(folder, e);
        }
    }

    private HubException refusal(int status, String code, HuggingFace reference, String what) {
        String page = server + "/" + reference.repository();
        String host = server.getHost();
        return new HubException(
                switch (status) {
                    case 401 ->
                        http.hasToken()
                                ? "%s does not accept the token in HF_TOKEN for %s (status 401). Make a new one at %s/settings/tokens."
                                        .formatted(host, what, server)
                                : code.equals("GatedRepo")
                                        ? "%s is given only to those who have asked for it (status 401). Log in at %s and accept its terms, make a token at %s/settings/tokens, and set HF_TOKEN to it."
                                                .formatted(what, page, server)
                                        : "%s knows no %s, or does not show it to everyone (status 401). Check the name at %s; if it is private or gated, set HF_TOKEN to a token from %s/settings/tokens."
                                                .formatted(host, what, page, server);
                    case 403 ->
                        http.hasToken()
                                ? "%s is not open to your account yet (status 403). Log in at %s and accept its terms or ask for access, and see that your token may read gated repositories."
                                        .formatted(what, page)
                                : "%s is given only to those who have asked for it (status 403). Log in at %s and accept its terms, make a token at %s/settings/tokens, and set HF_TOKEN to it."
                                        .formatted(what, page, server);
                    case 404 ->
                        code.equals("RevisionNotFound") || (reference.revision() != null && code.isEmpty())
                                ? "%s has no %s, or no revision '%s' of it (status 404). Check both at %s."
                                        .formatted(host, reference.repository(), reference.revision(), page)
                                : "%s has no %s (status 404). Check the name at %s.".formatted(host, what, page);
                    default ->
                        "%s answered %d for %s; expected 200. Check HF_ENDPOINT, or try again later."
                                .formatted(host, status, what);
                });
    }

    /** A path for an address, its slashes kept. */
    private static String encoded(String path) {
        return URLEncoder.encode(path, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
    }
}
