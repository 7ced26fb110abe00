package dev.ayni.guard.rules;

import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Code with weaknesses that attackers know, by rules for Java, Python, JavaScript, C, shells and SQL. Each finding's rule ends in
 * the number of the weakness in the Common Weakness Enumeration: {@code insecure-code/python-shell-true-CWE-78}.
 *
 * <p>In Markdown only blocks of code are read, by the rules of the language that the block names; by those of all where it names
 * none, and by those that hold in any language where it names another. A text without such blocks is read as code where it is
 * all code, which is for the caller to know: tool calls and files.
 *
 * <p>Scores: 0.9 what is a weakness wherever it stands; 0.7 what is one unless the value is known to be harmless; 0.5 what is one
 * in the wrong place only. What stands behind a comment's sign is left out.
 */
public final class InsecureCode implements Check {
    private static final String CATEGORY = "insecure-code";
    private static final int REACH = 256;

    /**
     * What is read.
     *
     * @param withoutBlocks whether a text without blocks of code is read as code by the rules of all languages
     * @param except rules that are not used, by their names
     */
    public record Settings(boolean withoutBlocks, Set<String> except) {
        public static final Settings DEFAULT = new Settings(false, Set.of());

        public Settings {
            except = Set.copyOf(except);
            for (String name : except) {
                if (RULES.stream().noneMatch(rule -> rule.anchored().id().equals(name))) {
                    throw new IllegalArgumentException("There is no rule '%s' for insecure code. The rules are %s."
                            .formatted(
                                    name,
                                    RULES.stream()
                                            .map(rule -> rule.anchored().id())
                                            .toList()));
                }
            }
        }
    }

    private record Rule(AnchoredRule anchored, Set<CodeLanguage> languages, double score, String why) {}

    private static Rule rule(
            String id,
            int weakness,
            double score,
            Set<CodeLanguage> languages,
            int before,
            String regex,
            String why,
            String... anchors) {
        AnchoredRule anchored =
                new AnchoredRule(id + "-CWE-" + weakness, List.of(anchors), before, Pattern.compile(regex), false);
        return new Rule(anchored, languages, score, why);
    }

    private static final Set<CodeLanguage> JAVA = EnumSet.of(CodeLanguage.JAVA);
    private static final Set<CodeLanguage> PYTHON = EnumSet.of(CodeLanguage.PYTHON);
    private static final Set<CodeLanguage> SCRIPT = EnumSet.of(CodeLanguage.JAVASCRIPT);
    private static final Set<CodeLanguage> C = EnumSet.of(CodeLanguage.C);
    private static final Set<CodeLanguage> SHELL = EnumSet.of(CodeLanguage.SHELL);
    private static final Set<CodeLanguage> SQL = EnumSet.of(CodeLanguage.SQL);
    private static final Set<CodeLanguage> ANY = EnumSet.allOf(CodeLanguage.class);

    private static final String WORD = "(?<![A-Za-z0-9_.])";
    private static final String SELECT =
            "(?:SELECT|INSERT|UPDATE|DELETE|select|insert|update|delete|Select|Insert|Update|Delete)\\s[^\"'`\\n"
                    + "]{0,120}";

    private static final List<Rule> RULES = List.of(
            // Python
            rule(
                    "python-eval",
                    95,
                    0.7,
                    PYTHON,
                    0,
                    WORD + "(?:eval|exec)\\((?!\\s*(?:[\"'][^\"'{]*[\"']\\s*[,)]|\\)))",
                    "runs text as a program",
                    "eval(",
                    "exec("),
            rule(
                    "python-os-system",
                    78,
                    0.7,
                    PYTHON,
                    0,
                    WORD + "os\\.(?:system|popen)\\((?!\\s*[rb]?[\"'][^\"'{%\\n]*[\"']\\s*\\))",
                    "runs a command line put together from values",
                    "os.system(",
                    "os.popen("),
            rule(
                    "python-shell-true",
                    78,
                    0.9,
                    PYTHON,
                    0,
                    "shell\\s?=\\s?True",
                    "lets a shell read the command, and what is put into it",
                    "shell=True",
                    "shell = True"),
            rule(
                    "python-pickle",
                    502,
                    0.7,
                    PYTHON,
                    0,
                    WORD + "(?:pickle|cPickle|dill|shelve|marshal)\\.(?:loads?|open)\\(|" + WORD
                            + "(?:joblib|pd)\\.(?:load|read_pickle)\\(",
                    "reads objects that can run a program while they are read",
                    "pickle.load",
                    "dill.load",
                    "shelve.open(",
                    "marshal.load",
                    "joblib.load(",
                    "pd.read_pickle("),
            rule(
                    "python-yaml-load",
                    502,
                    0.9,
                    PYTHON,
                    0,
                    WORD + "yaml\\.(?:load|load_all)\\((?![^)\\n]{0,120}Safe)",
                    "reads YAML that can make any object; safe_load does not",
                    "yaml.load(",
                    "yaml.load_all("),
            rule(
                    "python-tls-off",
                    295,
                    0.9,
                    PYTHON,
                    0,
                    "verify\\s?=\\s?False|ssl\\._create_unverified_context|CERT_NONE|check_hostname\\s?=\\s?False",
                    "talks to whoever answers, without looking at the certificate",
                    "verify=False",
                    "verify = False",
                    "ssl._create_unverified_context",
                    "CERT_NONE",
                    "check_hostname"),
            rule(
                    "python-weak-hash",
                    328,
                    0.5,
                    PYTHON,
                    0,
                    WORD + "hashlib\\.(?:md5|sha1)\\(|hashlib\\.new\\([\"'](?:md5|sha1)",
                    "a hash for which collisions are made at will",
                    "hashlib.md5(",
                    "hashlib.sha1(",
                    "hashlib.new("),
            rule(
                    "python-weak-random",
                    330,
                    0.5,
                    PYTHON,
                    40,
                    "(?i)(?:token|password|secret|key|otp|nonce|salt)[A-Za-z0-9_]{0,20}\\s?=[^\\n"
                            + "]{0,60}(?<![A-Za-z0-9_])random\\.(?:random|randint|choices?|sample)\\(",
                    "a secret from numbers that can be foretold; use the module secrets",
                    "random."),
            rule(
                    "python-sql",
                    89,
                    0.9,
                    PYTHON,
                    0,
                    "\\.execute(?:many)?\\(\\s*(?:f[\"']{1,3}" + SELECT + "[\"']?\\{|[\"']{1,3}" + SELECT
                            + "[\"']{1,3}\\s*(?:%(?!s)|\\+|\\.format\\())",
                    "puts values into SQL text; use parameters",
                    ".execute(",
                    ".executemany("),
            rule(
                    "python-sql-text",
                    89,
                    0.7,
                    PYTHON,
                    0,
                    "(?:sql|query|stmt|statement)\\s?=\\s?(?:f[\"']{1,3}" + SELECT + "[\"']?\\{|[\"']{1,3}" + SELECT
                            + "[\"']{1,3}\\s*(?:%\\s*[(a-z]|\\+|\\.format\\())",
                    "puts values into SQL text; use parameters",
                    "sql",
                    "query",
                    "stmt",
                    "statement"),
            rule(
                    "python-temp-file",
                    377,
                    0.7,
                    PYTHON,
                    0,
                    WORD + "tempfile\\.mktemp\\(",
                    "names a file that another can make first",
                    "tempfile.mktemp("),
            rule(
                    "python-debug-server",
                    489,
                    0.7,
                    PYTHON,
                    0,
                    "\\.run\\([^)\\n]{0,120}debug\\s?=\\s?True",
                    "a server that runs programs for whoever sees an error page",
                    ".run("),
            rule(
                    "python-autoescape-off",
                    79,
                    0.7,
                    PYTHON,
                    0,
                    "autoescape\\s?=\\s?False",
                    "pages in which values are read as HTML",
                    "autoescape"),
            rule(
                    "python-template",
                    1336,
                    0.7,
                    PYTHON,
                    0,
                    WORD + "render_template_string\\(\\s*(?:f[\"']|[^\"'\\s])",
                    "a template made from values, which can run code",
                    "render_template_string("),
            rule(
                    "python-xml",
                    611,
                    0.5,
                    PYTHON,
                    0,
                    "resolve_entities\\s?=\\s?True",
                    "XML that can fetch files",
                    "resolve_entities"),
            rule(
                    "python-archive",
                    22,
                    0.5,
                    PYTHON,
                    0,
                    "\\.extractall\\(\\s*(?:path\\s?=\\s?)?(?:[A-Za-z_.\"'/]{0,60})?\\s*\\)",
                    "an archive whose names can lead out of the folder; give a filter",
                    ".extractall("),
            rule(
                    "python-bind-all",
                    1327,
                    0.5,
                    PYTHON,
                    0,
                    "host\\s?=\\s?[\"']0\\.0\\.0\\.0[\"']|\\.bind\\(\\(\\s*[\"'](?:0\\.0\\.0\\.0)?[\"']",
                    "listens to every network",
                    "host",
                    ".bind("),
            rule(
                    "python-weak-cipher",
                    327,
                    0.7,
                    PYTHON,
                    0,
                    "(?:DES3?|ARC4|ARC2|Blowfish)\\.new\\(|AES\\.MODE_ECB|modes\\.ECB\\(",
                    "a cipher that is broken, or shows what repeats",
                    "DES.new(",
                    "DES3.new(",
                    "ARC4.new(",
                    "ARC2.new(",
                    "Blowfish.new(",
                    "AES.MODE_ECB",
                    "modes.ECB("),
            rule(
                    "python-jwt-unverified",
                    347,
                    0.9,
                    PYTHON,
                    1,
                    "[\"']verify_signature[\"']\\s?:\\s?False|algorithms\\s?=\\s?\\[\\s?[\"']none[\"']",
                    "a token that anybody can have written",
                    "verify_signature",
                    "algorithms"),
            // Java
            rule(
                    "java-exec",
                    78,
                    0.7,
                    JAVA,
                    0,
                    "getRuntime\\(\\)\\.exec\\((?!\\s*\"[^\"\\n]*\"\\s*\\))",
                    "runs a command put together from values",
                    "getRuntime().exec("),
            rule(
                    "java-shell",
                    78,
                    0.7,
                    JAVA,
                    0,
                    "ProcessBuilder\\([^)\\n"
                            + "]{0,60}\"(?:sh|bash|/bin/sh|/bin/bash|cmd(?:\\.exe)?)\"\\s*,\\s*\"(?:-c|/c)\"\\s*,\\s*(?!\"[^\"\\n"
                            + "]*\"\\s*\\))",
                    "lets a shell read the command, and what is put into it",
                    "ProcessBuilder("),
            rule(
                    "java-sql",
                    89,
                    0.9,
                    JAVA,
                    0,
                    "\\.(?:execute(?:Query|Update)?|prepareStatement|createQuery|createNativeQuery|query(?:ForObject|ForList)?)\\(\\s*\""
                            + SELECT + "['(]?\"\\s*\\+",
                    "puts values into SQL text; use parameters",
                    ".execute",
                    ".prepareStatement(",
                    ".createQuery(",
                    ".createNativeQuery(",
                    ".query"),
            rule(
                    "java-sql-text",
                    89,
                    0.7,
                    JAVA,
                    60,
                    "String\\s[A-Za-z0-9_]{1,40}\\s?=\\s?\"" + SELECT + "['(]?\"\\s*\\+",
                    "puts values into SQL text; use parameters",
                    "SELECT ",
                    "INSERT ",
                    "UPDATE ",
                    "DELETE "),
            rule(
                    "java-deserialise",
                    502,
                    0.7,
                    JAVA,
                    0,
                    "new ObjectInputStream\\(|new XMLDecoder\\(|enableDefaultTyping\\(|\\.readObject\\(\\)",
                    "reads objects that can run a program while they are read",
                    "new ObjectInputStream(",
                    "new XMLDecoder(",
                    "enableDefaultTyping(",
                    ".readObject()"),
            rule(
                    "java-weak-hash",
                    328,
                    0.7,
                    JAVA,
                    0,
                    "MessageDigest\\.getInstance\\(\\s*\"(?:MD2|MD4|MD5|SHA-?1)\"",
                    "a hash for which collisions are made at will",
                    "MessageDigest.getInstance("),
            rule(
                    "java-weak-cipher",
                    327,
                    0.9,
                    JAVA,
                    0,
                    "Cipher\\.getInstance\\(\\s*\"(?:DES|DESede|RC4|RC2|Blowfish|ARCFOUR|AES(?:/ECB[^\"]{0,40})?)\"|Cipher\\.getInstance\\(\\s*\"(?:DES|DESede|RC2|Blowfish)/",
                    "a cipher that is broken, or shows what repeats",
                    "Cipher.getInstance("),
            rule(
                    "java-weak-random",
                    330,
                    0.5,
                    JAVA,
                    60,
                    "(?i)(?:token|password|secret|key|otp|nonce|salt|session)[A-Za-z0-9_]{0,20}\\s?=[^\\n"
                            + ";]{0,50}(?:new Random\\(|Math\\.random\\()",
                    "a secret from numbers that can be foretold; use SecureRandom",
                    "new Random(",
                    "Math.random("),
            rule(
                    "java-tls-off",
                    295,
                    0.9,
                    JAVA,
                    0,
                    "checkServerTrusted\\([^)\\n"
                            + "]{0,120}\\)\\s*(?:throws"
                            + " [A-Za-z.]{1,40}\\s*)?\\{\\s*\\}|NoopHostnameVerifier|ALLOW_ALL_HOSTNAME_VERIFIER|TrustAllStrategy|TrustSelfSignedStrategy|InsecureTrustManagerFactory",
                    "talks to whoever answers, without looking at the certificate",
                    "checkServerTrusted(",
                    "NoopHostnameVerifier",
                    "ALLOW_ALL_HOSTNAME_VERIFIER",
                    "TrustAllStrategy",
                    "TrustSelfSignedStrategy",
                    "InsecureTrustManagerFactory"),
            rule(
                    "java-hostname-off",
                    297,
                    0.9,
                    JAVA,
                    0,
                    "[sS]et(?:Default)?HostnameVerifier\\(\\s*\\([^)\\n"
                            + "]{0,40}\\)\\s*->\\s*true|HostnameVerifier\\(\\(.{0,30}\\) -> true",
                    "takes any certificate for any host",
                    "etHostnameVerifier(",
                    "etDefaultHostnameVerifier("),
            rule(
                    "java-xml",
                    611,
                    0.5,
                    JAVA,
                    0,
                    "(?:DocumentBuilderFactory|SAXParserFactory|XMLInputFactory)\\.new(?:Instance|Factory|DefaultFactory)\\(\\)(?!\\s*;?\\s*[^;]{0,60}disallow-doctype)",
                    "XML that can fetch files, unless the factory forbids it",
                    "DocumentBuilderFactory.new",
                    "SAXParserFactory.new",
                    "XMLInputFactory.new"),
            rule(
                    "java-script",
                    95,
                    0.7,
                    JAVA,
                    0,
                    "\\.eval\\((?!\\s*\"[^\"\\n]*\"\\s*\\))|new SpelExpressionParser\\(|Ognl\\.getValue\\(",
                    "runs text as a program",
                    ".eval(",
                    "new SpelExpressionParser(",
                    "Ognl.getValue("),
            rule(
                    "java-redirect",
                    601,
                    0.5,
                    JAVA,
                    0,
                    "sendRedirect\\(\\s*(?:request|req)\\.getParameter\\(",
                    "sends the reader wherever the request says",
                    "sendRedirect("),
            rule(
                    "java-echo",
                    79,
                    0.7,
                    JAVA,
                    0,
                    "(?:getWriter\\(\\)|out)\\.(?:print|println|write)\\([^;\\n"
                            + "]{0,120}(?:request|req)\\.getParameter\\(",
                    "a page in which what was asked is read as HTML",
                    "getWriter().",
                    "out."),
            rule(
                    "java-csrf-off",
                    352,
                    0.7,
                    JAVA,
                    0,
                    "csrf\\(\\)\\.disable\\(\\)|csrf\\([A-Za-z]{1,20}\\s?->\\s?[A-Za-z]{1,20}\\.disable\\(\\)|csrf\\(\\s*(?:Abstract[A-Za-z]{0,30}|Csrf[A-Za-z]{0,30})::disable",
                    "lets other sites act in the reader's name",
                    "csrf("),
            // JavaScript
            rule(
                    "script-eval",
                    95,
                    0.7,
                    SCRIPT,
                    0,
                    WORD + "(?:eval|new Function)\\((?!\\s*(?:[\"'][^\"']*[\"']\\s*)?\\))",
                    "runs text as a program",
                    "eval(",
                    "new Function("),
            rule(
                    "script-exec",
                    78,
                    0.7,
                    SCRIPT,
                    0,
                    "(?<![A-Za-z0-9_])(?:execSync|exec)\\(\\s*(?:`[^`\\n"
                            + "]{0,120}\\$\\{|[\"'][^\"'\\n"
                            + "]{0,120}[\"']\\s*\\+)",
                    "runs a command line put together from values",
                    "exec(",
                    "execSync("),
            rule(
                    "script-html",
                    79,
                    0.7,
                    SCRIPT,
                    0,
                    "\\.(?:innerHTML|outerHTML)\\s?\\+?=\\s?(?![\"'][^\"'\\n"
                            + "]{0,200}[\"']\\s*[;\\n"
                            + "])(?!\\s*[\"'`]{2})|document\\.write(?:ln)?\\((?!\\s*[\"'][^\"'\\n"
                            + "]*[\"']\\s*\\))|dangerouslySetInnerHTML",
                    "a page in which values are read as HTML",
                    ".innerHTML",
                    ".outerHTML",
                    "document.write",
                    "dangerouslySetInnerHTML"),
            rule(
                    "script-sql",
                    89,
                    0.9,
                    SCRIPT,
                    0,
                    "\\.(?:query|execute|raw|all|get|run)\\(\\s*(?:`" + SELECT + "[\"']?\\$\\{|[\"']" + SELECT
                            + "['\"]{1,2}\\s*\\+)",
                    "puts values into SQL text; use parameters",
                    ".query(",
                    ".execute(",
                    ".raw(",
                    ".all(",
                    ".get(",
                    ".run("),
            rule(
                    "script-sql-text",
                    89,
                    0.7,
                    SCRIPT,
                    0,
                    "(?:sql|query|stmt)\\s?=\\s?(?:`" + SELECT + "[\"']?\\$\\{|[\"']" + SELECT + "['\"]{1,2}\\s*\\+)",
                    "puts values into SQL text; use parameters",
                    "sql",
                    "query",
                    "stmt"),
            rule(
                    "script-tls-off",
                    295,
                    0.9,
                    SCRIPT,
                    0,
                    "rejectUnauthorized\\s?:\\s?false|NODE_TLS_REJECT_UNAUTHORIZED[\"'\\]]{0,2}\\s?=\\s?[\"']?0",
                    "talks to whoever answers, without looking at the certificate",
                    "rejectUnauthorized",
                    "NODE_TLS_REJECT_UNAUTHORIZED"),
            rule(
                    "script-weak-hash",
                    328,
                    0.5,
                    SCRIPT,
                    0,
                    "createHash\\(\\s*[\"'](?:md5|sha1)[\"']",
                    "a hash for which collisions are made at will",
                    "createHash("),
            rule(
                    "script-weak-cipher",
                    327,
                    0.9,
                    SCRIPT,
                    0,
                    "createCipher\\(|createCipheriv\\(\\s*[\"'](?:des|rc4|bf|[a-z0-9-]{0,12}-ecb)",
                    "a cipher that is broken, or shows what repeats",
                    "createCipher"),
            rule(
                    "script-weak-random",
                    330,
                    0.5,
                    SCRIPT,
                    50,
                    "(?i)(?:token|password|secret|key|otp|nonce|salt|session)[A-Za-z0-9_]{0,20}\\s?=[^\\n"
                            + ";]{0,40}Math\\.random\\(",
                    "a secret from numbers that can be foretold",
                    "Math.random("),
            rule(
                    "script-deserialise",
                    502,
                    0.7,
                    SCRIPT,
                    0,
                    "(?<![A-Za-z0-9_])unserialize\\(|node-serialize",
                    "reads objects that can run a program while they are read",
                    "unserialize(",
                    "node-serialize"),
            rule(
                    "script-jwt-none",
                    347,
                    0.9,
                    SCRIPT,
                    0,
                    "algorithms?[\"']?\\s?:\\s?\\[?\\s?[\"']none[\"']",
                    "a token that anybody can have written",
                    "algorithm"),
            rule(
                    "script-path",
                    22,
                    0.5,
                    SCRIPT,
                    0,
                    "(?:readFile(?:Sync)?|sendFile|createReadStream)\\([^)\\n]{0,60}req\\.(?:query|params|body)",
                    "a file whose name the request says",
                    "readFile",
                    "sendFile(",
                    "createReadStream("),
            rule(
                    "script-open-origin",
                    942,
                    0.5,
                    SCRIPT,
                    0,
                    "Access-Control-Allow-Origin[\"']\\s?,\\s?[\"']\\*[\"']",
                    "lets any site read the answer",
                    "Access-Control-Allow-Origin"),
            // C
            rule(
                    "c-gets",
                    242,
                    0.9,
                    C,
                    0,
                    WORD + "gets\\s?\\(",
                    "reads more than there is room for",
                    "gets(",
                    "gets ("),
            rule(
                    "c-copy",
                    120,
                    0.7,
                    C,
                    0,
                    WORD
                            + "(?:strcpy|strcat|wcscpy|wcscat|stpcpy)\\s?\\((?!\\s*[A-Za-z0-9_]{1,40}\\s*,\\s*\"[^\"\\n"
                            + "]{0,40}\"\\s*\\))",
                    "copies without looking at the room",
                    "strcpy(",
                    "strcat(",
                    "wcscpy(",
                    "wcscat(",
                    "stpcpy("),
            rule(
                    "c-sprintf",
                    120,
                    0.7,
                    C,
                    0,
                    WORD + "v?sprintf\\s?\\([^;\\n]{0,120}%[0-9.-]{0,8}s",
                    "writes a text of any length into a room of one",
                    "sprintf("),
            rule(
                    "c-scanf",
                    120,
                    0.9,
                    C,
                    0,
                    WORD + "(?:f|s)?scanf\\s?\\([^;\\n]{0,120}%s",
                    "reads a text of any length into a room of one",
                    "scanf("),
            rule(
                    "c-format",
                    134,
                    0.9,
                    C,
                    0,
                    WORD
                            + "(?:printf\\s?\\(\\s*[A-Za-z_][A-Za-z0-9_\\[\\]]{0,40}\\s*\\)|(?:fprintf|syslog)\\s?\\(\\s*[A-Za-z_]{1,40}\\s*,\\s*[A-Za-z_][A-Za-z0-9_]{0,40}\\s*\\))",
                    "a format that a value says",
                    "printf(",
                    "fprintf(",
                    "syslog("),
            rule(
                    "c-system",
                    78,
                    0.7,
                    C,
                    0,
                    WORD + "(?:system|popen)\\s?\\((?!\\s*\"[^\"\\n]*\"\\s*[,)])",
                    "runs a command line put together from values",
                    "system(",
                    "popen("),
            rule(
                    "c-temp-file",
                    377,
                    0.7,
                    C,
                    0,
                    WORD + "(?:tmpnam|mktemp|tempnam)\\s?\\(",
                    "names a file that another can make first",
                    "tmpnam(",
                    "mktemp(",
                    "tempnam("),
            rule(
                    "c-weak-hash",
                    328,
                    0.5,
                    C,
                    0,
                    WORD + "(?:MD5|SHA1|MD5_Init|SHA1_Init|EVP_md5|EVP_sha1)\\s?\\(",
                    "a hash for which collisions are made at will",
                    "MD5(",
                    "SHA1(",
                    "MD5_Init(",
                    "SHA1_Init(",
                    "EVP_md5(",
                    "EVP_sha1("),
            rule(
                    "c-tls-off",
                    295,
                    0.9,
                    C,
                    0,
                    "SSL_VERIFY_NONE|CURLOPT_SSL_VERIFY(?:PEER|HOST)\\s*,\\s*0",
                    "talks to whoever answers, without looking at the certificate",
                    "SSL_VERIFY_NONE",
                    "CURLOPT_SSL_VERIFY"),
            rule(
                    "c-weak-random",
                    338,
                    0.5,
                    C,
                    0,
                    WORD + "srand\\s?\\(\\s*(?:\\([a-z ]{1,20}\\)\\s?)?time\\s?\\(",
                    "numbers that can be foretold from the time",
                    "srand("),
            rule(
                    "c-memory-size",
                    467,
                    0.7,
                    C,
                    0,
                    "mem(?:set|cpy)\\([^;\\n]{0,80},\\s*sizeof\\s?\\(\\s*(?:char|void|int)\\s?\\*\\s*\\)\\s*\\)",
                    "the size of a pointer in place of what it points to",
                    "memset(",
                    "memcpy("),
            // Shell
            rule(
                    "shell-pipe-to-shell",
                    494,
                    0.9,
                    SHELL,
                    0,
                    WORD + "(?:curl|wget)\\s[^|\\n;]{0,180}\\|\\s?(?:sudo\\s(?:-E\\s)?)?(?:ba|z|da)?sh\\b",
                    "runs what a server sends, unseen",
                    "curl ",
                    "wget "),
            rule(
                    "shell-eval",
                    95,
                    0.7,
                    SHELL,
                    0,
                    "(?<![A-Za-z0-9_.-])eval\\s[^\\n]{0,60}\\$",
                    "runs text as a program",
                    "eval "),
            rule(
                    "shell-world-writable",
                    732,
                    0.9,
                    SHELL,
                    0,
                    "(?<![A-Za-z0-9_-])chmod\\s(?:-R\\s)?(?:0?777|a\\+rwx|o\\+w)",
                    "lets everybody on the machine change it",
                    "chmod "),
            rule(
                    "shell-tls-off",
                    295,
                    0.9,
                    SHELL,
                    0,
                    "(?<![A-Za-z0-9_-])curl\\s[^\\n"
                            + "|;]{0,120}?(?:-k\\b|--insecure\\b)|wget\\s[^\\n"
                            + "|;]{0,120}?--no-check-certificate|http\\.sslVerify["
                            + " =]false|GIT_SSL_NO_VERIFY=(?:1|true)|StrictHostKeyChecking[= ]no",
                    "talks to whoever answers, without looking at the certificate",
                    "curl ",
                    "wget ",
                    "http.sslVerify",
                    "GIT_SSL_NO_VERIFY",
                    "StrictHostKeyChecking"),
            rule(
                    "shell-delete-variable",
                    78,
                    0.7,
                    SHELL,
                    0,
                    "(?<![A-Za-z0-9_-])rm\\s-[a-zA-Z]{0,4}r[a-zA-Z]{0,4}\\s[^\\n"
                            + ";]{0,60}(?<![\"'])\\$\\{?[A-Za-z0-9_]{1,40}\\}?(?![\"'A-Za-z0-9_:])",
                    "deletes what a variable says; where it is empty or has spaces, something else",
                    "rm -"),
            rule(
                    "shell-delete-all",
                    1188,
                    0.9,
                    SHELL,
                    0,
                    "(?<![A-Za-z0-9_-])rm\\s-[a-zA-Z]{0,4}r[a-zA-Z]{0,4}\\s(?:--no-preserve-root\\s)?/(?:\\*|\\s|$|\\n"
                            + ")",
                    "deletes the whole machine",
                    "rm -"),
            rule(
                    "shell-sudo-all",
                    250,
                    0.7,
                    SHELL,
                    0,
                    "ALL\\s?=\\s?\\((?:ALL|root)(?::ALL)?\\)\\s?NOPASSWD:\\s?ALL",
                    "makes an account the administrator without a password",
                    "ALL="),
            // SQL
            rule(
                    "sql-dynamic",
                    89,
                    0.7,
                    SQL,
                    0,
                    "(?i)(?<![a-z_])exec(?:ute)?(?:\\s+immediate)?\\s*\\(?\\s*'[^'\\n]{0,160}'{1,3}\\s*(?:\\+|\\|\\|)",
                    "puts values into SQL text; use parameters",
                    "EXEC",
                    "exec",
                    "Exec"),
            rule(
                    "sql-grant-all",
                    250,
                    0.7,
                    SQL,
                    0,
                    "(?i)grant\\s+all(?:\\s+privileges)?\\s+on\\s+(?:\\*\\.\\*|all\\s|database)[^;\\n]{0,120}",
                    "gives all rights to all",
                    "GRANT ",
                    "grant ",
                    "Grant "),
            rule(
                    "sql-plain-password",
                    256,
                    0.7,
                    SQL,
                    0,
                    "(?i)identified\\s+by\\s+'(?!\\*)[^'\\n]{1,60}'|\\bpassword\\s+'[^'\\n]{1,60}'",
                    "a password in the text of a statement",
                    "IDENTIFIED BY",
                    "identified by",
                    "PASSWORD '",
                    "password '"),
            rule(
                    "sql-shell",
                    78,
                    0.9,
                    SQL,
                    0,
                    "(?i)xp_cmdshell|copy\\s[^;\\n]{0,80}\\sprogram\\s",
                    "lets the database run commands",
                    "xp_cmdshell",
                    "COPY ",
                    "copy "),
            // All
            rule(
                    "hard-coded-credential",
                    798,
                    0.7,
                    ANY,
                    0,
                    "(?:password|passwd|pwd|secret|api_?key|apiKey|access_?token|accessToken|auth_?token|authToken|private_?key|PASSWORD|SECRET|API_?KEY|TOKEN)[A-Za-z0-9_]{0,20}[\"'\\]]{0,2}\\s?(?::\\s?[A-Za-z]{1,12}\\s?)?(?::=|[=:])\\s?[\"'](?![^\"'\\n"
                            + "]{0,60}(?:[Yy]our|YOUR|example|EXAMPLE|changeme|xxx|XXX|<|\\$\\{|%s|\\.\\.\\.|placeholder))[^\"'\\s{}<>$]{6,80}[\"']",
                    "a credential that everybody has who has the code",
                    "password",
                    "passwd",
                    "pwd",
                    "secret",
                    "api_key",
                    "apikey",
                    "apiKey",
                    "access_token",
                    "accessToken",
                    "auth_token",
                    "authToken",
                    "private_key",
                    "PASSWORD",
                    "SECRET",
                    "API_KEY",
                    "APIKEY",
                    "TOKEN"));

    private final Settings settings;

    public InsecureCode(Settings settings) {
        this.settings = settings;
    }

    /** The names of all rules, each with what it finds. */
    public static Map<String, String> rules() {
        Map<String, String> rules = new TreeMap<>();
        RULES.forEach(rule -> rules.put(rule.anchored().id(), rule.why()));
        return rules;
    }

    @Override
    public String name() {
        return CATEGORY;
    }

    @Override
    public Set<String> categories() {
        return Set.of(CATEGORY);
    }

    @Override
    public int reach() {
        return REACH;
    }

    @Override
    public List<Finding> find(Reading reading) {
        String text = reading.text();
        boolean complete = reading.content().complete();
        List<Finding> findings = new ArrayList<>();
        boolean any = false;
        int fence = fence(text, 0);
        while (fence >= 0) {
            any = true;
            int line = text.indexOf('\n', fence);
            if (line < 0) {
                break;
            }
            int mark = fence;
            while (mark < line && (text.charAt(mark) == '`' || text.charAt(mark) == '~')) {
                mark++;
            }
            int close = fence(text, line + 1);
            int end = close < 0 ? text.length() : close;
            String name = text.substring(mark, line).strip();
            int space = name.indexOf(' ');
            Set<CodeLanguage> languages = CodeLanguage.of(space < 0 ? name : name.substring(0, space));
            code(text, line + 1, end, languages, complete || close >= 0, findings);
            fence = close < 0 ? -1 : fence(text, Math.max(close + 3, endOfLine(text, close)));
        }
        if (!any && settings.withoutBlocks()) {
            code(text, 0, text.length(), ANY, complete, findings);
        }
        findings.sort(Comparator.comparingInt(Finding::start));
        return List.copyOf(findings);
    }

    private static int endOfLine(String text, int from) {
        int end = text.indexOf('\n', from);
        return end < 0 ? text.length() : end;
    }

    /** The next line that opens or closes a block; -1: there is none. */
    private static int fence(String text, int from) {
        int i = from;
        while (i < text.length()) {
            int indent = i;
            while (indent < text.length()
                    && indent - i < 12
                    && (text.charAt(indent) == ' ' || text.charAt(indent) == '\t')) {
                indent++;
            }
            if (text.startsWith("```", indent) || text.startsWith("~~~", indent)) {
                return indent;
            }
            int line = text.indexOf('\n', i);
            if (line < 0) {
                return -1;
            }
            i = line + 1;
        }
        return -1;
    }

    private void code(
            String text, int from, int to, Set<CodeLanguage> languages, boolean complete, List<Finding> findings) {
        for (Rule rule : RULES) {
            boolean applies = rule.languages().equals(ANY) || languages.stream().anyMatch(rule.languages()::contains);
            if (applies && !settings.except().contains(rule.anchored().id())) {
                rule.anchored().find(text, text, from, to, complete, match -> add(rule, text, match, findings));
            }
        }
    }

    private static void add(Rule rule, String text, Matcher match, List<Finding> findings) {
        String near = text.substring(Math.max(0, match.start() - 120), match.start());
        String before = near.substring(near.lastIndexOf('\n') + 1);
        if (before.contains("//")
                || before.stripLeading().startsWith("#") && !before.contains("#!")
                || before.stripLeading().startsWith("* ")) {
            return; // a comment
        }
        findings.add(new Finding(
                CATEGORY,
                rule.score(),
                match.start(),
                match.end(),
                "insecure-code/" + rule.anchored().id(),
                rule.why()));
    }
}
