package dev.ayni.tensor.foreign;

import dev.ayni.tensor.strips.NativeMemory;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The library of C kernels for this platform, loaded once and for as long as the program runs. */
final class NativeLibrary {
    /** What came of loading it. */
    sealed interface Loading {
        record Done(NativeLibrary library) implements Loading {}

        record Failed(String why, String remedy) implements Loading {}
    }

    /** Loads it when it is first asked for. */
    private static final class Loaded {
        static final Loading LOADING = loading();
    }

    private final SymbolLookup symbols;
    private final Set<InstructionSet> instructionSets;

    private NativeLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
        this.instructionSets = ofThisMachine(symbols);
    }

    /** The library, or why there is none. */
    static Loading load() {
        return Loaded.LOADING;
    }

    /** What this processor has of the instruction sets that the library is made for, the fastest first. */
    Set<InstructionSet> instructionSets() {
        return instructionSets;
    }

    /** A kernel for an instruction set. */
    Kernel kernel(InstructionSet set, String name) {
        return new Kernel(symbols.findOrThrow(set.prefix() + "_" + name));
    }

    private static Loading loading() {
        String platform = platform();
        URL url = NativeLibrary.class.getResource(
                "/META-INF/native/%s/%s".formatted(platform, System.mapLibraryName("ayni")));
        if (url == null) {
            return new Loading.Failed(
                    "this build has no C kernels for " + platform,
                    "install a C compiler, such as gcc, and build again");
        }
        try {
            return new Loading.Done(new NativeLibrary(open(url)));
        } catch (IllegalCallerException e) {
            return new Loading.Failed(
                    "this program may not call native code", "add --enable-native-access=ALL-UNNAMED");
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            return new Loading.Failed(
                    "%s cannot be loaded: %s".formatted(url, e.getMessage()),
                    "let java.io.tmpdir be a folder that can be written and may hold programs, or build again");
        }
    }

    /** As {@code Compile.java} names it: linux-x86_64, macos-aarch64. */
    private static String platform() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "");
        return (os.startsWith("windows") ? "windows" : os.startsWith("mac") ? "macos" : os) + "-"
                + (arch.equals("amd64") ? "x86_64" : arch);
    }

    /** Opens the library where it lies, or a copy out of a jar that only its owner can reach and that is deleted at once. */
    private static SymbolLookup open(URL url) throws IOException {
        if (url.getProtocol().equals("file")) {
            return SymbolLookup.libraryLookup(Path.of(URI.create(url.toString())), Arena.global());
        }
        Path folder = Files.createTempDirectory("ayni-"); // its owner alone can read and write it
        Path copy = folder.resolve(System.mapLibraryName("ayni"));
        try (InputStream from = url.openStream()) {
            Files.copy(from, copy);
            return SymbolLookup.libraryLookup(copy, Arena.global());
        } finally {
            try {
                Files.deleteIfExists(copy);
                Files.deleteIfExists(folder);
            } catch (IOException e) {
                folder.toFile().deleteOnExit(); // Windows keeps the file of a library that is in use
                copy.toFile().deleteOnExit();
            }
        }
    }

    private static Set<InstructionSet> ofThisMachine(SymbolLookup symbols) {
        Set<InstructionSet> sets = EnumSet.noneOf(InstructionSet.class);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bits = arena.allocate(Long.BYTES, Long.BYTES);
            new Kernel(symbols.findOrThrow("any_instruction_sets")).call(bits.address(), 0, 0, 0);
            for (InstructionSet set : InstructionSet.values()) {
                if ((bits.get(NativeMemory.LONG, 0) >> set.ordinal() & 1) != 0) {
                    sets.add(set);
                }
            }
        }
        return sets;
    }
}
