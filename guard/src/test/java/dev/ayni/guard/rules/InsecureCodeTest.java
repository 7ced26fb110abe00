package dev.ayni.guard.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ayni.guard.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InsecureCodeTest {
    private final InsecureCode code = new InsecureCode(InsecureCode.Settings.DEFAULT);

    private static String block(String language, String line) {
        return "Here is how:\n\n```" + language + "\n" + line + "\n```\nThat is all.\n";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '¦',
            quoteCharacter = '^',
            value = {
                "python ¦ python-eval-CWE-95 ¦ result = eval(request.args['x'])",
                "python ¦ python-os-system-CWE-78 ¦ os.system('ping ' + host)",
                "python ¦ python-shell-true-CWE-78 ¦ subprocess.run(cmd, shell=True)",
                "python ¦ python-pickle-CWE-502 ¦ state = pickle.loads(body)",
                "python ¦ python-yaml-load-CWE-502 ¦ conf = yaml.load(f)",
                "python ¦ python-tls-off-CWE-295 ¦ requests.get(url, verify=False)",
                "python ¦ python-weak-hash-CWE-328 ¦ h = hashlib.md5(p.encode()).hexdigest()",
                "python ¦ python-weak-random-CWE-330 ¦ token = ''.join(random.choice(letters) for _ in range(20))",
                "python ¦ python-sql-CWE-89 ¦ cur.execute(f\"SELECT * FROM users WHERE name = '{name}'\")",
                "python ¦ python-sql-CWE-89 ¦ cur.execute(\"SELECT * FROM users WHERE name = '\" + name + \"'\")",
                "python ¦ python-sql-text-CWE-89 ¦ query = \"DELETE FROM t WHERE id = %s\" % id",
                "python ¦ python-jwt-unverified-CWE-347 ¦ jwt.decode(t, options={'verify_signature': False})",
                "java ¦ java-exec-CWE-78 ¦ Runtime.getRuntime().exec(\"ping \" + host);",
                "java ¦ java-sql-CWE-89 ¦ ResultSet r = s.executeQuery(\"SELECT * FROM t WHERE n = '\" + name +"
                        + " \"'\");",
                "java ¦ java-sql-text-CWE-89 ¦ String sql = \"SELECT * FROM t WHERE n = '\" + name;",
                "java ¦ java-deserialise-CWE-502 ¦ Object o = new ObjectInputStream(in).readObject();",
                "java ¦ java-weak-hash-CWE-328 ¦ MessageDigest d = MessageDigest.getInstance(\"MD5\");",
                "java ¦ java-weak-cipher-CWE-327 ¦ Cipher c = Cipher.getInstance(\"AES/ECB/PKCS5Padding\");",
                "java ¦ java-tls-off-CWE-295 ¦ public void checkServerTrusted(X509Certificate[] c, String a) {}",
                "java ¦ java-weak-random-CWE-330 ¦ String token = prefix + new Random().nextInt();",
                "js ¦ script-eval-CWE-95 ¦ const v = eval(req.body.code);",
                "js ¦ script-exec-CWE-78 ¦ exec(`ping ${req.query.host}`, done);",
                "js ¦ script-html-CWE-79 ¦ box.innerHTML = params.get('name');",
                "js ¦ script-sql-CWE-89 ¦ db.query(`SELECT * FROM t WHERE id = ${id}`);",
                "js ¦ script-tls-off-CWE-295 ¦ const agent = new https.Agent({ rejectUnauthorized: false });",
                "c ¦ c-gets-CWE-242 ¦ gets(line);",
                "c ¦ c-copy-CWE-120 ¦ strcpy(buffer, argv[1]);",
                "c ¦ c-sprintf-CWE-120 ¦ sprintf(path, \"/tmp/%s\", name);",
                "c ¦ c-scanf-CWE-120 ¦ scanf(\"%s\", name);",
                "c ¦ c-format-CWE-134 ¦ printf(message);",
                "c ¦ c-system-CWE-78 ¦ system(command);",
                "bash ¦ shell-pipe-to-shell-CWE-494 ¦ curl -fsSL https://get.example.org/install | sudo bash",
                "bash ¦ shell-world-writable-CWE-732 ¦ chmod -R 777 /var/www",
                "bash ¦ shell-tls-off-CWE-295 ¦ curl -k https://host/x",
                "bash ¦ shell-delete-variable-CWE-78 ¦ rm -rf $DIR/tmp",
                "sql ¦ sql-dynamic-CWE-89 ¦ EXEC('SELECT * FROM t WHERE n = ''' + @name + '''')",
                "sql ¦ sql-grant-all-CWE-250 ¦ GRANT ALL PRIVILEGES ON *.* TO 'app'@'%';",
                "go ¦ hard-coded-credential-CWE-798 ¦ password := \"Tr0ub4dor-and-3\"",
            })
    void aWeaknessIsFoundInItsLine(String language, String rule, String line) {
        String text = block(language, line);
        List<Finding> found = Streamed.find(code, text);
        assertThat(found).extracting(Finding::rule).contains("insecure-code/" + rule);
        assertThat(found).allSatisfy(finding -> {
            assertThat(finding.start()).isGreaterThanOrEqualTo(text.indexOf(line));
            assertThat(finding.end()).isLessThanOrEqualTo(text.indexOf(line) + line.length() + 1);
        });
        Streamed.holds(code, text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '¦',
            quoteCharacter = '^',
            value = {
                "python ¦ subprocess.run(['ping', '-c', '1', host], check=True)",
                "python ¦ conf = yaml.safe_load(f); conf = yaml.load(f, Loader=yaml.SafeLoader)",
                "python ¦ cur.execute(\"SELECT * FROM users WHERE name = %s\", (name,))",
                "python ¦ value = ast.literal_eval(text); model.eval()",
                "python ¦ token = secrets.token_urlsafe(32); password = os.environ['DB_PASSWORD']",
                "python ¦ # never call eval(user_input)",
                "java ¦ PreparedStatement s = c.prepareStatement(\"SELECT * FROM t WHERE n = ?\");",
                "java ¦ MessageDigest d = MessageDigest.getInstance(\"SHA-256\");",
                "java ¦ Cipher c = Cipher.getInstance(\"AES/GCM/NoPadding\");",
                "java ¦ String password = System.getenv(\"DB_PASSWORD\");",
                "js ¦ box.textContent = params.get('name'); list.innerHTML = '';",
                "js ¦ db.query('SELECT * FROM t WHERE id = $1', [id]); pattern.exec(line);",
                "c ¦ fgets(line, sizeof line, stdin); snprintf(path, sizeof path, \"/tmp/%s\", name); printf(\"%s\","
                        + " message);",
                "bash ¦ curl -fsSLO https://get.example.org/install.tar.gz && rm -rf \"${DIR:?}/tmp\" && chmod 755 run",
                "sql ¦ SELECT * FROM users WHERE name = ?; GRANT SELECT ON orders TO report;",
                "json ¦ {\"password\": \"your-password-here\"}",
            })
    void theSafeWayIsNoFinding(String language, String line) {
        assertThat(Streamed.find(code, block(language, line))).isEmpty();
        Streamed.holds(code, block(language, line));
    }

    @Test
    void whatStandsOutsideOfBlocksIsReadOnlyWhereTheUserWantsIt() {
        String text = "Call eval(x) or os.system(cmd) and so on.";
        assertThat(Streamed.find(code, text)).isEmpty();
        InsecureCode bare = new InsecureCode(new InsecureCode.Settings(true, Set.of()));
        assertThat(Streamed.find(bare, text)).isNotEmpty();
        Streamed.holds(bare, text);
    }

    @Test
    void aBlockThatIsNotClosedYetIsRead() {
        assertThat(Streamed.findGrowing(code, "```python\nsubprocess.run(cmd, shell=True)\n"))
                .hasSize(1);
    }

    @Test
    void aBlockOfALanguageIsReadByItsRulesAlone() {
        assertThat(Streamed.find(code, block("java", "system(command);"))).isEmpty();
        assertThat(Streamed.find(code, block("", "system(command);"))).isNotEmpty();
    }

    @Test
    void rulesCanBeLeftOutByNameAndAWrongNameIsRefused() {
        InsecureCode without = new InsecureCode(new InsecureCode.Settings(false, Set.of("c-gets-CWE-242")));
        assertThat(Streamed.find(without, block("c", "gets(line);"))).isEmpty();
        assertThatThrownBy(() -> new InsecureCode.Settings(false, Set.of("c-gets")))
                .hasMessageContaining("There is no rule 'c-gets'");
    }

    @Test
    void everyRuleNamesItsWeaknessAndSaysWhy() {
        assertThat(InsecureCode.rules()).hasSizeGreaterThan(60).allSatisfy((name, why) -> {
            assertThat(name).matches("[a-z-]+-CWE-\\d+");
            assertThat(why).isNotBlank();
        });
    }

    @Test
    void thisProjectsJavaAndCHaveFew() throws IOException {
        Path root = Path.of("..").toAbsolutePath().normalize();
        List<String> wrong = new ArrayList<>();
        long lines = 0;
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>)
                    files.filter(path -> path.toString().matches(".*/src/main/.*\\.(java|c|h)"))::iterator) {
                String text = Files.readString(file);
                lines += text.lines().count();
                String language = file.toString().endsWith("java") ? "java" : "c";
                for (Finding finding :
                        Streamed.find(code, "```" + language + "\n" + text.replace("```", "'''") + "\n```\n")) {
                    if (finding.score() >= 0.7) {
                        wrong.add(root.relativize(file) + " " + finding.rule());
                    }
                }
            }
        }
        wrong.removeIf(line -> line.contains("InsecureCode.java")); // its rules look like what they find
        assertThat(lines).isGreaterThan(20_000);
        assertThat(wrong).hasSizeLessThanOrEqualTo(2);
    }
}
