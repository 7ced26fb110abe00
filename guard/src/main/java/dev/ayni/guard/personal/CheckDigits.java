package dev.ayni.guard.personal;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Locale;

/** The sums by which numbers prove themselves: whether the last digits of an account or identity number fit the others. */
final class CheckDigits {
    private CheckDigits() {}

    /** Only the letters and digits of a number, in capitals. */
    static String bare(String number) {
        StringBuilder bare = new StringBuilder(number.length());
        for (int i = 0; i < number.length(); i++) {
            char c = number.charAt(i);
            if (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z') {
                bare.append(c);
            } else if (c >= 'a' && c <= 'z') {
                bare.append((char) (c - 32));
            }
        }
        return bare.toString();
    }

    /** Only its digits. */
    static String digits(String number) {
        StringBuilder digits = new StringBuilder(number.length());
        for (int i = 0; i < number.length(); i++) {
            char c = number.charAt(i);
            if (c >= '0' && c <= '9') {
                digits.append(c);
            }
        }
        return digits.toString();
    }

    /** Every second digit from the right doubled, digits of what comes out added: a multiple of ten. */
    static boolean luhn(String digits) {
        int sum = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(digits.length() - 1 - i) - '0';
            int doubled = i % 2 == 0 ? digit : 2 * digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }
        return digits.length() > 1 && sum % 10 == 0 && sum > 0;
    }

    /** ISO 7064 MOD 97-10 of an IBAN or another number whose letters count from 10. */
    static int mod97(String letters) {
        int rest = 0;
        for (int i = 0; i < letters.length(); i++) {
            int value = Character.digit(letters.charAt(i), 36);
            rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
        }
        return rest;
    }

    /** ISO 7064 MOD 11,10 (German tax numbers, Croatian OIB). */
    static boolean mod1110(String digits) {
        int product = 10;
        for (int i = 0; i < digits.length() - 1; i++) {
            int sum = (digits.charAt(i) - '0' + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }
        return (11 - product) % 10 == digits.charAt(digits.length() - 1) - '0';
    }

    /** The sum of the first digits, each times its weight. */
    static int weighted(String digits, int... weights) {
        int sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i] * (digits.charAt(i) - '0');
        }
        return sum;
    }

    private static int at(String digits, int place) {
        return digits.charAt(place) - '0';
    }

    private static int number(String digits, int start, int end) {
        return Integer.parseInt(digits, start, end, 10);
    }

    static boolean isDate(int year, int month, int day) {
        try {
            LocalDate.of(year, month, day);
            return true;
        } catch (DateTimeException e) {
            return false;
        }
    }

    /** Whether there was such a day in 1900 to 2099, of which only the last two digits of the year are known. */
    private static boolean isDayOfACentury(int year, int month, int day) {
        return isDate(1900 + year, month, day) || isDate(2000 + year, month, day);
    }

    private static boolean allSame(String digits) {
        return digits.chars().distinct().count() == 1;
    }

    // Verhoeff: the multiplication of the symmetries of a pentagon, and a permutation by place.
    private static final int[][] PENTAGON = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
        {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
        {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
        {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
        {4, 0, 1, 2, 3, 9, 5, 6, 7, 8},
        {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
        {6, 5, 9, 8, 7, 1, 0, 4, 3, 2},
        {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
        {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
        {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}
    };
    private static final int[] TURN = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};

    static boolean verhoeff(String digits) {
        int check = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = at(digits, digits.length() - 1 - i);
            for (int turns = i % 8; turns > 0; turns--) {
                digit = TURN[digit];
            }
            check = PENTAGON[check][digit];
        }
        return check == 0;
    }

    // ---- cards and accounts

    static boolean card(String text) {
        String digits = digits(text);
        return digits.length() >= 12 && digits.length() <= 19 && !allSame(digits) && luhn(digits);
    }

    /** Routing numbers of US banks: weights 3, 7, 1. */
    static boolean usRouting(String text) {
        String d = digits(text);
        return d.length() == 9 && weighted(d, 3, 7, 1, 3, 7, 1, 3, 7, 1) % 10 == 0 && !allSame(d);
    }

    // ---- the European Union

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

    // ---- the rest of Europe

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

    // ---- America

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

    // ---- Asia, Africa, Australia

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

    /** Numbers by which US doctors may prescribe: two letters, six digits, check digit. */
    static boolean usPrescriber(String text) {
        String d = digits(text);
        int sum = at(d, 0) + at(d, 2) + at(d, 4) + 2 * (at(d, 1) + at(d, 3) + at(d, 5));
        return sum % 10 == at(d, 6);
    }

    // ---- machines and coins

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
