package dev.ayni.guard.personal;

import static dev.ayni.guard.personal.CheckDigits.allSame;
import static dev.ayni.guard.personal.CheckDigits.at;
import static dev.ayni.guard.personal.CheckDigits.bare;
import static dev.ayni.guard.personal.CheckDigits.digits;
import static dev.ayni.guard.personal.CheckDigits.isDate;
import static dev.ayni.guard.personal.CheckDigits.isDayOfACentury;
import static dev.ayni.guard.personal.CheckDigits.luhn;
import static dev.ayni.guard.personal.CheckDigits.mod1110;
import static dev.ayni.guard.personal.CheckDigits.number;
import static dev.ayni.guard.personal.CheckDigits.verhoeff;
import static dev.ayni.guard.personal.CheckDigits.weighted;
import static dev.ayni.guard.personal.ContextWords.of;
import static dev.ayni.guard.personal.Recognizers.IDENTITY;
import static dev.ayni.guard.personal.Recognizers.TAX;
import static dev.ayni.guard.personal.Recognizers.also;
import static dev.ayni.guard.personal.Recognizers.by;
import static dev.ayni.guard.personal.Recognizers.form;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Identity, tax and social security numbers of the European Union, and how they prove themselves. */
final class EuropeanUnionNumbers {
    private EuropeanUnionNumbers() {}

    static void europeanUnion(List<Recognizer> all) {
        all.add(by(
                "austrian-social-security",
                "AT_SVNR",
                EuropeanUnionNumbers::austrianSocialSecurity,
                also(IDENTITY, "sozialversicherung", "svnr", "versicherungsnummer"),
                form("svnr", 0.05, 0.4, "\\d{4} ?(?:0[1-9]|[12]\\d|3[01])(?:0[1-9]|1[0-5])\\d\\d")));
        all.add(by(
                "belgian-register",
                "BE_NATIONAL_NUMBER",
                EuropeanUnionNumbers::belgianRegister,
                also(
                        IDENTITY,
                        "rijksregister",
                        "registre national",
                        "national register",
                        "nationaalnummer",
                        "insz",
                        "niss"),
                form("rijksregister", 0.2, 0.8, "\\d{2}[. ]?\\d{2}[. ]?\\d{2}[- ]?\\d{3}[. ]?\\d{2}")));
        all.add(by(
                "bulgarian-egn",
                "BG_EGN",
                EuropeanUnionNumbers::bulgarianCitizen,
                also(IDENTITY, "egn", "егн"),
                form("egn", 0.05, 0.5, "\\d{10}")));
        all.add(by(
                "croatian-oib",
                "HR_OIB",
                EuropeanUnionNumbers::croatianOib,
                also(IDENTITY, "oib", "osobni identifikacijski"),
                form("oib", 0.05, 0.3, "\\d{11}")));
        all.add(by(
                "cypriot-taxpayer",
                "CY_TIC",
                EuropeanUnionNumbers::cypriotTaxpayer,
                also(TAX, "tic", "φπα"),
                form("tic", 0.1, 0.6, "[0-59]\\d{7}[A-Z]")));
        all.add(by(
                "czech-or-slovak-birth-number",
                "CZ_SK_BIRTH_NUMBER",
                EuropeanUnionNumbers::czechOrSlovakBirthNumber,
                also(IDENTITY, "rodné číslo", "rodne cislo", "birth number"),
                form("with-slash", 0.4, 0.85, "\\d{6}/\\d{3,4}"),
                form("without-slash", 0.05, 0.4, "\\d{9,10}")));
        all.add(by(
                "danish-cpr",
                "DK_CPR",
                EuropeanUnionNumbers::danishDate,
                also(IDENTITY, "cpr", "personnummer"),
                form("cpr", 0.2, 0.55, "\\d{6}-\\d{4}"),
                form("cpr-plain", 0.05, 0.2, "\\d{6} ?\\d{4}")));
        all.add(by(
                "baltic-personal-code",
                "EE_LT_PERSONAL_CODE",
                EuropeanUnionNumbers::balticCode,
                also(IDENTITY, "isikukood", "asmens kodas"),
                form("isikukood", 0.1, 0.6, "[1-6]\\d{10}")));
        all.add(by(
                "finnish-personal-identity",
                "FI_PERSONAL_IDENTITY_CODE",
                EuropeanUnionNumbers::finnishCode,
                also(IDENTITY, "hetu", "henkilötunnus", "personbeteckning"),
                form("hetu", 0.5, 0.95, "\\d{6}[-+ABCDEFUVWXY]\\d{3}[0-9A-FHJ-NPR-Y]")));
        all.add(by(
                "french-insee",
                "FR_INSEE",
                EuropeanUnionNumbers::frenchInsee,
                also(
                        IDENTITY,
                        "sécurité sociale",
                        "securite sociale",
                        "insee",
                        "nir",
                        "numéro de sécu",
                        "carte vitale"),
                form(
                        "nir",
                        0.2,
                        0.9,
                        "[1-478] ?\\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\\d) ?(?:\\d{2}|2[AB]) ?\\d{3} ?\\d{3} ?\\d{2}")));
        all.add(by(
                "german-tax-id",
                "DE_TAX_ID",
                EuropeanUnionNumbers::germanTaxId,
                also(TAX, "steuer-id", "steueridentifikation", "idnr", "identifikationsnummer"),
                form("steuer-id", 0.1, 0.6, "[1-9]\\d ?\\d{3} ?\\d{3} ?\\d{3}")));
        all.add(by(
                "german-identity-card",
                "DE_ID_CARD",
                EuropeanUnionNumbers::icao,
                also(IDENTITY, "personalausweis", "ausweis", "reisepass", "passport"),
                form("ausweis", 0.2, 0.6, "[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}\\d")));
        all.add(by(
                "german-pension",
                "DE_SOCIAL_SECURITY",
                EuropeanUnionNumbers::germanPension,
                also(IDENTITY, "rentenversicherung", "sozialversicherung", "rvnr"),
                form("rvnr", 0.3, 0.9, "\\d{2} ?(?:0[1-9]|[12]\\d|3[01])(?:0[1-9]|1[0-2])\\d{2} ?[A-Z] ?\\d{3}")));
        all.add(by(
                "greek-amka",
                "GR_AMKA",
                EuropeanUnionNumbers::greekAmka,
                also(IDENTITY, "amka", "αμκα"),
                form("amka", 0.1, 0.5, "(?:0[1-9]|[12]\\d|3[01])(?:0[1-9]|1[0-2])\\d{7}")));
        all.add(by(
                "greek-taxpayer",
                "GR_AFM",
                EuropeanUnionNumbers::greekTaxpayer,
                TAX,
                form("afm", 0.05, 0.2, "(?:EL)?\\d{9}")));
        all.add(by(
                "hungarian-social-security",
                "HU_TAJ",
                EuropeanUnionNumbers::hungarianSocialSecurity,
                also(IDENTITY, "taj", "társadalombiztosítás"),
                form("taj", 0.1, 0.3, "\\d{3}[ -]\\d{3}[ -]\\d{3}"),
                form("taj-plain", 0.05, 0.2, "\\d{9}")));
        all.add(by(
                "hungarian-taxpayer",
                "HU_TAX_ID",
                EuropeanUnionNumbers::hungarianTaxpayer,
                also(TAX, "adóazonosító"),
                form("adoazonosito", 0.1, 0.4, "8\\d{9}")));
        all.add(by(
                "hungarian-personal",
                "HU_PERSONAL_ID",
                EuropeanUnionNumbers::hungarianPersonal,
                also(IDENTITY, "személyi"),
                form("szemelyi", 0.2, 0.7, "[1-8][- ]\\d{6}[- ]\\d{4}"),
                form("szemelyi-plain", 0.05, 0.3, "[1-8]\\d{10}")));
        all.add(by(
                "irish-pps",
                "IE_PPS",
                EuropeanUnionNumbers::irishPps,
                also(IDENTITY, "pps", "ppsn", "personal public service"),
                form("pps", 0.3, 0.8, "\\d{7}[A-W][ABHW]?")));
        all.add(
                by(
                        "italian-fiscal-code",
                        "IT_FISCAL_CODE",
                        EuropeanUnionNumbers::italianFiscalCode,
                        also(IDENTITY, "codice fiscale", "fiscal"),
                        form(
                                "codice-fiscale",
                                0.5,
                                1,
                                "(?i:[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z])")));
        all.add(by(
                "italian-vat",
                "IT_VAT_CODE",
                EuropeanUnionNumbers::italianVat,
                also(TAX, "partita iva", "p.iva", "piva"),
                form("partita-iva", 0.05, 0.2, "(?:IT)?\\d{11}")));
        all.add(by(
                "italian-identity-card",
                "IT_IDENTITY_CARD",
                null,
                also(IDENTITY, "carta d'identità", "carta identita", "documento"),
                form("carta", 0.15, "[A-Z]{2}\\d{7}|C[A-Z]\\d{5}[A-Z]{2}")));
        all.add(by(
                "italian-driver-licence",
                "IT_DRIVER_LICENSE",
                null,
                of("patente", "driver", "driving"),
                form("patente", 0.2, "[A-Z]{2}\\d{7}[A-Z]|U1[A-Z0-9]{7}[A-Z]")));
        all.add(by(
                "latvian-personal-code",
                "LV_PERSONAL_CODE",
                EuropeanUnionNumbers::latvianCode,
                also(IDENTITY, "personas kods"),
                form("personas-kods", 0.2, 0.7, "\\d{6}-\\d{5}"),
                form("personas-kods-plain", 0.05, 0.3, "\\d{11}")));
        all.add(by(
                "luxembourgish-register",
                "LU_NATIONAL_ID",
                EuropeanUnionNumbers::luxembourgishRegister,
                also(IDENTITY, "matricule"),
                form("matricule", 0.3, 0.95, "(?:18|19|20)\\d{2} ?\\d{2} ?\\d{2} ?\\d{3} ?\\d{2}")));
        all.add(by(
                "maltese-identity-card",
                "MT_ID_CARD",
                null,
                IDENTITY,
                form("identity-card", 0.2, "\\d{3,7}[MGAPLHBZ]")));
        all.add(by(
                "dutch-bsn",
                "NL_BSN",
                EuropeanUnionNumbers::dutchBsn,
                also(IDENTITY, "bsn", "burgerservicenummer", "sofinummer"),
                form("bsn", 0.05, 0.25, "\\d{9}|\\d{4}[. ]\\d{2}[. ]\\d{3}")));
        all.add(by(
                "polish-pesel",
                "PL_PESEL",
                EuropeanUnionNumbers::polishPesel,
                also(IDENTITY, "pesel"),
                form("pesel", 0.2, 0.6, "\\d{11}")));
        all.add(by(
                "polish-taxpayer",
                "PL_NIP",
                EuropeanUnionNumbers::polishTaxpayer,
                TAX,
                form("nip-grouped", 0.2, 0.5, "\\d{3}-\\d{3}-\\d{2}-\\d{2}|\\d{3}-\\d{2}-\\d{2}-\\d{3}"),
                form("nip", 0.05, 0.2, "(?:PL)?\\d{10}")));
        all.add(by(
                "polish-identity-card",
                "PL_ID_CARD",
                null,
                also(IDENTITY, "dowód", "dowod"),
                form("dowod", 0.2, "[A-Z]{3} ?\\d{6}")));
        all.add(by(
                "portuguese-taxpayer",
                "PT_NIF",
                EuropeanUnionNumbers::portugueseTaxpayer,
                also(TAX, "número de identificação fiscal"),
                form("nif", 0.05, 0.2, "[1235689]\\d{2} ?\\d{3} ?\\d{3}")));
        all.add(by(
                "portuguese-citizen-card",
                "PT_CITIZEN_CARD",
                EuropeanUnionNumbers::portugueseCitizenCard,
                also(IDENTITY, "cartão de cidadão", "cartao de cidadao"),
                form("cartao", 0.3, 0.8, "\\d{8} ?\\d ?[A-Z][A-Z0-9]\\d")));
        all.add(by(
                "romanian-cnp",
                "RO_CNP",
                EuropeanUnionNumbers::romanianCnp,
                also(IDENTITY, "cnp", "cod numeric personal"),
                form("cnp", 0.2, 0.75, "[1-9]\\d{12}")));
        all.add(by(
                "slovenian-taxpayer",
                "SI_TAX_ID",
                EuropeanUnionNumbers::slovenianTaxpayer,
                TAX,
                form("davcna", 0.05, 0.2, "(?:SI)?[1-9]\\d{7}")));
        all.add(by(
                "yugoslav-citizen",
                "SI_EMSO",
                EuropeanUnionNumbers::yugoslavCitizen,
                also(IDENTITY, "emšo", "emso", "jmbg"),
                form("emso", 0.2, 0.8, "\\d{13}")));
        all.add(by(
                "spanish-nif",
                "ES_NIF",
                EuropeanUnionNumbers::spanishNif,
                also(IDENTITY, "dni", "nif", "documento nacional", "identificación"),
                form("nif", 0.3, 0.9, "\\d{7,8}[- ]?[A-HJ-NP-TV-Z]")));
        all.add(by(
                "spanish-nie",
                "ES_NIE",
                EuropeanUnionNumbers::spanishNif,
                also(IDENTITY, "nie", "extranjero"),
                form("nie", 0.4, 0.95, "[XYZ][- ]?\\d{7}[- ]?[A-HJ-NP-TV-Z]")));
        all.add(by(
                "swedish-personal",
                "SE_PERSONNUMMER",
                EuropeanUnionNumbers::swedishPersonal,
                also(IDENTITY, "personnummer", "samordningsnummer"),
                form("with-sign", 0.3, 0.85, "(?:19|20)?\\d{6}[-+]\\d{4}"),
                form("without-sign", 0.05, 0.4, "(?:19|20)?\\d{6}\\d{4}")));
        all.add(
                by(
                        "vat-number",
                        "EU_VAT_ID",
                        null,
                        also(TAX, "ust-id", "ustid", "umsatzsteuer", "tva", "btw", "iva", "moms"),
                        form(
                                "vat",
                                0.35,
                                "ATU\\d{8}|BE[01]\\d{9}|BG\\d{9,10}|CZ\\d{8,10}|DE\\d{9}|DK\\d{8}|EE\\d{9}|ES[A-Z0-9]\\d{7}[A-Z0-9]|FI\\d{8}|FR[A-Z0-9]{2}\\d{9}|HR\\d{11}|HU\\d{8}|IE\\d{7}[A-Z]{1,2}|LT\\d{9}(?:\\d{3})?|LU\\d{8}|LV\\d{11}|MT\\d{8}|NL\\d{9}B\\d{2}|PT\\d{9}|RO\\d{6,10}|SE\\d{10}01|SK\\d{10}")));
        all.add(by(
                "german-plate",
                "DE_KFZ",
                null,
                of("kennzeichen", "kfz", "plate", "auto", "fahrzeug"),
                form("kennzeichen", 0.2, "[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[- ]?\\d{1,4}[EH]?")));
    }

    static boolean austrianSocialSecurity(String text) {
        String d = digits(text);
        int month = number(d, 6, 8);
        int sum = weighted(d, 3, 7, 9, 0, 5, 8, 4, 2, 1, 6) % 11;
        return sum == at(d, 3) && d.charAt(0) != '0' && month >= 1 && month <= 15 && number(d, 4, 6) <= 31;
    }

    static boolean belgianRegister(String text) {
        String d = digits(text);
        long born = Long.parseLong(d.substring(0, 9));
        int check = number(d, 9, 11);
        boolean fits = 97 - born % 97 == check || 97 - (2_000_000_000L + born) % 97 == check;
        int month = number(d, 2, 4) % 20;
        return fits && month <= 12 && number(d, 4, 6) <= 31;
    }

    static boolean bulgarianCitizen(String text) {
        String d = digits(text);
        int month = number(d, 2, 4) % 20;
        return weighted(d, 2, 4, 8, 5, 10, 9, 7, 3, 6) % 11 % 10 == at(d, 9)
                && isDayOfACentury(number(d, 0, 2), month, number(d, 4, 6));
    }

    static boolean croatianOib(String text) {
        return mod1110(digits(text));
    }

    static boolean cypriotTaxpayer(String text) {
        String bare = bare(text);
        int[] odd = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21};
        int sum = 0;
        for (int i = 0; i < 8; i++) {
            int digit = at(bare, i);
            sum += i % 2 == 0 ? odd[digit] : digit;
        }
        return bare.charAt(8) == 'A' + sum % 26;
    }

    /** Czech and Slovak birth numbers: women's months count from 51, and from 21 or 71 where numbers ran out. */
    static boolean czechOrSlovakBirthNumber(String text) {
        String d = digits(text);
        int month = number(d, 2, 4) % 50;
        month = month > 20 ? month - 20 : month;
        if (!isDayOfACentury(number(d, 0, 2), month, number(d, 4, 6))) {
            return false;
        }
        long all = Long.parseLong(d);
        return d.length() == 9
                ? number(d, 0, 2) <= 53
                : all % 11 == 0 || Long.parseLong(d.substring(0, 9)) % 11 == 10 && at(d, 9) == 0;
    }

    /** A Danish number is a date and four digits; since 2007 they need not fit a sum. */
    static boolean danishDate(String text) {
        String d = digits(text);
        return isDayOfACentury(number(d, 4, 6), number(d, 2, 4), number(d, 0, 2));
    }

    /** Estonia and Lithuania: century and sex, date, three digits, check digit in two rounds. */
    static boolean balticCode(String text) {
        String d = digits(text);
        int sum = weighted(d, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11;
        if (sum == 10) {
            sum = weighted(d, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10;
        }
        int year = 1800 + (at(d, 0) - 1) / 2 * 100 + number(d, 1, 3);
        return sum == at(d, 10) && at(d, 0) >= 1 && isDate(year, number(d, 3, 5), number(d, 5, 7));
    }

    static boolean finnishCode(String text) {
        String bare = text.toUpperCase(Locale.ROOT);
        String born = bare.substring(0, 6);
        String serial = bare.substring(7, 10);
        long all = Long.parseLong(born + serial);
        return "0123456789ABCDEFHJKLMNPRSTUVWXY".charAt((int) (all % 31)) == bare.charAt(10)
                && isDayOfACentury(number(born, 4, 6), number(born, 2, 4), number(born, 0, 2));
    }

    static boolean frenchInsee(String text) {
        String bare = bare(text);
        if (bare.length() != 15) {
            return false;
        }
        String first = bare.substring(0, 13);
        long corsica = 0;
        if (first.charAt(6) == 'A' || first.charAt(6) == 'B') {
            corsica = first.charAt(6) == 'A' ? 1_000_000 : 2_000_000;
            first = first.substring(0, 6) + '0' + first.substring(7);
        }
        return 97 - (Long.parseLong(first) - corsica) % 97 == number(bare, 13, 15);
    }

    /** One digit stands twice or three times among the first ten, one is absent at least, the eleventh checks. */
    static boolean germanTaxId(String text) {
        String d = digits(text);
        int[] times = new int[10];
        for (int i = 0; i < 10; i++) {
            times[at(d, i)]++;
        }
        int most = Arrays.stream(times).max().orElse(0);
        long repeated = Arrays.stream(times).filter(n -> n > 1).count();
        return d.charAt(0) != '0' && (most == 2 || most == 3) && repeated == 1 && mod1110(d);
    }

    /** Nine signs and a check digit, letters from 10, weights 7, 3, 1: German identity cards and passports, as in ICAO 9303. */
    static boolean icao(String text) {
        String bare = bare(text);
        int[] weights = {7, 3, 1};
        int sum = 0;
        for (int i = 0; i < bare.length() - 1; i++) {
            sum += weights[i % 3] * Character.digit(bare.charAt(i), 36);
        }
        return sum % 10 == Character.digit(bare.charAt(bare.length() - 1), 10);
    }

    /** German pension insurance: two digits, date, letter, two digits, check digit. */
    static boolean germanPension(String text) {
        String bare = bare(text);
        int letter = bare.charAt(8) - 'A' + 1;
        String d = bare.substring(0, 8) + (letter < 10 ? "0" : "") + letter + bare.substring(9, 12);
        int[] weights = {2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1};
        int sum = 0;
        for (int i = 0; i < 12; i++) {
            int product = weights[i] * at(d, i);
            sum += product / 10 + product % 10;
        }
        return sum % 10 == at(d, 12);
    }

    static boolean greekAmka(String text) {
        String d = digits(text);
        return luhn(d) && isDayOfACentury(number(d, 4, 6), number(d, 2, 4), number(d, 0, 2));
    }

    static boolean greekTaxpayer(String text) {
        String d = digits(text);
        return weighted(d, 256, 128, 64, 32, 16, 8, 4, 2) % 11 % 10 == at(d, 8) && !allSame(d);
    }

    static boolean hungarianSocialSecurity(String text) {
        String d = digits(text);
        return weighted(d, 3, 7, 3, 7, 3, 7, 3, 7) % 10 == at(d, 8) && !allSame(d);
    }

    static boolean hungarianTaxpayer(String text) {
        String d = digits(text);
        return weighted(d, 1, 2, 3, 4, 5, 6, 7, 8, 9) % 11 == at(d, 9);
    }

    static boolean hungarianPersonal(String text) {
        String d = digits(text);
        boolean rising = weighted(d, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) % 11 == at(d, 10);
        boolean falling = weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1) % 11 == at(d, 10);
        return (rising || falling) && isDayOfACentury(number(d, 1, 3), number(d, 3, 5), number(d, 5, 7));
    }

    static boolean irishPps(String text) {
        String bare = bare(text);
        int sum = weighted(bare, 8, 7, 6, 5, 4, 3, 2);
        if (bare.length() == 9 && bare.charAt(8) != 'W') {
            sum += 9 * (bare.charAt(8) - 'A' + 1);
        }
        return "WABCDEFGHIJKLMNOPQRSTUV".charAt(sum % 23) == bare.charAt(7);
    }

    private static final int[] ITALIAN_ODD = {
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23
    };

    static boolean italianFiscalCode(String text) {
        String bare = bare(text);
        int sum = 0;
        for (int i = 0; i < 15; i++) {
            char c = bare.charAt(i);
            int value = c <= '9' ? c - '0' : c - 'A';
            sum += i % 2 == 0 ? ITALIAN_ODD[value] : value;
        }
        return bare.charAt(15) == 'A' + sum % 26;
    }

    static boolean italianVat(String text) {
        String d = digits(text);
        return luhn(d);
    }

    /** Numbers from before 2017 are a date and five digits with a sum; later ones begin with 32 and keep it too. */
    static boolean latvianCode(String text) {
        String d = digits(text);
        int sum = 1101 - weighted(d, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2);
        boolean fits = sum % 11 % 10 == at(d, 10);
        return fits && (d.startsWith("32") || isDayOfACentury(number(d, 4, 6), number(d, 2, 4), number(d, 0, 2)));
    }

    static boolean luxembourgishRegister(String text) {
        String d = digits(text);
        return isDate(number(d, 0, 4), number(d, 4, 6), number(d, 6, 8))
                && luhn(d.substring(0, 12))
                && verhoeff(d.substring(0, 11) + d.charAt(12));
    }

    static boolean dutchBsn(String text) {
        String d = digits(text);
        int sum = weighted(d, 9, 8, 7, 6, 5, 4, 3, 2) - at(d, 8);
        return sum % 11 == 0 && sum > 0 && !allSame(d);
    }

    static boolean polishPesel(String text) {
        String d = digits(text);
        int month = number(d, 2, 4) % 20;
        return (10 - weighted(d, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3) % 10) % 10 == at(d, 10)
                && isDayOfACentury(number(d, 0, 2), month, number(d, 4, 6));
    }

    static boolean polishTaxpayer(String text) {
        String d = digits(text);
        return weighted(d, 6, 5, 7, 2, 3, 4, 5, 6, 7) % 11 == at(d, 9) && !allSame(d);
    }

    static boolean portugueseTaxpayer(String text) {
        String d = digits(text);
        int check = 11 - weighted(d, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
        return (check > 9 ? 0 : check) == at(d, 8);
    }

    static boolean portugueseCitizenCard(String text) {
        String bare = bare(text);
        int sum = 0;
        for (int i = 0; i < 12; i++) {
            int value = Character.digit(bare.charAt(i), 36);
            int doubled = i % 2 == 0 ? 2 * value : value;
            sum += i % 2 == 0 && doubled >= 10 ? doubled - 9 : doubled;
        }
        return sum % 10 == 0;
    }

    static boolean romanianCnp(String text) {
        String d = digits(text);
        int check = weighted(d, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11;
        return (check == 10 ? 1 : check) == at(d, 12)
                && isDayOfACentury(number(d, 1, 3), number(d, 3, 5), number(d, 5, 7));
    }

    /** The number of citizens in Slovenia and all of former Yugoslavia. */
    static boolean yugoslavCitizen(String text) {
        String d = digits(text);
        int check = 11 - weighted(d, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11;
        int year = number(d, 4, 7);
        return (check > 9 ? 0 : check) == at(d, 12)
                && isDate(year < 800 ? 2000 + year : 1000 + year, number(d, 2, 4), number(d, 0, 2));
    }

    static boolean slovenianTaxpayer(String text) {
        String d = digits(text);
        int check = 11 - weighted(d, 8, 7, 6, 5, 4, 3, 2) % 11;
        return check != 11 && (check == 10 ? 0 : check) == at(d, 7);
    }

    static boolean spanishNif(String text) {
        String bare = bare(text);
        String digits = bare.substring(0, bare.length() - 1)
                .replace('X', '0')
                .replace('Y', '1')
                .replace('Z', '2');
        return "TRWAGMYFPDXBNJZSQVHLCKE".charAt(Integer.parseInt(digits) % 23) == bare.charAt(bare.length() - 1);
    }

    /** Ten digits, or twelve with the century; the day of a coordination number counts from 61. */
    static boolean swedishPersonal(String text) {
        String d = digits(text);
        d = d.length() == 12 ? d.substring(2) : d;
        int day = number(d, 4, 6) % 60;
        return luhn(d) && isDayOfACentury(number(d, 0, 2), number(d, 2, 4), day);
    }
}
