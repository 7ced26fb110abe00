package dev.ayni.guard.rules;

import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keys, tokens and passwords: by the formats that their providers publish, and by what they are assigned to where the value
 * looks drawn by chance.
 *
 * <p>Scores: 0.95 and above a format that hardly anything else has (a provider's prefix and length, a private key's block);
 * 0.8 a format that other things can have too; 0.7 a value that looks drawn by chance, assigned to a name such as
 * {@code api_key}; 0.6 a value in quotes assigned to a password; 0.3 the head
 * line of a private key without one; 0.2 what looks like an example's placeholder.
 */
public final class Secrets implements Check {
    private static final String CATEGORY = "secret";
    private static final double PLACEHOLDER = 0.2;
    private static final int LONGEST_KEY_BLOCK = 16_384;

    /**
     * What counts.
     *
     * @param entropy how many bits a character of an assigned value must carry at least; hexadecimal digits can carry 4, those
     *     of Base64 6, English words about 3
     * @param assignments whether values count that no provider's format tells, but the name that they are assigned to
     * @param known values that are no secrets, such as the keys of a public example
     */
    public record Settings(double entropy, boolean assignments, Set<String> known) {
        public static final Settings DEFAULT = new Settings(3.2, true, Set.of());

        public Settings {
            known = Set.copyOf(known);
            if (!(entropy >= 0 && entropy <= 8)) {
                throw new IllegalArgumentException(
                        "The entropy is %s bits a character: expected 0 to 8, 3.2 where nothing else is known."
                                .formatted(entropy));
            }
        }
    }

    /**
     * A format.
     *
     * @param entropy bits a character at least; 0: the format alone tells
     * @param grows which characters belong to it after the match, as a token has no fixed length; empty: none
     */
    private record Format(AnchoredRule rule, double score, double entropy, String grows, String why) {}

    private static final String WORD = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private static final String URL64 = WORD + "_-";
    private static final String START = "(?<![A-Za-z0-9_-])";

    /** A token of a fixed length: the prefix, then so many of these characters, and none of them after. */
    private static Format fixed(
            String id, double score, String owner, String characters, int length, String... prefixes) {
        String words =
                String.join("|", List.of(prefixes).stream().map(Pattern::quote).toList());
        Pattern pattern =
                Pattern.compile("%s(?:%s)[%s]{%d}(?![%s])".formatted(START, words, characters, length, characters));
        return new Format(
                new AnchoredRule(id, List.of(prefixes), 0, pattern, false),
                score,
                entropy(characters, length),
                "",
                "a " + owner);
    }

    /** A token of at least this length. */
    private static Format open(String id, double score, String owner, int length, String... prefixes) {
        String words =
                String.join("|", List.of(prefixes).stream().map(Pattern::quote).toList());
        Pattern pattern = Pattern.compile("%s(?:%s)[A-Za-z0-9_-]{%d}".formatted(START, words, length));
        return new Format(
                new AnchoredRule(id, List.of(prefixes), 0, pattern, false),
                score,
                entropy("A-Z", length),
                URL64,
                "a " + owner);
    }

    /** A format of its own making. */
    private static Format shaped(
            String id, double score, String owner, int before, String grows, String regex, String... anchors) {
        return new Format(
                new AnchoredRule(id, List.of(anchors), before, Pattern.compile(regex), false),
                score,
                0,
                grows,
                "a " + owner);
    }

    /** What a token drawn by chance hardly ever falls below. */
    private static double entropy(String characters, int length) {
        double bits = characters.startsWith("0-9a-f") || characters.startsWith("a-f0-9") ? 2.5 : 3;
        return length >= 20 ? bits : bits - 0.7;
    }

    private static final List<Format> FORMATS = List.of(
            fixed(
                    "aws-access-key",
                    0.95,
                    "key id of Amazon Web Services",
                    "A-Z2-7",
                    16,
                    "AKIA",
                    "ASIA",
                    "ABIA",
                    "ACCA"),
            fixed("github", 0.98, "token of GitHub", "A-Za-z0-9", 36, "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
            fixed("github-fine-grained", 0.98, "token of GitHub", "A-Za-z0-9_", 82, "github_pat_"),
            open("gitlab", 0.97, "token of GitLab", 20, "glpat-", "gldt-", "glrt-", "glptt-", "glsoat-", "glcbt-"),
            shaped(
                    "slack",
                    0.97,
                    "token of Slack",
                    0,
                    URL64,
                    START + "xox[abeoprs]-[0-9A-Za-z]{8,}-[0-9A-Za-z-]{8,}",
                    "xoxb-",
                    "xoxp-",
                    "xoxa-",
                    "xoxr-",
                    "xoxs-",
                    "xoxe-",
                    "xoxo-"),
            shaped(
                    "slack-app",
                    0.97,
                    "token of Slack",
                    0,
                    URL64,
                    START + "xapp-\\d-[A-Z0-9]{8,}-\\d{8,}-[a-f0-9]{32}",
                    "xapp-"),
            shaped(
                    "slack-webhook",
                    0.95,
                    "webhook of Slack, which lets anybody write",
                    0,
                    WORD,
                    "hooks\\.slack\\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{20}",
                    "hooks.slack.com/services/"),
            shaped(
                    "discord-webhook",
                    0.95,
                    "webhook of Discord, which lets anybody write",
                    0,
                    URL64,
                    "/api/webhooks/\\d{17,20}/[A-Za-z0-9_-]{60}",
                    "/api/webhooks/"),
            open("stripe", 0.97, "key of Stripe", 16, "sk_live_", "rk_live_"),
            open("stripe-test", 0.8, "key of Stripe for tests", 16, "sk_test_", "rk_test_"),
            fixed("google-api", 0.95, "key of Google's interfaces", "A-Za-z0-9_-", 35, "AIza"),
            fixed("google-oauth", 0.95, "secret of a Google client", "A-Za-z0-9_-", 28, "GOCSPX-"),
            open("google-access", 0.95, "access token of Google", 30, "ya29."),
            shaped(
                    "openai",
                    0.98,
                    "key of OpenAI",
                    0,
                    URL64,
                    START + "sk-[A-Za-z0-9_-]{20,120}?T3BlbkFJ[A-Za-z0-9_-]{20}",
                    "sk-"),
            open("openai-project", 0.95, "key of OpenAI", 40, "sk-proj-", "sk-svcacct-", "sk-admin-"),
            open("anthropic", 0.98, "key of Anthropic", 40, "sk-ant-api", "sk-ant-admin", "sk-ant-oat"),
            open("openrouter", 0.97, "key of OpenRouter", 40, "sk-or-v1-"),
            fixed("hugging-face", 0.97, "token of Hugging Face", "A-Za-z", 34, "hf_", "api_org_"),
            fixed("groq", 0.97, "key of Groq", "A-Za-z0-9", 52, "gsk_"),
            fixed("replicate", 0.97, "token of Replicate", "A-Za-z0-9", 37, "r8_"),
            fixed("xai", 0.97, "key of xAI", "A-Za-z0-9", 80, "xai-"),
            fixed("perplexity", 0.95, "key of Perplexity", "A-Za-z0-9", 48, "pplx-"),
            fixed("npm", 0.98, "token of npm", "A-Za-z0-9", 36, "npm_"),
            open("pypi", 0.98, "token of PyPI", 50, "pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"),
            fixed("rubygems", 0.97, "key of RubyGems", "a-f0-9", 48, "rubygems_"),
            fixed("docker", 0.97, "token of Docker Hub", "A-Za-z0-9_-", 27, "dckr_pat_"),
            fixed("sendgrid-key", 0.97, "key of SendGrid", "A-Za-z0-9_.-", 66, "SG."),
            fixed("twilio", 0.8, "key of Twilio", "a-f0-9", 32, "SK"),
            fixed("mailgun", 0.8, "key of Mailgun", "a-f0-9", 32, "key-"),
            shaped(
                    "mailchimp",
                    0.9,
                    "key of Mailchimp",
                    32,
                    "",
                    "(?<![A-Za-z0-9])[a-f0-9]{32}-us\\d{1,2}(?![A-Za-z0-9])",
                    "-us"),
            shaped(
                    "telegram",
                    0.95,
                    "token of a Telegram bot",
                    10,
                    "",
                    "(?<![A-Za-z0-9])\\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])",
                    ":AA"),
            fixed("digitalocean", 0.97, "token of DigitalOcean", "a-f0-9", 64, "dop_v1_", "doo_v1_", "dor_v1_"),
            fixed("shopify", 0.97, "token of Shopify", "a-fA-F0-9", 32, "shpat_", "shpca_", "shppa_", "shpss_"),
            fixed("square", 0.95, "token of Square", "A-Za-z0-9_-", 22, "sq0atp-"),
            fixed("square-secret", 0.95, "secret of Square", "A-Za-z0-9_-", 43, "sq0csp-"),
            fixed("databricks", 0.95, "token of Databricks", "a-f0-9", 32, "dapi"),
            open("vault", 0.95, "token of Vault", 24, "hvs.", "hvb."),
            shaped(
                    "terraform",
                    0.97,
                    "token of Terraform Cloud",
                    14,
                    URL64,
                    "(?<![A-Za-z0-9])[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_-]{60}",
                    ".atlasv1."),
            shaped(
                    "grafana",
                    0.97,
                    "token of Grafana",
                    0,
                    "",
                    START + "glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}(?![A-Za-z0-9])",
                    "glsa_"),
            fixed("linear", 0.97, "key of Linear", "A-Za-z0-9", 40, "lin_api_"),
            open("notion", 0.95, "token of Notion", 40, "ntn_", "secret_"),
            shaped(
                    "postman",
                    0.97,
                    "key of Postman",
                    0,
                    "",
                    START + "PMAK-[a-f0-9]{24}-[a-f0-9]{34}(?![a-f0-9])",
                    "PMAK-"),
            fixed("new-relic", 0.95, "key of New Relic", "A-Z0-9", 27, "NRAK-"),
            fixed("sentry", 0.95, "token of Sentry", "a-f0-9", 64, "sntryu_"),
            shaped(
                    "dynatrace",
                    0.97,
                    "token of Dynatrace",
                    0,
                    "",
                    START + "dt0[a-z]01\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}(?![A-Z0-9])",
                    "dt0"),
            shaped(
                    "azure-storage",
                    0.97,
                    "key of an Azure storage account",
                    0,
                    "",
                    "AccountKey=(?<s>[A-Za-z0-9+/]{86}==)",
                    "AccountKey="),
            shaped(
                    "azure-client",
                    0.8,
                    "secret of an Azure client",
                    4,
                    "",
                    "(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.]{3}\\dQ~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])",
                    "Q~"),
            fixed("supabase", 0.95, "token of Supabase", "a-f0-9", 40, "sbp_"),
            fixed("doppler", 0.97, "token of Doppler", "A-Za-z0-9", 43, "dp.pt."),
            open("planetscale", 0.95, "token of PlanetScale", 32, "pscale_tkn_", "pscale_pw_", "pscale_oauth_"),
            open("atlassian", 0.97, "token of Atlassian", 160, "ATATT3"),
            open("figma", 0.95, "token of Figma", 40, "figd_"),
            shaped(
                    "airtable",
                    0.95,
                    "token of Airtable",
                    0,
                    "",
                    START + "pat[A-Za-z0-9]{14}\\.[a-f0-9]{64}(?![a-f0-9])",
                    "pat"),
            fixed("age", 0.98, "secret key of age", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58, "AGE-SECRET-KEY-1"),
            shaped(
                    "url-password",
                    0.9,
                    "password in an address",
                    24,
                    "",
                    "(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\\s:/@?#\"'`<>]{0,64}:(?<s>[^\\s/@\"'`<>]{3,96})@(?=[A-Za-z0-9\\[{$])",
                    "://"),
            shaped(
                    "basic",
                    0.85,
                    "name and password as a request carries them",
                    0,
                    "",
                    "Authorization: Basic (?<s>[A-Za-z0-9+/]{8,120}={0,2})(?![A-Za-z0-9+/=])",
                    "Authorization: Basic "));

    private static final Pattern JSON_WEB_TOKEN =
            Pattern.compile("(?<![A-Za-z0-9_-])(?<h>eyJ[A-Za-z0-9_-]{9,180})\\.eyJ[A-Za-z0-9_-]{8}");
    private static final AnchoredRule JWT = new AnchoredRule("jwt", List.of("eyJ"), 0, JSON_WEB_TOKEN, false);
    private static final AnchoredRule KEY_BLOCK = new AnchoredRule(
            "private-key",
            List.of("-----BEGIN ", "PuTTY-User-Key-File-"),
            0,
            Pattern.compile("-----BEGIN (?<kind>[A-Z0-9 ]{0,20})PRIVATE KEY(?:"
                    + " BLOCK)?-----(?<body>(?:\\s|\\\\[nr]){0,4}[A-Za-z0-9+/=:,"
                    + " -]{16})?|PuTTY-User-Key-File-[0-9]: (?<body2>)"),
            false);

    private static final String NAME =
            "(?:passwor[dt]|passwd|passphrase|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|secret[_-]?key|private[_-]?key|auth[_-]?key|encryption[_-]?key|signing[_-]?key|credentials?|bearer)";
    private static final List<String> NAMES =
            List.of("passwor", "passwd", "passphrase", "pwd", "secret", "token", "key", "credential", "bearer");
    private static final AnchoredRule ASSIGNMENT = new AnchoredRule(
            "assignment",
            NAMES,
            12,
            Pattern.compile(
                    "(?i)(?<name>"
                            + NAME
                            + "[A-Za-z0-9_-]{0,24})(?:[\"'`\\])]{0,2}\\s{0,8}(?::=|=>|={1,3}|:|,(?=\\s{0,8}[\"'`]))\\s{0,8}(?:Bearer"
                            + " |Basic )?|\\s(?:is|was)[:\\s]\\s{0,3})"
                            + "(?:(?<quote>[\"'`])(?<quoted>[^\"'`\\s]{6,128})(?=\\k<quote>)|(?<bare>[A-Za-z0-9+/=_.~!@#$%^&*-]{8,128})(?![A-Za-z0-9+/=_.~!@#$%^&*(\\[{-]))"),
            true);

    private final Settings settings;

    public Secrets(Settings settings) {
        this.settings = settings;
    }

    @Override
    public String name() {
        return "secrets";
    }

    @Override
    public Set<String> categories() {
        return Set.of(CATEGORY);
    }

    /** The formats that have no end of their own are found by their first 256 units; the finding then goes to their end. */
    @Override
    public int reach() {
        return AnchoredRule.REACH;
    }

    @Override
    public List<Finding> find(Reading reading) {
        String text = reading.text();
        String small = reading.view(AnchoredRule.SMALL);
        boolean complete = reading.content().complete();
        List<Finding> findings = new ArrayList<>();
        for (Format format : FORMATS) {
            format.rule().find(text, small, 0, text.length(), complete, match -> add(findings, format, text, match));
        }
        JWT.find(text, small, 0, text.length(), complete, match -> webToken(findings, text, match));
        KEY_BLOCK.find(text, small, 0, text.length(), complete, match -> keyBlock(findings, text, match));
        if (settings.assignments()) {
            ASSIGNMENT.find(text, small, 0, text.length(), complete, match -> assignment(findings, match));
        }
        return withoutRepeats(findings);
    }

    /** What was found, in order of place; where two findings share units, the one that was found first. */
    private static List<Finding> withoutRepeats(List<Finding> findings) {
        BitSet taken = new BitSet();
        List<Finding> kept = new ArrayList<>();
        for (Finding finding : findings) {
            int next = taken.nextSetBit(finding.start());
            if (next < 0 || next >= finding.end()) {
                taken.set(finding.start(), finding.end());
                kept.add(finding);
            }
        }
        kept.sort(Comparator.comparingInt(Finding::start));
        return List.copyOf(kept);
    }

    private void add(List<Finding> findings, Format format, String text, Matcher match) {
        boolean named = match.namedGroups().containsKey("s");
        int start = named ? match.start("s") : match.start();
        int end = named ? match.end("s") : match.end();
        String value = text.substring(start, end);
        if (settings.known().contains(value) || entropy(value) < format.entropy()) {
            return;
        }
        while (!format.grows().isEmpty()
                && end < text.length()
                && format.grows().indexOf(text.charAt(end)) >= 0) {
            end++;
        }
        boolean placeholder = placeholder(value) || format.rule().id().equals("url-password") && saysPassword(value);
        findings.add(new Finding(
                CATEGORY,
                placeholder ? PLACEHOLDER : format.score(),
                start,
                end,
                "secrets/" + format.rule().id(),
                placeholder ? format.why() + "; by its looks an example's" : format.why()));
    }

    private void webToken(List<Finding> findings, String text, Matcher match) {
        String header = Objects.requireNonNull(match.group("h"), "h");
        String json;
        try {
            json = new String(
                    Base64.getUrlDecoder().decode(header.substring(0, header.length() - header.length() % 4)),
                    StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return; // no Base64, so no web token
        }
        if (!json.contains("\"alg\"") && !json.contains("\"typ\"") && !json.contains("\"enc\"")) {
            return;
        }
        int end = match.end();
        while (end < text.length() && (URL64.indexOf(text.charAt(end)) >= 0 || text.charAt(end) == '.')) {
            end++;
        }
        findings.add(new Finding(CATEGORY, 0.9, match.start(), end, "secrets/jwt", "a JSON Web Token"));
    }

    private void keyBlock(List<Finding> findings, String text, Matcher match) {
        int end = match.end();
        boolean body = match.group("body") != null || match.group("body2") != null;
        if (body) {
            int limit = Math.min(text.length(), end + LONGEST_KEY_BLOCK);
            int close = text.indexOf("-----", end, limit);
            if (close >= 0 && text.startsWith("-----END", close)) {
                int closed = text.indexOf("-----", close + 8, Math.min(text.length(), close + 64));
                end = closed >= 0 ? closed + 5 : close + 8;
            } else {
                int last = close >= 0 ? close : limit;
                while (end < last
                        && (WORD.indexOf(text.charAt(end)) >= 0 || "+/=\n\r\\ :,-".indexOf(text.charAt(end)) >= 0)) {
                    end++;
                }
            }
        }
        String kind = match.group("kind");
        boolean encrypted = kind != null && kind.contains("ENCRYPTED");
        double score = !body ? 0.3 : encrypted ? 0.8 : 0.99;
        findings.add(new Finding(
                CATEGORY,
                score,
                match.start(),
                end,
                "secrets/private-key",
                body ? "a private key" : "the head line of a private key"));
    }

    private void assignment(List<Finding> findings, Matcher match) {
        String name = Objects.requireNonNull(match.group("name"), "name").toLowerCase(Locale.ROOT);
        boolean password = name.startsWith("pass") || name.startsWith("pwd");
        boolean quoted = match.group("quoted") != null;
        String group = quoted ? "quoted" : "bare";
        String value = Objects.requireNonNull(match.group(group), group);
        if (settings.known().contains(value) || isReference(value, quoted)) {
            return;
        }
        double bits = entropy(value);
        boolean byChance = bits >= settings.entropy() && value.length() >= 12 && mixed(value);
        double score;
        if (byChance) {
            score = 0.7;
        } else if (password && looksChosen(value) && (quoted || bits >= 2.5)) {
            score = 0.6;
        } else {
            return;
        }
        if (placeholder(value) || saysPassword(value)) {
            score = PLACEHOLDER;
        }
        findings.add(new Finding(
                CATEGORY,
                score,
                match.start(group),
                match.end(group),
                password ? "secrets/password" : "secrets/assignment",
                byChance
                        ? "a value that looks drawn by chance (%.1f bits a character), assigned to a secret's name"
                                .formatted(bits)
                        : "a value assigned to a password"));
    }

    /** Whether this is a name in code or a template's field and no value: {@code config.token}, <code>${TOKEN}</code>. */
    private static boolean isReference(String value, boolean quoted) {
        if (value.startsWith("$")
                || value.startsWith("{")
                || value.startsWith("<")
                || value.startsWith("%")
                || value.contains("://")) {
            return true;
        }
        if (value.startsWith("/") || value.startsWith("./") || value.startsWith("--")) {
            return true;
        }
        boolean letters = true;
        boolean joined = false;
        boolean camel = false;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean separator = c == '.' || c == '_' || c == '-';
            joined |= separator;
            camel |= i > 0 && Character.isUpperCase(c) && Character.isLowerCase(value.charAt(i - 1));
            letters &= Character.isLetter(c) || separator;
        }
        if (letters && (joined || !quoted || camel)) {
            return true; // words, as names are made of
        }
        return !quoted
                && (value.indexOf('(') >= 0
                        || value.matches(
                                "[A-Za-z_][A-Za-z_]*[0-9]{0,2}(\\.[A-Za-z_][A-Za-z0-9_]*)+|0x[0-9a-fA-F]+|[0-9.,+-]+"));
    }

    /** Whether it has digits beside letters, so that it is no word. */
    private static boolean mixed(String value) {
        boolean digit = false;
        boolean letter = false;
        for (int i = 0; i < value.length(); i++) {
            digit |= Character.isDigit(value.charAt(i));
            letter |= Character.isLetter(value.charAt(i));
        }
        return digit && letter;
    }

    /** Whether a person may have chosen it: a letter, and a digit or a sign with it. */
    private static boolean looksChosen(String value) {
        boolean letter = false;
        boolean other = false;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            letter |= Character.isLetter(c);
            other |= Character.isDigit(c) || "!@#$%^&*?+".indexOf(c) >= 0;
        }
        return letter && other;
    }

    private static boolean saysPassword(String value) {
        String small = value.toLowerCase(Locale.ROOT);
        return small.equals("pass")
                || small.equals("pw")
                || small.startsWith("passwor")
                || small.startsWith("passwd")
                || small.startsWith("secret")
                || small.startsWith("token")
                || small.startsWith("${")
                || small.startsWith("{")
                || small.startsWith("$");
    }

    private static boolean placeholder(String value) {
        String small = value.toLowerCase(Locale.ROOT);
        for (String word : List.of(
                "example",
                "xxxx",
                "changeme",
                "change-me",
                "placeholder",
                "your",
                "dummy",
                "sample",
                "redacted",
                "****",
                "....",
                "abcdefgh",
                "12345678",
                "insert",
                "replace")) {
            if (small.contains(word)) {
                return true;
            }
        }
        return false;
    }

    /** Shannon's entropy of the text's own characters, in bits a character. */
    static double entropy(String value) {
        int[] counts = new int[128];
        int others = 0;
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) < 128) {
                counts[value.charAt(i)]++;
            } else {
                others++;
            }
        }
        double bits = term(others, value.length());
        for (int count : counts) {
            bits += term(count, value.length());
        }
        return bits;
    }

    private static double term(int count, int of) {
        double share = (double) count / of;
        return count == 0 ? 0 : -share * Math.log(share) / Math.log(2);
    }
}
