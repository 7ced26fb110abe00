package dev.ayni.guard.personal;

import java.text.Normalizer;
import java.util.Locale;

/** Words as lists know them: in small letters, without accents, {@code ø} as {@code o}, {@code ß} as {@code ss}. */
final class PlainLetters {
    private PlainLetters() {}

    static String of(String word) {
        boolean plain = true;
        for (int i = 0; i < word.length(); i++) {
            plain &= word.charAt(i) < 128;
        }
        if (plain) {
            return word.toLowerCase(Locale.ROOT);
        }
        String apart = Normalizer.normalize(word.toLowerCase(Locale.ROOT), Normalizer.Form.NFD);
        StringBuilder letters = new StringBuilder(apart.length());
        for (int i = 0; i < apart.length(); i++) {
            char c = apart.charAt(i);
            switch (c) {
                case 'ø' -> letters.append('o');
                case 'ł' -> letters.append('l');
                case 'đ', 'ð' -> letters.append('d');
                case 'ı' -> letters.append('i');
                case 'ß' -> letters.append("ss");
                case 'æ' -> letters.append("ae");
                case 'œ' -> letters.append("oe");
                case 'þ' -> letters.append("th");
                case '’', 'ʼ' -> letters.append('\'');
                default -> {
                    if (Character.getType(c) != Character.NON_SPACING_MARK) {
                        letters.append(c);
                    }
                }
            }
        }
        return letters.toString();
    }
}
