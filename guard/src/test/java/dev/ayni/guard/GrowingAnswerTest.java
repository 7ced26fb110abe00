package dev.ayni.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ayni.chat.ChatRequest;
import dev.ayni.guard.policy.Checks;
import dev.ayni.guard.policy.Policies;
import dev.ayni.guard.policy.Policy;
import dev.ayni.guard.policy.PolicyGuard;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Whatever is spared while an answer grows, what is done about it stays the same. */
class GrowingAnswerTest {
    private static final List<String> NAMES = Policies.SHIPPED;
    private static final Policies POLICIES = new Policies(Checks.shipped());

    private static final List<String> PIECES = List.of(
            "Her card is 4111 1111 1111 1111. ",
            "The key is AKIAIOSFODNN7EXAMPLE, sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD. ",
            "Her social security number is 536-90-4399, or 536904399. ",
            "Write to Maria Keller, ann.lee@example.org, in Bremen. ",
            "She was born on 12 May 1987. ",
            "Bread rises better in a warm kitchen, but it also works in the fridge, only more slowly. ",
            "The ferry to the island leaves at a quarter past nine, unless the wind is too strong. ");

    /** A check that looks for all that it knows, whatever is minded. */
    private record Thorough(Check check) implements Check {
        @Override
        public String name() {
            return check.name();
        }

        @Override
        public Set<String> categories() {
            return check.categories();
        }

        @Override
        public int reach() {
            return check.reach();
        }

        @Override
        public List<Finding> find(Reading reading) {
            return check.find(reading);
        }
    }

    private static Policy thorough(Policy policy) {
        Map<String, Check> checks = new LinkedHashMap<>();
        policy.checks().forEach((name, check) -> checks.put(name, new Thorough(check)));
        return new Policy(
                policy.name(),
                policy.version(),
                policy.description(),
                policy.language(),
                policy.messages(),
                policy.groups(),
                checks,
                policy.rules(),
                policy.failure(),
                policy.streaming(),
                policy.windows(),
                policy.callers(),
                policy.digest());
    }

    @ParameterizedTest
    @FieldSource("NAMES")
    void readsTheSameAsIfEveryCheckHadLookedForEverything(String name) {
        PolicyGuard guard = new PolicyGuard(POLICIES.find(name));
        PolicyGuard thorough = new PolicyGuard(thorough(POLICIES.find(name)));
        Random random = new Random(5);
        for (int round = 0; round < 8; round++) {
            StringBuilder text = new StringBuilder();
            for (int piece = 0; piece < 10; piece++) {
                text.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            assertThat(answered(guard, text.toString())).isEqualTo(answered(thorough, text.toString()));
        }
    }

    private static List<Object> answered(Guard guard, String answer) {
        Reader reader = new Reader();
        new GuardedChatModel(SpeakingModel.saying(answer.splitWithDelimiters(" ", 0)), guard)
                .chat(ChatRequest.of("Hi"), reader);
        return List.copyOf(reader.events);
    }
}
