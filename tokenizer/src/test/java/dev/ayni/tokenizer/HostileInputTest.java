package dev.ayni.tokenizer;

import dev.ayni.fuzz.KnownInputs;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

final class HostileInputTest {
    @TestFactory
    Stream<DynamicTest> whateverATokenizerJsonHolds() {
        return KnownInputs.tests(
                TokenizerJsonFuzz.class, TokenizerJsonFuzz.seeds(), TokenizerJsonFuzz::fuzzerTestOneInput);
    }

    @TestFactory
    Stream<DynamicTest> whateverASentencePieceModelHolds() {
        return KnownInputs.tests(
                SentencePieceFuzz.class, SentencePieceFuzz.seeds(), SentencePieceFuzz::fuzzerTestOneInput);
    }

    @TestFactory
    Stream<DynamicTest> whateverAListOfRanksHolds() {
        return KnownInputs.tests(TiktokenFuzz.class, TiktokenFuzz.seeds(), TiktokenFuzz::fuzzerTestOneInput);
    }
}
