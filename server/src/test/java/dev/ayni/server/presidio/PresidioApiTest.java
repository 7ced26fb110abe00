package dev.ayni.server.presidio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.guard.personal.PersonalData;
import dev.ayni.guard.personal.Recognizer;
import dev.ayni.guard.personal.Wanted;
import dev.ayni.guard.personal.WrittenRecognizers;
import dev.ayni.server.http.RecordedExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What /anonymize answers here is what presidio-anonymizer 2.2.366 answers; what /analyze finds is our own expectation. */
class PresidioApiTest {
    private static final PresidioApi API = new PresidioApi(new PersonalData(), Wanted.ALL);

    private static JsonNode ask(String path, String body) {
        RecordedExchange answered = RecordedExchange.send(API, "POST", path, body);
        assertThat(answered.status()).as(answered.text()).isEqualTo(200);
        return answered.json();
    }

    private static List<String> found(String body) {
        List<String> found = new ArrayList<>();
        for (JsonNode one : ask("/analyze", body)) {
            found.add("%s %d-%d"
                    .formatted(
                            one.path("entity_type").asString(),
                            one.path("start").asInt(),
                            one.path("end").asInt()));
        }
        return found;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "My card is 4111 1111 1111 1111, thanks | CREDIT_CARD 11-30",
                "Write to jane.roe@example.org please | EMAIL_ADDRESS 9-29",
                "IBAN GB82WEST12345698765432 | IBAN_CODE 5-27",
                "My SSN is 536-90-4399 | US_SSN 10-21",
                "Server at 192.168.1.20 is down | IP_ADDRESS 10-22",
                "Send it to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa | CRYPTO 11-45",
                "See https://example.org/x?y=1 now | URL 4-29",
                "𝒳 jane@example.org | EMAIL_ADDRESS 2-18",
            })
    void whatHasAFormStandsWherePresidioSaysItStands(String text, String expected) {
        assertThat(found("{\"text\":\"%s\",\"language\":\"en\"}".formatted(text)))
                .containsExactly(expected);
    }

    @Test
    void recognisersOfTheRequestAreAskedWithTheirContextAndTheirList() {
        String adHoc =
                "{\"text\":\"Mr. Smith, zip 10023 or 10024\",\"language\":\"en\",\"entities\":[\"ZIP\",\"MISTER\"],\"score_threshold\":0.3,"
                        + "\"ad_hoc_recognizers\":[{\"name\":\"zip\",\"supported_language\":\"en\",\"supported_entity\":\"ZIP\","
                        + "\"patterns\":[{\"name\":\"zip\",\"regex\":\"\\\\b\\\\d{5}\\\\b\",\"score\":0.05}],\"context\":[\"zip\"]},"
                        + "{\"name\":\"mister\",\"supported_language\":\"en\",\"supported_entity\":\"MISTER\",\"deny_list\":[\"Mr.\",\"Mister\"]}]}";
        assertThat(found(adHoc)).containsExactly("MISTER 0-3", "ZIP 15-20", "ZIP 24-29");
        assertThat(found(adHoc.replace("\"language\":\"en\"", "\"language\":\"de\"")))
                .isEmpty();
    }

    @Test
    void aPatternThatCouldTakeForeverIsRefusedWithAdvice() {
        RecordedExchange refused = RecordedExchange.send(
                API,
                "POST",
                "/analyze",
                "{\"text\":\"x\",\"language\":\"en\",\"ad_hoc_recognizers\":[{\"name\":\"n\",\"supported_entity\":\"N\","
                        + "\"patterns\":[{\"name\":\"p\",\"regex\":\"(?<=a)b\",\"score\":1}]}]}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("error").asString()).contains("RE2");
    }

    @Test
    void theDecisionIsToldWhereItIsAskedFor() {
        JsonNode one = ask(
                        "/analyze",
                        "{\"text\":\"my ssn is 536-90-4399\",\"language\":\"en\",\"return_decision_process\":true}")
                .path(0);
        assertThat(one.at("/analysis_explanation/supportive_context_word").asString())
                .isEqualTo("ssn");
        assertThat(one.at("/analysis_explanation/original_score").asDouble()).isEqualTo(0.5);
        assertThat(one.at("/analysis_explanation/validation_result").asBoolean())
                .isTrue();
        assertThat(one.path("score").asDouble()).isEqualTo(1);
        assertThat(ask("/analyze", "{\"text\":\"my ssn is 536-90-4399\",\"language\":\"en\"}")
                        .at("/0/analysis_explanation")
                        .isNull())
                .isTrue();
    }

    @Test
    void allowedTextsAndOtherEntitiesAreLeftOut() {
        String both = "{\"text\":\"a@example.org b@example.org\",\"language\":\"en\"%s}";
        assertThat(found(both.formatted(""))).hasSize(2);
        assertThat(found(both.formatted(",\"allow_list\":[\"a@example.org\"]"))).containsExactly("EMAIL_ADDRESS 14-27");
        assertThat(found(both.formatted(",\"allow_list\":[\"^a@\"],\"allow_list_match\":\"regex\"")))
                .containsExactly("EMAIL_ADDRESS 14-27");
        assertThat(found(both.formatted(",\"entities\":[\"US_SSN\"]"))).isEmpty();
    }

    @Test
    void severalTextsAreAnsweredInTheirOrder() {
        JsonNode answer = ask("/analyze", "{\"text\":[\"nothing\",\"a@example.org\"],\"language\":\"en\"}");
        assertThat(answer.size()).isEqualTo(2);
        assertThat(answer.path(0).size()).isZero();
        assertThat(answer.at("/1/0/entity_type").asString()).isEqualTo("EMAIL_ADDRESS");
    }

    @Test
    void anAnonymizedTextIsPresidiosToTheLetter() {
        assertThat(ask(
                                "/anonymize",
                                "{\"text\":\"hello world, my name is Jane Doe. My number is: 034453334\",\"anonymizers\":{\"DEFAULT\":{\"type\":\"replace\","
                                        + "\"new_value\":\"ANONYMIZED\"},\"PHONE_NUMBER\":{\"type\":\"mask\",\"masking_char\":\"*\",\"chars_to_mask\":4,\"from_end\":true}},"
                                        + "\"analyzer_results\":[{\"start\":24,\"end\":32,\"score\":0.8,\"entity_type\":\"NAME\"},{\"start\":24,\"end\":28,\"score\":0.8,\"entity_type\":\"FULL_NAME\"},"
                                        + "{\"start\":24,\"end\":32,\"score\":0.8,\"entity_type\":\"FULL_NAME\"},{\"start\":48,\"end\":57,\"score\":0.95,\"entity_type\":\"PHONE_NUMBER\"}]}")
                        .toString())
                .isEqualTo(
                        "{\"text\":\"hello world, my name is ANONYMIZED. My number is: 03445****\",\"items\":[{\"start\":50,\"end\":59,\"entity_type\":\"PHONE_NUMBER\","
                                + "\"text\":\"03445****\",\"operator\":\"mask\",\"score\":0.95},{\"start\":24,\"end\":34,\"entity_type\":\"FULL_NAME\",\"text\":\"ANONYMIZED\","
                                + "\"operator\":\"replace\",\"score\":0.8}]}");
        assertThat(ask(
                                "/anonymize",
                                "{\"text\":\"𝒳 Ann\",\"analyzer_results\":[{\"start\":2,\"end\":5,\"score\":0.5,\"entity_type\":\"PERSON\"}]}")
                        .at("/items/0/end")
                        .asInt())
                .isEqualTo(10);
        assertThat(ask(
                                "/anonymize",
                                "{\"text\":\"Ann\",\"anonymizers\":{\"PERSON\":{\"type\":\"hash\",\"salt\":\"0123456789abcdef\"}},"
                                        + "\"analyzer_results\":[{\"start\":0,\"end\":3,\"score\":0.5,\"entity_type\":\"PERSON\"}]}")
                        .path("text")
                        .asString())
                .isEqualTo("9ae6d9ae05a9aeec28b12412b746d17f1cf913e48b9bd542b9fb2d21690f2c9b");
    }

    @Test
    void whatWasEncryptedIsDecryptedAgain() {
        JsonNode sealed = ask(
                "/anonymize",
                "{\"text\":\"I am Ann.\",\"anonymizers\":{\"PERSON\":{\"type\":\"encrypt\",\"key\":\"WmZq4t7w!z%C&F)J\"}},"
                        + "\"analyzer_results\":[{\"start\":5,\"end\":8,\"score\":0.9,\"entity_type\":\"PERSON\"}]}");
        assertThat(sealed.path("text").asString()).doesNotContain("Ann");
        String undo =
                "{\"text\":%s,\"deanonymizers\":{\"PERSON\":{\"type\":\"decrypt\",\"key\":\"%s\"}},\"anonymizer_results\":%s}";
        assertThat(ask("/deanonymize", undo.formatted(sealed.path("text"), "WmZq4t7w!z%C&F)J", sealed.path("items")))
                        .path("text")
                        .asString())
                .isEqualTo("I am Ann.");
        RecordedExchange refused = RecordedExchange.send(
                API, "POST", "/deanonymize", undo.formatted(sealed.path("text"), "short", sealed.path("items")));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("error").asString()).contains("16, 24 or 32");
    }

    @Test
    void theRecognisersOfAYamlFileAreAskedAlways(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("recognizers.yaml");
        Files.writeString(file, """
                supported_languages: [en]
                recognizers:
                  - CreditCardRecognizer
                  - name: IbanRecognizer
                    type: predefined
                  - name: staff number
                    supported_language: en
                    supported_entity: STAFF_NUMBER
                    patterns:
                      - name: staff
                        regex: "\\\\bS-\\\\d{4}\\\\b"
                        score: 0.7
                """);
        List<Recognizer> own = WrittenRecognizers.read(file);
        PresidioApi api = new PresidioApi(new PersonalData(), Wanted.ALL.withOwn(own));
        JsonNode answer = RecordedExchange.send(
                        api, "POST", "/analyze", "{\"text\":\"ask S-1234\",\"language\":\"en\"}")
                .json();
        assertThat(answer.at("/0/entity_type").asString()).isEqualTo("STAFF_NUMBER");
        assertThat(RecordedExchange.send(api, "GET", "/supportedentities?language=en", "")
                        .text())
                .contains("STAFF_NUMBER", "PERSON", "PL_PESEL");
        assertThat(RecordedExchange.send(api, "GET", "/recognizers?language=de", "")
                        .text())
                .contains("iban")
                .doesNotContain("staff");
    }

    @Test
    void aRequestWithoutATextIsToldSo() {
        RecordedExchange refused = RecordedExchange.send(API, "POST", "/analyze", "{\"language\":\"en\"}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("error").asString()).contains("text");
    }

    @Test
    void aBodyThatIsNoUtf8IsRefused() {
        byte[] body = "{\"text\":\"J\u00fcrgen\",\"language\":\"en\"}".getBytes(StandardCharsets.ISO_8859_1);
        RecordedExchange refused = new RecordedExchange("POST", "/analyze", body).to(API);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("error").asString()).isNotEmpty();
    }

    @Test
    void halfALetterCountsAsOneAndMovesNothing() {
        assertThat(found("{\"text\":\"\\ud835 jane@example.org\",\"language\":\"en\"}"))
                .containsExactly("EMAIL_ADDRESS 2-18");
        assertThat(found("{\"text\":\"\\udc9c\\ud835\\udc9c jane@example.org\",\"language\":\"en\"}"))
                .containsExactly("EMAIL_ADDRESS 3-19");
    }

    @Test
    void manyPiecesAmongLettersOfTwoUnitsAreReplacedInTimeThatGrowsWithThem() {
        int count = 20_000;
        StringBuilder results = new StringBuilder();
        for (int i = 0; i < count; i++) {
            results.append(i == 0 ? "" : ",")
                    .append("{\"entity_type\":\"PERSON\",\"score\":1,\"start\":%d,\"end\":%d}"
                            .formatted(6 * i, 6 * i + 3));
        }
        JsonNode answer = ask(
                "/anonymize",
                "{\"text\":\"%s\",\"anonymizers\":{\"PERSON\":{\"type\":\"replace\",\"new_value\":\"B\"}},\"analyzer_results\":[%s]}"
                        .formatted("Ann 😀,".repeat(count), results));
        assertThat(answer.path("text").asString()).isEqualTo("B 😀,".repeat(count));
        assertThat(answer.at("/items/0/end").asInt()).isEqualTo(4 * (count - 1) + 1);
    }
}
