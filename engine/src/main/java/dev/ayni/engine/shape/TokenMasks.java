package dev.ayni.engine.shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which tokens may follow in a state of an automaton: masks of one bit a token, kept by state. One thread at a time. */
final class TokenMasks {
    /** Memory that masks may take together. */
    private static final long MOST_BYTES = 64L << 20;

    /** So much of the automaton's work one mask may cost: seconds. */
    private static final long MOST_WORK = 300_000_000L;

    /**
     * A mask.
     *
     * @param bits not to be changed
     * @param farthest at most so many bytes are needed to end the text after any of its tokens
     */
    record Mask(long[] bits, int farthest) {}

    private final ShapeAutomaton automaton;
    private final TokenVocabulary vocabulary;
    private final Map<ShapeState, Mask> masks;
    private final IdentityHashMap<ShapeState, Integer> tokensLeft = new IdentityHashMap<>();
    private final IdentityHashMap<ShapeState, Integer> farthestTokens = new IdentityHashMap<>();

    TokenMasks(ShapeAutomaton automaton, TokenVocabulary vocabulary) {
        this.automaton = automaton;
        this.vocabulary = vocabulary;
        int most = (int) Math.max(16, MOST_BYTES / (8L * vocabulary.words() + 64));
        this.masks = new LinkedHashMap<>(64, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<ShapeState, Mask> eldest) {
                return size() > most;
            }
        };
    }

    /** The tokens after each of which the text can still be ended. */
    Mask after(ShapeState state) {
        Mask known = masks.get(state);
        if (known == null) {
            known = compute(state);
            masks.put(state, known);
        }
        return known;
    }

    private Mask compute(ShapeState state) {
        long before = automaton.work();
        int[] farthest = new int[1];
        Plain plain = plain(state);
        long[] bits = plain == null
                ? new long[vocabulary.words()]
                : vocabulary.plain(plain.characters).clone();
        TokenTrie others = plain == null ? vocabulary.all() : vocabulary.special();
        TokenTrie.Visitor visitor = (token, after) -> {
            TokenVocabulary.set(bits, token);
            farthest[0] = Math.max(farthest[0], after.distance());
            if (automaton.work() - before > MOST_WORK) {
                throw new ShapeException(
                        "The shape overlaps with itself in so many ways that a single token takes seconds. Make its alternatives and repetitions begin differently.");
            }
        };
        others.walk(state, visitor);
        if (state == automaton.start() && vocabulary.dropsFirstSpace()) {
            vocabulary.all().walkWithout((byte) ' ', state, visitor);
        }
        if (state.accepts()) {
            vocabulary.ends().forEach(id -> TokenVocabulary.set(bits, id));
        }
        return new Mask(bits, Math.max(farthest[0], plain == null ? 0 : plain.farthest));
    }

    /**
     * A state within a text, where ordinary characters need not be looked at.
     *
     * @param characters so many may follow, if not more
     */
    private record Plain(int characters, int farthest) {}

    private static @Nullable Plain plain(ShapeState state) {
        if (state.ways().size() != 1) {
            return null;
        }
        Local local = state.ways().getFirst().local();
        int above = state.ways().getFirst().callers().distance();
        int farthest = 0;
        for (int characters = 0; characters < TokenVocabulary.PLAIN; characters++) {
            Local next = local.afterPlainCharacter();
            if (next == null) {
                return characters > 0 && local.refusesPlainCharacters() ? new Plain(characters, farthest) : null;
            }
            farthest = Math.max(farthest, next.distance + above);
            if (next == local) {
                break;
            }
            local = next;
        }
        return new Plain(TokenVocabulary.PLAIN, farthest);
    }

    /** The tokens after which the text can be ended within so many further ones; the end tokens need none. */
    long[] within(ShapeState state, int tokens) {
        Mask mask = after(state);
        if (mask.farthest < tokens) {
            return mask.bits;
        }
        Integer farthest = farthestTokens.get(state);
        if (farthest != null && farthest < tokens) {
            return mask.bits;
        }
        long[] bits = new long[mask.bits.length];
        int[] most = new int[1];
        TokenTrie.Visitor visitor = (token, after) -> {
            int left = tokensLeft(after);
            most[0] = Math.max(most[0], left);
            if (left < tokens) {
                TokenVocabulary.set(bits, token);
            }
        };
        vocabulary.all().walk(state, visitor);
        if (state == automaton.start() && vocabulary.dropsFirstSpace()) {
            vocabulary.all().walkWithout((byte) ' ', state, visitor);
        }
        if (state.accepts()) {
            vocabulary.ends().forEach(id -> TokenVocabulary.set(bits, id));
        }
        farthestTokens.put(state, most[0]);
        boolean any = Arrays.stream(bits).anyMatch(word -> word != 0);
        return any ? bits : mask.bits; // too late: the limit will end the text where it stands
    }

    /** How many tokens the shortest end takes, each the longest that fits. */
    int tokensLeft(ShapeState state) {
        List<ShapeState> path = new ArrayList<>();
        ShapeState at = state;
        int left = 0;
        while (true) {
            Integer known = at.accepts() ? Integer.valueOf(0) : tokensLeft.get(at);
            if (known != null) {
                left = known;
                break;
            }
            path.add(at);
            at = afterLongest(at);
        }
        if (tokensLeft.size() > 200_000) {
            tokensLeft.clear();
            farthestTokens.clear();
        }
        for (int i = path.size() - 1; i >= 0; i--) {
            tokensLeft.put(path.get(i), ++left);
        }
        return left;
    }

    /** After the longest token with which the shortest end begins. */
    private ShapeState afterLongest(ShapeState state) {
        byte[] end = new byte[vocabulary.all().longestToken()];
        List<ShapeState> states = new ArrayList<>();
        ShapeState at = state;
        int n = 0;
        for (int b = at.nearestByte(); b >= 0 && n < end.length; b = at.nearestByte()) {
            end[n++] = (byte) b;
            at = Objects.requireNonNull(at.next(b));
            states.add(at);
        }
        int token = vocabulary.all().longest(end, 0, n);
        return states.get(vocabulary.bytes(token).length - 1);
    }
}
