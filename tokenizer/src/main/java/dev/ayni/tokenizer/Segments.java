package dev.ayni.tokenizer;

import dev.ayni.tokenizer.Splitter.Words;

/** What becomes of a pattern's matches and of what lies between them: the "behavior" of a tokenizer.json's Split. */
enum Segments {
    /** Each match is a part. */
    ISOLATED,
    /** Matches are left out. */
    REMOVED,
    /** Matches that touch are one part. */
    CONTIGUOUS,
    /** A match goes with what lies before it. */
    MERGED_WITH_PREVIOUS,
    /** A match goes with what follows it. */
    MERGED_WITH_NEXT;

    Collector collector(char[] text, Words parts) {
        return new Collector(text, parts);
    }

    /** Takes segments from left to right, joins them and hands them on. */
    final class Collector {
        private final char[] text;
        private final Words parts;
        private int start = -1;
        private int end = -1;
        private boolean startMatches;
        private boolean lastMatches;

        private Collector(char[] text, Words parts) {
            this.text = text;
            this.parts = parts;
        }

        void add(int from, int to, boolean match) {
            if (from == to) {
                return;
            }
            boolean joins = start >= 0
                    && switch (Segments.this) {
                        case ISOLATED, REMOVED -> false;
                        case CONTIGUOUS -> match == lastMatches;
                        case MERGED_WITH_PREVIOUS -> match && !lastMatches;
                        case MERGED_WITH_NEXT -> !match && lastMatches && startMatches;
                    };
            if (joins) {
                end = to;
                // What a match was joined to takes no second one.
                startMatches = Segments.this == CONTIGUOUS && startMatches;
            } else {
                finish();
                start = from;
                end = to;
                startMatches = match;
            }
            lastMatches = match;
        }

        void finish() {
            if (start >= 0 && !(Segments.this == REMOVED && startMatches)) {
                parts.word(text, start, end);
            }
            start = -1;
        }
    }
}
