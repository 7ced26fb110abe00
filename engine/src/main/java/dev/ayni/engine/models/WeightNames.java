package dev.ayni.engine.models;

import dev.ayni.engine.weights.Metadata.Dialect;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a family's weights are called in each dialect: one visible table a family. {@code *} is the number of the layer, and a second one that of the expert.
 */
public final class WeightNames {
    private static final Pattern NUMBER = Pattern.compile("(?<=\\.)\\d+(?=\\.)");

    private final Map<String, String> huggingFaceByGguf = new LinkedHashMap<>();
    private String prefix = "";
    private Set<String> neverUnder = Set.of();
    private boolean greekNorms;
    private boolean bare;

    /**
     * A table of pairs: GGUF's name, Hugging Face's name, and so on. Names end in ".weight" or ".bias" in both; the table
     * leaves the ending out. A pair whose first name has its ending is meant as it stands.
     */
    public static WeightNames table(String... pairs) {
        WeightNames names = new WeightNames();
        for (int i = 0; i < pairs.length; i += 2) {
            names.huggingFaceByGguf.put(pairs[i], pairs[i + 1]);
        }
        return names;
    }

    /** This table and more pairs; those of a name that it has replace its own. */
    WeightNames and(String... pairs) {
        WeightNames more = new WeightNames();
        more.huggingFaceByGguf.putAll(huggingFaceByGguf);
        more.huggingFaceByGguf.putAll(table(pairs).huggingFaceByGguf);
        return more;
    }

    /** This table, whose Hugging Face names but for some stand under a prefix in files of models with a head. */
    WeightNames maybeUnder(String prefix, String... neverUnder) {
        this.prefix = prefix;
        this.neverUnder = Set.of(neverUnder);
        return this;
    }

    /** This table with the prefix before the names, and with the older names of a norm's weights, if the file has them so. */
    private WeightNames asWritten(Set<String> present) {
        boolean under = !prefix.isEmpty() && present.stream().anyMatch(name -> name.startsWith(prefix));
        WeightNames written = new WeightNames();
        huggingFaceByGguf.forEach((gguf, name) ->
                written.huggingFaceByGguf.put(gguf, under && !neverUnder.contains(name) ? prefix + name : name));
        written.greekNorms = present.stream().anyMatch(name -> name.endsWith("LayerNorm.gamma"));
        return written;
    }

    /** Whether the names are those of a model that was published without what makes words of its last states. */
    boolean areBare() {
        return bare;
    }

    /**
     * This table for a file with these names: in a folder of a model that also sees, the text half has a name of its own
     * before each of its weights; one that makes vectors was perhaps published without the prefix of the others.
     */
    public WeightNames fitting(Set<String> present) {
        if (!prefix.isEmpty()) {
            return asWritten(present);
        }
        if (present.contains("embed_tokens.weight")) {
            WeightNames fitting = new WeightNames();
            huggingFaceByGguf.forEach((gguf, name) -> fitting.huggingFaceByGguf.put(
                    gguf, name.startsWith("model.") ? name.substring("model.".length()) : name));
            fitting.bare = true;
            return fitting;
        }
        for (String half : List.of("language_model.model.", "model.language_model.")) {
            if (present.contains(half + "embed_tokens.weight")) {
                String head = present.contains("language_model.lm_head.weight") ? "language_model." : "";
                WeightNames fitting = new WeightNames();
                huggingFaceByGguf.forEach((gguf, name) -> fitting.huggingFaceByGguf.put(
                        gguf, name.startsWith("model.") ? half + name.substring("model.".length()) : head + name));
                return fitting;
            }
        }
        return this;
    }

    /** The name that a file of this dialect uses for a weight. */
    public String in(Dialect dialect, String gguf) {
        return switch (dialect) {
            case GGUF -> gguf;
            case HUGGING_FACE -> huggingFace(gguf);
        };
    }

    private String huggingFace(String gguf) {
        int end = gguf.lastIndexOf('.');
        String pattern = NUMBER.matcher(gguf).replaceAll("*");
        String whole = huggingFaceByGguf.get(pattern);
        if (whole != null) {
            return numbered(whole, gguf);
        }
        String translated = Objects.requireNonNull(
                huggingFaceByGguf.get(pattern.substring(0, pattern.lastIndexOf('.'))), () -> "the table lacks " + gguf);
        String ending = gguf.substring(end);
        if (greekNorms && translated.endsWith("LayerNorm")) {
            ending = ending.equals(".weight") ? ".gamma" : ".beta";
        }
        return numbered(translated, gguf) + ending;
    }

    /** A name with the numbers of another in place of its asterisks. */
    private static String numbered(String name, String gguf) {
        String numbered = name;
        for (Matcher number = NUMBER.matcher(gguf); number.find(); ) {
            numbered = numbered.replaceFirst("\\*", number.group());
        }
        return numbered;
    }
}
