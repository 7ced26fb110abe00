package dev.ayni.tokenizer;

import static dev.ayni.tokenizer.Characters.CAPITAL;
import static dev.ayni.tokenizer.Characters.LETTER;
import static dev.ayni.tokenizer.Characters.MARK;
import static dev.ayni.tokenizer.Characters.NUMBER;
import static dev.ayni.tokenizer.Characters.PUNCTUATION;
import static dev.ayni.tokenizer.Characters.SMALL;
import static dev.ayni.tokenizer.Characters.SPACE;
import static dev.ayni.tokenizer.Characters.SYMBOL;

import dev.ayni.tokenizer.Splitter.Scanner;
import java.util.BitSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The regular expressions by which published tokenizers cut text into words, each beside a scanner written by hand that
 * finds the same words some twenty times as fast. The expressions are those of the tokenizer.json files of the models
 * that a constant is named after (Oniguruma's syntax: \s, \p and ignoring of case go by Unicode).
 */
final class Patterns {
    static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    private static final String ENDINGS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String SPACES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String WORDS_3_DIGITS =
            "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" + SPACES;
    private static final String WORDS_1_DIGIT =
            "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" + SPACES;

    static final String LLAMA3 = ENDINGS + WORDS_3_DIGITS;
    static final String QWEN2 = ENDINGS + WORDS_1_DIGIT;
    static final String QWEN35 =
            ENDINGS + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*" + SPACES;

    static final String SEED_CODER =
            ENDINGS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+" + SPACES;
    static final String BAILING =
            "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";

    static final String MINICPM5 =
            ENDINGS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}+| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" + SPACES;
    static final String UFAKZEKA = WORDS_1_DIGIT.substring(1);
    static final String JAIS2 = ENDINGS
            + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+"
            + "|\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)|\\s{64}(?!\\S)|\\s{32}(?!\\S)|\\s{16}(?!\\S)"
            + "|\\s{8}(?!\\S)|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s{1}";

    /** Words apart by single spaces are one part. */
    static final String EXAONE_MOE = ENDINGS
            + "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?"
            + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";

    private static final String CAPITALS = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String SMALLS = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    static final String GPT4O = "[^\\r\\n\\p{L}\\p{N}]?" + CAPITALS + "*" + SMALLS + "+" + ENDINGS
            + "?|[^\\r\\n\\p{L}\\p{N}]?" + CAPITALS + "+" + SMALLS + "*" + ENDINGS
            + "?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*" + SPACES;
    static final String TEKKEN = "[^\\r\\n\\p{L}\\p{N}]?" + CAPITALS + "*" + SMALLS
            + "+|[^\\r\\n\\p{L}\\p{N}]?" + CAPITALS + "+" + SMALLS
            + "*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*" + SPACES;

    static final String YOUTU_SCRIPTS = "[\uac00-\ud7a3\u3131-\u318e]+"
            + "|[\uff01\u2026\u201c\u201d\u2018\u2019\u2014\uff1a\uff1b\uff0c\u3001-\u303f\ufe30-\ufe4f]+"
            + "|[\u3105-\u312f]+|[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+";
    static final String YOUTU = GPT4O.replace("\\p{N}{1,3}|", "\\p{N}|");

    private static final String CAPITALS_BUT_HAN = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]";
    private static final String SMALLS_BUT_HAN = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]";
    static final String KIMI_K2 = "[\\p{Han}]+|[^\\r\\n\\p{L}\\p{N}]?" + CAPITALS_BUT_HAN + "*" + SMALLS_BUT_HAN + "+"
            + ENDINGS + "?|[^\\r\\n\\p{L}\\p{N}]?" + CAPITALS_BUT_HAN + "+" + SMALLS_BUT_HAN + "*" + ENDINGS
            + "?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" + SPACES;

    static final String AFMOE_SCRIPTS = "[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\u3040-\u309f\u30a0-\u30ff"
            + "\uff65-\uff9f\u2f00-\u2fdf\u0e00-\u0e7f\u0e80-\u0eff\u1780-\u17ff\u1000-\u109f\uaa60-\uaa7f"
            + "\ua9e0-\ua9ff\uac00-\ud7af\u1100-\u11ff]+";

    static final String CHAMELEON_IMAGES = "<sentinel:[0-9]+>|(?:IMGIMG)(?:[A-I]{1,4})Z";
    static final String CHAMELEON_SPACES = "[\\t\\n]|    |  ";

    /** DeepSeek LLM's letters: those of Latin, Greek, Cyrillic, Armenian, Georgian, Cherokee and a few more, by range. */
    private static final String DEEPSEEK_LLM_LETTERS =
            "A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293"
                    + "\u0295-\u02af\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c"
                    + "\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f\u0531-\u0556\u10a0-\u10c5"
                    + "\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77"
                    + "\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59"
                    + "\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc"
                    + "\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107"
                    + "\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139"
                    + "\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee"
                    + "\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e"
                    + "\uab70-\uabbf\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a"
                    + "\ud801\udc00-\ud801\udc4f\ud801\udcb0-\ud801\udcd3\ud801\udcd8-\ud801\udcfb"
                    + "\ud803\udc80-\ud803\udcb2\ud803\udcc0-\ud803\udcf2\ud806\udca0-\ud806\udcdf"
                    + "\ud83a\udd00-\ud83a\udd43";

    static final String NEWLINE = "[\r\n]";
    static final String DEEPSEEK_LLM_WORD = "\\s?[" + DEEPSEEK_LLM_LETTERS + "]+";
    static final String DEEPSEEK_LLM_PUNCTUATION = "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+";
    static final String DEEPSEEK_CJK = "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+";
    static final String DEEPSEEK_CODER_WORD = "\\s?\\p{L}+";
    static final String DEEPSEEK_CODER_PUNCTUATION = "\\s?\\p{P}+";
    static final String DIGITS_3 = "\\p{N}{1,3}";
    static final String DEEPSEEK3_CJK = "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+";
    static final String DEEPSEEK3 =
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+";
    static final String SPARK =
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+|[\r\n]|\\s+(?!\\S)|\\s+";
    static final String BLOOM = " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+";
    static final String THREE_ASCII_DIGITS = "[0-9][0-9][0-9]";

    private static final Ranges LLM_LETTERS = new Ranges(DEEPSEEK_LLM_LETTERS);
    private static final Ranges LLM_PUNCTUATION =
            new Ranges("!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002");
    private static final Ranges CJK = new Ranges("\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff");
    private static final Ranges CJK_3 = new Ranges("\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff");
    private static final String BLOOM_STOPS = "(|.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c)";

    private static final Map<String, Scanner> SCANNERS = Map.ofEntries(
            Map.entry(GPT2, Patterns::gpt2),
            Map.entry(LLAMA3, (text, at, end) -> words(text, at, end, LETTER, 3)),
            Map.entry(QWEN2, (text, at, end) -> words(text, at, end, LETTER, 1)),
            Map.entry(QWEN35, (text, at, end) -> words(text, at, end, LETTER | MARK, 1)),
            Map.entry(GPT4O, (text, at, end) -> casedWords(text, at, end, true, 3)),
            Map.entry(TEKKEN, (text, at, end) -> casedWords(text, at, end, false, 1)),
            Map.entry(NEWLINE, (text, at, end) -> isNewline(text[at]) ? at + 1 : -1),
            Map.entry(DEEPSEEK_LLM_WORD, (text, at, end) -> afterSpace(LLM_LETTERS, text, at, end)),
            Map.entry(DEEPSEEK_LLM_PUNCTUATION, (text, at, end) -> afterSpace(LLM_PUNCTUATION, text, at, end)),
            Map.entry(DEEPSEEK_CJK, (text, at, end) -> run(CJK, text, at, end)),
            Map.entry(DEEPSEEK_CODER_WORD, (text, at, end) -> afterSpace(LETTER, text, at, end)),
            Map.entry(DEEPSEEK_CODER_PUNCTUATION, (text, at, end) -> afterSpace(PUNCTUATION, text, at, end)),
            Map.entry(DIGITS_3, (text, at, end) -> digits(text, at, end, 3)),
            Map.entry("\\p{N}", (text, at, end) -> digits(text, at, end, 1)),
            Map.entry(DEEPSEEK3_CJK, (text, at, end) -> run(CJK_3, text, at, end)),
            Map.entry(DEEPSEEK3, Patterns::deepseek3),
            Map.entry(JAIS2, Patterns::jais2),
            Map.entry(EXAONE_MOE, Patterns::exaone),
            Map.entry(BLOOM, Patterns::bloom),
            Map.entry(THREE_ASCII_DIGITS, Patterns::threeAsciiDigits));

    private Patterns() {}

    /** The scanner that finds what this expression finds; null where none was written. */
    static @Nullable Scanner scanner(String expression) {
        return SCANNERS.get(expression);
    }

    /** All expressions that have a scanner. */
    static Set<String> expressions() {
        return SCANNERS.keySet();
    }

    private static int gpt2(char[] text, int at, int end) {
        char first = text[at];
        if (first == '\'') {
            int ending = ending(text, at, end, false);
            if (ending > 0) {
                return ending;
            }
        }
        int from = first == ' ' && at + 1 < end ? at + 1 : at;
        int kind = Characters.at(text, from);
        if ((kind & LETTER) != 0) {
            return Characters.run(LETTER, text, from, end);
        }
        if ((kind & NUMBER) != 0) {
            return Characters.run(NUMBER, text, from, end);
        }
        if ((kind & SPACE) == 0) {
            return Characters.runWithout(SPACE | LETTER | NUMBER, text, from, end);
        }
        return spaces(text, at, end);
    }

    /** The shape that GPT-4 brought and Llama 3, Qwen and many others share. */
    private static int words(char[] text, int at, int end, int letters, int mostDigits) {
        char first = text[at];
        if (first == '\'') {
            int ending = ending(text, at, end, true);
            if (ending > 0) {
                return ending;
            }
        }
        int kind = Characters.at(text, at);
        if ((kind & letters) != 0) {
            return Characters.run(letters, text, at, end);
        }
        if ((kind & NUMBER) != 0) {
            return digits(text, at, end, mostDigits);
        }
        int second = Characters.after(text, at);
        if (!isNewline(first) && Characters.is(letters, text, second, end)) {
            return Characters.run(letters, text, second, end);
        }
        int signs = first == ' ' ? second : at;
        int afterSigns = Characters.runWithout(SPACE | letters | NUMBER, text, signs, end);
        if (afterSigns > signs) {
            while (afterSigns < end && isNewline(text[afterSigns])) {
                afterSigns++;
            }
            return afterSigns;
        }
        return spacesOrLines(text, at, end);
    }

    /** The shape that GPT-4o brought: a word is capital letters and then small ones. */
    private static int casedWords(char[] text, int at, int end, boolean endings, int mostDigits) {
        int kind = Characters.at(text, at);
        char first = text[at];
        boolean mayLead = (kind & (LETTER | NUMBER)) == 0 && !isNewline(first);
        // Both branches of the expression try the leading character first; a mark may lead or belong to the word.
        int afterLead = Characters.after(text, at);
        int word = mayLead ? smallWord(text, afterLead, end) : -1;
        word = word < 0 ? smallWord(text, at, end) : word;
        word = word < 0 && mayLead ? capitalWord(text, afterLead, end) : word;
        word = word < 0 ? capitalWord(text, at, end) : word;
        if (word > 0) {
            int ending = endings && word < end && text[word] == '\'' ? ending(text, word, end, true) : -1;
            return ending > 0 ? ending : word;
        }
        if ((kind & NUMBER) != 0) {
            return digits(text, at, end, mostDigits);
        }
        int signs = first == ' ' ? at + 1 : at;
        int afterSigns = Characters.runWithout(SPACE | LETTER | NUMBER, text, signs, end);
        if (afterSigns > signs) {
            while (afterSigns < end && (isNewline(text[afterSigns]) || text[afterSigns] == '/')) {
                afterSigns++;
            }
            return afterSigns;
        }
        return spacesOrLines(text, at, end);
    }

    /** [capitals]*[smalls]+ where letters without case, and marks, count as both. */
    private static int smallWord(char[] text, int at, int end) {
        int lastBoth = -1;
        int to = at;
        for (int kind; to < end && ((kind = Characters.at(text, to)) & CAPITAL) != 0; ) {
            to = Characters.after(text, to);
            lastBoth = (kind & SMALL) != 0 ? to : lastBoth;
        }
        int smalls = Characters.run(SMALL, text, to, end);
        return smalls > to ? smalls : lastBoth;
    }

    /** [capitals]+, after {@link #smallWord} found nothing. */
    private static int capitalWord(char[] text, int at, int end) {
        int to = Characters.run(CAPITAL, text, at, end);
        return to > at ? to : -1;
    }

    private static int jais2(char[] text, int at, int end) {
        int to = words(text, at, end, LETTER, 3);
        if ((Characters.at(text, to - 1) & SPACE) == 0 || isNewline(text[to - 1])) {
            return to;
        }
        int after = Characters.run(SPACE, text, at, end);
        for (int length = 512; length > 1; length /= 2) {
            if (at + length < after || (at + length == after && after == end)) {
                return at + length;
            }
        }
        return at + 1;
    }

    private static int exaone(char[] text, int at, int end) {
        char first = text[at];
        int ending = first == '\'' ? ending(text, at, end, true) : -1;
        if (ending > 0) {
            return ending;
        }
        int kind = Characters.at(text, at);
        int second = Characters.after(text, at);
        if ((kind & LETTER) != 0) {
            return phrase(text, at, end);
        }
        if ((kind & NUMBER) != 0) {
            return second;
        }
        if (!isNewline(first) && Characters.is(LETTER, text, second, end)) {
            return phrase(text, second, end);
        }
        int signs = first == ' ' ? second : at;
        int afterSigns = Characters.runWithout(SPACE | LETTER | NUMBER, text, signs, end);
        if (afterSigns > signs) {
            boolean more = afterSigns < end && (isNewline(text[afterSigns]) || text[afterSigns] == '/');
            return more ? afterSigns + 1 : afterSigns;
        }
        return spacesOrLines(text, at, end);
    }

    /** Letters with their marks, and single spaces before letters. */
    private static int phrase(char[] text, int at, int end) {
        int to = at;
        while (Characters.is(LETTER | MARK, text, to, end)
                || (to < end && text[to] == ' ' && Characters.is(LETTER, text, to + 1, end))) {
            to = Characters.after(text, to);
        }
        return to;
    }

    private static int deepseek3(char[] text, int at, int end) {
        char first = text[at];
        if (first > ' ' && first < 0x7f && !isAsciiLetter(first) && !(first >= '0' && first <= '9')) {
            int letters = at + 1;
            while (letters < end && isAsciiLetter(text[letters])) {
                letters++;
            }
            if (letters > at + 1) {
                return letters;
            }
        }
        int kind = Characters.at(text, at);
        int second = Characters.after(text, at);
        if ((kind & (LETTER | PUNCTUATION | SYMBOL)) == 0
                && !isNewline(first)
                && Characters.is(LETTER | MARK, text, second, end)) {
            return Characters.run(LETTER | MARK, text, second, end);
        }
        if ((kind & (LETTER | MARK)) != 0) {
            return Characters.run(LETTER | MARK, text, at, end);
        }
        int signs = first == ' ' ? at + 1 : at;
        int afterSigns = Characters.run(PUNCTUATION | SYMBOL, text, signs, end);
        if (afterSigns > signs) {
            while (afterSigns < end && isNewline(text[afterSigns])) {
                afterSigns++;
            }
            return afterSigns;
        }
        return (kind & SPACE) != 0 ? spacesOrLines(text, at, end) : -1;
    }

    private static int bloom(char[] text, int at, int end) {
        int from = text[at] == ' ' ? at + 1 : at;
        int to = from;
        while (to < end && BLOOM_STOPS.indexOf(text[to]) < 0 && (Characters.at(text, to) & SPACE) == 0) {
            to = Characters.after(text, to);
        }
        return to > from ? to : -1;
    }

    private static int threeAsciiDigits(char[] text, int at, int end) {
        if (at + 3 > end) {
            return -1;
        }
        for (int i = at; i < at + 3; i++) {
            if (text[i] < '0' || text[i] > '9') {
                return -1;
            }
        }
        return at + 3;
    }

    /** An English ending after its apostrophe, 's 't 're 've 'm 'll 'd; -1 where there is none. */
    private static int ending(char[] text, int at, int end, boolean anyCase) {
        if (at + 1 >= end) {
            return -1;
        }
        char second = anyCase ? folded(text[at + 1]) : text[at + 1];
        if (second == 's' || second == 't' || second == 'm' || second == 'd') {
            return at + 2;
        }
        if (at + 2 >= end) {
            return -1;
        }
        char third = anyCase ? folded(text[at + 2]) : text[at + 2];
        boolean pair = (third == 'e' && (second == 'r' || second == 'v')) || (third == 'l' && second == 'l');
        return pair ? at + 3 : -1;
    }

    private static char folded(char c) {
        // The long s is a small s to Unicode's case folding.
        return c == '\u017f' ? 's' : c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
    }

    /** White space up to its last line end; or as {@link #spaces} where it has none. */
    private static int spacesOrLines(char[] text, int at, int end) {
        int lastLine = -1;
        int to = at;
        while (to < end && (Characters.at(text, to) & SPACE) != 0) {
            if (isNewline(text[to])) {
                lastLine = to + 1;
            }
            to++;
        }
        return lastLine > 0 ? lastLine : leavingOne(at, to, end);
    }

    /** White space; before a word without its last character, which goes with the word. */
    private static int spaces(char[] text, int at, int end) {
        return leavingOne(at, Characters.run(SPACE, text, at, end), end);
    }

    private static int leavingOne(int at, int to, int end) {
        return to == at ? -1 : to < end && to - at > 1 ? to - 1 : to;
    }

    private static int digits(char[] text, int at, int end, int most) {
        int to = at;
        for (int i = 0; i < most && Characters.is(NUMBER, text, to, end); i++) {
            to = Characters.after(text, to);
        }
        return to > at ? to : -1;
    }

    private static int afterSpace(int properties, char[] text, int at, int end) {
        int from = Characters.is(SPACE, text, at, end) ? at + 1 : at;
        int to = Characters.run(properties, text, from, end);
        return to > from ? to : -1;
    }

    private static int afterSpace(Ranges ranges, char[] text, int at, int end) {
        int from = Characters.is(SPACE, text, at, end) ? at + 1 : at;
        int to = run(ranges, text, from, end);
        if (to > from) {
            return to;
        }
        return from > at ? run(ranges, text, at, end) : -1; // U+3000 is white space and in a range
    }

    private static int run(Ranges ranges, char[] text, int at, int end) {
        int to = at;
        while (to < end && ranges.contains(Character.codePointAt(text, to, end))) {
            to = Characters.after(text, to);
        }
        return to > at ? to : -1;
    }

    private static boolean isNewline(char c) {
        return c == '\r' || c == '\n';
    }

    private static boolean isAsciiLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    /** A set of characters, written as in a bracket expression: single ones and ranges. */
    private static final class Ranges {
        private final BitSet points = new BitSet();

        Ranges(String expression) {
            int[] written = expression.codePoints().toArray();
            for (int i = 0; i < written.length; i++) {
                boolean range = i + 2 < written.length && written[i + 1] == '-';
                points.set(written[i], (range ? written[i + 2] : written[i]) + 1);
                i += range ? 2 : 0;
            }
        }

        boolean contains(int point) {
            return points.get(point);
        }
    }
}
