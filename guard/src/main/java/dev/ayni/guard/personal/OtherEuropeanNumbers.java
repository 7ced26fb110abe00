package dev.ayni.guard.personal;

import static dev.ayni.guard.personal.CheckDigits.allSame;
import static dev.ayni.guard.personal.CheckDigits.at;
import static dev.ayni.guard.personal.CheckDigits.digits;
import static dev.ayni.guard.personal.CheckDigits.isDayOfACentury;
import static dev.ayni.guard.personal.CheckDigits.number;
import static dev.ayni.guard.personal.CheckDigits.weighted;
import static dev.ayni.guard.personal.ContextWords.of;
import static dev.ayni.guard.personal.Recognizers.IDENTITY;
import static dev.ayni.guard.personal.Recognizers.also;
import static dev.ayni.guard.personal.Recognizers.by;
import static dev.ayni.guard.personal.Recognizers.form;

import java.util.List;

/** Identity numbers of European countries outside of the European Union, and how they prove themselves. */
final class OtherEuropeanNumbers {
    private OtherEuropeanNumbers() {}

    static void restOfEurope(List<Recognizer> all) {
        all.add(by(
                "norwegian-personal",
                "NO_FODSELSNUMMER",
                OtherEuropeanNumbers::norwegianPersonal,
                also(IDENTITY, "fødselsnummer", "fodselsnummer", "personnummer", "d-nummer"),
                form("fodselsnummer", 0.2, 0.9, "\\d{6} ?\\d{5}")));
        all.add(by(
                "icelandic-personal",
                "IS_KENNITALA",
                OtherEuropeanNumbers::icelandicPersonal,
                also(IDENTITY, "kennitala"),
                form("kennitala", 0.2, 0.7, "\\d{6}-\\d{3}[089]"),
                form("kennitala-plain", 0.05, 0.4, "\\d{9}[089]")));
        all.add(by(
                "swiss-ahv",
                "CH_AHV",
                OtherEuropeanNumbers::swissAhv,
                also(IDENTITY, "ahv", "avs", "sozialversicherungsnummer"),
                form("ahv", 0.5, 0.95, "756\\.?\\d{4}\\.?\\d{4}\\.?\\d{2}")));
        all.add(by(
                "british-nhs",
                "UK_NHS",
                OtherEuropeanNumbers::britishNhs,
                of("nhs", "national health", "health services", "patient"),
                form("nhs-grouped", 0.2, 0.6, "\\d{3} \\d{3} \\d{4}"),
                form("nhs", 0.1, 0.25, "\\d{3}-?\\d{3}-?\\d{4}")));
        all.add(
                by(
                        "british-nino",
                        "UK_NINO",
                        null,
                        of("national insurance", "nino", "ni number"),
                        form(
                                "nino",
                                0.6,
                                "(?i:(?!bg|gb|kn|nk|nt|tn|zz)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D])")));
        all.add(by(
                "british-driving-licence",
                "UK_DRIVING_LICENCE",
                null,
                of("driving", "licence", "license", "dvla", "driver"),
                form("dvla", 0.6, "[A-Z]{1,5}9{0,4}\\d[0156]\\d[0-3]\\d\\d[A-Z9]{2}[A-Z0-9]{3}(?<=[A-Z0-9]{16})")));
        all.add(by(
                "british-plate",
                "UK_VEHICLE_REGISTRATION",
                null,
                of("plate", "registration", "vehicle", "car", "reg"),
                form("since-2001", 0.5, "[A-HJ-PR-Y][A-HJ-PR-Y]\\d{2} ?[A-HJ-PR-Z]{3}"),
                form("prefix", 0.15, "[A-HJ-NP-TV-Y]\\d{1,3} ?[A-Z]{3}|[A-Z]{3} ?\\d{1,3}[A-Y]")));
        all.add(by(
                "turkish-citizen",
                "TR_NATIONAL_ID",
                OtherEuropeanNumbers::turkishCitizen,
                also(IDENTITY, "kimlik", "tckn"),
                form("kimlik", 0.1, 0.7, "[1-9]\\d{10}")));
    }

    static boolean norwegianPersonal(String text) {
        String d = digits(text);
        int first = 11 - weighted(d, 3, 7, 6, 1, 8, 9, 4, 5, 2) % 11;
        int second = 11 - weighted(d, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11;
        return first % 11 == at(d, 9)
                && second % 11 == at(d, 10)
                && isDayOfACentury(number(d, 4, 6), number(d, 2, 4), number(d, 0, 2) % 40);
    }

    static boolean icelandicPersonal(String text) {
        String d = digits(text);
        return (11 - weighted(d, 3, 2, 7, 6, 5, 4, 3, 2) % 11) % 11 == at(d, 8)
                && isDayOfACentury(number(d, 4, 6), number(d, 2, 4), number(d, 0, 2) % 40);
    }

    /** An article number (EAN-13) that begins with Switzerland's 756. */
    static boolean swissAhv(String text) {
        String d = digits(text);
        return (10 - weighted(d, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3) % 10) % 10 == at(d, 12);
    }

    static boolean britishNhs(String text) {
        String d = digits(text);
        int check = 11 - weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
        return check != 10 && check % 11 == at(d, 9) && !allSame(d);
    }

    static boolean turkishCitizen(String text) {
        String d = digits(text);
        int odd = at(d, 0) + at(d, 2) + at(d, 4) + at(d, 6) + at(d, 8);
        int even = at(d, 1) + at(d, 3) + at(d, 5) + at(d, 7);
        int sum = odd + even + at(d, 9);
        return d.charAt(0) != '0' && Math.floorMod(7 * odd - even, 10) == at(d, 9) && sum % 10 == at(d, 10);
    }
}
