package dev.ayni.template;

import dev.ayni.fuzz.KnownInputs;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

final class HostileInputTest {
    @TestFactory
    Stream<DynamicTest> whateverATemplateHolds() {
        return KnownInputs.tests(TemplateFuzz.class, TemplateFuzz.seeds(), TemplateFuzz::fuzzerTestOneInput);
    }

    @TestFactory
    Stream<DynamicTest> whateverAConversationHolds() {
        return KnownInputs.tests(
                ConversationFuzz.class, ConversationFuzz.seeds(), ConversationFuzz::fuzzerTestOneInput);
    }
}
