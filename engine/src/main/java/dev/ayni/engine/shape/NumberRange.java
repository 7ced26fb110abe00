package dev.ayni.engine.shape;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of a number.
 *
 * @param comparisons all must hold
 * @param step of which it is a multiple; null: of none in particular
 * @param notSteps of none of which it is a multiple
 */
record NumberRange(List<Comparison> comparisons, @Nullable BigDecimal step, List<BigDecimal> notSteps) {
    /** So many multiples of a step are looked at for {@link #few}, of which bounds may leave none. */
    private static final int MOST_TRIED = 1000;

    static final NumberRange ANY = new NumberRange(List.of(), null, List.of());

    NumberRange {
        comparisons = List.copyOf(comparisons);
        notSteps = List.copyOf(notSteps);
    }

    /** Which of the three a number may be: less than a bound, equal to it, greater. */
    record Comparison(BigDecimal bound, boolean less, boolean equal, boolean greater) {
        boolean holds(int sign) {
            return sign < 0 ? less : sign == 0 ? equal : greater;
        }
    }

    NumberRange with(BigDecimal bound, boolean less, boolean equal, boolean greater) {
        List<Comparison> more = new ArrayList<>(comparisons);
        more.add(new Comparison(bound.stripTrailingZeros(), less, equal, greater));
        return new NumberRange(more, step, notSteps);
    }

    /** Also a multiple of this. */
    NumberRange withStep(BigDecimal other) {
        return new NumberRange(comparisons, step == null ? other : leastCommonMultiple(step, other), notSteps);
    }

    NumberRange withoutStep(BigDecimal other) {
        List<BigDecimal> more = new ArrayList<>(notSteps);
        more.add(other);
        return new NumberRange(comparisons, step, more);
    }

    private static BigDecimal leastCommonMultiple(BigDecimal a, BigDecimal b) {
        int scale = Math.max(Math.max(a.scale(), b.scale()), 0);
        BigInteger x = a.setScale(scale).unscaledValue();
        BigInteger y = b.setScale(scale).unscaledValue();
        return new BigDecimal(x.multiply(y).divide(x.gcd(y)), scale);
    }

    /** Whether one number is all that is asked. */
    boolean contains(BigDecimal number) {
        return comparisons.stream().allMatch(c -> c.holds(number.compareTo(c.bound)))
                && (step == null || number.remainder(step).signum() == 0)
                && notSteps.stream().noneMatch(other -> number.remainder(other).signum() == 0);
    }

    /** All numbers of the range, in their order; null if they are more than this, or without a step or a bound. */
    @Nullable
    List<BigDecimal> few(int most) {
        BigDecimal only = only();
        if (only != null) {
            return contains(only) ? List.of(only) : List.of();
        }
        BigDecimal lowest = bound(c -> !c.less, Comparator.naturalOrder());
        BigDecimal highest = bound(c -> !c.greater, Comparator.reverseOrder());
        if (step == null || lowest == null || highest == null) {
            return null;
        }
        BigDecimal multiple = lowest.divide(step, 0, RoundingMode.CEILING);
        List<BigDecimal> all = new ArrayList<>();
        for (int tried = 0; tried <= MOST_TRIED; tried++, multiple = multiple.add(BigDecimal.ONE)) {
            BigDecimal number = multiple.multiply(step);
            if (number.compareTo(highest) > 0) {
                return all;
            }
            if (contains(number)) {
                all.add(number);
            }
            if (all.size() > most) {
                return null;
            }
        }
        return null;
    }

    /** The narrowest of the bounds of a kind; null if there is none. */
    private @Nullable BigDecimal bound(Predicate<Comparison> kind, Comparator<BigDecimal> order) {
        return comparisons.stream()
                .filter(kind)
                .map(Comparison::bound)
                .max(order)
                .orElse(null);
    }

    /** The value that a number must have; null if several are left, or it is not known. */
    @Nullable
    BigDecimal only() {
        return comparisons.stream()
                .filter(c -> c.equal && !c.less && !c.greater)
                .map(Comparison::bound)
                .findFirst()
                .orElse(null);
    }
}
