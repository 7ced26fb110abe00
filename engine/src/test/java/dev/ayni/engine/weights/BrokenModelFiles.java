package dev.ayni.engine.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Twenty broken models of different kinds, and what is said about each. */
final class BrokenModelFiles {
    private BrokenModelFiles() {}

    /** Writes them into a folder and prints the letter for each. */
    static void main(String[] folder) throws IOException {
        write(Path.of(folder[0])).forEach((path, said) -> {
            try (Weights weights = WeightsFiles.open(path)) {
                weights.names().forEach(weights::tensor);
                IO.println(path + ": no letter");
            } catch (WeightsException letter) {
                IO.println(letter.getMessage());
            }
            IO.println("");
        });
    }

    /** Writes them into a folder; gives for each what was found and what is to be done, as its letter must say. */
    static Map<Path, List<String>> write(Path folder) throws IOException {
        Map<Path, List<String>> broken = new LinkedHashMap<>();
        byte[] sound = gguf().bytes();

        broken.put(file(folder, "empty.gguf", new byte[0]), List.of("an empty file", "Download"));
        broken.put(
                file(folder, "cut-in-header.gguf", Arrays.copyOf(sound, 100)),
                List.of("the file ends after 100", "Get it again"));
        broken.put(
                file(folder, "cut-in-numbers.gguf", Arrays.copyOf(sound, sound.length - 40)),
                List.of("should end at byte", "Get it again"));
        byte[] bigEndian = {'G', 'G', 'U', 'F', 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0};
        broken.put(
                file(folder, "big-endian.gguf", bigEndian), List.of("a big-endian GGUF file (version 3)", "convert"));
        byte[] newer = sound.clone();
        newer[4] = 9;
        broken.put(file(folder, "newer.gguf", newer), List.of("is GGUF version 9", "update Ayni"));
        broken.put(
                file(
                        folder,
                        "endless-text.gguf",
                        header(0, 1).u64(Long.MIN_VALUE).ascii("k").u64(0)),
                List.of("9223372036854775808 bytes long", "Get it again"));
        LittleEndian deep = header(0, 1).text("deep").u32(9);
        for (int i = 0; i < 1000; i++) {
            deep.u32(9).u64(1);
        }
        broken.put(
                file(folder, "arrays-in-arrays.gguf", deep.u32(0).u64(0)),
                List.of("'deep' is an array in an array", "Get it again"));
        broken.put(
                file(folder, "ten-million-keys.gguf", header(0, 10_000_000)),
                List.of("the number of keys is 10000000", "Get it again"));
        broken.put(
                file(
                        folder,
                        "beyond-memory.gguf",
                        header(1, 0)
                                .text("w")
                                .u32(2)
                                .u64(1L << 40)
                                .u64(1L << 40)
                                .u32(0)
                                .u64(0)
                                .pad(32)),
                List.of("'w' of shape [1099511627776, 1099511627776] exceeds any memory", "Get it again"));
        broken.put(
                file(
                        folder,
                        "overlapping.gguf",
                        header(2, 0)
                                .text("a")
                                .u32(1)
                                .u64(16)
                                .u32(0)
                                .u64(0)
                                .text("b")
                                .u32(1)
                                .u64(16)
                                .u32(0)
                                .u64(32)
                                .pad(32)
                                .bytes(new byte[128])),
                List.of("tensors 'a' and 'b' overlap", "Get it again"));
        broken.put(
                gguf().tensor("experimental", 38, new byte[64], 32).write(folder.resolve("unknown-type.gguf")),
                List.of("'experimental' is IQ4_NL_8_8, which no kernel reads", "Supported: F32", "convert"));
        broken.put(
                gguf().put("split.no", 2, 0).put("split.count", 2, 2).write(folder.resolve("half-00001-of-00002.gguf")),
                List.of("missing in its folder: half-00002-of-00002.gguf", "Get them too"));
        broken.put(
                file(folder, "web-page.gguf", "<!DOCTYPE html>\n<html><title>Sign in</title></html>\n"),
                List.of("a web page", "Download the model again"));
        broken.put(
                file(
                        folder,
                        "pointer.gguf",
                        "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 98362432\n"
                                .formatted("b1".repeat(32))),
                List.of("a Git LFS pointer", "git lfs pull"));
        broken.put(file(folder, "wheel.gguf", zip("model/model.gguf")), List.of("a zip archive", "Unpack it"));
        broken.put(file(folder, "pytorch.bin", zip("archive/data.pkl")), List.of("as a pickle", "safetensors"));

        Path pickles = folder("pickles", folder);
        file(pickles, "pytorch_model-00001-of-00002.bin", zip("archive/data.pkl"));
        broken.put(pickles, List.of("pytorch_model-00001-of-00002.bin", "could run any program", "safetensors"));
        Path cut = folder("cut-safetensors", folder);
        byte[] whole = safetensors().bytes();
        file(cut, "model.safetensors", Arrays.copyOf(whole, whole.length - 1));
        broken.put(cut, List.of("model.safetensors", "lies at bytes 0 to 16 of the numbers, which have 15", "Get it"));
        Path shard = folder("missing-shard", folder);
        safetensors().write(shard.resolve("model-00001-of-00002.safetensors"));
        file(
                shard,
                "model.safetensors.index.json",
                SafetensorsWriter.index(
                        "a", "model-00001-of-00002.safetensors", "b", "model-00002-of-00002.safetensors"));
        broken.put(shard, List.of("missing: model-00002-of-00002.safetensors", "Get them too"));
        Path config = folder("broken-config", folder);
        safetensors().write(config.resolve("model.safetensors"));
        file(config, "config.json", "{\"model_type\": \"llama\", \"hidden_size\": }");
        broken.put(config, List.of("config.json", "not valid JSON", "line 1, column 4", "get it again"));
        return broken;
    }

    private static GgufWriter gguf() {
        return new GgufWriter()
                .put("general.architecture", "llama")
                .put("llama.block_count", 1)
                .tensor("token_embd.weight", new float[64], 8, 8);
    }

    private static SafetensorsWriter safetensors() {
        return new SafetensorsWriter().tensor("a", new float[4], 2, 2);
    }

    private static LittleEndian header(long tensors, long keys) {
        return new LittleEndian().ascii("GGUF").u32(3).u64(tensors).u64(keys);
    }

    private static Path folder(String name, Path parent) throws IOException {
        Path folder = Files.createDirectories(parent.resolve(name));
        file(folder, "config.json", "{\"model_type\": \"llama\"}");
        return folder;
    }

    private static Path file(Path folder, String name, LittleEndian bytes) throws IOException {
        return file(folder, name, bytes.toBytes());
    }

    private static Path file(Path folder, String name, String text) throws IOException {
        return file(folder, name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Path file(Path folder, String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static byte[] zip(String entry) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry(entry));
            zip.write(new byte[100]);
        }
        return out.toByteArray();
    }
}
