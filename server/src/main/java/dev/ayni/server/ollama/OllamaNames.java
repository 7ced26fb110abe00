package dev.ayni.server.ollama;

import java.util.List;
import java.util.stream.Stream;

/** How Ollama's users write a model's name: with a tag after a colon, which is {@code latest} where none is said. */
final class OllamaNames {
    private static final String LATEST = ":latest";

    private OllamaNames() {}

    /** The name with its tag. */
    static String tagged(String name) {
        return name.indexOf(':', name.lastIndexOf('/') + 1) < 0 ? name + LATEST : name;
    }

    /** The name without the tag that says nothing. */
    static String plain(String name) {
        return name.endsWith(LATEST) ? name.substring(0, name.length() - LATEST.length()) : name;
    }

    /** What may be meant by a name, most likely first: {@code gemma3:1b} is the catalogue's {@code gemma3-1b}. */
    static List<String> readings(String name) {
        String plain = plain(name);
        String hub = plain.replaceFirst("^(https?://)?(hf\\.co|huggingface\\.co)/", "hf:");
        return Stream.of(name, hub, plain.replace(':', '-'), "ollama:" + tagged(name))
                .distinct()
                .toList();
    }
}
