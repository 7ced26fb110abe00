package dev.ayni.engine.shape;

import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The sets of code points that \p{...} names, from the JDK's Unicode tables. */
final class UnicodeProperties {
    /** ECMA's long names of general categories that the JDK knows by their short ones only. */
    private static final Map<String, String> SHORT = Map.ofEntries(
            Map.entry("letter", "L"),
            Map.entry("uppercase_letter", "Lu"),
            Map.entry("lowercase_letter", "Ll"),
            Map.entry("titlecase_letter", "Lt"),
            Map.entry("modifier_letter", "Lm"),
            Map.entry("other_letter", "Lo"),
            Map.entry("mark", "M"),
            Map.entry("number", "N"),
            Map.entry("decimal_number", "Nd"),
            Map.entry("digit", "Nd"),
            Map.entry("punctuation", "P"),
            Map.entry("punct", "P"),
            Map.entry("symbol", "S"),
            Map.entry("separator", "Z"),
            Map.entry("space_separator", "Zs"),
            Map.entry("other", "C"),
            Map.entry("alphabetic", "IsAlphabetic"),
            Map.entry("alpha", "IsAlphabetic"),
            Map.entry("uppercase", "IsUppercase"),
            Map.entry("lowercase", "IsLowercase"),
            Map.entry("white_space", "IsWhite_Space"),
            Map.entry("ascii", "ASCII"));

    private UnicodeProperties() {}

    /**
     * A property by its ECMA name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static CodePoints named(String name) {
        int equals = name.indexOf('=');
        String key = equals < 0 ? "" : name.substring(0, equals);
        String value = name.substring(equals + 1);
        String java = switch (key) {
            case "", "General_Category", "gc" -> SHORT.getOrDefault(value.toLowerCase(Locale.ROOT), value);
            case "Script", "sc", "Script_Extensions", "scx" -> "IsScript=" + value;
            default -> name;
        };
        try {
            IntPredicate holds = predicate(java.startsWith("IsScript=") ? "script=" + value : java);
            return CodePoints.where(holds);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(e.getDescription(), e);
        }
    }

    private static IntPredicate predicate(String java) {
        Pattern pattern = Pattern.compile("\\p{" + java + "}");
        return c -> (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                && pattern.matcher(Character.toString(c)).matches();
    }
}
