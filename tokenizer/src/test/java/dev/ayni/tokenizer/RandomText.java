package dev.ayni.tokenizer;

import java.util.List;
import java.util.Random;

/** Texts of the kinds that pre-tokenizers stumble over. */
final class RandomText {
    private static final List<String> PARTS = List.of(
            "a",
            "b",
            "Z",
            "The",
            "quick",
            "fOO",
            "1",
            "23",
            "\u0663",
            "\u00bd",
            "\u2167",
            " ",
            " ",
            "  ",
            "\t",
            "\n",
            "\r\n",
            "\n\n",
            "\u00a0",
            "\u3000",
            "\u2028",
            "\u0085",
            "'s",
            "'T",
            "'re",
            "'LL",
            "'\u017f",
            "'",
            "\u2019s",
            ".",
            ",",
            "!?",
            "/",
            "//",
            "$",
            "<=",
            "_",
            "\u2026",
            "\u3002",
            "\u6f22\u5b57",
            "\u3042",
            "\u30ab",
            "\uac00",
            "\u00e9",
            "e\u0301",
            "\u0301",
            "\u01c5",
            "\u02bc",
            "\u0416",
            "\u05d0",
            "\u0e01\u0e47",
            "\ud83d\udc4d",
            "\ud83d\udc68\u200d\ud83d\udc69",
            "\ud801\udc00",
            "\ud835\udfd8",
            "\u0000",
            "\u200b",
            "\ufffd",
            "\u2581");

    private RandomText() {}

    static String of(Random random, int parts) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts; i++) {
            if (random.nextInt(12) == 0) {
                int point = random.nextInt(Character.MAX_CODE_POINT + 1);
                if (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE) {
                    text.appendCodePoint(point);
                }
            } else {
                text.append(PARTS.get(random.nextInt(PARTS.size())));
            }
        }
        return text.toString();
    }
}
