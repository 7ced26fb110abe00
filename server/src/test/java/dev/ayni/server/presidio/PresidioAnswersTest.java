package dev.ayni.server.presidio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ayni.guard.personal.PersonalData;
import dev.ayni.guard.personal.Wanted;
import dev.ayni.guard.personal.WrittenRecognizers;
import dev.ayni.server.http.RecordedExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The same requests get the same answers as from Presidio 2.2.366, recorded by {@code scripts/record-presidio-answers}: the same
 * pieces in the same places; for recognisers that the request or a file brings, the same scores and the same reasons; every
 * anonymized text to the letter.
 */
class PresidioAnswersTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path folder;

    private static JsonNode recorded() {
        try (InputStream in = PresidioAnswersTest.class.getResourceAsStream("answers.json")) {
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @TestFactory
    Stream<DynamicTest> aRequestIsAnsweredAsPresidioAnswersIt() {
        JsonNode recorded = recorded();
        assertThat(recorded.at("/recorded_from/presidio-analyzer").asString()).isEqualTo("2.2.366");
        List<JsonNode> requests = new ArrayList<>();
        recorded.path("requests").forEach(requests::add);
        assertThat(requests).hasSizeGreaterThan(50);
        return requests.stream()
                .map(one -> DynamicTest.dynamicTest(
                        one.path("path").asString() + " " + one.path("body"), () -> compare(one)));
    }

    private void compare(JsonNode one) throws IOException {
        ObjectNode body = (ObjectNode) one.path("body").deepCopy();
        Wanted usual = Wanted.ALL;
        if (body.has("yaml")) {
            Path file = folder.resolve("recognizers.yaml");
            Files.writeString(file, body.remove("yaml").asString());
            usual = usual.withOwn(WrittenRecognizers.read(file));
        }
        RecordedExchange answered = RecordedExchange.send(
                new PresidioApi(new PersonalData(), usual),
                "POST",
                one.path("path").asString(),
                body.toString());
        assertThat(answered.status()).as(answered.text()).isEqualTo(200);
        JsonNode expected = one.path("answer");
        if (one.path("path").asString().equals("/anonymize")) {
            // 1 and 1.0 are the same score
            assertThat(answered.json().toString().replace(":1.0", ":1"))
                    .isEqualTo(expected.toString().replace(":1.0", ":1"));
            return;
        }
        assertThat(places(answered.json())).isEqualTo(places(expected));
        if (body.has("ad_hoc_recognizers") || one.path("body").has("yaml")) {
            for (JsonNode theirs : expected) {
                JsonNode ours = at(answered.json(), theirs);
                assertThat(ours.path("score").asDouble())
                        .isCloseTo(theirs.path("score").asDouble(), within(1e-9));
                sameReasons(ours.path("analysis_explanation"), theirs.path("analysis_explanation"));
            }
        }
    }

    private static void sameReasons(JsonNode ours, JsonNode theirs) {
        assertThat(ours.isNull()).isEqualTo(theirs.isNull());
        for (String name : theirs.propertyNames()) {
            if (theirs.path(name).isNumber()) {
                assertThat(ours.path(name).asDouble())
                        .as(name)
                        .isCloseTo(theirs.path(name).asDouble(), within(1e-9));
            } else {
                assertThat(ours.path(name)).as(name).isEqualTo(theirs.path(name));
            }
        }
    }

    private static JsonNode at(JsonNode answers, JsonNode place) {
        for (JsonNode one : answers) {
            if (one.path("start").equals(place.path("start"))
                    && one.path("entity_type").equals(place.path("entity_type"))) {
                return one;
            }
        }
        throw new AssertionError("Nothing was found at " + place + " but " + answers);
    }

    /** Presidio tells the surest first, Ayni in order of place. */
    private static Set<String> places(JsonNode answer) {
        Set<String> places = new TreeSet<>();
        for (int i = 0; i < answer.size(); i++) {
            JsonNode one = answer.path(i);
            if (one.isArray()) {
                int text = i;
                places(one).forEach(place -> places.add(text + ": " + place));
            } else {
                places.add(one.path("entity_type").asString() + " "
                        + one.path("start").asInt() + "-" + one.path("end").asInt());
            }
        }
        return places;
    }
}
