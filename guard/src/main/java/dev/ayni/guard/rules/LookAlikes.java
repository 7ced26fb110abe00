package dev.ayni.guard.rules;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.Map;

/** Which characters look like an ASCII letter or digit, by Unicode's own data. */
final class LookAlikes {
    private static final Map<Integer, Character> CONFUSABLES = read();

    private LookAlikes() {}

    /** The ASCII letter or digit that this character looks like though it is another; the character itself where there is none. */
    static int fold(int codePoint) {
        if (codePoint < 0x80) {
            return codePoint;
        }
        Character ascii = CONFUSABLES.get(codePoint);
        return ascii == null ? codePoint : ascii;
    }

    /**
     * Whether this character is an ASCII letter or digit in another dress (full width, in a circle, mathematical bold), so that
     * compatibility decomposition undresses it.
     */
    static boolean dressed(int codePoint) {
        return codePoint >= 0x80 && undress(codePoint) < 0x80;
    }

    /** The ASCII letter or digit in another dress; the character itself where it is none. */
    static int undress(int codePoint) {
        if (!mayBeDressed(codePoint)) {
            return codePoint;
        }
        String plain = Normalizer.normalize(Character.toString(codePoint), Normalizer.Form.NFKC);
        if (plain.length() == 1 && plain.charAt(0) < 0x80 && Character.isLetterOrDigit(plain.charAt(0))) {
            return plain.charAt(0);
        }
        if (codePoint >= 0x1F130 && codePoint <= 0x1F189) { // letters in squares and filled circles, which NFKC leaves
            int letter = (codePoint - 0x1F130) % 0x20;
            return letter < 26 ? 'A' + letter : codePoint;
        }
        return codePoint;
    }

    private static boolean mayBeDressed(int codePoint) {
        return codePoint >= 0xFF10 && codePoint <= 0xFF5A
                || codePoint >= 0x1D400 && codePoint <= 0x1D7FF
                || codePoint >= 0x2460 && codePoint <= 0x24FF
                || codePoint >= 0x2070 && codePoint <= 0x209F
                || codePoint >= 0x2100 && codePoint <= 0x214F
                || codePoint >= 0x1D2C && codePoint <= 0x1D6A
                || codePoint >= 0x02B0 && codePoint <= 0x02E3
                || codePoint >= 0x1F130 && codePoint <= 0x1F189
                || codePoint >= 0x1FBF0 && codePoint <= 0x1FBF9;
    }

    private static Map<Integer, Character> read() {
        Map<Integer, Character> confusables = new HashMap<>();
        try (InputStream in = LookAlikes.class.getResourceAsStream("confusables.txt")) {
            if (in == null) {
                throw new IllegalStateException(
                        "The table of confusable characters, confusables.txt, is missing from the room guard. Build"
                                + " Ayni anew.");
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("#")) {
                    continue;
                }
                String[] fields = line.split(" ");
                for (int i = 1; i < fields.length; i++) {
                    confusables.put(Integer.valueOf(fields[i], 16), fields[0].charAt(0));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return confusables;
    }
}
