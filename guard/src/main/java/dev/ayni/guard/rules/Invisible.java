package dev.ayni.guard.rules;

import org.jspecify.annotations.Nullable;

/** The kinds of characters that a reader does not see, or that change what he sees. */
enum Invisible {
    TAG("tag", "characters of Unicode's tag block, which no program shows and a model can read"),
    ZERO_WIDTH("zero-width", "characters without width inside a text"),
    BIDI("bidi", "controls of writing direction, with which a text reads differently from what it holds"),
    VARIATION_SELECTOR(
            "variation-selector", "variation selectors after characters that have no variants, which can carry bytes"),
    FILLER("filler", "characters that show as nothing or as a space and count as letters"),
    CONTROL("control", "control characters, which no text needs"),
    PRIVATE_USE("private-use", "private or unassigned characters, whose meaning nobody can tell"),
    SURROGATE("surrogate", "half a character"),
    FORMAT("format", "characters of format alone");

    private final String rule;
    private final String why;

    Invisible(String rule, String why) {
        this.rule = rule;
        this.why = why;
    }

    String rule() {
        return rule;
    }

    String why() {
        return why;
    }

    /** The kind of a character by itself, wherever it stands; null: it is seen, or is a space or a line's end. */
    static @Nullable Invisible of(int codePoint) {
        if (codePoint < 0x20) {
            return codePoint == '\t' || codePoint == '\n' || codePoint == '\r' || codePoint == '\f' ? null : CONTROL;
        }
        if (codePoint < 0x7F) {
            return null;
        }
        return switch (codePoint) {
            case 0xAD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0 -> FILLER;
            case 0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069 -> BIDI;
            case 0x200B, 0x200C, 0x200D, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xFEFF, 0x180E -> ZERO_WIDTH;
            // signs that stand before a number or a word and are seen
            case 0x0600,
                    0x0601,
                    0x0602,
                    0x0603,
                    0x0604,
                    0x0605,
                    0x06DD,
                    0x070F,
                    0x0890,
                    0x0891,
                    0x08E2,
                    0x110BD,
                    0x110CD -> null;
            case 0x180B, 0x180C, 0x180D, 0x180F -> VARIATION_SELECTOR;
            default -> {
                if (codePoint >= 0xFE00 && codePoint <= 0xFE0F || codePoint >= 0xE0100 && codePoint <= 0xE01EF) {
                    yield VARIATION_SELECTOR;
                }
                if (codePoint >= 0xE0000 && codePoint <= 0xE007F) {
                    yield TAG;
                }
                yield switch (Character.getType(codePoint)) {
                    case Character.CONTROL -> codePoint == 0x85 ? null : CONTROL;
                    case Character.FORMAT -> FORMAT;
                    case Character.PRIVATE_USE -> PRIVATE_USE;
                    case Character.SURROGATE -> SURROGATE;
                    case Character.UNASSIGNED ->
                        (codePoint & 0xFFFE) == 0xFFFE || codePoint >= 0xFDD0 && codePoint <= 0xFDEF
                                ? PRIVATE_USE
                                : null; // perhaps newer than this machine's Unicode
                    default -> null;
                };
            }
        };
    }
}
