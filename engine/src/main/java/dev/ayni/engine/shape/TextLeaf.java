package dev.ayni.engine.shape;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Texts as bytes.
 *
 * @param json whether they stand between quotes and with JSON's escapes; otherwise as they are
 */
record TextLeaf(TextMachine texts, boolean json) implements Leaf {
    @Override
    public @Nullable Local open(WritableBytes writable, IntSupplier ids) {
        CodePoints alphabet = writable.codePoints(json);
        TextMachine machine = switch (texts) {
            case TextMachine.Counted(int least, int most, CodePoints all) ->
                new TextMachine.Counted(least, most, alphabet);
            case TextLanguage language ->
                writable.isAll()
                        ? language
                        : language.and(TextLanguage.matching(new Regex.Repeat(new Regex.Characters(alphabet), 0, -1)));
        };
        if (machine instanceof TextLanguage language && language.isEmpty()) {
            return null;
        }
        Bytes bytes = new Bytes(machine, alphabet, json, ids);
        return json ? bytes.new Opening() : bytes.at(machine.start());
    }

    /** A way to write some code points of a state: runs of bytes in turn from a place on, then the state that follows. */
    private record Way(int[] runs, int at, int target) {}

    private static final class Bytes {
        private final TextMachine texts;
        private final int[] alphabet;
        private final boolean json;
        private final IntSupplier ids;
        private final Map<Integer, Between> betweens = new HashMap<>();
        private final Map<List<Integer>, Within> withins = new HashMap<>();

        Bytes(TextMachine texts, CodePoints alphabet, boolean json, IntSupplier ids) {
            this.texts = texts;
            this.alphabet = alphabet.bounds();
            this.json = json;
            this.ids = ids;
        }

        Local at(int state) {
            Between known = betweens.get(state);
            if (known == null) {
                known = new Between(state);
                betweens.put(state, known);
            }
            return known;
        }

        private int distance(int state) {
            return texts.distance(state, json ? JsonText.ESCAPED : JsonText.RAW) + (json ? 1 : 0);
        }

        private List<Way> ways(int state) {
            List<Way> ways = new ArrayList<>();
            int[] moves = texts.moves(state);
            for (int i = 0; i < moves.length; i += 3) {
                for (int[] runs : JsonText.runs(json, moves[i], moves[i + 1])) {
                    ways.add(new Way(runs, 0, moves[i + 2]));
                }
            }
            if (json && targetOfAll(moves, 0) >= 0) {
                JsonText.anyEscape().forEach(runs -> ways.add(new Way(runs, 0, moves[2])));
            }
            return ways;
        }

        /** The state to which all code points from a first one on lead, as far as they can be written; -1: there is none. */
        private int targetOfAll(int[] moves, int first) {
            int at = 0;
            while (at < moves.length && moves[at + 1] < first) {
                at += 3;
            }
            int target = at < moves.length ? moves[at + 2] : -1;
            for (int i = 0; i < alphabet.length; i += 2) {
                if (alphabet[i + 1] < first) {
                    continue;
                }
                boolean same = at < moves.length
                        && Math.max(moves[at], first) == Math.max(alphabet[i], first)
                        && moves[at + 1] == alphabet[i + 1]
                        && moves[at + 2] == target;
                if (!same) {
                    return -1;
                }
                at += 3;
            }
            return target;
        }

        private @Nullable Local after(List<Way> ways, int b) {
            List<Way> rest = new ArrayList<>();
            for (Way way : ways) {
                if (b >= way.runs[2 * way.at] && b <= way.runs[2 * way.at + 1]) {
                    if (2 * way.at + 2 == way.runs.length) {
                        return at(way.target);
                    }
                    rest.add(new Way(way.runs, way.at + 1, way.target));
                }
            }
            return rest.isEmpty() ? null : within(rest);
        }

        private Local within(List<Way> ways) {
            List<Integer> key = new ArrayList<>();
            int distance = Integer.MAX_VALUE;
            for (Way way : ways) {
                for (int i = 2 * way.at; i < way.runs.length; i++) {
                    key.add(way.runs[i]);
                }
                key.add(-1 - way.target);
                distance = Math.min(distance, way.runs.length / 2 - way.at + distance(way.target));
            }
            Within known = withins.get(key);
            if (known == null) {
                known = new Within(ways, distance);
                withins.put(key, known);
            }
            return known;
        }

        /** Before the opening quote. */
        private final class Opening extends Local {
            Opening() {
                super(ids.getAsInt(), false, 1 + Bytes.this.distance(texts.start()));
            }

            @Override
            @Nullable
            Local step(int b) {
                return b == '"' ? at(texts.start()) : null;
            }

            @Override
            boolean reads() {
                return true;
            }

            @Override
            int onlyByte() {
                return '"';
            }
        }

        /** After the closing quote. */
        private final class Closed extends Local {
            Closed() {
                super(ids.getAsInt(), true, 0);
            }

            @Override
            @Nullable
            Local step(int b) {
                return null;
            }

            @Override
            boolean reads() {
                return false;
            }

            @Override
            int onlyByte() {
                return -1;
            }
        }

        /** Between two characters. */
        private final class Between extends Local {
            private final int state;
            private @Nullable List<Way> ways;

            Between(int state) {
                super(ids.getAsInt(), !json && texts.accepts(state), Bytes.this.distance(state));
                this.state = state;
            }

            private List<Way> ways() {
                if (ways == null) {
                    ways = Bytes.this.ways(state);
                }
                return ways;
            }

            @Override
            @Nullable
            Local step(int b) {
                return json && b == '"' ? (texts.accepts(state) ? new Closed() : null) : after(ways(), b);
            }

            @Override
            boolean reads() {
                return json || texts.moves(state).length > 0;
            }

            @Override
            int onlyByte() {
                boolean closes = json && texts.accepts(state);
                int[] moves = texts.moves(state);
                if (moves.length == 0) {
                    return closes ? '"' : -1;
                }
                return closes || moves.length > 3 || moves[0] != moves[1] ? -1 : TextLeaf.onlyByte(ways());
            }

            @Override
            @Nullable
            Local afterPlainCharacter() {
                int target = targetOfAll(texts.moves(state), ' ');
                return target < 0 ? null : at(target);
            }

            @Override
            boolean refusesPlainCharacters() {
                return texts.moves(state).length == 0;
            }
        }

        /** Between the bytes of a character or an escape. */
        private final class Within extends Local {
            private final List<Way> ways;

            Within(List<Way> ways, int distance) {
                super(ids.getAsInt(), false, distance);
                this.ways = ways;
            }

            @Override
            @Nullable
            Local step(int b) {
                return after(ways, b);
            }

            @Override
            boolean reads() {
                return true;
            }

            @Override
            int onlyByte() {
                return TextLeaf.onlyByte(ways);
            }
        }
    }

    private static int onlyByte(List<Way> ways) {
        int only = ways.getFirst().runs[2 * ways.getFirst().at];
        for (Way way : ways) {
            if (way.runs[2 * way.at] != only || way.runs[2 * way.at + 1] != only) {
                return -1;
            }
        }
        return only;
    }
}
