package dev.ayni.engine.shape;

import dev.ayni.fuzz.KnownInputs;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

final class HostileInputTest {
    @TestFactory
    Stream<DynamicTest> whateverASchemaSays() {
        return KnownInputs.tests(JsonSchemaFuzz.class, JsonSchemaFuzz.seeds(), JsonSchemaFuzz::fuzzerTestOneInput);
    }

    @TestFactory
    Stream<DynamicTest> whateverAGrammarSays() {
        return KnownInputs.tests(GbnfFuzz.class, GbnfFuzz.seeds(), GbnfFuzz::fuzzerTestOneInput);
    }

    @TestFactory
    Stream<DynamicTest> whateverARegularExpressionSays() {
        return KnownInputs.tests(RegexFuzz.class, RegexFuzz.seeds(), RegexFuzz::fuzzerTestOneInput);
    }
}
