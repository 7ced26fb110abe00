package dev.ayni.guard.personal;

import static dev.ayni.guard.personal.CheckDigits.allSame;
import static dev.ayni.guard.personal.CheckDigits.at;
import static dev.ayni.guard.personal.CheckDigits.bare;
import static dev.ayni.guard.personal.CheckDigits.digits;
import static dev.ayni.guard.personal.CheckDigits.luhn;
import static dev.ayni.guard.personal.CheckDigits.number;
import static dev.ayni.guard.personal.CheckDigits.weighted;
import static dev.ayni.guard.personal.ContextWords.of;
import static dev.ayni.guard.personal.Recognizers.IDENTITY;
import static dev.ayni.guard.personal.Recognizers.TAX;
import static dev.ayni.guard.personal.Recognizers.also;
import static dev.ayni.guard.personal.Recognizers.by;
import static dev.ayni.guard.personal.Recognizers.form;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Identity, tax, bank and licence numbers of North and South America, and how they prove themselves. */
final class AmericanNumbers {
    private AmericanNumbers() {}

    private static final Set<String> LICENCE = of(
            "driver",
            "drivers",
            "driver's",
            "driving",
            "license",
            "licence",
            "permit",
            "dl",
            "dmv",
            "identification card",
            "lic");

    static void america(List<Recognizer> all) {
        all.add(by(
                "us-social-security",
                "US_SSN",
                AmericanNumbers::usSocialSecurity,
                of("ssn", "ss#", "social security", "social", "ssns", "ssid", "ssn#"),
                form("hyphens", 0.5, 0.85, "\\d{3}-\\d{2}-\\d{4}"),
                form("spaces-or-dots", 0.3, 0.5, "\\d{3}([ .])\\d{2}\\1\\d{4}"),
                form("digits", 0.05, 0.2, "\\d{9}")));
        all.add(by(
                "us-taxpayer",
                "US_ITIN",
                null,
                also(TAX, "itin", "individual taxpayer"),
                form("hyphens", 0.6, "9\\d{2}[- ](?:5\\d|6[0-5]|7\\d|8[0-8]|9[0-24-9])[- ]\\d{4}"),
                form("digits", 0.15, "9\\d{2}(?:5\\d|6[0-5]|7\\d|8[0-8]|9[0-24-9])\\d{4}")));
        all.add(by(
                "us-passport",
                "US_PASSPORT",
                null,
                of("passport", "passport#", "travel document"),
                form("passport", 0.2, "[A-Z]\\d{8}|\\d{9}")));
        all.add(
                by(
                        "us-driver-licence",
                        "US_DRIVER_LICENSE",
                        null,
                        LICENCE,
                        form(
                                "letters-and-digits",
                                0.3,
                                "[A-Z]\\d{3,6}|[A-Z]\\d{7,9}|[A-Z]\\d{11,14}|[A-Z]\\d{3}-\\d{3}-\\d{2}-\\d{3}-\\d|[A-Z]\\d{3}-\\d{4}-\\d{4}(?:-\\d{2})?|[A-Z]{2}\\d{2,7}|[A-Z]{2}\\d{6}[A-Z]|[A-Z]{1,2}\\d{3,6}[A-Z]{1,2}|\\d{2}[A-Z]{3}\\d{5}|\\d{9}[A-Z]|[A-Z]\\d{3}[ -]\\d{3}[ -]\\d{3}[ -]\\d{3}|[A-Z]{3}[A-Z*]{2}[A-Z0-9*]{2}\\d{3}[A-Z0-9]{2}|\\d{8}[A-Z]{2}|[A-Z]\\d{2}-\\d{2}-\\d{4}|\\d{3}[A-Z]{2}\\d{4}"),
                        form(
                                "digits",
                                0.16,
                                "\\d{6,14}|\\d{16}|\\d{3}[ -]\\d{2}[ -]\\d{4}|\\d{3}[ -]\\d{3}[ -]\\d{3}|\\d{2}[ -]\\d{3}[ -]\\d{3,4}|\\d{4}[ -]\\d{2}[ -]\\d{4}|\\d{3}[ -]\\d{4}[ -]\\d{4}|\\d{10}[A-Z]")));
        all.add(by(
                "us-bank-account",
                "US_BANK_NUMBER",
                null,
                of("bank", "account", "acct", "checking", "savings", "debit", "deposit"),
                form("account", 0.16, "\\d{8,17}")));
        all.add(by(
                "us-routing",
                "ABA_ROUTING_NUMBER",
                AmericanNumbers::usRouting,
                of("aba", "routing", "transit", "rtn", "wire", "ach"),
                form("grouped", 0.2, 0.4, "[0123678]\\d{3}-\\d{4}-\\d"),
                form("digits", 0.05, 0.25, "[0123678]\\d{8}")));
        all.add(
                by(
                        "us-medicare",
                        "US_MBI",
                        null,
                        of("medicare", "mbi", "beneficiary"),
                        form(
                                "mbi",
                                0.5,
                                "[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\\d-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\\d-?[AC-HJKMNP-RT-Y]{2}\\d{2}")));
        all.add(by(
                "us-prescriber",
                "MEDICAL_LICENSE",
                AmericanNumbers::usPrescriber,
                of("dea", "medical", "certificate", "prescri", "doctor"),
                form("dea", 0.3, 0.8, "[ABCDEFGHJKLMPRSTUX][A-Z9]\\d{7}")));
        all.add(by(
                "canadian-social-insurance",
                "CA_SIN",
                AmericanNumbers::canadianSin,
                of("sin", "social insurance", "canad"),
                form("grouped", 0.2, 0.5, "\\d{3}([ -])\\d{3}\\1\\d{3}"),
                form("digits", 0.05, 0.2, "\\d{9}")));
        all.add(by(
                "brazilian-cpf",
                "BR_CPF",
                AmericanNumbers::brazilianCpf,
                of("cpf", "cadastro de pessoa", "pessoas físicas", "documento"),
                form("dotted", 0.5, 1, "\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}"),
                form("digits", 0.1, 0.6, "\\d{9}-?\\d{2}")));
        all.add(by(
                "brazilian-cnpj",
                "BR_CNPJ",
                AmericanNumbers::brazilianCnpj,
                of("cnpj", "cadastro nacional", "empresa"),
                form("dotted", 0.5, 1, "\\d{2}\\.\\d{3}\\.\\d{3}/\\d{4}-\\d{2}"),
                form("digits", 0.1, 0.7, "\\d{14}")));
        all.add(
                by(
                        "mexican-curp",
                        "MX_CURP",
                        AmericanNumbers::mexicanCurp,
                        also(IDENTITY, "curp", "clave única"),
                        form(
                                "curp",
                                0.6,
                                1,
                                "[A-Z][AEIOUX][A-Z]{2}\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])[HMX][A-Z]{2}[B-DF-HJ-NP-TV-ZÑ]{3}[A-Z0-9]\\d")));
        all.add(by(
                "argentinian-cuit",
                "AR_CUIT",
                AmericanNumbers::argentinianCuit,
                also(TAX, "cuit", "cuil"),
                form("hyphens", 0.3, 0.85, "(?:2[03-7]|3[034])-\\d{8}-\\d"),
                form("digits", 0.05, 0.3, "(?:2[03-7]|3[034])\\d{9}")));
        all.add(by(
                "chilean-rut",
                "CL_RUT",
                AmericanNumbers::chileanRut,
                also(IDENTITY, "rut", "run", "rol único"),
                form("dotted", 0.5, 0.95, "\\d{1,2}\\.\\d{3}\\.\\d{3}-[0-9Kk]"),
                form("hyphen", 0.1, 0.5, "\\d{7,8}-[0-9Kk]")));
    }

    /** Routing numbers of US banks: weights 3, 7, 1. */
    static boolean usRouting(String text) {
        String d = digits(text);
        return d.length() == 9 && weighted(d, 3, 7, 1, 3, 7, 1, 3, 7, 1) % 10 == 0 && !allSame(d);
    }

    /** Numbers that were never given: area 000, 666 or from 900, group 00, serial 0000, and those of advertisements. */
    static boolean usSocialSecurity(String text) {
        String d = digits(text);
        int area = number(d, 0, 3);
        return d.length() == 9
                && area != 0
                && area != 666
                && area < 900
                && number(d, 3, 5) != 0
                && number(d, 5, 9) != 0
                && !allSame(d)
                && !d.equals("078051120")
                && !d.equals("123456789")
                && !d.startsWith("98765432");
    }

    static boolean canadianSin(String text) {
        String d = digits(text);
        return luhn(d) && d.charAt(0) != '0' && d.charAt(0) != '8';
    }

    static boolean brazilianCpf(String text) {
        String d = digits(text);
        int first = weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10;
        int second = weighted(d, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10;
        return first == at(d, 9) && second == at(d, 10) && !allSame(d);
    }

    static boolean brazilianCnpj(String text) {
        String d = digits(text);
        int first = weighted(d, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
        int second = weighted(d, 6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
        return (first < 2 ? 0 : 11 - first) == at(d, 12) && (second < 2 ? 0 : 11 - second) == at(d, 13) && !allSame(d);
    }

    static boolean mexicanCurp(String text) {
        String bare = text.toUpperCase(Locale.ROOT);
        String signs = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";
        int sum = 0;
        for (int i = 0; i < 17; i++) {
            sum += signs.indexOf(bare.charAt(i)) * (18 - i);
        }
        return (10 - sum % 10) % 10 == Character.digit(bare.charAt(17), 10);
    }

    static boolean argentinianCuit(String text) {
        String d = digits(text);
        int check = 11 - weighted(d, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11;
        return (check == 11 ? 0 : check) == at(d, 10);
    }

    static boolean chileanRut(String text) {
        String bare = bare(text);
        int sum = 0;
        for (int i = 0; i < bare.length() - 1; i++) {
            sum += at(bare, bare.length() - 2 - i) * (2 + i % 6);
        }
        return "0K987654321".charAt(sum % 11) == bare.charAt(bare.length() - 1);
    }

    /** Numbers by which US doctors may prescribe: two letters, six digits, check digit. */
    static boolean usPrescriber(String text) {
        String d = digits(text);
        int sum = at(d, 0) + at(d, 2) + at(d, 4) + 2 * (at(d, 1) + at(d, 3) + at(d, 5));
        return sum % 10 == at(d, 6);
    }
}
