package dev.ayni.guard.personal;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import dev.ayni.guard.Reading;
import dev.ayni.guard.personal.Sighting.Grounds;
import dev.ayni.guard.personal.Sighting.Proof;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Telephone numbers. With a country code they are judged by the plan of that country; without one by those of the given
 * countries, and then they need separators as people write them, or a word beside them.
 */
final class PhoneNumbers implements Recognizer {
    /** Countries whose plans are asked about numbers without a country code: large ones, and each kind of plan. */
    static final List<String> REGIONS = List.of(
            "US", "GB", "DE", "FR", "IT", "ES", "NL", "BE", "PL", "SE", "DK", "NO", "FI", "CH", "AT", "PT", "BR", "IN",
            "AU", "NZ");

    private static final Set<String> CONTEXT = ContextWords.of(
            "phone",
            "telephone",
            "tel",
            "mobile",
            "cell",
            "call",
            "fax",
            "dial",
            "text me",
            "whatsapp",
            "sms",
            "messages to",
            "reach",
            "telefon",
            "handy",
            "anrufen",
            "rufnummer",
            "portable",
            "téléphone",
            "appelez",
            "teléfono",
            "móvil",
            "llam",
            "cellulare",
            "telefono",
            "chiam",
            "telefone",
            "celular",
            "telefoon",
            "puhelin",
            "numer",
            "zadzwo",
            "contact");

    private static final Pattern CANDIDATE = Pattern.compile(
            "(?<![\\w.,/+-])(?:\\+ ?|00 ?)?(?:\\(\\+?\\d{1,5}\\)[ .-]?)?(?:\\d{1,15}(?:[ ./-]| - | ?\\(0\\) ?)){0,7}\\d{2,15}(?:(?: ?x| ?ext\\.? ?)\\d{1,5})?(?![\\w]|[.,-]\\d)");
    /** Dates and times, which fit many a plan of numbers. */
    private static final Pattern DATE = Pattern.compile(
            "(?:19|20)\\d\\d([-./])\\d{1,2}\\1\\d{1,2}(?: .*)?|\\d{1,2}([-./])\\d{1,2}\\2(?:19|20)?\\d\\d|\\d{4}-\\d{4}|\\d{1,4}(?:\\.\\d{1,3}){3}");

    private final List<String> regions;
    private final PhoneNumberUtil plans = PhoneNumberUtil.getInstance();

    PhoneNumbers(List<String> regions) {
        this.regions = List.copyOf(regions);
    }

    @Override
    public String name() {
        return "phone";
    }

    @Override
    public Set<String> entities() {
        return Set.of("PHONE_NUMBER");
    }

    @Override
    public List<Sighting> find(Reading reading, Set<String> beside) {
        List<Sighting> seen = new ArrayList<>();
        Matcher candidate = CANDIDATE.matcher(reading.text());
        while (candidate.find()) {
            String number = candidate.group();
            if (DATE.matcher(number).matches()) {
                continue;
            }
            String word = ContextWords.near(reading, candidate.start(), candidate.end(), CONTEXT, beside);
            double form = score(number, !word.isEmpty());
            if (form > 0) {
                double score = ContextWords.raised(form, word);
                Grounds grounds = new Grounds("", "", form, Proof.NONE, word);
                seen.add(new Sighting("PHONE_NUMBER", candidate.start(), candidate.end(), score, name(), grounds));
            }
        }
        return seen;
    }

    /**
     * How sure the number alone is: 0 if it is none.
     *
     * @param named whether a word beside it says that it is one; a mere row of digits is not looked into otherwise
     */
    private double score(String number, boolean named) {
        boolean international = number.startsWith("+") || number.startsWith("00");
        boolean separated = number.chars().anyMatch(c -> c == ' ' || c == '-' || c == '.' || c == '/' || c == '(');
        int digits = CheckDigits.digits(number).length();
        if (digits < 6 || digits > 15) {
            return 0;
        }
        if (international) {
            String plain = number.startsWith("00") ? "+" + number.substring(2) : number;
            return isOne(plain, null) ? 0.85 : number.startsWith("+") && digits >= 8 ? 0.5 : 0.1;
        }
        if (!separated && !named) {
            return 0.1;
        }
        for (String region : regions) {
            if (isOne(number, region)) {
                return separated ? digits >= 9 ? 0.55 : 0.4 : digits >= 9 ? 0.3 : 0.15;
            }
        }
        return separated && digits >= 7 && digits <= 12 ? 0.3 : 0.05;
    }

    private boolean isOne(String number, @org.jspecify.annotations.Nullable String region) {
        try {
            return plans.isValidNumber(plans.parse(number, region));
        } catch (NumberParseException e) {
            return false;
        }
    }
}
