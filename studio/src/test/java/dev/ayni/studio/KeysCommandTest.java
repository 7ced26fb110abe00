package dev.ayni.studio;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Keys from the command line. */
final class KeysCommandTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aKeyIsShownOnceAndListedWithoutWhatLetsIn() {
        Terminal made = keys("create", "ana", "--role", "operator", "--tokens-per-day", "1000", "--expires", "90d");
        assertThat(made.out).matches("ayni-[A-Za-z0-9]{40}\n");
        assertThat(made.err).contains("not shown again").doesNotContain(made.out.strip());

        Terminal listed = keys("list");
        assertThat(listed.out).contains("ana", "operator", "valid until ", "1000 tokens/day");
        assertThat(listed.out).doesNotContain(made.out.substring(9, 45));
        JsonNode key = new JsonMapper().readTree(keys("list", "--json").out).get(0);
        assertThat(key.get("owner").stringValue()).isEqualTo("ana");
        assertThat(key.get("tokens_per_day").longValue()).isEqualTo(1000);
        assertThat(key.get("revoked").isNull()).isTrue();
        assertThat(key.has("key")).isFalse();

        Terminal revoked = keys("revoke", key.get("id").stringValue());
        assertThat(revoked.out).contains("is revoked");
        assertThat(keys("list").out).contains("revoked 2");
    }

    @Test
    void whatCannotBeIsSaidInALetter() {
        assertThat(keys("create", "a b").err).contains("cannot be the name of a key's owner");
        assertThat(keys("create", "ana", "--expires", "2001-01-01").err).contains("past already");
        assertThat(keys("create", "ana", "--expires", "soon").err).contains("is no time");
        assertThat(keys("create", "ana", "--tokens-per-day", "0").err).contains("lets nothing in");
        assertThat(keys("usage", "--from", "2026-13-45").err)
                .contains("is no date")
                .doesNotContain("java");
        assertThat(keys("usage", "--from", "2026-05-01", "--to", "2026-04-01").err)
                .contains("--from before --to");
        assertThat(keys("revoke", "key_none").err).contains("There is no key 'key_none'");
        assertThat(keys("list").out).isEmpty();
        assertThat(keys("list").err).contains("There are no keys");
        Terminal nothing = new Terminal(folder).run("keys");
        assertThat(nothing.status).isEqualTo(Failures.USAGE);
        assertThat(nothing.err).contains("create, list, revoke or usage");
    }

    @Test
    void aDatabaseThatIsNoneIsNamed() {
        Terminal terminal = new Terminal(folder);
        String file = terminal.write("notes.txt", "not a database, but something to keep\n".repeat(100));
        terminal.run("keys", "list", "--database", file);
        assertThat(terminal.status).isEqualTo(Failures.FAILED);
        assertThat(terminal.err).contains("is no SQLite database");
    }

    @Test
    void nothingWasUsedYet() {
        assertThat(keys("usage").err).contains("Nothing was used");
        assertThat(keys("usage", "--from", "2026-01-01", "--json").out).isEqualTo("[]\n");
    }

    private Terminal keys(String... arguments) {
        List<String> all = new ArrayList<>(List.of("keys"));
        all.addAll(Arrays.asList(arguments));
        all.addAll(List.of("--database", folder.resolve("server.db").toString()));
        return new Terminal(folder).run(all.toArray(String[]::new));
    }
}
