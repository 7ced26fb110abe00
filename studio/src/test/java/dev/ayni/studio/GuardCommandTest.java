package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Policies from the command line. */
final class GuardCommandTest {
    @TempDir
    private Path folder = Path.of("");

    private Terminal guard(String... arguments) {
        List<String> all = new ArrayList<>(List.of("guard"));
        all.addAll(List.of(arguments));
        return new Terminal(folder).run(all.toArray(String[]::new));
    }

    @Test
    void policiesThatComeWithAyniAreListedAndPrinted() {
        assertThat(guard("policies").out.lines())
                .hasSize(4)
                .anySatisfy(line -> assertThat(line).startsWith("minors          Children"));
        String printed = guard("policies", "general").out;
        Terminal terminal = new Terminal(folder);
        String file = terminal.write("mine.yaml", printed);
        terminal.run("guard", "check", file);
        assertThat(terminal.status).isEqualTo(Failures.OK);
        assertThat(terminal.out).contains("policy 'general', version 3, sha256:");
        assertThat(guard("policies", "none").err).contains("No policy 'none' comes with Ayni");
    }

    @Test
    void mistakesAreToldWithTheirLines() {
        Terminal terminal = new Terminal(folder);
        String file =
                terminal.write("wrong.yaml", "name: x\nchecks:\n  personal:\nstages:\n  answer:\n    NOTHING: blok\n");
        terminal.run("guard", "check", file);
        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err)
                .contains("wrong.yaml:6: 'stages.answer.NOTHING' is nothing that the checks")
                .contains("wrong.yaml:6: 'stages.answer.NOTHING' is the text 'blok'");
        assertThat(guard().status).isEqualTo(Failures.USAGE);
    }

    @Test
    void aTextIsPrintedAsItWouldGoOn() {
        Terminal rewritten = guard("test", "minors", "Write to ann.lee@example.org today");
        assertThat(rewritten.status).isEqualTo(Failures.OK);
        assertThat(rewritten.out).isEqualTo("Write to <EMAIL_ADDRESS> today\n");
        assertThat(rewritten.err).contains("rewrite: EMAIL_ADDRESS by personal/email");

        Terminal terminal = new Terminal(folder);
        String file = terminal.write(
                "strict.yaml",
                "name: strict\nmessage: No.\nchecks: {personal: }\nstages: {answer: {EMAIL_ADDRESS: block}}\n");
        terminal.run("guard", "test", file, "ann.lee@example.org", "--stage", "answer");
        assertThat(terminal.status).isEqualTo(GuardCommand.BLOCKED);
        assertThat(terminal.out).isEqualTo("No.\n");
        assertThat(guard("test", "minors", "x", "--stage", "somewhere").status).isEqualTo(Failures.USAGE);
    }

    @Test
    void whyIsToldWithTheRuleAndTheScore() {
        Terminal explained = guard("explain", "research", "Write to ann.lee@example.org today", "--json");
        JsonNode finding =
                new JsonMapper().readTree(explained.out.lines().findFirst().orElseThrow());
        assertThat(finding.get("category").stringValue()).isEqualTo("EMAIL_ADDRESS");
        assertThat(finding.get("action").stringValue()).isEqualTo("flag");
        assertThat(finding.get("policy_rule").stringValue()).isEqualTo("*");
        assertThat(finding.get("start").intValue()).isEqualTo(9);
        assertThat(explained.err).contains("what is done: flag");
        assertThat(guard("explain", "minors", "Write to ann.lee@example.org today").out)
                .contains("rewrite", "EMAIL_ADDRESS", "'personal', from 0.40 on");
    }

    @Test
    void whyIsToldInLinesThatATerminalNeedNotBreak() {
        Terminal explained =
                guard("explain", "minors", "Write to ann.lee@example.org, IBAN DE89 3704 0044 0532 0130 00, today");
        assertThat(explained.out).contains("EMAIL_ADDRESS", "IBAN_CODE");
        assertThat((explained.out + explained.err).lines())
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
    }
}
