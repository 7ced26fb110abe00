package dev.ayni.hub;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where models are kept and whom to ask for them.
 *
 * @param home the library's folder; {@code AYNI_HOME}, by default {@code ~/.ayni}
 * @param huggingFace the server of {@code hf:} references; {@code HF_ENDPOINT}, by default {@code https://huggingface.co}
 * @param token shown to that server and to no other; {@code HF_TOKEN}
 * @param pip the command instead of the first {@code pip} that answers; {@code AYNI_PIP}
 * @param ollamaCaches where Ollama keeps its models; {@code OLLAMA_MODELS}, by default {@code ~/.ollama/models} and where its
 *     service has them
 * @param huggingFaceCache where Hugging Face's libraries keep theirs; {@code HF_HUB_CACHE} or {@code HF_HOME}, by default
 *     {@code ~/.cache/huggingface/hub}; null: nowhere
 */
public record HubSettings(
        Path home,
        URI huggingFace,
        @Nullable Secret token,
        @Nullable String pip,
        List<Path> ollamaCaches,
        @Nullable Path huggingFaceCache) {
    static final URI HUGGING_FACE = URI.create("https://huggingface.co");

    public HubSettings {
        ollamaCaches = List.copyOf(ollamaCaches);
    }

    /** Settings that know of no other program's models. */
    public HubSettings(Path home, URI huggingFace, @Nullable Secret token, @Nullable String pip) {
        this(home, huggingFace, token, pip, List.of(), null);
    }

    /** The settings of this user. */
    public static HubSettings fromEnvironment() {
        return from(System.getenv());
    }

    static HubSettings from(Map<String, String> environment) {
        String home = value(environment, "AYNI_HOME");
        String endpoint = value(environment, "HF_ENDPOINT");
        String token = value(environment, "HF_TOKEN");
        return new HubSettings(
                (home != null ? Path.of(home) : Path.of(System.getProperty("user.home"), ".ayni"))
                        .toAbsolutePath()
                        .normalize(),
                endpoint != null ? endpoint(endpoint) : HUGGING_FACE,
                token != null ? new Secret(token) : null,
                value(environment, "AYNI_PIP"),
                ollama(value(environment, "OLLAMA_MODELS")),
                huggingFace(environment));
    }

    private static List<Path> ollama(@Nullable String models) {
        return models != null
                ? List.of(Path.of(models).toAbsolutePath())
                : List.of(
                        Path.of(System.getProperty("user.home"), ".ollama", "models"),
                        Path.of("/usr/share/ollama/.ollama/models"));
    }

    private static Path huggingFace(Map<String, String> environment) {
        String cache = value(environment, "HF_HUB_CACHE");
        if (cache != null) {
            return Path.of(cache).toAbsolutePath();
        }
        String home = value(environment, "HF_HOME");
        if (home != null) {
            return Path.of(home, "hub").toAbsolutePath();
        }
        String caches = value(environment, "XDG_CACHE_HOME");
        Path folder = caches != null ? Path.of(caches) : Path.of(System.getProperty("user.home"), ".cache");
        return folder.resolve("huggingface").resolve("hub").toAbsolutePath();
    }

    private static URI endpoint(String text) {
        try {
            URI uri = new URI(text.replaceAll("/+$", ""));
            if (uri.getHost() != null && uri.getUserInfo() == null && uri.getQuery() == null) {
                Http.checkScheme(uri);
                return uri;
            }
        } catch (URISyntaxException e) {
            // the letter below says the same
        }
        throw new HubException(
                "HF_ENDPOINT is no address of a server. Expected something like https://huggingface.co or https://mirror.example/hf, without a user name. Correct or unset it.");
    }

    private static @Nullable String value(Map<String, String> environment, String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }
}
