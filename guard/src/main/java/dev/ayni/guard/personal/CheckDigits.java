package dev.ayni.guard.personal;

import java.time.DateTimeException;
import java.time.LocalDate;

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

    static int at(String digits, int place) {
        return digits.charAt(place) - '0';
    }

    static int number(String digits, int start, int end) {
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
    static boolean isDayOfACentury(int year, int month, int day) {
        return isDate(1900 + year, month, day) || isDate(2000 + year, month, day);
    }

    static boolean allSame(String digits) {
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
}
