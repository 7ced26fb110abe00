package dev.ayni.guard.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.guard.Content;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import dev.ayni.guard.Stage;
import dev.ayni.guard.rules.Patterns.Expression;
import dev.ayni.guard.rules.Topics.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What users list themselves: topics, patterns, languages. */
class WordsAndLanguagesTest {
    private static final String ENGLISH =
            "The river rises in the mountains and flows through three valleys before it reaches the sea. Along its way"
                    + " many villages take their water from it, and in spring it often floods the fields that lie beside"
                    + " it.";
    private static final String GERMAN =
            "Der Fluss entspringt in den Bergen und fliesst durch drei Täler, bevor er das Meer erreicht. An seinem"
                    + " Weg liegen viele Dörfer, die ihr Wasser aus ihm nehmen, und im Frühling überschwemmt er oft die"
                    + " Felder.";
    private static final String FRENCH =
            "La rivière prend sa source dans les montagnes et traverse trois vallées avant d'atteindre la mer. Le long"
                    + " de son cours, beaucoup de villages y prennent leur eau, et au printemps elle inonde souvent les"
                    + " champs voisins.";
    private static final String RUSSIAN =
            "Река берёт начало в горах и течёт через три долины, прежде чем достигает моря. Вдоль её пути многие"
                    + " деревни берут из неё воду, а весной она часто затапливает поля, лежащие рядом.";

    private final Topics topics = new Topics(new Topics.Settings(List.of(
            new Topic("rivals", List.of("Acme", "Big Rival", "東京電気")),
            new Topic("weapons", List.of("explos*", "взрыв*"), 0.7))));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Buy from ACME instead|ACME",
                "ask big   rival about it|big   rival",
                "ask Big\u200B Riv\u200Bal|Big\u200B Riv\u200Bal",
                "ask Вig Rivаl now|Вig Rivаl",
                "see 𝐀𝐜𝐦𝐞.|𝐀𝐜𝐦𝐞",
                "それは東京電気です|東京電気",
                "an explosive device|explos",
                "это взрывчатка|взрыв",
            })
    void aPhraseIsFoundInAnyDress(String text, String place) {
        List<Finding> found = Streamed.find(topics, text);
        assertThat(found).hasSize(1);
        assertThat(text.substring(found.getFirst().start(), found.getFirst().end()))
                .isEqualTo(place);
        Streamed.holds(
                topics,
                text + " and more words follow, so that everything has left that may leave, at the end of all.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "acmeism is a school of poets",
                "the placme",
                "big-rival",
                "bigrival",
                "unexplosive",
                "nothing here"
            })
    void partsOfOtherWordsAreNoPhrases(String text) {
        assertThat(Streamed.find(topics, text)).isEmpty();
        Streamed.holds(topics, text);
    }

    @Test
    void phrasesThatOverlapAreAllFound() {
        Topics nested = new Topics(new Topics.Settings(List.of(new Topic("a", List.of("he she", "she", "she said")))));
        assertThat(Streamed.find(nested, "he she said")).hasSize(3);
    }

    @Test
    void anEmptyTopicIsRefused() {
        assertThatThrownBy(() -> new Topic("rivals", List.of())).hasMessageContaining("has no phrases");
        assertThatThrownBy(() -> new Topic("rivals", List.of("*"))).hasMessageContaining("an empty one");
    }

    @Test
    void aPatternFindsItsFirstGroup() {
        Patterns patterns =
                new Patterns(new Patterns.Settings(List.of(new Expression("ticket", "(?i)\\bticket:? (T-\\d{4})\\b"))));
        String text = "See ticket T-1234, not ticket T-12345.";
        List<Finding> found = Streamed.find(patterns, text);
        assertThat(found).hasSize(1);
        assertThat(text.substring(found.getFirst().start(), found.getFirst().end()))
                .isEqualTo("T-1234");
        assertThat(found.getFirst().category()).isEqualTo("pattern/ticket");
        Streamed.holds(patterns, text);
    }

    @Test
    void aMatchThatStillGrowsIsFoundWhenItIsLongEnough() {
        Patterns patterns = new Patterns(new Patterns.Settings(List.of(new Expression("line", "secret.*", 1, 20))));
        Streamed.holds(patterns, "a secret that goes on and on to the end of this line\nand not further");
    }

    @Test
    void aPatternIsFoundInWhateverDress() {
        Patterns patterns = new Patterns(new Patterns.Settings(List.of(new Expression("word", "(?i)\\bgrimoire\\b"))));
        for (String dressed : List.of(
                "the gri\u200Bmo\u2060ire!",
                "the gr\u0456m\u043Eire!",
                "the \uFF47\uFF52\uFF49\uFF4D\uFF4F\uFF49\uFF52\uFF45!",
                "the g\u00ADr\u00ADimoire!")) {
            assertThat(patterns.find(new Reading(Content.of(Stage.ANSWER, dressed))))
                    .as(dressed)
                    .singleElement()
                    .satisfies(finding -> {
                        assertThat(finding.start()).isEqualTo(4);
                        assertThat(finding.end()).isEqualTo(dressed.length() - 1);
                    });
        }
    }

    @Test
    void howeverFarNobodysCharactersStretchAWordItIsFoundOnceTheTextHasEnded() {
        String far = "the gri" + "\u200B".repeat(1000) + "moire!";
        Topics topics = new Topics(new Topics.Settings(List.of(new Topic("books", List.of("grimoire")))));
        assertThat(topics.find(new Reading(Content.of(Stage.PROMPT, far)))).hasSize(1);
    }

    @Test
    void aPatternThatWouldBacktrackForEverTakesLinearTime() {
        Patterns patterns = new Patterns(new Patterns.Settings(List.of(new Expression("slow", "(a+)+$b"))));
        assertThat(Streamed.find(patterns, "a".repeat(100_000))).isEmpty();
    }

    @Test
    void aPatternThatCannotWorkIsRefusedWithALetter() {
        assertThatThrownBy(() -> new Patterns(new Patterns.Settings(List.of(new Expression("bad", "(?=x)y")))))
                .hasMessageContaining("Look-around and references back do not exist");
        assertThatThrownBy(() -> new Patterns(new Patterns.Settings(List.of(new Expression("all", "x*")))))
                .hasMessageContaining("matches an empty text");
    }

    @Test
    void anUnexpectedLanguageIsFoundWhereItStands() {
        Language language = new Language(new Language.Settings(Set.of("en", "de")));
        assertThat(Streamed.find(language, ENGLISH)).isEmpty();
        assertThat(Streamed.find(language, GERMAN)).isEmpty();
        assertThat(Streamed.find(language, FRENCH)).extracting(Finding::rule).containsExactly("language/fra");
        assertThat(Streamed.find(language, RUSSIAN)).extracting(Finding::rule).containsExactly("language/rus");
        String mixed = ENGLISH + "\n" + RUSSIAN;
        assertThat(Streamed.find(language, mixed).getFirst().start())
                .isBetween(ENGLISH.length() - 240, ENGLISH.length() + 240);
        Finding whole = Streamed.find(language, mixed).getLast();
        for (int length = 0; length < mixed.length(); length += 37) {
            List<Finding> early = Streamed.findGrowing(language, mixed.substring(0, length));
            assertThat(early).allSatisfy(finding -> assertThat(finding.start()).isEqualTo(whole.start()));
            if (length >= whole.start() + language.reach()) {
                assertThat(early).isNotEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bonjour", "Merci beaucoup, à demain", "1234 5678 :-) !!!", "", "x = y + z; return 0;"})
    void shortTextsAreOfNoKnownLanguage(String text) {
        assertThat(Streamed.find(new Language(new Language.Settings(Set.of("en"))), text))
                .isEmpty();
    }

    @Test
    void englishRequestsAreHardlyEverTakenForAnotherLanguage() throws IOException {
        Path file = Path.of(System.getProperty("ayni.shared", "../shared"), "data", "xstest", "completions_gpt4.csv");
        Assumptions.assumeTrue(Files.exists(file), file + " is not here.");
        String[] texts = Files.readString(file).split("\nv2-");
        Language language = new Language(new Language.Settings(Set.of("en")));
        long wrong = Arrays.stream(texts)
                .limit(100)
                .filter(text -> !Streamed.find(language, text).isEmpty())
                .count();
        assertThat(texts.length).isGreaterThan(100);
        assertThat(wrong).isLessThanOrEqualTo(1);
    }

    @Test
    void anUnknownLanguageIsRefused() {
        assertThatThrownBy(() -> new Language.Settings(Set.of())).hasMessageContaining("No language is expected");
        assertThatThrownBy(() -> new Language.Settings(Set.of("english"))).hasMessageContaining("is no language");
    }
}
