package dev.ayni.guard.personal;

import static dev.ayni.guard.personal.ContextWords.of;
import static dev.ayni.guard.personal.Recognizers.bounded;
import static dev.ayni.guard.personal.Recognizers.by;
import static dev.ayni.guard.personal.Recognizers.form;

import java.util.List;
import java.util.Set;

/** What people tell of their lives: dates, ages, postal codes, forms of address. */
final class DatesAgesTitles {
    private DatesAgesTitles() {}

    private static final String MONTH =
            "(?:jan(?:uary|uar|vier|eiro)?|feb(?:ruary|ruar|rero|braio)?|févr(?:ier)?|mar(?:ch|zo|ço|s)?|märz|apr(?:il|ile)?|avril|abril|ma(?:y|i|yo|ggio|io)|jun(?:e|i|io|ho)?|juin|giugno|jul(?:y|i|io|ho)?|juillet|luglio|aug(?:ust)?|août|agosto|sep(?:t(?:ember|iembre|embre)?)?|set(?:embro|tembre)|o[ck]t(?:ober|ubre|obre)?|outubro|ottobre|nov(?:ember|iembre|embre|embro)?|de[cz](?:ember|iembre|embro)?|dicembre|décembre)";
    private static final String CLOCK =
            "(?:[01]?\\d|2[0-3])[:.h][0-5]\\d(?:[:.][0-5]\\d(?:[.,]\\d{1,6})?)?(?: ?(?:[ap]\\.?m\\b\\.?|uhr))?";

    static void lives(List<Recognizer> all) {
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
                        bounded(
                                "years-old",
                                0.9,
                                "(?i)(?<![\\w.,/-])(?<it>1?\\d?\\d)(?=(?:[ -]?(?:years?|yrs?|months?)[ -]?old|[ -]?y/?o)\\b|[ -]jährig| ?Jahre alt| años| ans\\b(?! de)| anni\\b(?! fa)| anos de idade)"),
                        bounded(
                                "age",
                                0.85,
                                "(?i)\\b(?:aged|age|ages)(?: of| is|:| was)?:? ?(?<it>1?\\d?\\d)(?![\\w/%]|[.,:-]\\d| (?:percent|dollars|euros|minutes|hours|days|weeks|people|times))"),
                        bounded(
                                "turns",
                                0.8,
                                "(?i)\\b(?:turn|turns|turned|turning)(?: just)? (?<it>1[01]\\d|[1-9]\\d?)(?![\\w/%]|[.,:-]\\d| (?:percent|degrees|dollars|minutes|hours|days|times|pages|people|of))"),
                        bounded(
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
                        bounded(
                                "title",
                                0.85,
                                "(?<![\\p{L}\\p{N}])(?i:mr|mrs|ms|miss|dr|prof|mme|mlle|hr|frau|herr|señora?|sra?|signora?|sig|monsieur|madame|sir|lord|lady|rev|hon|capt|sgt|lt|col|gen|mx)\\.(?= \\p{Lu}| \\p{L}{2,}\\b|$|\\n)"),
                        bounded(
                                "title-without-dot",
                                0.6,
                                "(?<![\\p{L}\\p{N}])(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Herr|Frau|Señora?|Signora?|Monsieur|Madame|Sir|Mx)(?= \\p{Lu})")));
    }
}
