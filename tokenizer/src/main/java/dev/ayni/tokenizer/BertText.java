package dev.ayni.tokenizer;

import java.text.Normalizer.Form;
import java.util.function.UnaryOperator;

/**
 * Text as BERT's models were trained on it (Devlin et al. 2018): without control characters, every white space a space,
 * spaces around Chinese characters, and where the model knows no capitals, small letters without accents.
 *
 * @param cleans whether control characters go and white space becomes spaces
 * @param parts whether each Chinese character becomes a word of its own
 * @param stripsAccents whether letters lose their marks
 * @param lowers whether letters become small
 */
record BertText(boolean cleans, boolean parts, boolean stripsAccents, boolean lowers) implements UnaryOperator<String> {
    /** What a normalizer of the type BertNormalizer says; accents go with capitals where it says nothing of them. */
    static BertText of(Json json) {
        boolean lowers = json.flag("lowercase", true);
        return new BertText(
                json.flag("clean_text", true),
                json.flag("handle_chinese_chars", true),
                json.flag("strip_accents", lowers),
                lowers);
    }

    @Override
    public String apply(String text) {
        StringBuilder changed = new StringBuilder(text.length() + 8);
        boolean ascii = true;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            i += Character.charCount(point);
            if (point < 0x80) {
                ascii(point, changed);
            } else {
                ascii = false;
                other(point, changed);
            }
        }
        return ascii ? changed.toString() : letters(changed.toString());
    }

    private void ascii(int c, StringBuilder to) {
        if (cleans && (c < ' ' || c == 0x7f)) {
            if (c == '\t' || c == '\n' || c == '\r') {
                to.append(' ');
            } // other controls, a form feed among them, are no white space to BERT
        } else {
            to.append((char) (lowers && c >= 'A' && c <= 'Z' ? c + 32 : c));
        }
    }

    private void other(int point, StringBuilder to) {
        if (cleans && (point == 0xfffd || isControl(point))) {
            return;
        }
        if (cleans && isWhiteSpace(point)) {
            to.append(' ');
        } else if (parts && isChinese(point)) {
            to.append(' ').appendCodePoint(point).append(' ');
        } else {
            to.appendCodePoint(point);
        }
    }

    private String letters(String text) {
        if (!stripsAccents && !lowers) {
            return text;
        }
        String apart = stripsAccents ? java.text.Normalizer.normalize(text, Form.NFD) : text;
        StringBuilder changed = new StringBuilder(apart.length());
        for (int i = 0; i < apart.length(); ) {
            int point = apart.codePointAt(i);
            i += Character.charCount(point);
            if (stripsAccents && Character.getType(point) == Character.NON_SPACING_MARK) {
                continue;
            }
            if (lowers && point == 0x130) {
                changed.append("i\u0307"); // the one letter whose small form is two characters
            } else {
                changed.appendCodePoint(lowers ? Character.toLowerCase(point) : point);
            }
        }
        return changed.toString();
    }

    private static boolean isControl(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE -> true;
            default -> false;
        };
    }

    private static boolean isWhiteSpace(int point) {
        return switch (Character.getType(point)) {
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }

    /** The blocks of Chinese characters; those of Japanese syllables and of Korean are left to the spaces of their texts. */
    private static boolean isChinese(int point) {
        return (point >= 0x4e00 && point <= 0x9fff)
                || (point >= 0x3400 && point <= 0x4dbf)
                || (point >= 0x20000 && point <= 0x2a6df)
                || (point >= 0x2a700 && point <= 0x2ceaf)
                || (point >= 0xf900 && point <= 0xfaff)
                || (point >= 0x2f800 && point <= 0x2fa1f);
    }
}
