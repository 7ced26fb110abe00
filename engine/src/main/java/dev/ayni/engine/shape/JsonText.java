package dev.ayni.engine.shape;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** How code points are written within JSON's quotes (RFC 8259, section 7), and as plain UTF-8. */
final class JsonText {
    static final TextMachine.Cost RAW = (first, last) -> fewestBytes(false, first, last);
    static final TextMachine.Cost ESCAPED = (first, last) -> fewestBytes(true, first, last);

    private static final String SHORT = "\b\t\n\f\r\"\\";
    private static final String SHORT_NAMES = "btnfr\"\\";

    private static final List<int[]> ANY_ESCAPE = escapes();

    private JsonText() {}

    /** All ways to write a run of code points in their canonical form: raw where that is allowed, else the short escape. */
    static List<int[]> runs(boolean json, int first, int last) {
        if (!json) {
            return Utf8Runs.of(first, last);
        }
        List<int[]> all = new ArrayList<>();
        for (int c = first; c <= Math.min(last, 0x1F); c++) {
            all.add(bytes(written(c)));
        }
        int from = Math.max(first, 0x20);
        for (int special : new int[] {'"', '\\'}) {
            if (special >= from && special <= last) {
                if (from < special) {
                    all.addAll(Utf8Runs.of(from, special - 1));
                }
                all.add(bytes(written(special)));
                from = special + 1;
            }
        }
        if (from <= last) {
            all.addAll(Utf8Runs.of(from, last));
        }
        return all;
    }

    /** The escapes beyond the canonical ones by which some code point may be written, the same one in two ways. */
    static List<int[]> anyEscape() {
        return ANY_ESCAPE;
    }

    private static List<int[]> escapes() {
        List<int[]> all = new ArrayList<>();
        all.add(bytes("\\/"));
        // four lower-case digits, as most programs write them; no surrogates, no controls, which have their own escape
        int[][] digits = {{'0', '9'}, {'a', 'f'}};
        for (int[] first : new int[][] {{'0', '0'}, {'1', '9'}, {'a', 'c'}, {'d', 'd'}, {'e', 'f'}}) {
            for (int[] second : digits) {
                boolean surrogates = first[0] == 'd';
                if (surrogates && second[0] == 'a') {
                    continue;
                }
                int[] secondDigit = surrogates ? new int[] {'0', '7'} : second;
                for (int[] third : digits) {
                    for (int[] fourth : digits) {
                        if (first[0] == '0' && secondDigit[0] == '0') {
                            escape(
                                    all,
                                    first,
                                    new int[] {'0', '0'},
                                    third[0] == '0' ? new int[] {'2', '9'} : third,
                                    fourth);
                            escape(all, first, new int[] {'1', '9'}, third, fourth);
                        } else {
                            escape(all, first, secondDigit, third, fourth);
                        }
                    }
                }
            }
        }
        return List.copyOf(all);
    }

    private static void escape(List<int[]> all, int[]... digits) {
        int[] runs = new int[4 + 2 * digits.length];
        runs[0] = '\\';
        runs[1] = '\\';
        runs[2] = 'u';
        runs[3] = 'u';
        for (int i = 0; i < digits.length; i++) {
            runs[4 + 2 * i] = digits[i][0];
            runs[5 + 2 * i] = digits[i][1];
        }
        all.add(runs);
    }

    private static int[] bytes(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int[] runs = new int[2 * utf8.length];
        for (int i = 0; i < utf8.length; i++) {
            runs[2 * i] = utf8[i] & 0xFF;
            runs[2 * i + 1] = utf8[i] & 0xFF;
        }
        return runs;
    }

    /** A text between quotes, as the automata write it. */
    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> quoted.append(written(c)));
        return quoted.append('"').toString();
    }

    static String written(int c) {
        int known = c < 0x80 ? SHORT.indexOf((char) c) : -1;
        if (known >= 0) {
            return "\\" + SHORT_NAMES.charAt(known);
        }
        return c < 0x20 ? "\\u00%02x".formatted(c) : Character.toString(c);
    }

    static int fewestBytes(boolean json, int first, int last) {
        if (!json || first > '\\') {
            return Utf8Runs.length(first);
        }
        int fewest = Integer.MAX_VALUE;
        for (int c = first; c <= Math.min(last, 0x80); c++) {
            fewest = Math.min(fewest, c < 0x80 ? written(c).length() : 2);
        }
        return fewest;
    }
}
