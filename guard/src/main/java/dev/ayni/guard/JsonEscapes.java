package dev.ayni.guard;

/** How JSON writes characters that it could as well write as they are, such as {@code \}{@code u0067} for {@code g}. */
final class JsonEscapes {
    private JsonEscapes() {}

    /**
     * The same JSON with its characters as they are: whoever reads either gets the same. What JSON must escape (quotes,
     * backslashes, controls) and halves of characters stay as they are written.
     */
    static String undone(String json) {
        if (json.indexOf('\\') < 0) {
            return json;
        }
        StringBuilder plain = new StringBuilder(json.length());
        int at = 0;
        while (at < json.length()) {
            char c = json.charAt(at);
            if (c != '\\' || at + 1 == json.length()) {
                plain.append(c);
                at++;
            } else if (json.charAt(at + 1) == '/') {
                plain.append('/');
                at += 2;
            } else {
                int first = escaped(json, at);
                int second = first >= 0 && Character.isHighSurrogate((char) first) ? escaped(json, at + 6) : -1;
                boolean pair = second >= 0 && Character.isLowSurrogate((char) second);
                boolean whole = first >= 0x20 && first != '"' && first != '\\' && !Character.isSurrogate((char) first);
                if (pair) {
                    plain.append((char) first).append((char) second);
                    at += 12;
                } else if (whole) {
                    plain.append((char) first);
                    at += 6;
                } else {
                    plain.append(c).append(json.charAt(at + 1));
                    at += 2;
                }
            }
        }
        return plain.toString();
    }

    /** The unit that an escape of six characters stands for; -1 if none is there. */
    private static int escaped(String json, int at) {
        if (at + 6 > json.length() || json.charAt(at) != '\\' || json.charAt(at + 1) != 'u') {
            return -1;
        }
        int unit = 0;
        for (int i = at + 2; i < at + 6; i++) {
            int digit = json.charAt(i) < 0x80 ? Character.digit(json.charAt(i), 16) : -1;
            if (digit < 0) {
                return -1;
            }
            unit = unit * 16 + digit;
        }
        return unit;
    }
}
