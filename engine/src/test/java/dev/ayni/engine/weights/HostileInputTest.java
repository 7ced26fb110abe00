package dev.ayni.engine.weights;

import dev.ayni.fuzz.KnownInputs;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

final class HostileInputTest {
    @TestFactory
    Stream<DynamicTest> whateverAGgufFileHolds() {
        return KnownInputs.tests(GgufFuzz.class, GgufFuzz.seeds(), GgufFuzz::fuzzerTestOneInput);
    }

    @TestFactory
    Stream<DynamicTest> whateverAFolderOfSafetensorsHolds() {
        return KnownInputs.tests(SafetensorsFuzz.class, SafetensorsFuzz.seeds(), SafetensorsFuzz::fuzzerTestOneInput);
    }
}
