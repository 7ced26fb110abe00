package dev.ayni.guard.personal;

import static dev.ayni.guard.personal.CheckDigits.allSame;
import static dev.ayni.guard.personal.CheckDigits.digits;
import static dev.ayni.guard.personal.CheckDigits.luhn;
import static dev.ayni.guard.personal.ContextWords.of;
import static dev.ayni.guard.personal.Recognizers.bounded;
import static dev.ayni.guard.personal.Recognizers.by;
import static dev.ayni.guard.personal.Recognizers.form;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What is written alike in all the world: mail, web and machine addresses, cards, accounts, coins, passports, plates. */
final class WorldwideForms {
    private WorldwideForms() {}

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

    static void everywhere(List<Recognizer> all) {
        all.add(
                by(
                        "email",
                        "EMAIL_ADDRESS",
                        null,
                        of("mail", "e-mail", "email"),
                        bounded(
                                "email",
                                1,
                                "(?<![\\p{L}\\p{N}.!#$%&'*+/=?^_`{|}~-])[\\p{L}\\p{N}!#$%&*+/=?^_`{|}~-][\\p{L}\\p{N}.!#$%&'*+/=?^_`{|}~-]{0,63}+(?<!\\.)@(?:[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?\\.){1,8}(?:xn--[a-z0-9]{1,40}|\\p{L}{2,24})(?![\\p{L}\\p{N}])"),
                        bounded(
                                "email-quoted-or-by-address",
                                0.9,
                                "(?<![\\p{L}\\p{N}.])(?:\"[^\"\\n]{1,60}\"|[\\w.+-]{1,64}+)@\\[\\d{1,3}(?:\\.\\d{1,3}){3}\\]"),
                        bounded(
                                "email-spelled-out",
                                0.6,
                                "(?<![\\p{L}\\p{N}.])[\\w.+-]{1,64}+ ?(?:\\(at\\)|\\[at\\]) ?[\\w-]{1,60}(?: ?(?:\\(dot\\)|\\[dot\\]|\\.) ?[\\w-]{2,24}){1,4}")));
        all.add(
                by(
                        "url",
                        "URL",
                        null,
                        of("website", "url", "link", "site", "homepage", "visit"),
                        bounded(
                                "url",
                                0.95,
                                "(?<![\\p{L}\\p{N}])(?:https?|ftps?|wss?)://[^\\s<>\"'`{}|\\\\^]{1,2000}(?<![.,;:!?)\\]…])"),
                        bounded(
                                "url-www",
                                0.9,
                                "(?<![\\p{L}\\p{N}@./-])www\\.[\\p{L}\\p{N}-]{1,63}\\.[^\\s<>\"'`{}|\\\\^]{2,2000}(?<![.,;:!?)\\]…])"),
                        bounded(
                                "domain",
                                0.5,
                                "(?<![\\p{L}\\p{N}@./_-])(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.){1,6}(?:"
                                        + TOP_LEVEL
                                        + ")(?:/[^\\s<>\"'`{}|\\\\^]{0,2000}(?<![.,;:!?)\\]…])|(?![\\p{L}\\p{N}_@-]|\\.\\p{L}))")));
        all.add(new PhoneNumbers(PhoneNumbers.REGIONS));
        all.add(by(
                "card",
                "CREDIT_CARD",
                WorldwideForms::card,
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
                WorldwideForms::base58Check,
                COIN,
                form("base58", 0.3, 1, "[13LMDATmn29][1-9A-HJ-NP-Za-km-z]{25,34}")));
        all.add(by(
                "segwit",
                "CRYPTO",
                WorldwideForms::bech32,
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
                        WorldwideForms::ip4,
                        of("ip", "address", "server", "host", "subnet"),
                        bounded(
                                "ip4",
                                0.6,
                                "(?<![\\p{L}\\p{N}.-])\\d{1,3}(?:\\.\\d{1,3}){3}(?:/\\d{1,2})?(?![\\p{L}\\p{N}_-]|\\.\\d|\\.\\p{L})")));
        all.add(
                by(
                        "ip6",
                        "IP_ADDRESS",
                        WorldwideForms::ip6,
                        of("ip", "ipv6", "address", "server", "host"),
                        bounded(
                                "ip6",
                                0.8,
                                "(?<![\\p{L}\\p{N}.:])(?=[0-9A-Fa-f:]*\\d|[0-9A-Fa-f:]*::[A-Fa-f])(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?(?:::|:)(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?(?::\\d{1,3}(?:\\.\\d{1,3}){3})?(?:%[\\w.-]{1,16})?(?:/\\d{1,3})?(?![\\p{L}\\p{N}:])")));
        all.add(by(
                "mac",
                "MAC_ADDRESS",
                null,
                of("mac", "hardware", "ethernet", "wifi"),
                bounded(
                        "mac",
                        0.8,
                        "(?<![\\p{L}\\p{N}:-])(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\\1){4}[0-9A-Fa-f]{2}(?![\\p{L}\\p{N}:-])"),
                bounded(
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
                bounded(
                        "machine-readable",
                        0.95,
                        "(?<![A-Z0-9<])P[A-Z<][A-Z<]{3}[A-Z]{1,30}<[A-Z<]{8,38}(?![A-Z0-9<])")));
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

    static boolean card(String text) {
        String digits = digits(text);
        return digits.length() >= 12 && digits.length() <= 19 && !allSame(digits) && luhn(digits);
    }

    static boolean ip4(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        for (String part : address.split("\\.", -1)) {
            if (part.length() > 3 || Integer.parseInt(part) > 255 || part.length() > 1 && part.charAt(0) == '0') {
                return false;
            }
        }
        return slash < 0 || Integer.parseInt(text.substring(slash + 1)) <= 32;
    }

    /** Eight groups of four hexadecimal digits, or fewer with one double colon, the last two perhaps as IPv4. */
    static boolean ip6(String text) {
        String address = text;
        int mark = address.indexOf('%');
        address = mark < 0 ? address : address.substring(0, mark);
        int slash = address.indexOf('/');
        address = slash < 0 ? address : address.substring(0, slash);
        int gap = address.indexOf("::");
        if (gap >= 0 && address.indexOf("::", gap + 1) >= 0) {
            return false;
        }
        int groups = 0;
        String[] parts = address.split(":", -1);
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i];
            if (part.indexOf('.') >= 0) {
                if (i != parts.length - 1 || !ip4(part)) {
                    return false;
                }
                groups += 2;
            } else if (part.length() > 4) {
                return false;
            } else if (!part.isEmpty()) {
                groups++;
            } else if (gap < 0) {
                return false;
            }
        }
        return gap < 0 ? groups == 8 : groups < 8 && groups > 0;
    }

    private static final String BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    /** Base58Check: the last four bytes are the beginning of the twofold SHA-256 of the others. */
    static boolean base58Check(String text) {
        BigInteger value = BigInteger.ZERO;
        for (int i = 0; i < text.length(); i++) {
            int digit = BASE58.indexOf(text.charAt(i));
            if (digit < 0) {
                return false;
            }
            value = value.multiply(BigInteger.valueOf(58)).add(BigInteger.valueOf(digit));
        }
        byte[] number = value.toByteArray();
        byte[] decoded = new byte[25];
        int from = number[0] == 0 ? 1 : 0;
        int length = number.length - from;
        if (length > 25) {
            return false;
        }
        System.arraycopy(number, from, decoded, 25 - length, length);
        byte[] check = sha256(sha256(Arrays.copyOf(decoded, 21)));
        return Arrays.equals(check, 0, 4, decoded, 21, 25);
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java has no SHA-256, which every Java must have.", e);
        }
    }

    private static final String BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

    /** BIP 173 and BIP 350: a polynomial over 32 signs; 1 for bech32, another constant for bech32m. */
    static boolean bech32(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        int one = lower.lastIndexOf('1');
        if (one < 1
                || lower.length() - one < 7
                || !(text.equals(lower) || text.equals(text.toUpperCase(Locale.ROOT)))) {
            return false;
        }
        byte[] prefix = lower.substring(0, one).getBytes(StandardCharsets.US_ASCII);
        int check = 1;
        for (byte b : prefix) {
            check = bech32Step(check) ^ b >> 5;
        }
        check = bech32Step(check);
        for (byte b : prefix) {
            check = bech32Step(check) ^ b & 31;
        }
        for (int i = one + 1; i < lower.length(); i++) {
            int value = BECH32.indexOf(lower.charAt(i));
            if (value < 0) {
                return false;
            }
            check = bech32Step(check) ^ value;
        }
        return check == 1 || check == 0x2bc830a3;
    }

    private static final int[] BECH32_POWERS = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};

    private static int bech32Step(int check) {
        int top = check >>> 25;
        int next = (check & 0x1ffffff) << 5;
        for (int i = 0; i < 5; i++) {
            next ^= (top >> i & 1) == 0 ? 0 : BECH32_POWERS[i];
        }
        return next;
    }
}
