package dev.ayni.guard.classifiers;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a text may say beneath what it seems to say: base64 and hex decoded, letters that were spaced out joined, digits read
 * as letters, what is written backwards or shifted by thirteen places read rightly, invisible characters left out.
 */
final class Unwrapping {
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/_-]{16,}={0,2}");
    private static final Pattern HEX = Pattern.compile("(?:[0-9a-fA-F]{2}[ :]?){8,}");
    private static final Pattern PERCENT = Pattern.compile("(?:%[0-9a-fA-F]{2}){3,}");
    private static final Pattern ESCAPES = Pattern.compile("(?:\\\\u[0-9a-fA-F]{4}){3,}");
    private static final Pattern SPACED =
            Pattern.compile("(?<![\\p{L}\\p{N}])(?:[\\p{L}\\p{N}]([ ._\\-*]))(?:[^\\s]\\1|[^\\s]?\\1{2,}){4,}[^\\s]?");
    private static final String LEET_FROM = "4301578@$!+|9";
    private static final String LEET_TO = "aeoistbasitlg";

    private Unwrapping() {}

    /** Other readings of a text, each different from it and plausible; empty for an ordinary text. */
    static List<String> of(String text, CharacterModel characters) {
        List<String> readings = new ArrayList<>();
        String visible = visible(text);
        String decoded = decoded(visible);
        String joined = joined(decoded);
        if (!joined.equals(text)) {
            readings.add(joined);
        }
        double before = characters.meanBits(joined);
        String letters = lettersForDigits(joined);
        if (differences(letters, joined) * 25 >= joined.length() && characters.meanBits(letters) < before - 0.1) {
            readings.add(letters);
        }
        String rotated = rotated(joined);
        if (characters.meanBits(rotated) < before - 0.8) {
            readings.add(rotated);
        }
        String backwards = new StringBuilder(joined).reverse().toString();
        if (characters.meanBits(backwards) < before - 0.6) {
            readings.add(backwards);
        }
        return readings;
    }

    /** Without characters that show nothing; those of the tag block become the letters that they stand for. */
    private static String visible(String text) {
        boolean plain = true;
        for (int i = 0; plain && i < text.length(); i++) {
            plain = text.charAt(i) < 0x80;
        }
        if (plain) {
            return text;
        }
        StringBuilder visible = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            if (point >= 0xE0020 && point < 0xE007F) {
                visible.append((char) (point - 0xE0000));
            } else if (Character.getType(point) != Character.FORMAT
                    && !(point >= 0xFE00 && point <= 0xFE0F)
                    && !(point >= 0xE0100 && point <= 0xE01EF)) {
                visible.appendCodePoint(point);
            }
        });
        return Normalizer.normalize(visible, Normalizer.Form.NFKC);
    }

    private static String decoded(String text) {
        String decoded = replaced(BASE64, text, Unwrapping::base64);
        decoded = replaced(PERCENT, decoded, run -> printable(bytes(run.replace("%", ""))));
        decoded = replaced(HEX, decoded, run -> printable(bytes(run.replaceAll("[ :]", ""))));
        return replaced(ESCAPES, decoded, Unwrapping::escapes);
    }

    private static String replaced(Pattern pattern, String text, Function<String, Optional<String>> decode) {
        Matcher matcher = pattern.matcher(text);
        return matcher.replaceAll(
                found -> Matcher.quoteReplacement(decode.apply(found.group()).orElse(found.group())));
    }

    private static Optional<String> base64(String run) {
        String digits = run.replaceAll("=", "").replace('-', '+').replace('_', '/');
        try {
            return printable(Base64.getDecoder().decode(digits));
        } catch (IllegalArgumentException e) { // no base64, but a long word
            return Optional.empty();
        }
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.length() % 2 == 0 ? hex : hex.substring(0, hex.length() - 1));
    }

    private static Optional<String> escapes(String run) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i + 6 <= run.length(); i += 6) {
            text.append((char) Integer.parseInt(run.substring(i + 2, i + 6), 16));
        }
        return Optional.of(text.toString());
    }

    /** The bytes as text, if they are one: letters and blanks mostly. */
    private static Optional<String> printable(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            long plain = text.chars()
                    .filter(c -> Character.isLetter(c) || c == ' ' || c == '\n')
                    .count();
            return plain * 10 >= text.length() * 8L && !text.isEmpty() ? Optional.of(text) : Optional.empty();
        } catch (CharacterCodingException e) { // bytes, but of no text
            return Optional.empty();
        }
    }

    /** Letters with a blank, dot or dash between each become words; wider gaps are the ends of words. */
    private static String joined(String text) {
        return SPACED.matcher(text).replaceAll(found -> {
            char gap = found.group(1).charAt(0);
            StringBuilder joined = new StringBuilder();
            String run = found.group();
            int gaps = 0;
            for (int i = 0; i < run.length(); i++) {
                char character = run.charAt(i);
                if (character == gap) {
                    gaps++;
                } else {
                    if (gaps > 1) {
                        joined.append(' ');
                    }
                    gaps = 0;
                    joined.append(character);
                }
            }
            boolean before = found.start() > 0 && !Character.isWhitespace(text.charAt(found.start() - 1));
            boolean after = found.end() < text.length() && !Character.isWhitespace(text.charAt(found.end()));
            return Matcher.quoteReplacement((before ? " " : "") + joined + (after ? " " : ""));
        });
    }

    private static String lettersForDigits(String text) {
        StringBuilder letters = new StringBuilder(text);
        for (int i = 0; i < text.length(); i++) {
            int place = LEET_FROM.indexOf(text.charAt(i));
            boolean beside = i > 0 && Character.isLetter(text.charAt(i - 1))
                    || i + 1 < text.length() && Character.isLetter(text.charAt(i + 1))
                    || i > 0
                            && i + 1 < text.length()
                            && LEET_FROM.indexOf(text.charAt(i - 1)) >= 0
                            && LEET_FROM.indexOf(text.charAt(i + 1)) >= 0;
            if (place >= 0 && beside) {
                letters.setCharAt(i, LEET_TO.charAt(place));
            }
        }
        return letters.toString();
    }

    private static int differences(String a, String b) {
        int differences = 0;
        for (int i = 0; i < a.length(); i++) {
            differences += a.charAt(i) == b.charAt(i) ? 0 : 1;
        }
        return differences;
    }

    private static String rotated(String text) {
        StringBuilder rotated = new StringBuilder(text);
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character >= 'a' && character <= 'z') {
                rotated.setCharAt(i, (char) ('a' + (character - 'a' + 13) % 26));
            } else if (character >= 'A' && character <= 'Z') {
                rotated.setCharAt(i, (char) ('A' + (character - 'A' + 13) % 26));
            }
        }
        return rotated.toString();
    }
}
