package dev.ayni.guard.policy;

import dev.ayni.fuzz.KnownInputs;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

final class HostileInputTest {
    @TestFactory
    Stream<DynamicTest> whateverAPolicyHolds() {
        return KnownInputs.tests(PolicyFuzz.class, PolicyFuzz.seeds(), PolicyFuzz::fuzzerTestOneInput);
    }
}
