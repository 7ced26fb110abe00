package dev.ayni.guard.personal;

import static dev.ayni.guard.personal.CheckDigits.allSame;
import static dev.ayni.guard.personal.CheckDigits.at;
import static dev.ayni.guard.personal.CheckDigits.bare;
import static dev.ayni.guard.personal.CheckDigits.digits;
import static dev.ayni.guard.personal.CheckDigits.isDate;
import static dev.ayni.guard.personal.CheckDigits.isDayOfACentury;
import static dev.ayni.guard.personal.CheckDigits.luhn;
import static dev.ayni.guard.personal.CheckDigits.number;
import static dev.ayni.guard.personal.CheckDigits.verhoeff;
import static dev.ayni.guard.personal.CheckDigits.weighted;
import static dev.ayni.guard.personal.ContextWords.of;
import static dev.ayni.guard.personal.Recognizers.IDENTITY;
import static dev.ayni.guard.personal.Recognizers.also;
import static dev.ayni.guard.personal.Recognizers.by;
import static dev.ayni.guard.personal.Recognizers.form;

import java.util.List;

/** Identity and tax numbers of Asia, Africa and Australia, and how they prove themselves. */
final class AsianAfricanAustralianNumbers {
    private AsianAfricanAustralianNumbers() {}

    static void asiaAfricaAustralia(List<Recognizer> all) {
        all.add(by(
                "indian-aadhaar",
                "IN_AADHAAR",
                AsianAfricanAustralianNumbers::indianAadhaar,
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
                AsianAfricanAustralianNumbers::indianGst,
                of("gst", "gstin"),
                form("gstin", 0.5, 1, "[0-3]\\d[A-Z]{5}\\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]")));
        all.add(by(
                "singaporean-nric",
                "SG_NRIC_FIN",
                AsianAfricanAustralianNumbers::singaporeanNric,
                also(IDENTITY, "nric", "fin"),
                form("nric", 0.4, 0.9, "[STFGM]\\d{7}[A-Z]")));
        all.add(by(
                "chinese-resident",
                "CN_RESIDENT_ID",
                AsianAfricanAustralianNumbers::chineseResident,
                also(IDENTITY, "身份证", "resident id"),
                form("resident", 0.4, 1, "[1-9]\\d{5}(?:18|19|20)\\d{9}[0-9Xx]")));
        all.add(by(
                "korean-resident",
                "KR_RRN",
                AsianAfricanAustralianNumbers::koreanResident,
                also(IDENTITY, "주민등록번호", "rrn", "resident registration"),
                form("hyphen", 0.4, 0.9, "\\d{6}-[1-4]\\d{6}"),
                form("digits", 0.1, 0.5, "\\d{6}[1-4]\\d{6}")));
        all.add(by(
                "japanese-my-number",
                "JP_MY_NUMBER",
                AsianAfricanAustralianNumbers::japaneseMyNumber,
                of("my number", "マイナンバー", "個人番号"),
                form("my-number", 0.05, 0.25, "\\d{4}[ -]?\\d{4}[ -]?\\d{4}")));
        all.add(by(
                "thai-citizen",
                "TH_TNIN",
                AsianAfricanAustralianNumbers::thaiCitizen,
                also(IDENTITY, "thai", "บัตรประชาชน"),
                form("grouped", 0.4, 0.85, "[1-8]-\\d{4}-\\d{5}-\\d{2}-\\d"),
                form("digits", 0.05, 0.3, "[1-8]\\d{12}")));
        all.add(by(
                "israeli-identity",
                "IL_ID",
                AsianAfricanAustralianNumbers::israeliIdentity,
                also(IDENTITY, "teudat", "תעודת זהות", "ת.ז"),
                form("identity", 0.05, 0.2, "\\d{9}")));
        all.add(by(
                "south-african-identity",
                "ZA_ID_NUMBER",
                AsianAfricanAustralianNumbers::southAfricanIdentity,
                also(IDENTITY, "rsa id"),
                form("identity", 0.1, 0.6, "\\d{6} ?\\d{4} ?\\d{3}")));
        all.add(by(
                "australian-business",
                "AU_ABN",
                AsianAfricanAustralianNumbers::australianBusiness,
                of("abn", "australian business"),
                form("grouped", 0.3, 0.8, "\\d{2} \\d{3} \\d{3} \\d{3}"),
                form("digits", 0.05, 0.35, "\\d{11}")));
        all.add(by(
                "australian-company",
                "AU_ACN",
                AsianAfricanAustralianNumbers::australianCompany,
                of("acn", "australian company"),
                form("acn", 0.05, 0.25, "\\d{3} ?\\d{3} ?\\d{3}")));
        all.add(by(
                "australian-tax-file",
                "AU_TFN",
                AsianAfricanAustralianNumbers::australianTaxFile,
                of("tfn", "tax file"),
                form("tfn", 0.05, 0.25, "\\d{3} ?\\d{3} ?\\d{3}")));
        all.add(by(
                "australian-medicare",
                "AU_MEDICARE",
                AsianAfricanAustralianNumbers::australianMedicare,
                of("medicare"),
                form("medicare", 0.1, 0.3, "[2-6]\\d{3} ?\\d{5} ?\\d")));
    }

    static boolean indianAadhaar(String text) {
        String d = digits(text);
        return d.charAt(0) > '1' && !new StringBuilder(d).reverse().toString().equals(d) && verhoeff(d);
    }

    static boolean indianGst(String text) {
        String bare = bare(text);
        int sum = 0;
        for (int i = 0; i < 14; i++) {
            int product = Character.digit(bare.charAt(i), 36) * (i % 2 == 0 ? 1 : 2);
            sum += product / 36 + product % 36;
        }
        return Character.digit(bare.charAt(14), 36) == (36 - sum % 36) % 36;
    }

    static boolean singaporeanNric(String text) {
        String bare = bare(text);
        char kind = bare.charAt(0);
        int sum = weighted(bare.substring(1), 2, 7, 6, 5, 4, 3, 2);
        sum += switch (kind) {
            case 'T', 'G' -> 4;
            case 'M' -> 3;
            default -> 0;
        };
        String letters = switch (kind) {
            case 'S', 'T' -> "JZIHGFEDCBA";
            case 'M' -> "KLJNPQRTUWX";
            default -> "XWUTRQPNMLK";
        };
        int place = kind == 'M' ? 10 - sum % 11 : sum % 11;
        return letters.charAt(place) == bare.charAt(8);
    }

    static boolean chineseResident(String text) {
        String bare = bare(text);
        int sum = weighted(bare, 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2);
        return "10X98765432".charAt(sum % 11) == bare.charAt(17)
                && isDate(number(bare, 6, 10), number(bare, 10, 12), number(bare, 12, 14));
    }

    static boolean koreanResident(String text) {
        String d = digits(text);
        int check = (11 - weighted(d, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5) % 11) % 10;
        return check == at(d, 12) && isDayOfACentury(number(d, 0, 2), number(d, 2, 4), number(d, 4, 6));
    }

    static boolean japaneseMyNumber(String text) {
        String d = digits(text);
        int rest = weighted(d, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11;
        return (rest <= 1 ? 0 : 11 - rest) == at(d, 11) && !allSame(d);
    }

    static boolean thaiCitizen(String text) {
        String d = digits(text);
        return (11 - weighted(d, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11) % 10 == at(d, 12);
    }

    static boolean israeliIdentity(String text) {
        String d = digits(text);
        return luhn(d) && !allSame(d);
    }

    static boolean southAfricanIdentity(String text) {
        String d = digits(text);
        return luhn(d) && isDayOfACentury(number(d, 0, 2), number(d, 2, 4), number(d, 4, 6)) && at(d, 10) < 3;
    }

    static boolean australianTaxFile(String text) {
        String d = digits(text);
        return weighted(d, 1, 4, 3, 7, 5, 8, 6, 9, 10) % 11 == 0 && !allSame(d);
    }

    static boolean australianBusiness(String text) {
        String d = digits(text);
        return (weighted(d, 10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19) - 10) % 89 == 0 && d.charAt(0) != '0';
    }

    static boolean australianCompany(String text) {
        String d = digits(text);
        return (10 - weighted(d, 8, 7, 6, 5, 4, 3, 2, 1) % 10) % 10 == at(d, 8) && !allSame(d);
    }

    static boolean australianMedicare(String text) {
        String d = digits(text);
        return weighted(d, 1, 3, 7, 9, 1, 3, 7, 9) % 10 == at(d, 8);
    }
}
