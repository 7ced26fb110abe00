package dev.ayni.guard.personal;

import dev.ayni.guard.Reading;
import dev.ayni.guard.personal.Sighting.Grounds;
import dev.ayni.guard.personal.Sighting.Proof;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * International bank account numbers (ISO 13616): as long as their country has them, whole or in groups, with the right check
 * digits. Where a number begins says how long it is, so that the word after it never becomes part of it.
 */
final class Iban implements Recognizer {
    private static final String LENGTHS =
            "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 "
                    + "FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 "
                    + "LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 "
                    + "RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";
    private static final Map<String, Integer> LENGTH = lengths();
    private static final Pattern BEGINNING =
            Pattern.compile("(?<![\\p{L}\\p{N}])[A-Za-z]{2}\\d{2}(?=[ -]?[A-Za-z0-9])");
    private static final Set<String> CONTEXT =
            ContextWords.of("iban", "account", "bank", "transfer", "konto", "compte", "cuenta", "conto", "rekening");

    private static Map<String, Integer> lengths() {
        Map<String, Integer> lengths = new HashMap<>();
        for (String entry : LENGTHS.split(" ", -1)) {
            lengths.put(entry.substring(0, 2), Integer.parseInt(entry, 2, 4, 10));
        }
        return lengths;
    }

    /** Whether the length is that of the country and the check digits fit (ISO 7064 MOD 97-10). */
    static boolean isRight(String text) {
        String bare = CheckDigits.bare(text);
        Integer length = bare.length() < 5 ? null : LENGTH.get(bare.substring(0, 2));
        return length != null
                && bare.length() == length
                && CheckDigits.mod97(bare.substring(4) + bare.substring(0, 4)) == 1;
    }

    @Override
    public String name() {
        return "iban";
    }

    @Override
    public Set<String> entities() {
        return Set.of("IBAN_CODE");
    }

    @Override
    public List<Sighting> find(Reading reading, Set<String> beside) {
        List<Sighting> seen = new ArrayList<>();
        String text = reading.text();
        Matcher beginning = BEGINNING.matcher(text);
        while (beginning.find()) {
            Integer length = LENGTH.get(
                    text.substring(beginning.start(), beginning.start() + 2).toUpperCase(Locale.ROOT));
            int end = length == null ? -1 : end(text, beginning.start(), length);
            if (end > 0 && isRight(text.substring(beginning.start(), end))) {
                String word = ContextWords.near(reading, beginning.start(), end, CONTEXT, beside);
                Grounds grounds = new Grounds("iban", BEGINNING.pattern(), 0.5, Proof.RIGHT, word);
                seen.add(new Sighting("IBAN_CODE", beginning.start(), end, 1, name(), grounds));
            }
        }
        return seen;
    }

    /** Where so many letters and digits end, with at most one space or hyphen between two of them; -1 if they do not. */
    private static int end(String text, int start, int length) {
        int at = start;
        for (int seen = 0; seen < length; seen++) {
            if (seen > 0 && at + 1 < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '-')) {
                at++;
            }
            if (at >= text.length()
                    || CheckDigits.bare(text.substring(at, at + 1)).isEmpty()) {
                return -1;
            }
            at++;
        }
        return at < text.length() && Character.isLetterOrDigit(text.charAt(at)) ? -1 : at;
    }
}
