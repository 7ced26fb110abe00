package dev.ayni.engine.shape;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of a number.
 *
 * @param comparisons all must hold
 * @param step of which it is a multiple; null: of none in particular
 * @param notSteps of none of which it is a multiple
 */
record NumberRange(List<Comparison> comparisons, @Nullable BigDecimal step, List<BigDecimal> notSteps) {
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
