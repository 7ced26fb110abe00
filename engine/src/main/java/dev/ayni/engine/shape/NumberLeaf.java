package dev.ayni.engine.shape;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a range in decimal notation, without superfluous zeros before them. The digits are read from the left:
 * kept are how the digits so far compare with each bound's, and what they leave when divided by each step. Where nothing is
 * asked of a number it may also have an exponent.
 */
final class NumberLeaf implements Leaf {
    /** Whole digits and digits after the point that a number may have where no bound needs more: what a double can hold. */
    static final int DIGITS = 19;

    private static final int MOST_STATES = 60_000;
    private static final String SYMBOLS = "0123456789-.eE+";

    private enum Phase {
        START,
        MINUS,
        ZERO,
        WHOLE,
        POINT,
        FRACTION,
        EXPONENT,
        EXPONENT_SIGN,
        EXPONENT_DIGIT,
        EXPONENT_END
    }

    /** Digits of a bound's magnitude; trailing zeros left out after the point. */
    private record Digits(int sign, String whole, String fraction) {
        static Digits of(BigDecimal number) {
            String plain = number.abs().stripTrailingZeros().toPlainString();
            int point = plain.indexOf('.');
            String whole = point < 0 ? plain : plain.substring(0, point);
            return new Digits(
                    number.signum(), whole.equals("0") ? "" : whole, point < 0 ? "" : plain.substring(point + 1));
        }
    }

    /**
     * How far a number was read.
     *
     * @param order for each bound: how the digits so far compare with as many of its own
     * @param remainders for the step and each other step: what the digits leave; -1: there are too many after the point
     */
    private record State(
            Phase phase,
            boolean negative,
            boolean nonzero,
            int whole,
            int fraction,
            List<Integer> order,
            List<Integer> remainders) {}

    private final NumberRange range;
    private final List<Digits> bounds;
    private final List<BigDecimal> steps = new ArrayList<>();
    private final int mostWhole;
    private final int mostFraction;
    private final boolean countsWhole;
    private final List<int[]> moves = new ArrayList<>();
    private final List<Boolean> accepting = new ArrayList<>();
    private int[] distances = {};

    /** @throws ShapeException if a step is too fine or too odd for a small automaton */
    NumberLeaf(NumberRange range) {
        this.range = range;
        this.bounds =
                range.comparisons().stream().map(c -> Digits.of(c.bound())).toList();
        if (range.step() != null) {
            steps.add(range.step().stripTrailingZeros());
        }
        range.notSteps().forEach(step -> steps.add(step.stripTrailingZeros()));
        int longest = bounds.stream().mapToInt(d -> d.whole().length()).max().orElse(0);
        int finest = bounds.stream().mapToInt(d -> d.fraction().length()).max().orElse(0);
        if (longest > 400 || finest > 400) {
            throw new ShapeException("A bound has more than 400 digits. Take a shorter one.");
        }
        mostWhole = Math.max(DIGITS, longest + 1);
        mostFraction = range.step() == null
                ? Math.max(DIGITS - 2, finest + 1)
                : Math.max(0, steps.getFirst().scale());
        long remainders = 1;
        for (BigDecimal step : steps) {
            BigDecimal modulus = step.setScale(Math.max(0, step.scale())).movePointRight(Math.max(0, step.scale()));
            if (modulus.compareTo(BigDecimal.valueOf(MOST_STATES)) > 0 || step.scale() > 100) {
                throw new ShapeException(
                        "multipleOf %s needs too large an automaton. Take a number of fewer digits.".formatted(step));
            }
            remainders *= modulus.longValueExact();
        }
        countsWhole = remainders * mostWhole <= MOST_STATES / 2;
        explore();
    }

    private void explore() {
        Map<State, Integer> ids = new HashMap<>();
        List<State> queue = new ArrayList<>();
        State first = new State(
                Phase.START,
                false,
                false,
                0,
                0,
                bounds.stream().map(b -> 0).toList(),
                steps.stream().map(s -> 0).toList());
        ids.put(first, 0);
        queue.add(first);
        for (int i = 0; i < queue.size(); i++) {
            State state = queue.get(i);
            int[] next = new int[SYMBOLS.length()];
            for (int symbol = 0; symbol < next.length; symbol++) {
                State after = read(state, SYMBOLS.charAt(symbol));
                next[symbol] = -1;
                if (after != null) {
                    Integer id = ids.putIfAbsent(after, ids.size());
                    next[symbol] = id == null ? ids.size() - 1 : id;
                    if (id == null) {
                        queue.add(after);
                    }
                }
            }
            if (ids.size() > MOST_STATES) {
                throw new ShapeException(
                        "The bounds and multiples of a number need an automaton of more than %d states. Take a smaller multipleOf, or bounds of fewer digits."
                                .formatted(MOST_STATES));
            }
            moves.add(next);
            accepting.add(accepts(state));
        }
        distances = distances(moves, accepting);
    }

    private static int[] distances(List<int[]> moves, List<Boolean> accepting) {
        int[] best = new int[moves.size()];
        Arrays.fill(best, Integer.MAX_VALUE);
        boolean better = true;
        while (better) {
            better = false;
            for (int s = best.length - 1; s >= 0; s--) {
                int least = accepting.get(s) ? 0 : best[s];
                for (int target : moves.get(s)) {
                    if (target >= 0 && best[target] != Integer.MAX_VALUE) {
                        least = Math.min(least, best[target] + 1);
                    }
                }
                better |= least < best[s];
                best[s] = least;
            }
        }
        return best;
    }

    private @Nullable State read(State s, char c) {
        boolean free = range.comparisons().isEmpty() && steps.isEmpty();
        return switch (c) {
            case '-' ->
                switch (s.phase) {
                    case START -> phase(s, Phase.MINUS, true);
                    case EXPONENT -> phase(s, Phase.EXPONENT_SIGN, s.negative);
                    default -> null;
                };
            case '+' -> s.phase == Phase.EXPONENT ? phase(s, Phase.EXPONENT_SIGN, s.negative) : null;
            case '.' -> isWhole(s) && mostFraction > 0 ? point(s) : null;
            case 'e', 'E' ->
                free && s.nonzero && (isWhole(s) || s.phase == Phase.FRACTION)
                        ? new State(Phase.EXPONENT, s.negative, true, 0, 0, s.order, s.remainders)
                        : null;
            default -> digit(s, c - '0');
        };
    }

    private static boolean isWhole(State s) {
        return s.phase == Phase.ZERO || s.phase == Phase.WHOLE;
    }

    private static State phase(State s, Phase phase, boolean negative) {
        return new State(phase, negative, s.nonzero, s.whole, s.fraction, s.order, s.remainders);
    }

    private State point(State s) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < bounds.size(); i++) {
            order.add(wholeOrder(s, i));
        }
        return new State(Phase.POINT, s.negative, s.nonzero, 0, 0, order, s.remainders);
    }

    /** How the whole part compares with a bound's whole part. */
    private int wholeOrder(State s, int bound) {
        int lengths = Integer.compare(s.whole, bounds.get(bound).whole().length());
        return lengths != 0 ? lengths : s.order.get(bound);
    }

    private @Nullable State digit(State s, int digit) {
        return switch (s.phase) {
            case START, MINUS -> digit == 0 ? phase(s, Phase.ZERO, s.negative) : whole(s, digit);
            case WHOLE -> countsWhole && s.whole == mostWhole ? null : whole(s, digit);
            case POINT, FRACTION -> s.fraction == mostFraction ? null : fraction(s, digit);
            case EXPONENT, EXPONENT_SIGN -> phase(s, Phase.EXPONENT_DIGIT, s.negative);
            case EXPONENT_DIGIT -> phase(s, Phase.EXPONENT_END, s.negative);
            case ZERO, EXPONENT_END -> null;
        };
    }

    private State whole(State s, int digit) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < bounds.size(); i++) {
            String digits = bounds.get(i).whole();
            boolean open = s.order.get(i) == 0 && s.whole < digits.length();
            order.add(open ? Integer.compare(digit, digits.charAt(s.whole) - '0') : s.order.get(i));
        }
        int longest = bounds.stream().mapToInt(d -> d.whole().length()).max().orElse(0);
        int count = countsWhole ? s.whole + 1 : Math.min(s.whole + 1, longest + 1);
        return new State(Phase.WHOLE, s.negative, true, count, 0, order, remainders(s, digit, 0));
    }

    private State fraction(State s, int digit) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < bounds.size(); i++) {
            String digits = bounds.get(i).fraction();
            int other = s.fraction < digits.length() ? digits.charAt(s.fraction) - '0' : 0;
            order.add(s.order.get(i) == 0 ? Integer.compare(digit, other) : s.order.get(i));
        }
        return new State(
                Phase.FRACTION,
                s.negative,
                s.nonzero || digit != 0,
                0,
                s.fraction + 1,
                order,
                remainders(s, digit, s.fraction + 1));
    }

    private List<Integer> remainders(State s, int digit, int fraction) {
        List<Integer> remainders = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            int scale = Math.max(0, steps.get(i).scale());
            int before = s.remainders.get(i);
            if (before < 0 || fraction > scale) {
                remainders.add(before < 0 || digit != 0 ? -1 : before);
            } else {
                remainders.add((before * 10 + digit) % modulus(i));
            }
        }
        return remainders;
    }

    private int modulus(int i) {
        return steps.get(i).movePointRight(Math.max(0, steps.get(i).scale())).intValueExact();
    }

    private boolean accepts(State s) {
        boolean whole = isWhole(s) || s.phase == Phase.FRACTION;
        if (s.phase == Phase.EXPONENT_DIGIT || s.phase == Phase.EXPONENT_END) {
            return true;
        }
        if (!whole || (s.negative && !s.nonzero)) {
            return false;
        }
        for (int i = 0; i < bounds.size(); i++) {
            if (!range.comparisons().get(i).holds(compared(s, i))) {
                return false;
            }
        }
        for (int i = 0; i < steps.size(); i++) {
            boolean multiple = isMultiple(s, i);
            boolean wanted = i == 0 && range.step() != null;
            if (multiple != wanted) {
                return false;
            }
        }
        return true;
    }

    /** How the number read so far compares with a bound. */
    private int compared(State s, int i) {
        Digits bound = bounds.get(i);
        if (!s.nonzero) {
            return -bound.sign();
        }
        int sign = s.negative ? -1 : 1;
        if (bound.sign() != sign) {
            return sign;
        }
        int magnitude = s.phase == Phase.FRACTION ? s.order.get(i) : wholeOrder(s, i);
        int read = s.phase == Phase.FRACTION ? s.fraction : 0;
        if (magnitude == 0 && read < bound.fraction().length()) {
            magnitude = -1; // what is left of the bound's digits is not zero
        }
        return sign * magnitude;
    }

    private boolean isMultiple(State s, int i) {
        int remainder = s.remainders.get(i);
        if (remainder < 0) {
            return false;
        }
        int modulus = modulus(i);
        int scale = Math.max(0, steps.get(i).scale());
        long left = remainder;
        for (int f = s.phase == Phase.FRACTION ? Math.min(s.fraction, scale) : 0; f < scale; f++) {
            left = left * 10 % modulus;
        }
        return left == 0;
    }

    /** Whether no number is in the range. */
    boolean isEmpty() {
        return distances[0] == Integer.MAX_VALUE;
    }

    @Override
    public @Nullable Local open(WritableBytes writable, IntSupplier ids) {
        return isEmpty() ? null : new Places(ids).at(0);
    }

    private final class Places {
        private final IntSupplier ids;
        private final Map<Integer, Place> places = new HashMap<>();

        Places(IntSupplier ids) {
            this.ids = ids;
        }

        Place at(int state) {
            Place known = places.get(state);
            if (known == null) {
                known = new Place(this, state);
                places.put(state, known);
            }
            return known;
        }
    }

    private final class Place extends Local {
        private final Places places;
        private final int state;

        Place(Places places, int state) {
            super(places.ids.getAsInt(), accepting.get(state), distances[state]);
            this.places = places;
            this.state = state;
        }

        @Override
        @Nullable
        Local step(int b) {
            int symbol = SYMBOLS.indexOf((char) b);
            int target = symbol < 0 ? -1 : moves.get(state)[symbol];
            return target < 0 || distances[target] == Integer.MAX_VALUE ? null : places.at(target);
        }

        @Override
        boolean reads() {
            return Arrays.stream(moves.get(state)).anyMatch(t -> t >= 0 && distances[t] != Integer.MAX_VALUE);
        }

        @Override
        int onlyByte() {
            int only = -1;
            for (int symbol = 0; symbol < SYMBOLS.length(); symbol++) {
                if (next(SYMBOLS.charAt(symbol)) != null) {
                    if (only >= 0) {
                        return -1;
                    }
                    only = SYMBOLS.charAt(symbol);
                }
            }
            return only;
        }

        @Override
        boolean refusesPlainCharacters() {
            return false;
        }
    }
}
