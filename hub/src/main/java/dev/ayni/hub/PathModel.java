package dev.ayni.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** A model that lies where the user has put it: used there, never copied. */
final class PathModel {
    private PathModel() {}

    static LocalModel inPlace(Path path) {
        if (Files.isDirectory(path)) {
            return folder(path);
        }
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new HubException(
                    "%s is a pipe or a device, and a model is read here and there: it has to be a file. Copy it into one."
                            .formatted(path));
        }
        if (!Files.isRegularFile(path)) {
            throw new HubException("There is no file or folder '%s'. Check the path.".formatted(path));
        }
        if (!Files.isReadable(path)) {
            throw new HubException("%s may not be read by you. Change its permissions.".formatted(path));
        }
        if (Disk.size(path) == 0) {
            throw new HubException("%s is empty. Expected a model's file; fetch or copy it again.".formatted(path));
        }
        String name = String.valueOf(path.getFileName());
        return new LocalModel(path.toString(), path, null, Disk.size(path), List.of(name), null, path.toString(), null);
    }

    private static LocalModel folder(Path folder) {
        List<String> names = Disk.names(folder).stream()
                .filter(name -> Files.isRegularFile(folder.resolve(name)))
                .toList();
        List<String> ggufs = names.stream()
                .filter(name -> name.toLowerCase(Locale.ROOT).endsWith(".gguf"))
                .toList();
        boolean safetensors = names.contains("config.json");
        Path start = folder;
        if (!safetensors && !ggufs.isEmpty()) {
            List<String> starts = ggufs.stream()
                    .filter(name -> !FileChoice.isLaterShard(name))
                    .toList();
            if (starts.size() != 1) {
                throw new HubException("%s holds %d models: %s. Give the path of one of them."
                        .formatted(folder, starts.size(), String.join(", ", starts)));
            }
            start = folder.resolve(starts.getFirst());
        } else if (!safetensors && names.stream().noneMatch(name -> name.startsWith("tokenizer."))) {
            throw new HubException(
                    "%s holds no model. Expected a .gguf file, or config.json with .safetensors and tokenizer files."
                            .formatted(folder));
        }
        try {
            return new LocalModel(
                    folder.toString(), start, null, Disk.bytesIn(folder), names, null, folder.toString(), null);
        } catch (IOException e) {
            throw Disk.letter(folder, e);
        }
    }
}
