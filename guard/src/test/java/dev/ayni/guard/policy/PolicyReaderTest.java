package dev.ayni.guard.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ayni.guard.Action;
import dev.ayni.guard.Stage;
import dev.ayni.guard.Words;
import dev.ayni.provenance.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyReaderTest {
    private static final Checks CHECKS = Checks.shipped()
            .with("words", new Words(Map.of("a", "S1", "b", "S2", "c", "S10", "d", "topic/cards", "e", "secret")));
    private static final Policies POLICIES = new Policies(CHECKS);

    private static final String WHOLE = """
        # For the tests.
        name: whole
        version: 3
        description: For those who try.
        language: de
        message: {en: "No.", de: "Nein."}
        checks:
          words:
        stages:
          all:
            illicit-criminal: {do: block, threshold: 0.8}
            topic/*: flag
          answer:
            S2: {do: block, threshold: 0.3, message: "Not that."}
            secret: {do: rewrite, with: mask}
            "*": flag
        failure: {seconds: 1.5, do: flag}
        streaming: {hold-back: 120}
        windows: {size: 1000, overlap: 100}
        keys:
          kiosk:
            language: en
            stages:
              answer:
                topic/*: block
        """;

    @Test
    void aPolicyIsReadWhole() {
        Policy policy = POLICIES.read(WHOLE, "whole.yaml");
        assertThat(policy.name()).isEqualTo("whole");
        assertThat(policy.version()).isEqualTo(3);
        assertThat(policy.message()).isEqualTo("Nein.");
        assertThat(policy.failure()).isEqualTo(new Policy.Failure(java.time.Duration.ofMillis(1500), Action.FLAG));
        assertThat(policy.streaming().holdBack()).isEqualTo(120);
        assertThat(policy.windows()).isEqualTo(new Policy.Windows(1000, 100));
        assertThat(policy.checks().keySet()).isEqualTo(Set.of("words"));
    }

    private static String rule(Policy policy, Stage stage, String category) {
        return policy.rules(stage, category).stream()
                .findFirst()
                .map(applied -> applied.pattern() + " " + applied.rule().action() + " "
                        + applied.rule().threshold())
                .orElse("none");
    }

    @Test
    void theNarrowestRuleCounts() {
        Policy policy = POLICIES.read(WHOLE, "whole.yaml");
        assertThat(rule(policy, Stage.PROMPT, "S1")).isEqualTo("illicit-criminal BLOCK 0.8");
        assertThat(rule(policy, Stage.ANSWER, "S2")).isEqualTo("S2 BLOCK 0.3");
        assertThat(rule(policy, Stage.PROMPT, "S2")).isEqualTo("illicit-criminal BLOCK 0.8");
        assertThat(rule(policy, Stage.ANSWER, "topic/cards")).isEqualTo("topic/* FLAG 0.5");
        assertThat(rule(policy, Stage.ANSWER, "S10")).isEqualTo("* FLAG 0.5");
        assertThat(rule(policy, Stage.PROMPT, "S10")).isEqualTo("none");
    }

    @Test
    void aKeyHasRulesOfItsOwnOverThoseOfAll() {
        Policy kiosk = POLICIES.read(WHOLE, "whole.yaml").of(List.of("someone", "kiosk"));
        assertThat(rule(kiosk, Stage.ANSWER, "topic/cards")).isEqualTo("topic/* BLOCK 0.5");
        assertThat(rule(kiosk, Stage.ANSWER, "S2")).isEqualTo("S2 BLOCK 0.3");
        assertThat(kiosk.message()).isEqualTo("No.");
        Policy all = POLICIES.read(WHOLE, "whole.yaml");
        assertThat(all.of(List.of("someone"))).isEqualTo(all);
    }

    @Test
    void aKeyMayHaveAnotherPolicyAndNoneMayNameItself(@TempDir Path folder) throws IOException {
        String begin = "{name: %s, checks: {words: {}}, stages: {answer: {S1: %s}}, keys: {kiosk: {policy: %s}}}";
        Files.writeString(folder.resolve("one.yaml"), begin.formatted("one", "flag", "two.yaml"));
        Files.writeString(
                folder.resolve("two.yaml"), "{name: two, checks: {words: {}}, stages: {answer: {S1: block}}}");
        Policy one = POLICIES.find(folder.resolve("one.yaml").toString());
        assertThat(one.of(List.of("kiosk")).name()).isEqualTo("two");

        Files.writeString(folder.resolve("two.yaml"), begin.formatted("two", "flag", "one.yaml"));
        assertThatThrownBy(() -> POLICIES.find(folder.resolve("one.yaml").toString()))
                .isInstanceOf(PolicyException.class)
                .hasMessageContaining("names itself");
    }

    @Test
    void howeverAFileNamesItselfItIsTheSame(@TempDir Path folder) throws IOException {
        Files.writeString(
                folder.resolve("one.yaml"),
                "{name: one, checks: {words: {}}, stages: {answer: {S1: flag}}, keys: {kiosk: {policy: ./one.yaml}}}");
        assertThatThrownBy(() -> POLICIES.find(folder.resolve("one.yaml").toString()))
                .isInstanceOf(PolicyException.class)
                .hasMessageContaining("names itself");
    }

    @Test
    void filesMadeToBeTooMuchAreRefusedWithALetter(@TempDir Path folder) throws IOException {
        StringBuilder laughs = new StringBuilder("a0: &a0 [lol]\n");
        for (int i = 1; i < 30; i++) {
            String before = "*a%d, ".formatted(i - 1);
            laughs.append("a%d: &a%d [%s*a%d]\n".formatted(i, i, before.repeat(9), i - 1));
        }
        for (String text : List.of(
                laughs.toString(),
                "[".repeat(100_000),
                "{a: ".repeat(100_000),
                "- ".repeat(20_000),
                "x".repeat(5_000_000),
                "name: 1" + "0".repeat(10_000),
                "name: \u0000",
                "name: \uD83D x",
                "version: 1e400",
                "name: !!javax.script.ScriptEngineManager [x]",
                "? [a, b]\n: c")) {
            Path file = folder.resolve("much.yaml");
            Files.write(file, text.replace("\uD83D", "?").getBytes(StandardCharsets.UTF_8));
            for (ThrowingCallable reading : List.<ThrowingCallable>of(
                    () -> POLICIES.read(text, "much.yaml"), () -> POLICIES.find(file.toString()))) {
                assertThatThrownBy(reading)
                        .as(text.substring(0, Math.min(40, text.length())))
                        .isInstanceOf(PolicyException.class)
                        .hasMessageContaining("much.yaml:")
                        .satisfies(letter ->
                                assertThat(String.valueOf(letter.getMessage())).hasSizeLessThan(3000));
            }
        }
    }

    @Test
    void theDigestIsAlsoThatOfWhatChecksWereMadeFrom() {
        List<String> digests = new ArrayList<>();
        for (String made : List.of("one", "one", "other")) {
            Checks checks = Checks.shipped().with("words", new Words(Map.of("a", "S1")) {
                @Override
                public List<Digest> madeFrom() {
                    return List.of(Digest.of(made.getBytes(StandardCharsets.UTF_8)));
                }
            });
            digests.add(new Policies(checks)
                    .read("name: x\nchecks: {words: {}}\nstages: {answer: {S1: block}}", "x")
                    .digest()
                    .toString());
        }
        assertThat(digests.get(0)).isEqualTo(digests.get(1)).isNotEqualTo(digests.get(2));
    }

    @Test
    void theDigestIsThatOfWhatIsSaidHoweverItIsWritten() {
        Policy one = POLICIES.read("name: x\nchecks: {words: {}}\nstages: {answer: {S1: block, S2: flag}}", "x");
        Policy same = POLICIES.read(
                "# a remark\nstages:\n  answer:\n    S2: \"flag\"\n    S1: block\nchecks:\n  words: {}\nname: x\n",
                "y");
        Policy other = POLICIES.read("name: x\nchecks: {words: {}}\nstages: {answer: {S1: block, S2: block}}", "x");
        assertThat(same.digest()).isEqualTo(one.digest()).isNotEqualTo(other.digest());
    }

    @Test
    void allThatIsWrongIsToldAtOnceWithItsLine() {
        String wrong = """
            name: wrong
            version: two
            checks:
              words:
                colour: red
              nothing:
            stages:
              answer:
                S1: {do: block, threshold: 1.5}
                S99: block
                S2: forbid
                secret: {with: mask}
              somewhere: {S1: block}
            failure: {do: allow}
            message: [a, b]
            """;
        List<String> problems = catchThrowableOfType(PolicyException.class, () -> POLICIES.read(wrong, "wrong.yaml"))
                .problems();
        assertThat(problems)
                .anySatisfy(letter -> assertThat(letter).startsWith("wrong.yaml:2: 'version' is the text 'two'"))
                .anySatisfy(letter -> assertThat(letter).startsWith("wrong.yaml:5: 'checks.words.colour' is not known"))
                .anySatisfy(letter -> assertThat(letter).startsWith("wrong.yaml:6: There is no check 'nothing'"))
                .anySatisfy(letter -> assertThat(letter)
                        .startsWith("wrong.yaml:9: 'stages.answer.S1.threshold' is 1.5; expected a number from 0 to 1"))
                .anySatisfy(letter -> assertThat(letter).startsWith("wrong.yaml:10: 'stages.answer.S99' is nothing"))
                .anySatisfy(letter -> assertThat(letter)
                        .isEqualTo("wrong.yaml:11: 'stages.answer.S2' is the text 'forbid'; expected one of"
                                + " allow, flag, rewrite, block."))
                .anySatisfy(
                        letter -> assertThat(letter).startsWith("wrong.yaml:12: 'stages.answer.secret.do' is missing"))
                .anySatisfy(letter -> assertThat(letter).startsWith("wrong.yaml:13: 'stages.somewhere' is not known"))
                .anySatisfy(letter -> assertThat(letter).startsWith("wrong.yaml:14: 'failure.do' is allow"))
                .anySatisfy(letter -> assertThat(letter).startsWith("wrong.yaml:15: 'message' is a list"));
    }

    @Test
    void whatIsNoYamlIsToldWithItsLine() {
        for (String text :
                List.of("name: [", "name: x\nname: y", "a: &b c\nd: *b", "", "- a", "name: x\n---\nname: y")) {
            assertThatThrownBy(() -> POLICIES.read(text, "x.yaml"))
                    .as(text)
                    .isInstanceOf(PolicyException.class)
                    .hasMessageMatching("(?s)x\\.yaml:\\d: .*");
        }
    }

    @Test
    void aPolicyThatIsNotThereIsTold() {
        assertThatThrownBy(() -> POLICIES.find("none.yaml"))
                .isInstanceOf(PolicyException.class)
                .hasMessageContaining("general, minors, administration, research");
    }
}
