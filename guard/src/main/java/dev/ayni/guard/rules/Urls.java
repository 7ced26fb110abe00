package dev.ayni.guard.rules;

import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import java.net.IDN;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Addresses in a text, and the tricks that are played with them. Each address gives at most one finding, the gravest.
 *
 * <p>Scores: 1 a host that the user denied or did not allow; 0.95 a scheme that runs a program; 0.9 a picture that carries data
 * to another host, or a host that looks like another; 0.8 a name before the host that passes for the host; 0.6 a host that is a
 * number, or written in Punycode; 0.1 an address with nothing to say about it.
 */
public final class Urls implements Check {
    private static final String CATEGORY = "url";
    private static final int REACH = 256;
    /** So many units of letters and digits in what a picture's address asks for are data. */
    private static final int DATA = 16;

    /**
     * What counts.
     *
     * @param allowed hosts that may stand in a text, with all below them; empty: any may
     * @param denied hosts that may not, with all below them
     * @param all whether an address that plays no trick is a finding too
     */
    public record Settings(Set<String> allowed, Set<String> denied, boolean all) {
        public static final Settings DEFAULT = new Settings(Set.of(), Set.of(), false);

        public Settings {
            allowed = hosts(allowed);
            denied = hosts(denied);
        }

        private static Set<String> hosts(Set<String> names) {
            for (String name : names) {
                if (name.isBlank() || name.indexOf('/') >= 0 || name.indexOf(':') >= 0 && !name.startsWith("[")) {
                    throw new IllegalArgumentException(
                            "'%s' is no host. Expected a name such as example.org, without scheme, port and path."
                                    .formatted(name));
                }
            }
            return Set.copyOf(names.stream()
                    .map(name -> ascii(name.startsWith("*.") ? name.substring(2) : name))
                    .toList());
        }
    }

    private static final String END = "\\s<>\"'`|\\\\^{}\\x00-\\x1F\\u2028";
    private static final AnchoredRule ADDRESS = new AnchoredRule(
            "address",
            List.of("://"),
            10,
            Pattern.compile(
                    "(?i)(?<![a-z0-9+.-])(?<scheme>https?|ftps?|wss?|file|ssh|git)://(?<rest>[^" + END + "]{1,200})"),
            false);
    private static final AnchoredRule BARE = new AnchoredRule(
            "bare",
            List.of("www."),
            0,
            Pattern.compile("(?i)(?<![a-z0-9./@-])(?<rest>www\\.[a-z0-9-]{1,63}\\.[^" + END + "]{2,150})"),
            true);
    private static final AnchoredRule PROGRAM = new AnchoredRule(
            "program",
            List.of("javascript:", "vbscript:", "data:text/html", "data:image/svg"),
            0,
            Pattern.compile(
                    "(?i)(?<![a-z0-9])(?:(?:java|vb)script:(?=[^\\s\"']{3})|data:(?:text/html|image/svg\\+xml)[,;])"),
            true);
    private static final Pattern NUMBER =
            Pattern.compile("(?:0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10})(?:\\.(?:0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10})){0,3}");

    private final Settings settings;

    public Urls(Settings settings) {
        this.settings = settings;
    }

    @Override
    public String name() {
        return "urls";
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
        String small = reading.view(AnchoredRule.SMALL);
        boolean complete = reading.content().complete();
        List<Finding> findings = new ArrayList<>();
        ADDRESS.find(text, small, 0, text.length(), complete, match -> address(findings, text, complete, match));
        BARE.find(text, small, 0, text.length(), complete, match -> address(findings, text, complete, match));
        PROGRAM.find(
                text,
                small,
                0,
                text.length(),
                complete,
                match -> findings.add(new Finding(
                        CATEGORY,
                        0.95,
                        match.start(),
                        match.end(),
                        "urls/program",
                        "an address that runs a program or a page of its own")));
        findings.sort(Comparator.comparingInt(Finding::start));
        return List.copyOf(findings);
    }

    private void address(List<Finding> findings, String text, boolean complete, Matcher match) {
        int start = match.start();
        int end = match.end();
        int from = match.start("rest");
        boolean open = end == text.length() && !complete && end - from < 200;
        int hostEnd = from;
        while (hostEnd < end && "/?#".indexOf(text.charAt(hostEnd)) < 0) {
            hostEnd++;
        }
        if (open) {
            return; // what follows may be its host, or what it asks for
        }
        if (end - from >= 200) {
            while (end < text.length() && text.charAt(end) > ' ' && "<>\"'`|\\^{}".indexOf(text.charAt(end)) < 0) {
                end++;
            }
        } else {
            end = trimmed(text, from, end);
        }
        String authority = text.substring(from, Math.min(hostEnd, end));
        int at = authority.lastIndexOf('@');
        String user = at < 0 ? "" : authority.substring(0, at);
        String host = host(authority.substring(at + 1));
        if (host.isEmpty()) {
            return;
        }
        boolean picture = isPicture(text, start);
        Judgement judgement = judge(user, host, picture, text.substring(Math.min(hostEnd, end), end));
        if (judgement != null) {
            findings.add(
                    new Finding(CATEGORY, judgement.score(), start, end, "urls/" + judgement.rule(), judgement.why()));
        }
    }

    private record Judgement(double score, String rule, String why) {}

    private @Nullable Judgement judge(String user, String host, boolean picture, String query) {
        String ascii = ascii(host);
        if (isBelow(ascii, settings.denied())) {
            return new Judgement(1, "denied", "a host that the policy denies");
        }
        boolean allowed = isBelow(ascii, settings.allowed());
        if (!settings.allowed().isEmpty() && !allowed) {
            return new Judgement(1, "not-allowed", "a host that the policy does not allow");
        }
        if (picture && !allowed && carriesData(query)) {
            return new Judgement(
                    0.9,
                    "picture-with-data",
                    "a picture that is fetched without a click, and carries data to its host");
        }
        String shown = IDN.toUnicode(ascii, IDN.ALLOW_UNASSIGNED);
        if (looksLikeAnother(host) || looksLikeAnother(shown)) {
            return new Judgement(0.9, "look-alike", "a host whose letters pass for those of another");
        }
        if (user.indexOf('.') > 0) {
            return new Judgement(0.8, "user", "a name before the host that passes for the host");
        }
        if (host.startsWith("[") || NUMBER.matcher(host).matches()) {
            return isAtHome(host) ? plain() : new Judgement(0.6, "number", "a host that is a number");
        }
        if (ascii.startsWith("xn--") || ascii.contains(".xn--")) {
            return new Judgement(host.equals(ascii) ? 0.6 : 0.3, "punycode", "a host with letters beyond ASCII");
        }
        return plain();
    }

    private @Nullable Judgement plain() {
        return settings.all() ? new Judgement(0.1, "address", "an address") : null;
    }

    /** Whether the host is this machine, by the numbers that everybody writes. */
    private static boolean isAtHome(String host) {
        return host.equals("127.0.0.1") || host.equals("0.0.0.0") || host.equals("[::1]");
    }

    /** The host as the network writes it, in small letters. */
    private static String ascii(String host) {
        try {
            return IDN.toASCII(host, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return host.toLowerCase(Locale.ROOT); // no name that could be reached; it is judged by its looks
        }
    }

    private static String host(String hostAndPort) {
        if (hostAndPort.startsWith("[")) {
            return hostAndPort.substring(0, hostAndPort.indexOf(']') + 1);
        }
        int colon = hostAndPort.indexOf(':');
        String host = colon < 0 ? hostAndPort : hostAndPort.substring(0, colon);
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    private static boolean isBelow(String host, Set<String> hosts) {
        String rest = host;
        while (true) {
            if (hosts.contains(rest)) {
                return true;
            }
            int dot = rest.indexOf('.');
            if (dot < 0) {
                return false;
            }
            rest = rest.substring(dot + 1);
        }
    }

    /** Whether a label mixes scripts, or is all look-alikes before an end in Latin letters. */
    private static boolean looksLikeAnother(String host) {
        String[] labels = host.split("\\.");
        for (int i = 0; i < labels.length; i++) {
            String label = labels[i];
            boolean foreign = !label.isEmpty() && label.chars().noneMatch(c -> c < 0x80 && Character.isLetter(c));
            boolean folds = foreign
                    && PlainText.fold(label).chars().allMatch(c -> c < 0x80)
                    && !label.chars().allMatch(c -> c < 0x80);
            if (folds || PlainText.Word.of(label, 0, label.length()).mixed()) {
                return true;
            }
        }
        return false;
    }

    /** Whether Markdown or HTML shows what the address holds, so that it is fetched at once. */
    private static boolean isPicture(String text, int start) {
        int i = start - 1;
        while (i >= 0
                && start - i < 4
                && (text.charAt(i) == '<'
                        || text.charAt(i) == ' '
                        || text.charAt(i) == '"'
                        || text.charAt(i) == '\'')) {
            i--;
        }
        if (i >= 4 && text.regionMatches(true, i - 3, "src=", 0, 4)) {
            return true;
        }
        if (i < 1 || text.charAt(i) != '(' || text.charAt(i - 1) != ']') {
            return false;
        }
        int bracket = text.lastIndexOf('[', i - 1);
        return bracket >= 1 && i - bracket < 300 && text.charAt(bracket - 1) == '!';
    }

    /** Whether a path or a query holds more than a name: many letters and digits after a question mark, or very many in one part. */
    private static boolean carriesData(String query) {
        int mark = query.indexOf('?');
        if (mark >= 0 && query.length() - mark > DATA) {
            return true;
        }
        int run = 0;
        for (int i = 0; i < query.length(); i++) {
            char c = query.charAt(i);
            run = Character.isLetterOrDigit(c) || c == '%' || c == '+' || c == '=' ? run + 1 : 0;
            if (run >= 3 * DATA) {
                return true;
            }
        }
        return false;
    }

    /** Without the marks that end a sentence, and a bracket that was opened before the address. */
    private static int trimmed(String text, int from, int end) {
        int i = end;
        while (i > from) {
            char c = text.charAt(i - 1);
            boolean closes = c == ')' && count(text, from, i, '(') < count(text, from, i, ')')
                    || c == ']' && count(text, from, i, '[') < count(text, from, i, ']');
            if (!closes && ".,;:!?*_".indexOf(c) < 0) {
                break;
            }
            i--;
        }
        return i;
    }

    private static int count(String text, int from, int to, char what) {
        int count = 0;
        for (int i = from; i < to; i++) {
            count += text.charAt(i) == what ? 1 : 0;
        }
        return count;
    }
}
