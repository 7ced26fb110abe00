package dev.ayni.hub;

import dev.ayni.fuzz.KnownInputs;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

final class HostileInputTest {
    @TestFactory
    Stream<DynamicTest> whateverAModelfileHolds() {
        return KnownInputs.tests(ModelfileFuzz.class, ModelfileFuzz.seeds(), ModelfileFuzz::fuzzerTestOneInput);
    }
}
