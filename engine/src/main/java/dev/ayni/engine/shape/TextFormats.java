package dev.ayni.engine.shape;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The formats of JSON Schema's validation vocabulary (2020-12, section 7.3) that are regular, as patterns. */
final class TextFormats {
    private static final String DATE = "(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])"
            + "|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))"
            + "|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)";
    private static final String CLOCK = "(?:[01]\\d|2[0-3]):[0-5]\\d";
    /** At most 18 hours, as java.time has it, and not -00:00, by which RFC 3339 says that the zone is not known. */
    private static final String OFFSET =
            "(?:[Zz]|\\+(?:0\\d|1[0-7]):[0-5]\\d|-(?:00:(?:0[1-9]|[1-5]\\d)|(?:0[1-9]|1[0-7]):[0-5]\\d))";

    private static final String TIME = CLOCK + ":[0-5]\\d(?:\\.\\d{1,9})?" + OFFSET;
    private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private static final String SHORT_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?";
    /** Three labels of any length, or six short ones: never more than the 253 characters that a name may have. */
    private static final String HOST =
            "(?:" + LABEL + "(?:\\." + LABEL + "){0,2}|" + SHORT_LABEL + "(?:\\." + SHORT_LABEL + "){3,5})";
    /** Common top-level domains and those of all countries: an address elsewhere is well-formed, but nobody's. */
    private static final String TOP_LEVEL = "a(?:d|e|f|g|i|l|m|o|pp|q|r|s|t|u|w|x|z)|"
            + "b(?:a|b|d|e|f|g|h|i|iz|j|m|n|o|r|s|t|v|w|y|z)|"
            + "c(?:a|c|d|f|g|h|i|k|l|loud|m|n|o|om|r|u|v|w|x|y|z)|"
            + "d(?:e|ev|j|k|m|o|z)|"
            + "e(?:c|du|e|g|r|s|t|u)|"
            + "f(?:i|j|k|m|o|r)|"
            + "g(?:a|b|d|e|f|g|h|i|l|m|n|ov|p|q|r|s|t|u|w|y)|"
            + "h(?:k|m|n|r|t|u)|"
            + "i(?:d|e|l|m|n|nfo|nt|o|q|r|s|t)|"
            + "j(?:e|m|o|p)|"
            + "k(?:e|g|h|i|m|n|p|r|w|y|z)|"
            + "l(?:a|b|c|i|k|r|s|t|u|v|y)|"
            + "m(?:a|c|d|e|g|h|il|k|l|m|n|o|p|q|r|s|t|u|useum|v|w|x|y|z)|"
            + "n(?:a|ame|c|e|et|f|g|i|l|o|p|r|u|z)|"
            + "o(?:m|nline|rg)|"
            + "p(?:a|e|f|g|h|k|l|m|n|r|ro|s|t|w|y)|"
            + "q(?:a)|"
            + "r(?:e|o|s|u|w)|"
            + "s(?:a|b|c|d|e|g|h|hop|i|j|k|l|m|n|o|r|s|t|v|x|y|z)|"
            + "t(?:c|d|f|g|h|j|k|l|m|n|o|r|t|v|w|z)|"
            + "u(?:a|g|k|s|y|z)|"
            + "v(?:a|c|e|g|i|n|u)|"
            + "w(?:f|s)|"
            + "y(?:e|t)|"
            + "z(?:a|m|w)";

    private static final String DOMAIN =
            "(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?\\.){1,3}(?:" + TOP_LEVEL + ")";

    private static final String BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final String IPV4 = BYTE + "(?:\\." + BYTE + "){3}";
    private static final String ATEXT = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]";
    /** An email's local part of at most 64 characters: the more atoms it has, the shorter they are. */
    private static final String ATOMS = atoms(1, 64) + "|" + atoms(3, 20);

    private static final String H16 = "[0-9A-Fa-f]{1,4}";
    private static final String UNRESERVED = "A-Za-z0-9._~!$&'()*+,;=\\-";
    private static final String ESCAPED = "%[0-9A-Fa-f]{2}";
    private static final String PCHAR = "(?:[" + UNRESERVED + ":@]|" + ESCAPED + ")";
    private static final String POINTER = "(?:/(?:[^~/]|~[01])*)*";

    /** Known by the specification, but not regular, or of tables that are not kept here. */
    private static final Set<String> NOT_ENFORCED =
            Set.of("idn-email", "idn-hostname", "iri", "iri-reference", "uri-template", "regex");

    private static final Map<String, String> PATTERNS = new LinkedHashMap<>();

    static {
        String authority = "//(?:(?:[" + UNRESERVED + ":]|" + ESCAPED + ")*@)?(?:\\[(?:" + ipv6() + ")\\]|(?:["
                + UNRESERVED + "]|" + ESCAPED + ")*)(?::\\d*)?";
        String rest = "(?:\\?(?:" + PCHAR + "|[/?])*)?(?:#(?:" + PCHAR + "|[/?])*)?";
        String hierarchy = "(?:" + authority + "(?:/" + PCHAR + "*)*|/(?:" + PCHAR + "+(?:/" + PCHAR + "*)*)?|" + PCHAR
                + "+(?:/" + PCHAR + "*)*|)";
        String relative = "(?:" + authority + "(?:/" + PCHAR + "*)*|/(?:" + PCHAR + "+(?:/" + PCHAR + "*)*)?|(?:["
                + UNRESERVED + "@]|" + ESCAPED + ")+(?:/" + PCHAR + "*)*|)";
        String uri = "[A-Za-z][A-Za-z0-9+.-]*:" + hierarchy + rest;
        PATTERNS.put("date", DATE);
        PATTERNS.put("time", TIME);
        PATTERNS.put("date-time", DATE + "[Tt]" + TIME);
        PATTERNS.put(
                "duration",
                "P(?:\\d+W|(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)(?:T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S))?"
                        + "|T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S))");
        PATTERNS.put("uuid", "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}");
        PATTERNS.put("ipv4", IPV4);
        PATTERNS.put("ipv6", ipv6());
        PATTERNS.put("hostname", HOST);
        PATTERNS.put(
                "email",
                "(?:" + ATOMS + "|\"(?:[ !#-\\[\\]-~]|\\\\[ -~]){0,31}\")@(?:" + DOMAIN + "|\\[" + IPV4
                        + "\\]|\\[IPv6:(?:" + ipv6() + ")\\])");
        PATTERNS.put("uri", uri);
        PATTERNS.put("uri-reference", "(?:" + uri + "|" + relative + rest + ")");
        PATTERNS.put("json-pointer", POINTER);
        PATTERNS.put("relative-json-pointer", "(?:0|[1-9]\\d*)(?:#|" + POINTER + ")");
    }

    private TextFormats() {}

    private static String atoms(int most, int length) {
        String atom = ATEXT + "{1," + length + "}";
        return atom + "(?:\\." + atom + "){0," + (most - 1) + "}";
    }

    private static String ipv6() {
        StringBuilder all = new StringBuilder("(?:" + H16 + ":){6}(?:" + H16 + ":" + H16 + "|" + IPV4 + ")");
        String last = "(?:" + H16 + ":" + H16 + "|" + IPV4 + ")";
        all.append("|::(?:").append(H16).append(":){5}").append(last);
        for (int before = 0; before <= 4; before++) {
            String head = "(?:(?:" + H16 + ":){0," + before + "}" + H16 + ")?::";
            int after = 4 - before;
            all.append('|').append(head);
            all.append("(?:")
                    .append(H16)
                    .append(":){")
                    .append(after)
                    .append('}')
                    .append(last);
        }
        all.append("|(?:(?:")
                .append(H16)
                .append(":){0,5}")
                .append(H16)
                .append(")?::")
                .append(H16);
        all.append("|(?:(?:").append(H16).append(":){0,6}").append(H16).append(")?::");
        return "(?:" + all + ")";
    }

    /**
     * The pattern of a whole text of a format; null for a name that the specification does not know, which says nothing of
     * the text.
     *
     * @throws ShapeException if the specification knows it and it is not enforced
     */
    static @Nullable String pattern(SchemaNode where, String name) {
        if (NOT_ENFORCED.contains(name)) {
            throw where.refused(
                    "format",
                    "asks for '%s', which is not enforced".formatted(name),
                    "Enforced are: %s. Leave it out, or write a pattern."
                            .formatted(String.join(", ", PATTERNS.keySet())));
        }
        return PATTERNS.get(name);
    }
}
