package dev.ayni.guard.personal;

import static dev.ayni.guard.personal.ContextWords.of;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All recognisers that Ayni ships and that go by form: each with its forms, check digits and the words that speak for it. */
final class Recognizers {
    /*
     * A score says how sure one may be where nothing but the form speaks, then where check digits are right too. A sum by 10 or
     * 11 lets one in ten or eleven other numbers pass, so that alone it does not make a number sure; together with a date in the
     * number, or with two check digits, it does. What is never sure by itself lies so that a word beside it (0.35) lifts it over
     * one half. Entities are named as Presidio names them; where it has no name, country and number: FR_INSEE, BR_CPF.
     */
    private Recognizers() {}

    /** Before and after a number: no letter or digit, nor a sign that makes it part of a longer one. */
    private static final String B = "(?<![\\p{L}\\p{N}_])(?<!\\d[.,/-])(?<![+#])";

    private static final String E = "(?![\\p{L}\\p{N}_])(?![.,/-]\\d)";

    static Form form(String name, double score, String regex) {
        return Form.of(name, score, score, B + "(?:" + regex + ")" + E);
    }

    static Form form(String name, double score, double proven, String regex) {
        return Form.of(name, score, proven, B + "(?:" + regex + ")" + E);
    }

    /** A form whose expression says itself what may stand beside it. */
    static Form bounded(String name, double score, String regex) {
        return Form.of(name, score, score, regex);
    }

    static Recognizer by(
            String name, String entity, @Nullable Predicate<String> check, Set<String> context, Form... forms) {
        return new PatternRecognizer(name, entity, List.of(forms), check, context, Set.of());
    }

    private static final class Shipped {
        private static final List<Recognizer> ALL = make();
    }

    /** In the order in which they are told; of two that are equally sure of the same place, the earlier wins. */
    static List<Recognizer> all() {
        return Shipped.ALL;
    }

    private static List<Recognizer> make() {
        List<Recognizer> all = new ArrayList<>();
        WorldwideForms.everywhere(all);
        EuropeanUnionNumbers.europeanUnion(all);
        OtherEuropeanNumbers.restOfEurope(all);
        AmericanNumbers.america(all);
        AsianAfricanAustralianNumbers.asiaAfricaAustralia(all);
        DatesAgesTitles.lives(all);
        return List.copyOf(all);
    }

    static final Set<String> TAX =
            of("tax", "vat", "tin", "steuer", "fiscal", "nif", "nip", "contribuinte", "afm", "αφμ", "davčna", "adó");

    static final Set<String> IDENTITY = of(
            "identity",
            "identification",
            "national id",
            "id number",
            "id card",
            "personal number",
            "personal code",
            "social security",
            "citizen",
            "ssn");

    static Set<String> also(Set<String> words, String... more) {
        Set<String> both = new java.util.LinkedHashSet<>(of(more));
        both.addAll(words);
        return java.util.Collections.unmodifiableSet(both);
    }
}
