package dev.ayni.guard.policy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds policies: those that come with Ayni by their names, others by their files. */
public final class Policies {
    /** The names of those that come with Ayni. */
    public static final List<String> SHIPPED = List.of("general", "minors", "administration", "research");

    private static final long MOST_BYTES = 4 << 20;

    private final Checks checks;

    /** @param checks that policies may name */
    public Policies(Checks checks) {
        this.checks = checks;
    }

    /**
     * A policy by its name, or the path of its file.
     *
     * @throws PolicyException if there is none, or something is wrong with it
     */
    public Policy find(String nameOrFile) {
        return find(nameOrFile, null, List.of());
    }

    /** @param above the files that name this one, outermost first */
    private Policy find(String nameOrFile, @Nullable Path folder, List<String> above) {
        if (SHIPPED.contains(nameOrFile)) {
            return read(text(nameOrFile), nameOrFile, nameOrFile, null, above);
        }
        Path file = path(nameOrFile, folder);
        if (file == null || !Files.isRegularFile(file)) {
            throw new PolicyException(List.of(
                    "There is no policy '%s': it is none of %s, and no file is there. Name one of them, or the path of a YAML file."
                            .formatted(nameOrFile, String.join(", ", SHIPPED))));
        }
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new PolicyException(
                        List.of("%s: The file has %d bytes; a policy has at most %d. Is it another file?"
                                .formatted(file, Files.size(file), MOST_BYTES)));
            }
            String text = Files.readString(file);
            return read(
                    text,
                    file.toString(),
                    file.toRealPath().toString(),
                    file.toAbsolutePath().getParent(),
                    above);
        } catch (CharacterCodingException e) {
            throw new PolicyException(List.of("%s: The file is not UTF-8. Save it as that.".formatted(file)));
        } catch (IOException e) {
            throw new UncheckedIOException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }

    /** Null where no file can have such a name. */
    private static @Nullable Path path(String name, @Nullable Path folder) {
        try {
            return folder == null ? Path.of(name) : folder.resolve(name);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /**
     * A policy from its text.
     *
     * @param source what to call it in errors
     * @throws PolicyException if something is wrong with it
     */
    public Policy read(String text, String source) {
        return read(text, source, source, null, List.of());
    }

    /** @param file what tells it from others, by whatever way it was named */
    private Policy read(String text, String source, String file, @Nullable Path folder, List<String> above) {
        if (above.contains(file)) {
            throw new PolicyException(
                    List.of("%s: The policy names itself for one of its keys, by way of %s. Take one of the names out."
                            .formatted(source, String.join(" and ", above))));
        }
        List<String> here = new ArrayList<>(above);
        here.add(file);
        return new PolicyReader(source, checks, folder, other -> find(other, folder, here)).read(text);
    }

    /** The file of a policy that comes with Ayni, as a beginning for one's own. */
    public static String text(String shipped) {
        try (InputStream file =
                Objects.requireNonNull(Policies.class.getResourceAsStream(shipped + ".yaml"), shipped)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
