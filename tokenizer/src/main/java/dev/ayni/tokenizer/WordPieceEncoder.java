package dev.ayni.tokenizer;

/**
 * WordPiece: from the beginning of a word, always the longest piece that the vocabulary has; a word that cannot be made of
 * pieces is unknown as a whole.
 *
 * @param pieces with a space before those that begin a word
 * @param unknown the id of an unknown word
 * @param longest a word of more characters is unknown
 * @param powers as {@link Pieces#powers} gives them
 */
record WordPieceEncoder(Pieces pieces, int unknown, int longest, long[] powers) implements WordEncoder {
    /** As long as words of published vocabularies may be. */
    static final int USUAL_LONGEST = 100;

    WordPieceEncoder(Pieces pieces, int unknown, int longest) {
        this(pieces, unknown, longest, pieces.powers());
    }

    @Override
    public void encode(char[] text, int from, int to, Ids ids) {
        if (to - from > longest && Character.codePointCount(text, from, to - from) > longest) {
            ids.add(unknown);
            return;
        }
        byte[] word = new byte[1 + 3 * (to - from)];
        word[0] = ' ';
        byte[] characters = new byte[word.length - 1];
        int length = 1 + Characters.utf8(text, from, to, characters);
        System.arraycopy(characters, 0, word, 1, length - 1);
        long[] hashes = new long[length + 1];
        for (int i = 0; i < length; i++) {
            hashes[i + 1] = Pieces.next(hashes[i], word[i]);
        }
        int before = ids.size();
        for (int start = 0; start < length; ) {
            int end = Math.min(length, start + pieces.longest());
            int least = start == 0 ? 2 : start + 1;
            int id = -1;
            for (; end >= least; end--) {
                if (end == length || (word[end] & 0xc0) != 0x80) { // between two characters
                    id = pieces.find(word, start, end, Pieces.hash(hashes, powers, start, end));
                    if (id >= 0) {
                        break;
                    }
                }
            }
            if (id < 0) {
                ids.shorten(before);
                ids.add(unknown);
                return;
            }
            ids.add(id);
            start = end;
        }
    }
}
