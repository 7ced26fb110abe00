package dev.ayni.server;

import dev.ayni.fuzz.KnownInputs;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

final class HostileInputTest {
    @TestFactory
    Stream<DynamicTest> whateverARequestHolds() {
        return KnownInputs.tests(RequestFuzz.class, RequestFuzz.seeds(), RequestFuzz::fuzzerTestOneInput);
    }
}
