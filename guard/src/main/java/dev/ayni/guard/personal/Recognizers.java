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

    private static Form form(String name, double score, String regex) {
        return Form.of(name, score, score, B + "(?:" + regex + ")" + E);
    }

    private static Form form(String name, double score, double proven, String regex) {
        return Form.of(name, score, proven, B + "(?:" + regex + ")" + E);
    }

    private static Form bare(String name, double score, String regex) {
        return Form.of(name, score, score, regex);
    }

    private static Recognizer by(
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
        everywhere(all);
        europeanUnion(all);
        restOfEurope(all);
        america(all);
        asiaAfricaAustralia(all);
        lives(all);
        return List.copyOf(all);
    }

    private static final Set<String> CARD = of(
            "card",
            "credit",
            "debit",
            "visa",
            "mastercard",
            "amex",
            "american express",
            "discover",
            "maestro",
            "diners",
            "jcb",
            "cc",
            "cvv",
            "karte",
            "kreditkarte",
            "carte",
            "tarjeta",
            "carta",
            "cartão",
            "kaart",
            "kort",
            "kortti",
            "karta");
    private static final String S = "[ -]?";
    private static final Set<String> COIN =
            of("wallet", "btc", "bitcoin", "crypto", "ethereum", "eth", "litecoin", "address", "coin", "tron", "usdt");
    private static final String TOP_LEVEL =
            "com|org|net|edu|gov|mil|int|info|biz|name|io|co|ai|app|dev|online|shop|site|store|tech|xyz|cloud|blog|club|page|link|live|"
                    + "news|media|agency|academy|email|space|website|world|digital|company|consulting|art|me|tv|cc|eu|asia|"
                    + "ac|ad|ae|af|al|am|ar|at|au|az|ba|bd|be|bg|bo|br|by|ca|ch|cl|cn|cr|cu|cy|cz|de|dk|dz|ec|ee|eg|es|fi|fj|fr|ge|gh|gl|"
                    + "gr|gt|hk|hn|hr|hu|id|ie|il|in|iq|ir|is|it|jo|jp|ke|kr|kw|kz|lb|li|lk|lt|lu|lv|ma|mc|mk|mn|mt|mx|my|ng|nl|no|np|nz|om|"
                    + "pa|pe|ph|pk|pl|pt|qa|ro|ru|sa|se|sg|si|sk|sn|su|sv|th|tn|tr|tw|tz|ua|ug|uk|us|uy|uz|ve|vn|za|zm|zw";

    private static void everywhere(List<Recognizer> all) {
        all.add(
                by(
                        "email",
                        "EMAIL_ADDRESS",
                        null,
                        of("mail", "e-mail", "email"),
                        bare(
                                "email",
                                1,
                                "(?<![\\p{L}\\p{N}.!#$%&'*+/=?^_`{|}~-])[\\p{L}\\p{N}!#$%&*+/=?^_`{|}~-][\\p{L}\\p{N}.!#$%&'*+/=?^_`{|}~-]{0,63}+(?<!\\.)@(?:[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?\\.){1,8}(?:xn--[a-z0-9]{1,40}|\\p{L}{2,24})(?![\\p{L}\\p{N}])"),
                        bare(
                                "email-quoted-or-by-address",
                                0.9,
                                "(?<![\\p{L}\\p{N}.])(?:\"[^\"\\n]{1,60}\"|[\\w.+-]{1,64}+)@\\[\\d{1,3}(?:\\.\\d{1,3}){3}\\]"),
                        bare(
                                "email-spelled-out",
                                0.6,
                                "(?<![\\p{L}\\p{N}.])[\\w.+-]{1,64}+ ?(?:\\(at\\)|\\[at\\]) ?[\\w-]{1,60}(?: ?(?:\\(dot\\)|\\[dot\\]|\\.) ?[\\w-]{2,24}){1,4}")));
        all.add(
                by(
                        "url",
                        "URL",
                        null,
                        of("website", "url", "link", "site", "homepage", "visit"),
                        bare(
                                "url",
                                0.95,
                                "(?<![\\p{L}\\p{N}])(?:https?|ftps?|wss?)://[^\\s<>\"'`{}|\\\\^]{1,2000}(?<![.,;:!?)\\]…])"),
                        bare(
                                "url-www",
                                0.9,
                                "(?<![\\p{L}\\p{N}@./-])www\\.[\\p{L}\\p{N}-]{1,63}\\.[^\\s<>\"'`{}|\\\\^]{2,2000}(?<![.,;:!?)\\]…])"),
                        bare(
                                "domain",
                                0.5,
                                "(?<![\\p{L}\\p{N}@./_-])(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.){1,6}(?:"
                                        + TOP_LEVEL
                                        + ")(?:/[^\\s<>\"'`{}|\\\\^]{0,2000}(?<![.,;:!?)\\]…])|(?![\\p{L}\\p{N}_@-]|\\.\\p{L}))")));
        all.add(new PhoneNumbers(PhoneNumbers.REGIONS));
        all.add(by(
                "card",
                "CREDIT_CARD",
                CheckDigits::card,
                CARD,
                form(
                        "visa",
                        0.3,
                        1,
                        "4\\d{3}" + S + "\\d{4}" + S + "\\d{4}" + S + "(?:\\d{4}(?:" + S + "\\d{3})?|\\d)"),
                form(
                        "mastercard",
                        0.3,
                        1,
                        "(?:5[1-5]\\d\\d|222[1-9]|22[3-9]\\d|2[3-6]\\d\\d|27[01]\\d|2720)" + S + "\\d{4}" + S + "\\d{4}"
                                + S + "\\d{4}"),
                form("american-express", 0.3, 1, "3[47]\\d\\d" + S + "\\d{6}" + S + "\\d{5}"),
                form("diners", 0.3, 0.95, "3(?:0[0-5]|[689]\\d)\\d" + S + "\\d{6}" + S + "\\d{4}(?:\\d{2,5})?"),
                form(
                        "jcb",
                        0.3,
                        0.95,
                        "(?:2131|1800)\\d{11}|35\\d\\d" + S + "\\d{4}" + S + "\\d{4}" + S + "\\d{4}(?:\\d{3})?"),
                form(
                        "discover-or-unionpay",
                        0.3,
                        0.95,
                        "(?:6011|64[4-9]\\d|65\\d\\d|62\\d\\d|8[1-2]\\d\\d)" + S + "\\d{4}" + S + "\\d{4}" + S
                                + "\\d{4}(?:" + S + "\\d{1,3})?"),
                form("mir", 0.3, 0.95, "220[0-4]" + S + "\\d{4}" + S + "\\d{4}" + S + "\\d{4}(?:\\d{1,3})?"),
                form(
                        "maestro",
                        0.2,
                        0.6,
                        "(?:5[06-8]|6\\d)\\d\\d" + S + "\\d{4}" + S + "\\d{4}(?:" + S + "\\d{1,4}){0,2}"),
                form("other-card", 0.05, 0.2, "\\d(?:[ -]?\\d){11,18}")));
        all.add(new Iban());
        all.add(
                by(
                        "bic",
                        "BIC_CODE",
                        null,
                        of("bic", "swift"),
                        form(
                                "bic",
                                0.2,
                                "[A-Z]{4}(?:A[DELTU]|B[AEGR]|C[AHLNYZ]|D[EK]|E[ES]|F[IR]|G[BR]|H[KRU]|I[ELNST]|JP|L[ITUV]|M[CTX]|N[LOZ]|P[LT]|R[OS]|S[AEGIKM]|T[RW]|U[AS]|ZA)[A-Z2-9][A-NP-Z0-9](?:[A-Z0-9]{3})?")));
        all.add(by(
                "bitcoin",
                "CRYPTO",
                CheckDigits::base58Check,
                COIN,
                form("base58", 0.3, 1, "[13LMDATmn29][1-9A-HJ-NP-Za-km-z]{25,34}")));
        all.add(by(
                "segwit",
                "CRYPTO",
                CheckDigits::bech32,
                COIN,
                form(
                        "bech32",
                        0.5,
                        1,
                        "(?:bc|tb|ltc|addr|stake|cosmos|osmo)1[02-9ac-hj-np-z]{25,110}|BC1[02-9AC-HJ-NP-Z]{25,87}")));
        all.add(by("ethereum", "CRYPTO", null, COIN, form("ethereum", 0.85, "0x[0-9a-fA-F]{40}")));
        all.add(
                by(
                        "ip",
                        "IP_ADDRESS",
                        CheckDigits::ip4,
                        of("ip", "address", "server", "host", "subnet"),
                        bare(
                                "ip4",
                                0.6,
                                "(?<![\\p{L}\\p{N}.-])\\d{1,3}(?:\\.\\d{1,3}){3}(?:/\\d{1,2})?(?![\\p{L}\\p{N}_-]|\\.\\d|\\.\\p{L})")));
        all.add(
                by(
                        "ip6",
                        "IP_ADDRESS",
                        CheckDigits::ip6,
                        of("ip", "ipv6", "address", "server", "host"),
                        bare(
                                "ip6",
                                0.8,
                                "(?<![\\p{L}\\p{N}.:])(?=[0-9A-Fa-f:]*\\d|[0-9A-Fa-f:]*::[A-Fa-f])(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?(?:::|:)(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?(?::\\d{1,3}(?:\\.\\d{1,3}){3})?(?:%[\\w.-]{1,16})?(?:/\\d{1,3})?(?![\\p{L}\\p{N}:])")));
        all.add(by(
                "mac",
                "MAC_ADDRESS",
                null,
                of("mac", "hardware", "ethernet", "wifi"),
                bare(
                        "mac",
                        0.8,
                        "(?<![\\p{L}\\p{N}:-])(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\\1){4}[0-9A-Fa-f]{2}(?![\\p{L}\\p{N}:-])"),
                bare(
                        "mac-dotted",
                        0.6,
                        "(?<![\\p{L}\\p{N}.])[0-9A-Fa-f]{4}\\.[0-9A-Fa-f]{4}\\.[0-9A-Fa-f]{4}(?![\\p{L}\\p{N}.])")));
        all.add(by(
                "imei",
                "IMEI",
                text -> CheckDigits.luhn(CheckDigits.digits(text)),
                of("imei", "phone", "device", "handset"),
                form("imei", 0.05, 0.2, "\\d{2}[- ]?\\d{6}[- ]?\\d{6}[- ]?\\d")));
        all.add(by(
                "passport-lines",
                "PASSPORT",
                null,
                of("passport"),
                bare("machine-readable", 0.95, "(?<![A-Z0-9<])P[A-Z<][A-Z<]{3}[A-Z]{1,30}<[A-Z<]{8,38}(?![A-Z0-9<])")));
        all.add(
                by(
                        "passport",
                        "PASSPORT",
                        null,
                        of(
                                "passport",
                                "reisepass",
                                "passeport",
                                "pasaporte",
                                "passaporto",
                                "passaporte",
                                "paspoort",
                                "paszport"),
                        form(
                                "passport",
                                0.15,
                                "(?=[A-Z0-9]*\\d{4})[A-Z]{0,2}\\d{6,9}|[A-Z0-9]{2}\\d{7}|[CFGHJK][0-9CFGHJKLMNPRTVWXYZ]{8}\\d?")));
        all.add(by(
                "licence-plate",
                "LICENSE_PLATE",
                null,
                of(
                        "plate",
                        "vehicle",
                        "car",
                        "kennzeichen",
                        "plaque",
                        "immatricul",
                        "matrícula",
                        "targa",
                        "kenteken",
                        "registration"),
                form("french-or-italian", 0.45, "[A-HJ-NP-TV-Z]{2}[- ]?\\d{3}[- ]?[A-HJ-NP-TV-Z]{2}"),
                form("spanish", 0.25, "\\d{4}[- ]?[BCDFGHJKLMNPRSTVWXYZ]{3}"),
                form(
                        "dutch",
                        0.25,
                        "[A-Z]{2}-\\d{3}-[A-Z]|[A-Z]-\\d{3}-[A-Z]{2}|\\d{2}-[A-Z]{2,3}-\\d{1,2}|\\d-[A-Z]{3}-\\d{2}"),
                form("american", 0.15, "\\d?[A-Z]{2,3}[- ]?\\d{3,4}|\\d{3}[- ]?[A-Z]{3}")));
    }

    private static final Set<String> TAX =
            of("tax", "vat", "tin", "steuer", "fiscal", "nif", "nip", "contribuinte", "afm", "αφμ", "davčna", "adó");
    private static final Set<String> IDENTITY = of(
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

    private static Set<String> also(Set<String> words, String... more) {
        Set<String> both = new java.util.LinkedHashSet<>(of(more));
        both.addAll(words);
        return java.util.Collections.unmodifiableSet(both);
    }

    private static void europeanUnion(List<Recognizer> all) {
        all.add(by(
                "austrian-social-security",
                "AT_SVNR",
                CheckDigits::austrianSocialSecurity,
                also(IDENTITY, "sozialversicherung", "svnr", "versicherungsnummer"),
                form("svnr", 0.05, 0.4, "\\d{4} ?(?:0[1-9]|[12]\\d|3[01])(?:0[1-9]|1[0-5])\\d\\d")));
        all.add(by(
                "belgian-register",
                "BE_NATIONAL_NUMBER",
                CheckDigits::belgianRegister,
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
                CheckDigits::bulgarianCitizen,
                also(IDENTITY, "egn", "егн"),
                form("egn", 0.05, 0.5, "\\d{10}")));
        all.add(by(
                "croatian-oib",
                "HR_OIB",
                CheckDigits::croatianOib,
                also(IDENTITY, "oib", "osobni identifikacijski"),
                form("oib", 0.05, 0.3, "\\d{11}")));
        all.add(by(
                "cypriot-taxpayer",
                "CY_TIC",
                CheckDigits::cypriotTaxpayer,
                also(TAX, "tic", "φπα"),
                form("tic", 0.1, 0.6, "[0-59]\\d{7}[A-Z]")));
        all.add(by(
                "czech-or-slovak-birth-number",
                "CZ_SK_BIRTH_NUMBER",
                CheckDigits::czechOrSlovakBirthNumber,
                also(IDENTITY, "rodné číslo", "rodne cislo", "birth number"),
                form("with-slash", 0.4, 0.85, "\\d{6}/\\d{3,4}"),
                form("without-slash", 0.05, 0.4, "\\d{9,10}")));
        all.add(by(
                "danish-cpr",
                "DK_CPR",
                CheckDigits::danishDate,
                also(IDENTITY, "cpr", "personnummer"),
                form("cpr", 0.2, 0.55, "\\d{6}-\\d{4}"),
                form("cpr-plain", 0.05, 0.2, "\\d{6} ?\\d{4}")));
        all.add(by(
                "baltic-personal-code",
                "EE_LT_PERSONAL_CODE",
                CheckDigits::balticCode,
                also(IDENTITY, "isikukood", "asmens kodas"),
                form("isikukood", 0.1, 0.6, "[1-6]\\d{10}")));
        all.add(by(
                "finnish-personal-identity",
                "FI_PERSONAL_IDENTITY_CODE",
                CheckDigits::finnishCode,
                also(IDENTITY, "hetu", "henkilötunnus", "personbeteckning"),
                form("hetu", 0.5, 0.95, "\\d{6}[-+ABCDEFUVWXY]\\d{3}[0-9A-FHJ-NPR-Y]")));
        all.add(by(
                "french-insee",
                "FR_INSEE",
                CheckDigits::frenchInsee,
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
                CheckDigits::germanTaxId,
                also(TAX, "steuer-id", "steueridentifikation", "idnr", "identifikationsnummer"),
                form("steuer-id", 0.1, 0.6, "[1-9]\\d ?\\d{3} ?\\d{3} ?\\d{3}")));
        all.add(by(
                "german-identity-card",
                "DE_ID_CARD",
                CheckDigits::icao,
                also(IDENTITY, "personalausweis", "ausweis", "reisepass", "passport"),
                form("ausweis", 0.2, 0.6, "[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}\\d")));
        all.add(by(
                "german-pension",
                "DE_SOCIAL_SECURITY",
                CheckDigits::germanPension,
                also(IDENTITY, "rentenversicherung", "sozialversicherung", "rvnr"),
                form("rvnr", 0.3, 0.9, "\\d{2} ?(?:0[1-9]|[12]\\d|3[01])(?:0[1-9]|1[0-2])\\d{2} ?[A-Z] ?\\d{3}")));
        all.add(by(
                "greek-amka",
                "GR_AMKA",
                CheckDigits::greekAmka,
                also(IDENTITY, "amka", "αμκα"),
                form("amka", 0.1, 0.5, "(?:0[1-9]|[12]\\d|3[01])(?:0[1-9]|1[0-2])\\d{7}")));
        all.add(by(
                "greek-taxpayer", "GR_AFM", CheckDigits::greekTaxpayer, TAX, form("afm", 0.05, 0.2, "(?:EL)?\\d{9}")));
        all.add(by(
                "hungarian-social-security",
                "HU_TAJ",
                CheckDigits::hungarianSocialSecurity,
                also(IDENTITY, "taj", "társadalombiztosítás"),
                form("taj", 0.1, 0.3, "\\d{3}[ -]\\d{3}[ -]\\d{3}"),
                form("taj-plain", 0.05, 0.2, "\\d{9}")));
        all.add(by(
                "hungarian-taxpayer",
                "HU_TAX_ID",
                CheckDigits::hungarianTaxpayer,
                also(TAX, "adóazonosító"),
                form("adoazonosito", 0.1, 0.4, "8\\d{9}")));
        all.add(by(
                "hungarian-personal",
                "HU_PERSONAL_ID",
                CheckDigits::hungarianPersonal,
                also(IDENTITY, "személyi"),
                form("szemelyi", 0.2, 0.7, "[1-8][- ]\\d{6}[- ]\\d{4}"),
                form("szemelyi-plain", 0.05, 0.3, "[1-8]\\d{10}")));
        all.add(by(
                "irish-pps",
                "IE_PPS",
                CheckDigits::irishPps,
                also(IDENTITY, "pps", "ppsn", "personal public service"),
                form("pps", 0.3, 0.8, "\\d{7}[A-W][ABHW]?")));
        all.add(
                by(
                        "italian-fiscal-code",
                        "IT_FISCAL_CODE",
                        CheckDigits::italianFiscalCode,
                        also(IDENTITY, "codice fiscale", "fiscal"),
                        form(
                                "codice-fiscale",
                                0.5,
                                1,
                                "(?i:[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z])")));
        all.add(by(
                "italian-vat",
                "IT_VAT_CODE",
                CheckDigits::italianVat,
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
                CheckDigits::latvianCode,
                also(IDENTITY, "personas kods"),
                form("personas-kods", 0.2, 0.7, "\\d{6}-\\d{5}"),
                form("personas-kods-plain", 0.05, 0.3, "\\d{11}")));
        all.add(by(
                "luxembourgish-register",
                "LU_NATIONAL_ID",
                CheckDigits::luxembourgishRegister,
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
                CheckDigits::dutchBsn,
                also(IDENTITY, "bsn", "burgerservicenummer", "sofinummer"),
                form("bsn", 0.05, 0.25, "\\d{9}|\\d{4}[. ]\\d{2}[. ]\\d{3}")));
        all.add(by(
                "polish-pesel",
                "PL_PESEL",
                CheckDigits::polishPesel,
                also(IDENTITY, "pesel"),
                form("pesel", 0.2, 0.6, "\\d{11}")));
        all.add(by(
                "polish-taxpayer",
                "PL_NIP",
                CheckDigits::polishTaxpayer,
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
                CheckDigits::portugueseTaxpayer,
                also(TAX, "número de identificação fiscal"),
                form("nif", 0.05, 0.2, "[1235689]\\d{2} ?\\d{3} ?\\d{3}")));
        all.add(by(
                "portuguese-citizen-card",
                "PT_CITIZEN_CARD",
                CheckDigits::portugueseCitizenCard,
                also(IDENTITY, "cartão de cidadão", "cartao de cidadao"),
                form("cartao", 0.3, 0.8, "\\d{8} ?\\d ?[A-Z0-9]{2}\\d")));
        all.add(by(
                "romanian-cnp",
                "RO_CNP",
                CheckDigits::romanianCnp,
                also(IDENTITY, "cnp", "cod numeric personal"),
                form("cnp", 0.2, 0.75, "[1-9]\\d{12}")));
        all.add(by(
                "slovenian-taxpayer",
                "SI_TAX_ID",
                CheckDigits::slovenianTaxpayer,
                TAX,
                form("davcna", 0.05, 0.2, "(?:SI)?[1-9]\\d{7}")));
        all.add(by(
                "yugoslav-citizen",
                "SI_EMSO",
                CheckDigits::yugoslavCitizen,
                also(IDENTITY, "emšo", "emso", "jmbg"),
                form("emso", 0.2, 0.8, "\\d{13}")));
        all.add(by(
                "spanish-nif",
                "ES_NIF",
                CheckDigits::spanishNif,
                also(IDENTITY, "dni", "nif", "documento nacional", "identificación"),
                form("nif", 0.3, 0.9, "\\d{7,8}[- ]?[A-HJ-NP-TV-Z]")));
        all.add(by(
                "spanish-nie",
                "ES_NIE",
                CheckDigits::spanishNif,
                also(IDENTITY, "nie", "extranjero"),
                form("nie", 0.4, 0.95, "[XYZ][- ]?\\d{7}[- ]?[A-HJ-NP-TV-Z]")));
        all.add(by(
                "swedish-personal",
                "SE_PERSONNUMMER",
                CheckDigits::swedishPersonal,
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

    private static void restOfEurope(List<Recognizer> all) {
        all.add(by(
                "norwegian-personal",
                "NO_FODSELSNUMMER",
                CheckDigits::norwegianPersonal,
                also(IDENTITY, "fødselsnummer", "fodselsnummer", "personnummer", "d-nummer"),
                form("fodselsnummer", 0.2, 0.9, "\\d{6} ?\\d{5}")));
        all.add(by(
                "icelandic-personal",
                "IS_KENNITALA",
                CheckDigits::icelandicPersonal,
                also(IDENTITY, "kennitala"),
                form("kennitala", 0.2, 0.7, "\\d{6}-\\d{3}[089]"),
                form("kennitala-plain", 0.05, 0.4, "\\d{9}[089]")));
        all.add(by(
                "swiss-ahv",
                "CH_AHV",
                CheckDigits::swissAhv,
                also(IDENTITY, "ahv", "avs", "sozialversicherungsnummer"),
                form("ahv", 0.5, 0.95, "756\\.?\\d{4}\\.?\\d{4}\\.?\\d{2}")));
        all.add(by(
                "british-nhs",
                "UK_NHS",
                CheckDigits::britishNhs,
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
                CheckDigits::turkishCitizen,
                also(IDENTITY, "kimlik", "tckn"),
                form("kimlik", 0.1, 0.7, "[1-9]\\d{10}")));
    }

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

    private static void america(List<Recognizer> all) {
        all.add(by(
                "us-social-security",
                "US_SSN",
                CheckDigits::usSocialSecurity,
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
                CheckDigits::usRouting,
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
                CheckDigits::usPrescriber,
                of("dea", "medical", "certificate", "prescri", "doctor"),
                form("dea", 0.3, 0.8, "[ABCDEFGHJKLMPRSTUX][A-Z9]\\d{7}")));
        all.add(by(
                "canadian-social-insurance",
                "CA_SIN",
                CheckDigits::canadianSin,
                of("sin", "social insurance", "canad"),
                form("grouped", 0.2, 0.5, "\\d{3}([ -])\\d{3}\\1\\d{3}"),
                form("digits", 0.05, 0.2, "\\d{9}")));
        all.add(by(
                "brazilian-cpf",
                "BR_CPF",
                CheckDigits::brazilianCpf,
                of("cpf", "cadastro de pessoa", "pessoas físicas", "documento"),
                form("dotted", 0.5, 1, "\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}"),
                form("digits", 0.1, 0.6, "\\d{9}-?\\d{2}")));
        all.add(by(
                "brazilian-cnpj",
                "BR_CNPJ",
                CheckDigits::brazilianCnpj,
                of("cnpj", "cadastro nacional", "empresa"),
                form("dotted", 0.5, 1, "\\d{2}\\.\\d{3}\\.\\d{3}/\\d{4}-\\d{2}"),
                form("digits", 0.1, 0.7, "\\d{14}")));
        all.add(
                by(
                        "mexican-curp",
                        "MX_CURP",
                        CheckDigits::mexicanCurp,
                        also(IDENTITY, "curp", "clave única"),
                        form(
                                "curp",
                                0.6,
                                1,
                                "[A-Z][AEIOUX][A-Z]{2}\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])[HMX][A-Z]{2}[B-DF-HJ-NP-TV-ZÑ]{3}[A-Z0-9]\\d")));
        all.add(by(
                "argentinian-cuit",
                "AR_CUIT",
                CheckDigits::argentinianCuit,
                also(TAX, "cuit", "cuil"),
                form("hyphens", 0.3, 0.85, "(?:2[03-7]|3[034])-\\d{8}-\\d"),
                form("digits", 0.05, 0.3, "(?:2[03-7]|3[034])\\d{9}")));
        all.add(by(
                "chilean-rut",
                "CL_RUT",
                CheckDigits::chileanRut,
                also(IDENTITY, "rut", "run", "rol único"),
                form("dotted", 0.5, 0.95, "\\d{1,2}\\.\\d{3}\\.\\d{3}-[0-9Kk]"),
                form("hyphen", 0.1, 0.5, "\\d{7,8}-[0-9Kk]")));
    }

    private static void asiaAfricaAustralia(List<Recognizer> all) {
        all.add(by(
                "indian-aadhaar",
                "IN_AADHAAR",
                CheckDigits::indianAadhaar,
                of("aadhaar", "aadhar", "uidai", "uid"),
                form("grouped", 0.3, 0.7, "\\d{4}([ -:])\\d{4}\\1\\d{4}"),
                form("digits", 0.05, 0.3, "\\d{12}")));
        all.add(by(
                "indian-pan",
                "IN_PAN",
                null,
                of("permanent account", "pan", "income tax"),
                form("pan", 0.6, "[A-Z]{3}[ABCFGHJLPT][A-Z]\\d{4}[A-Z]")));
        all.add(by(
                "indian-passport",
                "IN_PASSPORT",
                null,
                of("passport", "indian passport"),
                form("passport", 0.2, "[A-PR-WY][1-9]\\d ?\\d{4}[1-9]")));
        all.add(by(
                "indian-voter",
                "IN_VOTER",
                null,
                of("voter", "epic", "elector"),
                form("voter", 0.35, "[A-Z]{3}\\d{7}")));
        all.add(
                by(
                        "indian-vehicle",
                        "IN_VEHICLE_REGISTRATION",
                        null,
                        of("rto", "vehicle", "plate", "registration"),
                        form(
                                "vehicle",
                                0.5,
                                "(?:AN|AP|AR|AS|BR|CH|CG|DD|DL|GA|GJ|HR|HP|JK|JH|KA|KL|LA|LD|MH|ML|MN|MP|MZ|NL|OD|OR|PB|PY|RJ|SK|TN|TR|TS|UK|UP|WB)[ -]?\\d{1,2}[ -]?[A-Z]{1,3}[ -]?\\d{4}")));
        all.add(by(
                "indian-gst",
                "IN_GSTIN",
                CheckDigits::indianGst,
                of("gst", "gstin"),
                form("gstin", 0.5, 1, "[0-3]\\d[A-Z]{5}\\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]")));
        all.add(by(
                "singaporean-nric",
                "SG_NRIC_FIN",
                CheckDigits::singaporeanNric,
                also(IDENTITY, "nric", "fin"),
                form("nric", 0.4, 0.9, "[STFGM]\\d{7}[A-Z]")));
        all.add(by(
                "chinese-resident",
                "CN_RESIDENT_ID",
                CheckDigits::chineseResident,
                also(IDENTITY, "身份证", "resident id"),
                form("resident", 0.4, 1, "[1-9]\\d{5}(?:18|19|20)\\d{9}[0-9Xx]")));
        all.add(by(
                "korean-resident",
                "KR_RRN",
                CheckDigits::koreanResident,
                also(IDENTITY, "주민등록번호", "rrn", "resident registration"),
                form("hyphen", 0.4, 0.9, "\\d{6}-[1-4]\\d{6}"),
                form("digits", 0.1, 0.5, "\\d{6}[1-4]\\d{6}")));
        all.add(by(
                "japanese-my-number",
                "JP_MY_NUMBER",
                CheckDigits::japaneseMyNumber,
                of("my number", "マイナンバー", "個人番号"),
                form("my-number", 0.05, 0.25, "\\d{4}[ -]?\\d{4}[ -]?\\d{4}")));
        all.add(by(
                "thai-citizen",
                "TH_TNIN",
                CheckDigits::thaiCitizen,
                also(IDENTITY, "thai", "บัตรประชาชน"),
                form("grouped", 0.4, 0.85, "[1-8]-\\d{4}-\\d{5}-\\d{2}-\\d"),
                form("digits", 0.05, 0.3, "[1-8]\\d{12}")));
        all.add(by(
                "israeli-identity",
                "IL_ID",
                CheckDigits::israeliIdentity,
                also(IDENTITY, "teudat", "תעודת זהות", "ת.ז"),
                form("identity", 0.05, 0.2, "\\d{9}")));
        all.add(by(
                "south-african-identity",
                "ZA_ID_NUMBER",
                CheckDigits::southAfricanIdentity,
                also(IDENTITY, "rsa id"),
                form("identity", 0.1, 0.6, "\\d{6} ?\\d{4} ?\\d{3}")));
        all.add(by(
                "australian-business",
                "AU_ABN",
                CheckDigits::australianBusiness,
                of("abn", "australian business"),
                form("grouped", 0.3, 0.8, "\\d{2} \\d{3} \\d{3} \\d{3}"),
                form("digits", 0.05, 0.35, "\\d{11}")));
        all.add(by(
                "australian-company",
                "AU_ACN",
                CheckDigits::australianCompany,
                of("acn", "australian company"),
                form("acn", 0.05, 0.25, "\\d{3} ?\\d{3} ?\\d{3}")));
        all.add(by(
                "australian-tax-file",
                "AU_TFN",
                CheckDigits::australianTaxFile,
                of("tfn", "tax file"),
                form("tfn", 0.05, 0.25, "\\d{3} ?\\d{3} ?\\d{3}")));
        all.add(by(
                "australian-medicare",
                "AU_MEDICARE",
                CheckDigits::australianMedicare,
                of("medicare"),
                form("medicare", 0.1, 0.3, "[2-6]\\d{3} ?\\d{5} ?\\d")));
    }

    private static final String MONTH =
            "(?:jan(?:uary|uar|vier|eiro)?|feb(?:ruary|ruar|rero|braio)?|févr(?:ier)?|mar(?:ch|zo|ço|s)?|märz|apr(?:il|ile)?|avril|abril|ma(?:y|i|yo|ggio|io)|jun(?:e|i|io|ho)?|juin|giugno|jul(?:y|i|io|ho)?|juillet|luglio|aug(?:ust)?|août|agosto|sep(?:t(?:ember|iembre|embre)?)?|set(?:embro|tembre)|o[ck]t(?:ober|ubre|obre)?|outubro|ottobre|nov(?:ember|iembre|embre|embro)?|de[cz](?:ember|iembre|embro)?|dicembre|décembre)";
    private static final String CLOCK =
            "(?:[01]?\\d|2[0-3])[:.h][0-5]\\d(?:[:.][0-5]\\d(?:[.,]\\d{1,6})?)?(?: ?(?:[ap]\\.?m\\b\\.?|uhr))?";

    /** What people tell of their lives: dates, ages, postal codes, forms of address. */
    private static void lives(List<Recognizer> all) {
        String day = "(?:0?[1-9]|[12]\\d|3[01])";
        String month = "(?:0?[1-9]|1[0-2])";
        String year = "(?:1[89]|20)\\d\\d";
        Form[] dates = {
            form(
                    "iso",
                    0.9,
                    year + "-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])(?:[T ]" + CLOCK
                            + "(?:Z|[+-]\\d\\d:?\\d\\d)?)?"),
            form(
                    "slashes",
                    0.8,
                    "(?:" + day + "/" + month + "|" + month + "/" + day + ")/(?:" + year + "|\\d\\d)(?: " + CLOCK
                            + ")?"),
            form("dots", 0.7, day + "\\. ?" + month + "\\. ?(?:" + year + "|\\d\\d)(?:,? " + CLOCK + ")?"),
            form("hyphens", 0.6, "(?:" + day + "-" + month + "|" + month + "-" + day + ")-(?:" + year + "|\\d\\d)"),
            form("year-first", 0.8, year + "([/.])" + month + "\\1" + day),
            form(
                    "day-month-year",
                    0.85,
                    "(?i:(?:the )?" + day + "(?:st|nd|rd|th|er|º|\\.)?[ -](?:of |de )?" + MONTH
                            + "\\.?(?:,? (?:de )?(?:" + year + "|'\\d\\d)|-(?:" + year + "|\\d\\d))?)"),
            form("month-day-year", 0.85, "(?i:" + MONTH + "\\.? " + day + "(?:st|nd|rd|th)?(?:,? " + year + ")?)"),
            form("month-year", 0.7, "(?i:" + MONTH + "\\.?,? (?:de |of )?" + year + ")")
        };
        Set<String> birth = of(
                "born",
                "birth",
                "birthday",
                "birthdate",
                "dob",
                "d.o.b",
                "geboren",
                "geburt",
                "naissance",
                "né le",
                "née le",
                "nacimiento",
                "nacido",
                "nacida",
                "nascita",
                "nato",
                "nata",
                "nascimento",
                "geboortedatum",
                "urodz",
                "född");
        all.add(new BirthDates(by("date", "DATE_TIME", null, Set.of(), dates), birth));
        all.add(by(
                "time-and-day",
                "DATE_TIME",
                null,
                Set.of(),
                form(
                        "clock",
                        0.6,
                        "(?i:(?:[01]?\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d)?(?: ?[ap]\\.?m\\b\\.?)?|(?:1[0-2]|[1-9]) ?[ap]\\.?m\\b\\.?)"),
                form("weekday", 0.5, "(?i:(?:mon|tues|wednes|thurs|fri|satur|sun)day)")));
        all.add(by(
                "year",
                "DATE_TIME",
                null,
                of("in", "since", "year", "until", "from", "during", "founded", "before", "after"),
                form("year", 0.2, "(?:19|20)\\d\\d")));
        all.add(
                by(
                        "age",
                        "AGE",
                        null,
                        Set.of(),
                        bare(
                                "years-old",
                                0.9,
                                "(?i)(?<![\\w.,/-])(?<it>1?\\d?\\d)(?=(?:[ -]?(?:years?|yrs?|months?)[ -]?old|[ -]?y/?o)\\b|[ -]jährig| ?Jahre alt| años| ans\\b(?! de)| anni\\b(?! fa)| anos de idade)"),
                        bare(
                                "age",
                                0.85,
                                "(?i)\\b(?:aged|age|ages)(?: of| is|:| was)?:? ?(?<it>1?\\d?\\d)(?![\\w/%]|[.,:-]\\d| (?:percent|dollars|euros|minutes|hours|days|weeks|people|times))"),
                        bare(
                                "turns",
                                0.8,
                                "(?i)\\b(?:turn|turns|turned|turning)(?: just)? (?<it>1[01]\\d|[1-9]\\d?)(?![\\w/%]|[.,:-]\\d| (?:percent|degrees|dollars|minutes|hours|days|times|pages|people|of))"),
                        bare(
                                "am",
                                0.55,
                                "(?i)\\b(?:I am|I'm|he is|he's|she is|she's|I was|he was|she was|when I was|über) (?<it>1?[1-9]\\d)(?=[.,!?;]? *(?:$|\\n|and\\b|but\\b|when\\b|[.,!?;]))")));
        Set<String> postal = of(
                "zip",
                "zipcode",
                "postal",
                "postcode",
                "post code",
                "plz",
                "postleitzahl",
                "code postal",
                "código postal",
                "cap",
                "cep");
        all.add(by(
                "postal-code",
                "ZIP_CODE",
                null,
                postal,
                form(
                        "british",
                        0.55,
                        "(?:GIR ?0AA|[A-PR-UWYZ](?:[A-HK-Y]?\\d{1,2}|\\d[A-HJKPS-UW]|[A-HK-Y]\\d[ABEHMNPRV-Y]) \\d[ABD-HJLNP-UW-Z]{2})"),
                form("canadian", 0.6, "[ABCEGHJ-NPRSTVXY]\\d[ABCEGHJ-NPRSTV-Z] ?\\d[ABCEGHJ-NPRSTV-Z]\\d"),
                form("dutch", 0.5, "[1-9]\\d{3} ?(?!SA|SD|SS)[A-Z]{2}"),
                form(
                        "hyphen",
                        0.2,
                        "\\d{5}-\\d{3,4}|\\d{4}-\\d{3}|\\d{2}-\\d{3}|\\d{3}-\\d{4}|\\d{3}[ ]\\d{2}|[A-Z]{1,2}-\\d{3,5}"),
                form("digits", 0.16, "\\d{3,6}")));
        all.add(
                by(
                        "form-of-address",
                        "TITLE",
                        null,
                        Set.of(),
                        bare(
                                "title",
                                0.85,
                                "(?<![\\p{L}\\p{N}])(?i:mr|mrs|ms|miss|dr|prof|mme|mlle|hr|frau|herr|señora?|sra?|signora?|sig|monsieur|madame|sir|lord|lady|rev|hon|capt|sgt|lt|col|gen|mx)\\.(?= \\p{Lu}| \\p{L}{2,}\\b|$|\\n)"),
                        bare(
                                "title-without-dot",
                                0.6,
                                "(?<![\\p{L}\\p{N}])(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Herr|Frau|Señora?|Signora?|Monsieur|Madame|Sir|Mx)(?= \\p{Lu})")));
    }
}
