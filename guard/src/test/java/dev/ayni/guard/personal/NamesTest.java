package dev.ayni.guard.personal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ayni.guard.Content;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import dev.ayni.provenance.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamesTest {
    private static Reading reading(String text) {
        return new Reading(Content.of(Stage.PROMPT, text));
    }

    private static final Set<String> LEARNED =
            Set.of("PERSON", "STREET_ADDRESS", "GPE", "LOCATION", "ORGANIZATION", "NRP", "TITLE");

    private static List<String> found(String text) {
        return new PersonalData()
                .sightings(reading(text)).stream()
                        .map(seen -> seen.entity() + "=" + text.substring(seen.start(), seen.end()))
                        .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "My colleague Katarzyna Nowak will answer you. | PERSON=Katarzyna Nowak",
                "Yesterday we drove from Lyon to Geneva. | LOCATION=Geneva",
                "Send the contract to 48 Lindenstrasse, 10969 Berlin please. | LOCATION=48 Lindenstrasse, 10969 Berlin",
                "She joined Northwind Logistics Ltd. as a trainee. | ORGANIZATION=Northwind Logistics Ltd.",
                "A Norwegian tourist lost a bag. | NRP=Norwegian",
            })
    void whatHasNoFormIsFoundByItsSentence(String text, String expected) {
        assertThat(found(text)).contains(expected);
    }

    @Test
    void wordsThatAreNobodysAreLeftAlone() {
        assertThat(found("The kettle was still warm when the rain began, so nobody wanted to leave the kitchen."))
                .isEmpty();
    }

    @Test
    void theSameTextsMakeTheSameModelToTheByte() throws IOException {
        List<SequenceTraining.Example> examples = new ArrayList<>();
        List<LabelledText> texts = LabelledText.invented(1, 3).subList(0, 60);
        texts.forEach(text -> examples.add(text.example()));
        SequenceTraining.Settings settings = new SequenceTraining.Settings(3, 0.12, 2e-3, 1, 5);
        byte[] first = SequenceTraining.train(examples, settings, "card").bytes();
        byte[] second =
                SequenceTraining.train(List.copyOf(examples), settings, "card").bytes();
        assertThat(first).isEqualTo(second);
        SequenceModel model = SequenceModel.read(new ByteArrayInputStream(first));
        assertThat(model.card()).isEqualTo("card");
        // it has learned: most of what it learned from is found again
        int right = 0;
        int all = 0;
        for (LabelledText text : texts) {
            List<Sighting> seen = new Names(model, -1).find(text.reading(), Set.of());
            for (LabelledText.Span span : text.spans()) {
                if (!LEARNED.contains(span.entity())) {
                    continue;
                }
                all++;
                right += seen.stream().anyMatch(one -> one.start() < span.end() && one.end() > span.start()) ? 1 : 0;
            }
        }
        assertThat(right).isGreaterThan(all * 8 / 10);
    }

    @Test
    void chancesOfAWordsLabelsAddUpAndAgreeWithTheBestPath() {
        double[][] emissions_TL = {{0, 2, 0}, {1, 0, 3}, {0.5, 0, 0}};
        double[][] transitions_LL = {{0, 0, -9}, {0, 0, 1}, {0, 0, 0}, {0, 0, -9}};
        assertThat(SequenceLattice.best(emissions_TL, transitions_LL)).containsExactly(1, 2, 0);
        for (double[] chances_L : SequenceLattice.chances(emissions_TL, transitions_LL)) {
            assertThat(chances_L[0] + chances_L[1] + chances_L[2])
                    .isCloseTo(1, org.assertj.core.data.Offset.offset(1e-9));
        }
    }

    @Test
    void numbersWithAFormAreAllFoundInPresidiosResearchTexts() throws IOException {
        Path data = Path.of(System.getProperty("ayni.shared", "../../shared"), "data/pii/presidio_synth_v2_dev.json");
        assumeTrue(
                Files.exists(data),
                "the research texts of Presidio are not at " + data + ", so nothing is measured on them");
        Set<String> structured = Set.of("CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "US_SSN", "URL");
        int right = 0;
        int wrong = 0;
        int missed = 0;
        for (LabelledText text : LabelledText.read(Files.readAllBytes(data))) {
            List<Sighting> seen = PersonalData.surest(new ArrayList<>(text.reading().view(Names.BY_FORM).stream()
                    .filter(one -> one.score() >= 0.5)
                    .toList()));
            List<LabelledText.Span> spans = text.spans().stream()
                    .map(span -> span.entity().equals("DOMAIN_NAME")
                            ? new LabelledText.Span("URL", span.start(), span.end())
                            : span)
                    .filter(span -> structured.contains(span.entity()))
                    .toList();
            for (LabelledText.Span span : spans) {
                boolean found = seen.stream()
                        .anyMatch(one -> one.entity().equals(span.entity())
                                && one.start() == span.start()
                                && one.end() == span.end());
                right += found ? 1 : 0;
                missed += found ? 0 : 1;
            }
            for (Sighting one : seen) {
                boolean known = spans.stream()
                        .anyMatch(span -> span.entity().equals(one.entity())
                                && span.start() == one.start()
                                && span.end() == one.end());
                wrong += structured.contains(one.entity()) && !known ? 1 : 0;
            }
        }
        assertThat((double) right / (right + missed)).as("recall").isGreaterThanOrEqualTo(0.99);
        assertThat((double) right / (right + wrong)).as("precision").isGreaterThanOrEqualTo(0.97);
    }

    @Test
    void theModelThatShipsWasMadeFromTheSentencesAndListsThatShip() throws IOException {
        try (InputStream model = WordLists.open("names.bin")) {
            String card = SequenceModel.read(model).card();
            for (String source : List.of("sentences.txt", "lists.txt.gz", "words.txt")) {
                try (InputStream in = WordLists.open(source)) {
                    assertThat(card)
                            .as("%s was changed: make names.bin again", source)
                            .contains(Digest.of(in.readAllBytes()).toString());
                }
            }
        }
    }

    @Test
    void aSentenceThatEchoesATemplateIsHeldBackWithIt() {
        String template = "My father retired at the age of {{age}}";
        assertThat(NameRecipe.echoes("He retired at the age of {AGE}.", template))
                .isTrue();
        assertThat(NameRecipe.echoes("I turned {AGE} in March.", template)).isFalse();
        assertThat(NameRecipe.echoes("{PERSON}, {ADDRESS}", "{{name}}\n{{address}}"))
                .isFalse();
    }
}
