package dev.ayni.guard.rules;

import dev.ayni.guard.Check;
import dev.ayni.guard.Finding;
import dev.ayni.guard.Reading;
import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Characters that a reader does not see and a model reads, and letters that pass for others. What languages and emoji need is
 * no finding: joiners in Persian and Hindi, the selector that makes a sign an emoji, the tags of the flag of Wales.
 *
 * <p>Scores: 1 where no honest use is known (tags, runs of four or more without width, runs of selectors); 0.9 overriding
 * directions, mixed scripts; 0.7 controls, half characters, stacked marks; 0.5 one single character without width, fillers,
 * private characters, mixed Greek, dressed letters; 0.3 and below what honest documents hold often (soft hyphens, marks of
 * direction, full-width letters).
 */
public final class InvisibleCharacters implements Check {
    private static final String CATEGORY = "invisible-characters";
    private static final int REACH = 80;
    private static final int FLAG = 0x1F3F4;
    private static final int LONGEST_FLAG = 8;

    /**
     * What counts.
     *
     * @param stackedMarks more combining marks than this on one letter are a finding
     * @param lookAlikes whether words that mix scripts, and dressed letters, are findings
     */
    public record Settings(int stackedMarks, boolean lookAlikes) {
        public static final Settings DEFAULT = new Settings(4, true);

        public Settings {
            if (stackedMarks < 1) {
                throw new IllegalArgumentException(
                        "stackedMarks is %d: expected 1 or more, 4 where nothing else is known."
                                .formatted(stackedMarks));
            }
        }
    }

    private final Settings settings;

    public InvisibleCharacters(Settings settings) {
        this.settings = settings;
    }

    @Override
    public String name() {
        return "invisible";
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
        return new Walk(reading.text(), reading.content().complete(), settings).findings();
    }

    private static final class Walk {
        private final String text;
        private final boolean complete;
        private final Settings settings;
        private final List<Finding> findings = new ArrayList<>();

        Walk(String text, boolean complete, Settings settings) {
            boolean half = !complete && !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
            this.text = half ? text.substring(0, text.length() - 1) : text; // the other half is on its way
            this.complete = complete;
            this.settings = settings;
        }

        List<Finding> findings() {
            int i = 0;
            int wordsFrom = 0; // the unit from which a word may begin
            while (i < text.length()) {
                int codePoint = text.codePointAt(i);
                if (settings.lookAlikes() && i >= wordsFrom && PlainText.Word.belongs(codePoint)) {
                    wordsFrom = PlainText.wordEnd(text, i);
                    word(i, wordsFrom);
                }
                int flagEnd = codePoint == FLAG ? flagEnd(i) : i;
                if (flagEnd > i) {
                    i = flagEnd;
                    continue;
                }
                if (flagEnd < 0) {
                    break; // a flag, or not: the text has yet to say
                }
                Invisible kind = codePoint >= 0x20 && codePoint < 0x7F ? null : suspicious(i, codePoint);
                if (kind != null) {
                    i = run(i, kind);
                } else if (codePoint >= 0x300 && Character.getType(codePoint) == Character.NON_SPACING_MARK) {
                    i = marks(i);
                } else {
                    i += Character.charCount(codePoint);
                }
            }
            findings.sort(Comparator.comparingInt(Finding::start));
            return List.copyOf(findings);
        }

        private void add(String rule, double score, int start, int end, String why) {
            findings.add(new Finding(CATEGORY, score, start, end, "invisible/" + rule, why));
        }

        private void word(int start, int end) {
            PlainText.Word word = PlainText.Word.of(text, start, end);
            if (word.mixed()) {
                double score = word.foreign() > 0 ? 0.9 : 0.5;
                add(
                        "mixed-script",
                        score,
                        start,
                        end,
                        "a word that mixes Latin letters with others that look like Latin ones");
            } else if (word.dressed() >= 3) {
                boolean wide = text.codePointAt(start) >= 0xFF00 && text.codePointAt(start) <= 0xFF5A;
                add(
                        "dressed-letters",
                        wide ? 0.3 : 0.5,
                        start,
                        end,
                        "letters in another dress (mathematical, in circles, full width)");
            }
        }

        /** The end of a run of the same kind, which becomes one finding. */
        private int run(int start, Invisible kind) {
            int count = 0;
            int i = start;
            int first = text.codePointAt(start);
            while (i < text.length()) {
                int codePoint = text.codePointAt(i);
                if (Invisible.of(codePoint) != kind || count > 0 && suspicious(i, codePoint) == null) {
                    break;
                }
                count++;
                i += Character.charCount(codePoint);
            }
            add(kind.rule(), score(kind, first, count), start, i, kind.why());
            return i;
        }

        private static double score(Invisible kind, int first, int count) {
            return switch (kind) {
                case TAG -> 1;
                case ZERO_WIDTH -> count >= 4 ? 1 : count >= 2 ? 0.7 : 0.5;
                case BIDI ->
                    first == 0x202D || first == 0x202E
                            ? 0.9
                            : first == 0x200E || first == 0x200F || first == 0x061C ? 0.2 : 0.5;
                case VARIATION_SELECTOR -> count >= 2 ? 1 : 0.5;
                case FILLER -> first == 0xAD ? 0.2 : 0.5;
                case CONTROL, SURROGATE -> 0.7;
                case PRIVATE_USE, FORMAT -> 0.5;
            };
        }

        private int marks(int start) {
            int count = 0;
            int i = start;
            while (i < text.length()
                    && Character.getType(text.codePointAt(i)) == Character.NON_SPACING_MARK
                    && Invisible.of(text.codePointAt(i)) == null) {
                count++;
                i += Character.charCount(text.codePointAt(i));
            }
            if (count > settings.stackedMarks()) {
                add("stacked-marks", 0.7, start, i, "more combining marks on one letter than any language writes");
            }
            return Math.max(i, start + Character.charCount(text.codePointAt(start)));
        }

        /** The kind of an invisible character that has no honest reason to stand where it stands; null where it has, or may yet have. */
        private @Nullable Invisible suspicious(int i, int codePoint) {
            Invisible kind = Invisible.of(codePoint);
            if (kind == null) {
                return null;
            }
            int next = i + Character.charCount(codePoint);
            boolean open = next >= text.length() && !complete;
            int before = i == 0 ? -1 : text.codePointBefore(i);
            int after = next < text.length() ? text.codePointAt(next) : -1;
            boolean honest = switch (kind) {
                case ZERO_WIDTH ->
                    open && mayJoin(codePoint)
                            || codePoint == 0xFEFF && i == 0
                            || mayJoin(codePoint) && (joins(before, after) || breaksWords(codePoint, before, after));
                case VARIATION_SELECTOR -> selects(before, codePoint);
                case FILLER ->
                    codePoint == 0x2800 && (isBraille(before) || isBraille(after) || open)
                            || (codePoint == 0x115F || codePoint == 0x1160)
                                    && (isJamo(before) || isJamo(after) || open);
                case TAG, BIDI, CONTROL, PRIVATE_USE, FORMAT, SURROGATE -> false;
            };
            return honest ? null : kind;
        }

        private static boolean mayJoin(int codePoint) {
            return codePoint == 0x200B || codePoint == 0x200C || codePoint == 0x200D;
        }

        /** Whether a joiner between these is as emoji and the scripts that join letters write it. */
        private static boolean joins(int before, int after) {
            if (before < 0 || after < 0) {
                return joining(before) || joining(after);
            }
            boolean emoji = (Character.isEmoji(before) || before == 0xFE0F || Character.isEmojiModifier(before))
                    && Character.isEmoji(after)
                    && after > 0x7F;
            return emoji || joining(before);
        }

        private static boolean joining(int codePoint) {
            if (codePoint < 0x600) {
                return false;
            }
            return switch (UnicodeScript.of(codePoint)) {
                case LATIN,
                        GREEK,
                        CYRILLIC,
                        ARMENIAN,
                        GEORGIAN,
                        HAN,
                        HIRAGANA,
                        KATAKANA,
                        HANGUL,
                        BOPOMOFO,
                        COMMON,
                        INHERITED,
                        UNKNOWN -> false;
                default -> true;
            };
        }

        private static boolean breaksWords(int codePoint, int before, int after) {
            return codePoint == 0x200B && (unspaced(before) || unspaced(after));
        }

        /** Whether the character's script writes no spaces between words, so that breaks are marked without width. */
        private static boolean unspaced(int codePoint) {
            if (codePoint < 0) {
                return false;
            }
            return switch (UnicodeScript.of(codePoint)) {
                case THAI, LAO, KHMER, MYANMAR -> true;
                default -> false;
            };
        }

        private static boolean selects(int before, int selector) {
            if (before < 0) {
                return false;
            }
            if (selector == 0xFE0F || selector == 0xFE0E) {
                return Character.isEmoji(before) || isSign(before);
            }
            if (selector >= 0xE0100 || selector <= 0xFE02 && selector >= 0xFE00) {
                return Character.isIdeographic(before)
                        || selector < 0xFE10
                                && (isSign(before)
                                        || UnicodeScript.of(before) == UnicodeScript.MYANMAR
                                        || UnicodeScript.of(before) == UnicodeScript.PHAGS_PA);
            }
            return UnicodeScript.of(before) == UnicodeScript.MONGOLIAN;
        }

        private static boolean isSign(int codePoint) {
            return switch (Character.getType(codePoint)) {
                case Character.MATH_SYMBOL,
                        Character.OTHER_SYMBOL,
                        Character.OTHER_PUNCTUATION,
                        Character.DASH_PUNCTUATION -> codePoint > 0x7F;
                default -> false;
            };
        }

        private static boolean isBraille(int codePoint) {
            return codePoint > 0x2800 && codePoint <= 0x28FF;
        }

        private static boolean isJamo(int codePoint) {
            return codePoint >= 0x1100 && codePoint <= 0x11FF && codePoint != 0x115F && codePoint != 0x1160;
        }

        /** The end of a flag that tags spell; the same place where it is just a black flag; -1 where the text has yet to say. */
        private int flagEnd(int start) {
            int i = start + 2;
            int tags = 0;
            while (i < text.length() && tags < LONGEST_FLAG) {
                int codePoint = text.codePointAt(i);
                if (codePoint == 0xE007F) {
                    return tags >= 3 ? i + 2 : start;
                }
                boolean spells =
                        codePoint >= 0xE0061 && codePoint <= 0xE007A || codePoint >= 0xE0030 && codePoint <= 0xE0039;
                if (!spells) {
                    return start;
                }
                tags++;
                i += 2;
            }
            return complete || tags >= LONGEST_FLAG ? start : -1;
        }
    }
}
