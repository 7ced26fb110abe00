package dev.ayni.guard.personal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Puts something else in the place of personal data.
 *
 * @param byEntity what stands for each kind of data
 * @param otherwise what stands for all others
 */
public record Anonymizer(Map<String, Replacement> byEntity, Replacement otherwise) {
    public Anonymizer {
        byEntity = Map.copyOf(byEntity);
    }

    /**
     * A piece of a text.
     *
     * @param start the first UTF-16 unit of it
     * @param end the unit after its last
     */
    public record Piece(String entity, int start, int end, double score) {}

    /**
     * What was put in the place of a piece.
     *
     * @param start where it begins in the new text, in UTF-16 units
     * @param end where it ends there
     * @param operator Presidio's name of what was done
     * @param score the piece's
     */
    public record Put(String entity, int start, int end, String text, String operator, double score) {}

    /** @param puts in order of place */
    public record Result(String text, List<Put> puts) {}

    /** The text with every piece replaced; pieces may overlap, as several recognisers see them. */
    public Result anonymize(String text, List<Piece> pieces) {
        return replace(text, apart(text, pieces), (piece, was) -> {
            Replacement replacement = byEntity.getOrDefault(piece.entity(), otherwise);
            return new String[] {replacement.of(piece.entity(), was), replacement.name()};
        });
    }

    /** The text with what {@link Replacement.Encrypt} put there decrypted. */
    public static Result decrypt(
            String text, List<Piece> pieces, Map<String, Replacement.Encrypt> keys, Replacement.Encrypt otherwise) {
        List<Piece> inOrder = new ArrayList<>(pieces);
        inOrder.sort(Comparator.comparingInt(Piece::start));
        return replace(text, inOrder, (piece, was) ->
                new String[] {keys.getOrDefault(piece.entity(), otherwise).undone(was), "decrypt"});
    }

    private static Result replace(String text, List<Piece> pieces, BiFunction<Piece, String, String[]> by) {
        StringBuilder out = new StringBuilder();
        List<Put> puts = new ArrayList<>();
        int from = 0;
        for (Piece piece : pieces) {
            if (piece.start() < from || piece.end() < piece.start() || piece.end() > text.length()) {
                throw new IllegalArgumentException(
                        "%s stands from %d to %d, but the text has %d characters and was read up to %d. Expected pieces within the text that do not overlap."
                                .formatted(piece.entity(), piece.start(), piece.end(), text.length(), from));
            }
            out.append(text, from, piece.start());
            String[] put = by.apply(piece, text.substring(piece.start(), piece.end()));
            puts.add(new Put(
                    piece.entity(), out.length(), out.length() + put[0].length(), put[0], put[1], piece.score()));
            out.append(put[0]);
            from = piece.end();
        }
        return new Result(out.append(text, from, text.length()).toString(), puts);
    }

    /**
     * Pieces in order and apart: of two that overlap and are of one kind, the whole they make; of others, the one that lies in
     * the other goes, and of two that cross, the surer keeps what both want. Of two in the same place, equally sure, the later
     * stays. Pieces of one kind with nothing but spaces between them become one.
     */
    static List<Piece> apart(String text, List<Piece> pieces) {
        List<Piece> sorted = new ArrayList<>(pieces);
        sorted.sort(Comparator.comparingInt(Piece::start)
                .thenComparing(Comparator.comparingInt(Piece::end).reversed()));
        List<Piece> joined = new ArrayList<>();
        Map<String, Integer> last = new HashMap<>();
        for (Piece piece : sorted) {
            int same = last.getOrDefault(piece.entity(), -1);
            if (same >= 0 && joined.get(same).end() > piece.start()) {
                Piece other = joined.get(same);
                joined.set(
                        same,
                        new Piece(
                                piece.entity(),
                                other.start(),
                                Math.max(other.end(), piece.end()),
                                Math.max(other.score(), piece.score())));
            } else {
                last.put(piece.entity(), joined.size());
                joined.add(piece);
            }
        }
        List<Piece> apart = new ArrayList<>();
        for (Piece piece : joined) {
            addApart(text, piece, apart);
        }
        return apart;
    }

    /** A line's end is none: what stands on two lines stays two. */
    private static boolean onlySpaces(String text, int start, int end) {
        for (int i = start; i < end; i++) {
            if (text.charAt(i) != ' ') {
                return false;
            }
        }
        return true;
    }

    /** Adds a piece behind those that are apart already; none of them begins after it but one whose beginning went to another. */
    private static void addApart(String text, Piece piece, List<Piece> apart) {
        Piece next = piece;
        while (!apart.isEmpty()) {
            Piece last = apart.getLast();
            if (last.end() <= next.start()) {
                if (!last.entity().equals(next.entity()) || !onlySpaces(text, last.end(), next.start())) {
                    break;
                }
                next = new Piece(next.entity(), last.start(), next.end(), Math.max(last.score(), next.score()));
                apart.removeLast();
            } else if (last.start() <= next.start() && last.end() >= next.end()) {
                boolean wider = last.end() - last.start() > next.end() - next.start();
                if (wider || last.score() > next.score()) {
                    return;
                }
                apart.removeLast();
            } else if (next.start() <= last.start() && next.end() >= last.end()) {
                apart.removeLast();
            } else if (last.start() > next.start()) {
                // what lies before the last is another's already, so only what both want is at stake
                if (last.score() >= next.score()) {
                    return;
                }
                apart.removeLast();
                addApart(text, next, apart);
                next = new Piece(last.entity(), next.end(), last.end(), last.score());
            } else if (last.score() >= next.score()) {
                next = new Piece(next.entity(), last.end(), next.end(), next.score());
            } else {
                apart.set(apart.size() - 1, new Piece(last.entity(), last.start(), next.start(), last.score()));
            }
        }
        apart.add(next);
    }
}
