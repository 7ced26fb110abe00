package dev.ayni.engine.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What people give instead of a model, known by its first bytes, and the way from there. */
final class ForeignFile {
    private static final String EXPECTED =
            "Expected: a .gguf file, or a folder with config.json and .safetensors files.";
    private static final String PICKLE =
            "PyTorch weights as a pickle, which could run any program when read. Get the model as .safetensors or .gguf, or convert it.";
    private static final String GGML =
            "a GGML file from before GGUF (August 2023). Get the model as .gguf, or convert the original again.";
    private static final String NO_MODEL = "Download the model again with the link to the file itself";

    private ForeignFile() {}

    /** The letter for a path that no format recognises. */
    static WeightsException letter(Path path) throws IOException {
        if (!Files.exists(path)) {
            return new WeightsException(
                    "%s: there is no such file or folder. Check the path. %s".formatted(path, EXPECTED));
        }
        if (Files.isDirectory(path)) {
            return folder(path);
        }
        if (!Files.isRegularFile(path)) {
            return new WeightsException("%s is a pipe or a device, and weights are mapped from a file on a disk. %s"
                    .formatted(path, EXPECTED));
        }
        if (!Files.isReadable(path)) {
            return new WeightsException("%s may not be read by this user. Change its permissions.".formatted(path));
        }
        return new WeightsException("%s (%d bytes) is %s".formatted(path, Files.size(path), kind(path)));
    }

    /** The letter for a folder with a config.json and nothing that holds weights. */
    static WeightsException withoutWeights(Path folder, List<String> found) {
        List<String> pickles = found.stream().filter(ForeignFile::isPickle).toList();
        if (!pickles.isEmpty()) {
            return new WeightsException("%s holds %s: %s".formatted(folder, MappedWeights.some(pickles), PICKLE));
        }
        return new WeightsException(
                "%s holds %s, and no weights. Get model.safetensors too, or model.safetensors.index.json and the files that it names."
                        .formatted(folder, MappedWeights.some(found)));
    }

    private static WeightsException folder(Path folder) throws IOException {
        List<String> found;
        try (Stream<Path> members = Files.list(folder)) {
            found = members.limit(10_000)
                    .map(member -> String.valueOf(member.getFileName()))
                    .sorted()
                    .toList();
        }
        if (found.isEmpty()) {
            return new WeightsException("%s is an empty folder. %s".formatted(folder, EXPECTED));
        }
        List<String> ggufs =
                found.stream().filter(name -> name.endsWith(".gguf")).toList();
        if (!ggufs.isEmpty()) {
            return new WeightsException("%s is a folder that holds %s. Give the path of the file: %s"
                    .formatted(folder, MappedWeights.some(ggufs), folder.resolve(ggufs.getFirst())));
        }
        List<String> pickles = found.stream().filter(ForeignFile::isPickle).toList();
        if (!pickles.isEmpty()) {
            return new WeightsException("%s holds %s: %s".formatted(folder, MappedWeights.some(pickles), PICKLE));
        }
        return new WeightsException("%s is a folder that holds %s, and no config.json and weights. %s"
                .formatted(folder, MappedWeights.some(found), EXPECTED));
    }

    private static boolean isPickle(String name) {
        return name.endsWith(".bin") || name.endsWith(".pt") || name.endsWith(".pth") || name.endsWith(".ckpt");
    }

    private static String kind(Path path) {
        FirstBytes first = FirstBytes.of(path);
        String text = first.latin1().strip();
        String lower = text.toLowerCase(Locale.ROOT);
        if (first.size() == 0) {
            return "an empty file: its download failed or has not begun. " + NO_MODEL + ".";
        }
        if (text.startsWith("version https://git-lfs.github.com/spec/")) {
            return "a Git LFS pointer, which stands for the model and is not the model. In its repository, run: git lfs pull";
        }
        if (lower.contains("<!doctype html") || lower.contains("<html")) {
            return "a web page, most likely one that asks to log in or says that the file is not there. " + NO_MODEL
                    + ", not to the page about it.";
        }
        if (lower.startsWith("<?xml")) {
            return "an XML document, most likely a server's error message: %s. %s.".formatted(quoted(text), NO_MODEL);
        }
        if (first.startsWith("lmgg") || first.startsWith("tjgg") || first.startsWith("fmgg")) {
            return GGML;
        }
        if (first.startsWith("PK\3\4")) {
            return text.contains("data.pkl")
                    ? PICKLE
                    : "a zip archive (perhaps a Python wheel). Unpack it and give the path of the model inside.";
        }
        if (first.at(0) == 0x80 && first.at(1) >= 2 && first.at(1) <= 5) {
            return PICKLE;
        }
        if (first.startsWith("\37\213")
                || first.startsWith("(\265/\375")
                || first.startsWith("\3757zXZ")
                || first.startsWith("BZh")
                || first.startsWith("7z\274\257")) {
            return "compressed. Unpack it and give the path of the model inside.";
        }
        if (first.holds(257, "ustar")) {
            return "a tar archive. Unpack it and give the path of the model inside.";
        }
        if (first.startsWith("\211HDF")) {
            return "HDF5 weights of Keras. Get the model as .safetensors or .gguf, or convert it.";
        }
        if (first.holds(4, "TFL3")) {
            return "a TensorFlow Lite model. Get the model as .safetensors or .gguf.";
        }
        if (text.startsWith("{") || text.startsWith("[")) {
            return "a JSON file and holds no weights: %s. If it came as a download, it is a server's error message. If it belongs to a model, give the folder that it lies in."
                    .formatted(quoted(text));
        }
        if (first.latin1().chars().allMatch(c -> c == 0)) {
            return "filled with zeros at its start: a download that reserved its space and did not finish. " + NO_MODEL
                    + ".";
        }
        if (text.chars().allMatch(c -> (c >= ' ' && c < 127) || c == '\n' || c == '\r' || c == '\t')) {
            return "a text and no model: %s. If it came as a download, it is a server's error message: %s."
                    .formatted(quoted(text), NO_MODEL.toLowerCase(Locale.ROOT));
        }
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < Math.min(8, first.size()); i++) {
            bytes.append(i == 0 ? "" : " ").append("%02x".formatted(first.at(i)));
        }
        return "no model file that is known here; it begins with the bytes %s. %s".formatted(bytes, EXPECTED);
    }

    private static String quoted(String text) {
        String line = text.lines().findFirst().orElse("").strip();
        return "'" + (line.length() > 60 ? line.substring(0, 60) + "..." : line) + "'";
    }
}
