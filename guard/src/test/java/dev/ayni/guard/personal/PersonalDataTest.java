package dev.ayni.guard.personal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.guard.Content;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PersonalDataTest {
    private static final PersonalData CHECK = new PersonalData();

    /** What is found, as {@code ENTITY=text}. */
    private static List<String> found(String text) {
        return CHECK.find(new Reading(Content.of(Stage.PROMPT, text))).stream()
                .map(finding -> finding.category() + "=" + text.substring(finding.start(), finding.end()))
                .toList();
    }

    private static Set<String> entities(String text) {
        return CHECK.find(new Reading(Content.of(Stage.PROMPT, text))).stream()
                .map(Finding::category)
                .collect(Collectors.toSet());
    }

    /** Each number was made for this test, with the digits that its country's rule asks for. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "EMAIL_ADDRESS | write to | jane.o'neil+news@mail.example.co.uk | ! today",
                "EMAIL_ADDRESS | write to | jörg@müller.de | .",
                "URL | see | https://example.org/a_(b)?c=d | .",
                "URL | see | www.example.fr/path | , then",
                "URL | see | example.com | .",
                "PHONE_NUMBER | call me at | (415) 555-2671 | please",
                "PHONE_NUMBER | it is | +49 30 901820 | ,",
                "PHONE_NUMBER | Tel: | 01 44 71 13 40 | ",
                "CREDIT_CARD | pay with | 4111 1111 1111 1111 | ok",
                "CREDIT_CARD | pay with | 5500005555555559 | ok",
                "CREDIT_CARD | pay with | 3782-822463-10005 | ok",
                "IBAN_CODE | to | DE89 3704 0044 0532 0130 00 | by noon",
                "IBAN_CODE | to | gb82west12345698765432 | .",
                "CRYPTO | send to | 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa | now",
                "CRYPTO | send to | bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq | now",
                "CRYPTO | send to | 0x52908400098527886E0F7030069857D2E4169EE7 | now",
                "IP_ADDRESS | host | 192.168.10.1/24 | up",
                "IP_ADDRESS | host | 2001:db8::ff00:42:8329 | up",
                "MAC_ADDRESS | card | 00:1B:44:11:3A:B7 | up",
                "AT_SVNR | Sozialversicherung | 1237 010180 | ok",
                "BE_NATIONAL_NUMBER | mine is | 85.07.30-033.28 | ok",
                "BG_EGN | egn | 7523169263 | ok",
                "HR_OIB | OIB: | 69435151530 | ok",
                "CZ_SK_BIRTH_NUMBER | mine is | 736028/5163 | ok",
                "DK_CPR | CPR | 211062-5629 | ok",
                "EE_LT_PERSONAL_CODE | isikukood | 37605030299 | ok",
                "FI_PERSONAL_IDENTITY_CODE | mine is | 131052-308T | ok",
                "FR_INSEE | mine is | 2 55 08 14 168 025 38 | ok",
                "DE_TAX_ID | Steuer-ID | 86095742719 | ok",
                "DE_ID_CARD | Ausweis | L01X00T471 | ok",
                "GR_AMKA | AMKA | 01013099997 | ok",
                "HU_TAJ | TAJ | 111 111 110 | ok",
                "IE_PPS | PPS | 6433435F | ok",
                "IT_FISCAL_CODE | mine is | RSSMRA70A01H501S | ok",
                "LV_PERSONAL_CODE | personas kods | 161175-19997 | ok",
                "NL_BSN | BSN | 111222333 | ok",
                "PL_PESEL | mine is | 44051401359 | ok",
                "PL_NIP | NIP | 106-00-00-062 | ok",
                "PT_NIF | NIF | 501964843 | ok",
                "RO_CNP | mine is | 1630615123457 | ok",
                "SI_EMSO | mine is | 0101006500006 | ok",
                "ES_NIF | mine is | 54362315K | ok",
                "ES_NIE | mine is | X2482300W | ok",
                "SE_PERSONNUMMER | mine is | 880320-0016 | ok",
                "CH_AHV | mine is | 756.9217.0769.85 | ok",
                "NO_FODSELSNUMMER | mine is | 15108695088 | ok",
                "IS_KENNITALA | mine is | 120174-3399 | ok",
                "UK_NHS | NHS number | 943 476 5870 | ok",
                "UK_NINO | mine is | AB 12 34 56 C | ok",
                "TR_NATIONAL_ID | mine is | 17291716060 | ok",
                "US_SSN | mine is | 536-90-4399 | ok",
                "US_ITIN | mine is | 912-90-3456 | ok",
                "ABA_ROUTING_NUMBER | routing number | 021000021 | ok",
                "US_DRIVER_LICENSE | driver's license | B1234567 | ok",
                "US_PASSPORT | US passport | A12345678 | ok",
                "CA_SIN | social insurance | 130 692 544 | ok",
                "BR_CPF | mine is | 390.533.447-05 | ok",
                "BR_CNPJ | ours is | 16.727.230/0001-97 | ok",
                "MX_CURP | mine is | BOXW310820HNERXN09 | ok",
                "CL_RUT | mine is | 12.531.909-2 | ok",
                "IN_AADHAAR | aadhaar | 2341 2341 2346 | ok",
                "IN_PAN | mine is | ABCPE1234F | ok",
                "SG_NRIC_FIN | mine is | S2740116C | ok",
                "CN_RESIDENT_ID | mine is | 11010519491231002X | ok",
                "KR_RRN | mine is | 960121-1647831 | ok",
                "AU_ABN | ABN | 51 824 753 556 | ok",
                "AU_TFN | TFN | 876 543 210 | ok",
                "AU_MEDICARE | medicare | 2123 45670 1 | ok",
                "ZA_ID_NUMBER | RSA ID | 8001015009087 | ok",
                "DATE_TIME | since | 2004-02-29 12:30:01 | on",
                "DATE_TIME | since | 3 March 1999 | on",
                "DATE_OF_BIRTH | born on | 12/31/1980 | in",
                "AGE | he is | 47 | years old",
                "AGE | she just turned | 8 | .",
                "ZIP_CODE | my zip code is | 94103 | ok",
                "ZIP_CODE | live in | SW1A 1AA | ok",
                "UK_VEHICLE_REGISTRATION | car | BD51 SMR | ok",
                "TITLE | met | Dr. | Wu",
            })
    void whatIsWrittenByTheRulesIsFoundWhole(String entity, String before, String piece, String after) {
        assertThat(found(before + " " + piece + " " + after)).contains(entity + "=" + piece);
    }

    @ParameterizedTest
    @CsvSource({
        "4111 1111 1111 1112, CREDIT_CARD",
        "DE89 3704 0044 0532 0130 01, IBAN_CODE",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb, CRYPTO",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp, CRYPTO",
        "54362315L, ES_NIF",
        "131052-308U, FI_PERSONAL_IDENTITY_CODE",
        "390.533.447-06, BR_CPF",
        "44051401358, PL_PESEL",
        "666-12-3456, US_SSN",
        "256.1.1.1, IP_ADDRESS",
    })
    void aWrongDigitMakesItAnotherNumber(String piece, String entity) {
        assertThat(entities("it is " + piece)).doesNotContain(entity);
    }

    @Test
    void theWordBesideANumberSaysWhatItIs() {
        assertThat(entities("The parcel weighs 94103 grams.")).isEmpty();
        assertThat(entities("zip 94103")).containsExactly("ZIP_CODE");
        Wanted column = new Wanted(Set.of(), 0.5, List.of(), 0.5, Wanted.Allowed.NOTHING, Set.of("zip"), "en");
        assertThat(CHECK.sightings(new Reading(Content.of(Stage.PROMPT, "94103")), column))
                .extracting(Sighting::entity)
                .containsExactly("ZIP_CODE");
    }

    @Test
    void ordinaryTextHasNone() {
        assertThat(
                        found(
                                "In version 3.11.2 of the library, 12 of 4096 tests took 1.5 seconds; see section 4.2.1, e.g. table 7."))
                .isEmpty();
    }

    @Test
    void aDateOfBirthIsADateForWhoeverAsksForDates() {
        Reading reading = new Reading(Content.of(Stage.PROMPT, "born on 1980-12-31"));
        assertThat(CHECK.sightings(reading, Wanted.ALL.withEntities(Set.of("DATE_TIME"))))
                .extracting(Sighting::entity)
                .containsExactly("DATE_TIME");
    }

    @Test
    void whatIsAllowedIsNotFound() {
        Reading reading = new Reading(Content.of(Stage.PROMPT, "help@example.org or jane@example.org"));
        Wanted wanted = Wanted.ALL.withAllowed(Wanted.Allowed.texts(Set.of("help@example.org")));
        assertThat(CHECK.sightings(reading, wanted)).hasSize(1);
    }

    @Test
    void aUsersPatternThatWouldTakeForeverElsewhereTakesNoTime() {
        Recognizer own = new PatternRecognizer(
                "own", "BADGE", List.of(Form.written("badge", 0.9, "(a+)+b", 0)), null, Set.of(), Set.of());
        Reading reading = new Reading(Content.of(Stage.PROMPT, "a".repeat(20_000) + "c"));
        assertThat(CHECK.sightings(reading, Wanted.ALL.withOwn(List.of(own)))).isEmpty();
        assertThatThrownBy(() -> Form.written("badge", 0.9, "(?=a)b", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("badge");
    }

    @Test
    void longTextsOfAnyKindAreReadInTimeThatGrowsWithThem() {
        for (String unit :
                List.of("1", "a", "1 ", "a.", "a@", "12-", ":", "A1", "(1", "1.", "http://", "<P", "jan 1 ")) {
            String text = unit.repeat(40_000 / unit.length());
            long start = System.nanoTime();
            found(text);
            assertThat(System.nanoTime() - start).as("'%s' over and over", unit).isLessThan(4_000_000_000L);
        }
    }

    @Test
    void aTextOfHundredsOfThousandsOfSignsIsReadWhole() {
        String line = "Please send the parcel 12 to room 7 before noon, or call the porter if nobody is there.\n";
        String text = line.repeat(300_000 / line.length()) + "Then write to jane@example.org.";
        assertThat(CHECK.sightings(
                        new Reading(Content.of(Stage.PROMPT, text)),
                        Wanted.ALL.withEntities(Set.of("EMAIL_ADDRESS", "PERSON"))))
                .extracting(seen -> text.substring(seen.start(), seen.end()))
                .containsExactly("jane@example.org");
    }

    @Test
    void halfLettersAndSignsBesideWhatIsFoundMoveNothing() {
        assertThat(found("\ud835 jane@example.org \udc9c")).containsExactly("EMAIL_ADDRESS=jane@example.org");
        assertThat(found("\ud83d\ude00 jane@example.org\ud83d\ude00"))
                .containsExactly("EMAIL_ADDRESS=jane@example.org");
        assertThat(found("\u200bMy SSN is 536-90-4399\u0301")).contains("US_SSN=536-90-4399");
        assertThat(found("\0\0\uffff\ufffe")).isEmpty();
    }

    @Test
    void whatStandsFarIntoALongTextIsNamedAsAtItsBeginning() {
        String said = "My colleague Katarzyna Nowak will answer you.";
        String text = "The kettle was still warm, so nobody wanted to leave. ".repeat(200) + said;
        assertThat(found(text)).containsExactlyElementsOf(found(said)).contains("PERSON=Katarzyna Nowak");
    }

    @Test
    void whoMindsAFewEntitiesIsToldTheSameOfThem() {
        List<String> pieces = List.of(
                "pay with 4111 1111 1111 1111 or 5500005555555559",
                "card 4111 1111 1111 1112",
                "her social security number is 536-90-4399",
                "it is 536904399",
                "call me at (415) 555-2671",
                "write to ann.lee@example.org",
                "born on 12 May 1987, and 38 years old",
                "Steuer-ID 86095742719",
                "Maria Keller lives in Bremen",
                "order 4000 0012 3456 7899 of 2024-05-01",
                "the bread rises better in a warm kitchen");
        List<Set<String>> minded = List.of(
                Set.of("CREDIT_CARD", "US_SSN"),
                Set.of("EMAIL_ADDRESS"),
                Set.of("DATE_TIME"),
                Set.of("DATE_OF_BIRTH", "AGE"),
                Set.of("PERSON"),
                Set.of("DE_TAX_ID", "S1"),
                Set.of());
        Random random = new Random(3);
        int told = 0;
        for (int round = 0; round < 60; round++) {
            StringBuilder text = new StringBuilder();
            for (int piece = 0; piece < 4; piece++) {
                text.append(pieces.get(random.nextInt(pieces.size()))).append(random.nextBoolean() ? ", " : " ");
            }
            Reading reading = new Reading(Content.of(Stage.ANSWER, text.toString()));
            for (Set<String> some : minded) {
                List<Finding> asked = of(some, CHECK.find(reading, some));
                assertThat(asked).as("%s in: %s", some, text).isEqualTo(of(some, CHECK.find(reading)));
                told += asked.size();
            }
        }
        assertThat(told).isGreaterThan(100);
    }

    private static List<Finding> of(Set<String> entities, List<Finding> findings) {
        return findings.stream()
                .filter(finding -> entities.contains(finding.category()))
                .toList();
    }
}
