package dev.ayni.guard.rules;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The languages whose weaknesses {@link InsecureCode} knows. */
enum CodeLanguage {
    JAVA,
    PYTHON,
    JAVASCRIPT,
    C,
    SHELL,
    SQL;

    private static final Map<String, CodeLanguage> NAMES = Map.ofEntries(
            Map.entry("java", JAVA),
            Map.entry("kotlin", JAVA),
            Map.entry("kt", JAVA),
            Map.entry("scala", JAVA),
            Map.entry("groovy", JAVA),
            Map.entry("python", PYTHON),
            Map.entry("py", PYTHON),
            Map.entry("python3", PYTHON),
            Map.entry("javascript", JAVASCRIPT),
            Map.entry("js", JAVASCRIPT),
            Map.entry("jsx", JAVASCRIPT),
            Map.entry("typescript", JAVASCRIPT),
            Map.entry("ts", JAVASCRIPT),
            Map.entry("tsx", JAVASCRIPT),
            Map.entry("node", JAVASCRIPT),
            Map.entry("html", JAVASCRIPT),
            Map.entry("c", C),
            Map.entry("h", C),
            Map.entry("cpp", C),
            Map.entry("c++", C),
            Map.entry("cc", C),
            Map.entry("shell", SHELL),
            Map.entry("bash", SHELL),
            Map.entry("sh", SHELL),
            Map.entry("zsh", SHELL),
            Map.entry("console", SHELL),
            Map.entry("sql", SQL),
            Map.entry("mysql", SQL),
            Map.entry("postgresql", SQL),
            Map.entry("plsql", SQL));

    /** The languages that the code of a block may be in: the one that it names, none where it names another, all where it names none. */
    static Set<CodeLanguage> of(String name) {
        if (name.isEmpty()) {
            return EnumSet.allOf(CodeLanguage.class);
        }
        CodeLanguage language = NAMES.get(name.toLowerCase(Locale.ROOT));
        return language == null ? EnumSet.noneOf(CodeLanguage.class) : EnumSet.of(language);
    }
}
