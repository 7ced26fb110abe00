package dev.ayni.tokenizer;

import dev.ayni.tokenizer.PieceTokenizer.Normalizer;
import java.text.Normalizer.Form;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Changes text before it is cut into words: the "normalizer" of a tokenizer.json. */
final class Normalization {
    private Normalization() {}

    /** Unicode's composed form, NFC. */
    static Normalizer composed() {
        return over(form(Form.NFC));
    }

    /** A change of strings as a change of parts. */
    static Normalizer over(UnaryOperator<String> change) {
        return (text, from, to, first) -> Characters.wellFormed(change.apply(new String(text, from, to - from)));
    }

    /** What the JSON describes; an unknown one is refused. */
    static UnaryOperator<String> of(Json json) {
        String type = json.text("type");
        return switch (type) {
            case "Sequence" -> sequence(json.list("normalizers"));
            case "BertNormalizer" -> BertText.of(json);
            case "NFC" -> form(Form.NFC);
            case "NFD" -> form(Form.NFD);
            case "NFKC" -> form(Form.NFKC);
            case "NFKD" -> form(Form.NFKD);
            case "Lowercase" -> text -> text.toLowerCase(Locale.ROOT);
            case "Prepend" -> {
                String prefix = json.text("prepend");
                yield text -> text.isEmpty() ? text : prefix + text;
            }
            case "Replace" -> replacing(json);
            case "Precompiled" -> {
                String map = json.textOrNull("precompiled_charsmap");
                yield map == null || map.isEmpty() ? text -> text : CharacterMap.of(json.file(), map)::changeByGrapheme;
            }
            case "Strip" -> {
                boolean left = json.flag("strip_left", true);
                boolean right = json.flag("strip_right", true);
                yield text -> left ? (right ? text.strip() : text.stripLeading()) : right ? text.stripTrailing() : text;
            }
            case "StripAccents" -> {
                Pattern marks = Pattern.compile("\\p{Mn}+");
                yield text -> marks.matcher(text).replaceAll("");
            }
            default ->
                throw json.refused(
                        "the normalizer '%s'".formatted(type),
                        "Sequence, BertNormalizer, NFC, NFD, NFKC, NFKD, Lowercase, Precompiled, Prepend, Replace, Strip, StripAccents");
        };
    }

    private static UnaryOperator<String> sequence(List<Json> steps) {
        List<UnaryOperator<String>> changes =
                steps.stream().map(Normalization::of).toList();
        return text -> {
            String changed = text;
            for (UnaryOperator<String> change : changes) {
                changed = change.apply(changed);
                Growth.check(changed.length(), text.length());
            }
            return changed;
        };
    }

    private static UnaryOperator<String> form(Form form) {
        return text ->
                java.text.Normalizer.isNormalized(text, form) ? text : java.text.Normalizer.normalize(text, form);
    }

    private static UnaryOperator<String> replacing(Json json) {
        String content = json.text("content");
        Map.Entry<String, String> pattern = json.pattern("pattern");
        if (pattern.getKey().equals("String")) {
            return Regex.replacing(Pattern.compile(pattern.getValue(), Pattern.LITERAL), content);
        }
        return Regex.replacing(Regex.compile(pattern.getValue(), json), content);
    }
}
