package dev.ayni.engine.toolcalls;

import dev.ayni.fuzz.KnownInputs;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

final class HostileInputTest {
    @TestFactory
    Stream<DynamicTest> whateverAModelWrites() {
        return KnownInputs.tests(AnswerFuzz.class, AnswerFuzz.seeds(), AnswerFuzz::fuzzerTestOneInput);
    }
}
