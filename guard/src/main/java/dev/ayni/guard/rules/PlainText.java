package dev.ayni.guard.rules;

import dev.ayni.guard.Reading;
import java.lang.Character.UnicodeScript;

/** A text as a reader takes it: without what he does not see, and with what he takes for a Latin letter as that letter. */
public final class PlainText {
    /**
     * Without invisible characters, with ASCII letters in other dresses undressed, and with look-alikes folded in those words
     * that mix them with Latin letters. A text that hides nothing stays as it is.
     */
    public static final Reading.View<Derived> VISIBLE = new Reading.View<>(reading -> visible(reading.text()));

    /** {@link #VISIBLE}, with look-alikes folded everywhere and all letters small: for comparing with folded words, not for reading. */
    public static final Reading.View<Derived> FOLDED = new Reading.View<>(reading -> folded(reading.view(VISIBLE)));

    private static final int MARKS = 4;

    private PlainText() {}

    /** A word or phrase as it stands in {@link #FOLDED}. */
    static String fold(String phrase) {
        return folded(visible(phrase)).text();
    }

    private static Derived visible(String text) {
        if (isPlain(text)) {
            return Derived.same(text);
        }
        Derived.Writer out = new Derived.Writer(text.length());
        int marks = 0;
        int i = 0;
        while (i < text.length()) {
            int wordEnd = wordEnd(text, i);
            boolean fold = wordEnd > i && Word.of(text, i, wordEnd).mixed();
            int end = wordEnd > i ? wordEnd : i + Character.charCount(text.codePointAt(i));
            while (i < end) {
                int codePoint = text.codePointAt(i);
                int width = Character.charCount(codePoint);
                Invisible kind = Invisible.of(codePoint);
                marks = Character.getType(codePoint) == Character.NON_SPACING_MARK ? marks + 1 : 0;
                if (kind == Invisible.SURROGATE || kind == Invisible.PRIVATE_USE) {
                    out.add('\uFFFD', i);
                } else if (kind == null && marks <= MARKS) {
                    int plain = LookAlikes.undress(codePoint);
                    if (fold) {
                        plain = LookAlikes.fold(plain);
                    }
                    out.add(Character.toString(plain), i);
                }
                i += width;
            }
        }
        return out.finish(text.length());
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x7F || c < 0x20 && c != '\n' && c != '\t' && c != '\r') {
                return false;
            }
        }
        return true;
    }

    private static Derived folded(Derived visible) {
        String text = visible.text();
        Derived.Writer out = new Derived.Writer(text.length());
        int i = 0;
        while (i < text.length()) {
            int codePoint = text.codePointAt(i);
            int plain = Character.toLowerCase(LookAlikes.fold(codePoint));
            out.add(Character.toString(plain), visible.origin(i));
            i += Character.charCount(codePoint);
        }
        return out.finish(visible.origin(text.length()));
    }

    /** Where the word ends that begins here, invisible characters inside it included; the same place where none begins. */
    static int wordEnd(String text, int start) {
        int i = start;
        while (i < text.length() && i - start < Word.LONGEST) {
            int codePoint = text.codePointAt(i);
            if (!Word.belongs(codePoint)) {
                break;
            }
            i += Character.charCount(codePoint);
        }
        return i;
    }

    /** What the letters of a word are. */
    record Word(int letters, int latin, int foreign, int greek, int dressed) {
        static final int LONGEST = 64;

        static boolean belongs(int codePoint) {
            if (codePoint < 0x80) {
                return Character.isLetterOrDigit(codePoint) || codePoint == '_';
            }
            return Character.isLetterOrDigit(codePoint)
                    || LookAlikes.dressed(codePoint)
                    || Character.getType(codePoint) == Character.NON_SPACING_MARK
                    || Invisible.of(codePoint) == Invisible.ZERO_WIDTH;
        }

        static Word of(String text, int start, int end) {
            int letters = 0;
            int latin = 0;
            int foreign = 0;
            int greek = 0;
            int dressed = 0;
            int i = start;
            while (i < end) {
                int codePoint = text.codePointAt(i);
                i += Character.charCount(codePoint);
                if (codePoint < 0x80) {
                    if (Character.isLetter(codePoint)) {
                        letters++;
                        latin++;
                    }
                } else if (LookAlikes.dressed(codePoint)) {
                    dressed++;
                    letters++;
                } else if (Character.isLetter(codePoint)) {
                    letters++;
                    UnicodeScript script = UnicodeScript.of(codePoint);
                    if (script == UnicodeScript.LATIN) {
                        latin++;
                    } else if (LookAlikes.fold(codePoint) != codePoint) {
                        if (script == UnicodeScript.GREEK) {
                            greek++;
                        } else {
                            foreign++;
                        }
                    }
                }
            }
            return new Word(letters, latin, foreign, greek, dressed);
        }

        /** Whether letters of another script stand among Latin ones and pass for them. */
        boolean mixed() {
            return letters >= 3
                    && latin >= 1
                    && foreign + greek >= 1
                    && latin + foreign + greek >= 3
                    && (foreign > 0 || latin >= 2);
        }
    }
}
