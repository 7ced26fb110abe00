package dev.ayni.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class FunctionsTest {
    private interface FloatFunction {
        float apply(float x);
    }

    /** The largest error in ulp of the exact result over every 509th float, of both signs and all exponents. */
    private static double largestError(FloatFunction tested, DoubleUnaryOperator exact) {
        double largest = 0;
        for (long bits = 0; bits < 1L << 32; bits += 509) {
            float x = Float.intBitsToFloat((int) bits);
            if (!Float.isFinite(x)) {
                continue;
            }
            float got = tested.apply(x);
            double want = exact.applyAsDouble(x);
            if (Float.isInfinite((float) want) || Float.isInfinite(got)) {
                // either side of the largest float: the other must be next to it
                assertThat(Math.max(got, Float.MAX_VALUE)).isEqualTo(Math.max((float) want, Float.MAX_VALUE));
                continue;
            }
            largest = Math.max(largest, Math.abs(got - want) / Math.ulp((float) want));
        }
        return largest;
    }

    @Test
    void theSpecificationNamesEveryConstant() throws IOException, IllegalAccessException {
        String page = Files.readString(Path.of("../docs/arithmetic.md"));
        for (Field field : Functions.class.getFields()) {
            float constant = field.getFloat(null);
            String decimal = Integer.toString((int) constant);
            String hexadecimal = Float.toHexString(Math.abs(constant));
            assertThat(page.contains(hexadecimal)
                            || (constant == (int) constant && page.contains(decimal))
                            || page.contains("" + constant))
                    .as("%s = %s", field.getName(), hexadecimal)
                    .isTrue();
        }
    }

    @Test
    void expIsWithinOneUlpEverywhere() {
        double error = largestError(Functions::exp, StrictMath::exp);
        System.out.printf("exp: largest error %.3f ulp%n", error);
        assertThat(error).isLessThan(1.0);
    }

    @Test
    void tanhIsWithinTwoUlpEverywhere() {
        double error = largestError(Functions::tanh, StrictMath::tanh);
        System.out.printf("tanh: largest error %.3f ulp%n", error);
        assertThat(error).isLessThan(2.0);
    }

    @Test
    void theEndsOfExpAreExact() {
        assertThat(Functions.exp(0f)).isEqualTo(1f);
        assertThat(Functions.exp(-0f)).isEqualTo(1f);
        assertThat(Functions.exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(Functions.exp(-200f)).isZero();
        assertThat(Functions.exp(-103f)).isEqualTo(Float.MIN_VALUE);
        assertThat(Functions.exp(88.72f)).isFinite();
        assertThat(Functions.exp(88.73f)).isInfinite();
        assertThat(Functions.exp(Float.POSITIVE_INFINITY)).isInfinite();
        assertThat(Functions.exp(Float.NaN)).isNaN();
    }

    @Test
    void theEndsOfTanhAreExact() {
        assertThat(Functions.tanh(0f)).isZero();
        assertThat(Functions.tanh(Float.POSITIVE_INFINITY)).isEqualTo(1f);
        assertThat(Functions.tanh(Float.NEGATIVE_INFINITY)).isEqualTo(-1f);
        assertThat(Functions.tanh(Float.MIN_VALUE)).isEqualTo(Float.MIN_VALUE);
        assertThat(Functions.tanh(Float.NaN)).isNaN();
    }

    @Test
    void tanhIsOddAndNeverLeavesOne() {
        for (float x = 0; x < 20; x += 0.000_37f) {
            assertThat(Functions.tanh(-x)).isEqualTo(-Functions.tanh(x));
            assertThat(Functions.tanh(x)).isBetween(0f, 1f);
        }
    }

    @Test
    void siluAndGeluFollowTheirFormulas() {
        for (float x = -20; x < 20; x += 0.01f) {
            double silu = x / (1 + StrictMath.exp(-x));
            double gelu = 0.5 * x * (1 + StrictMath.tanh(StrictMath.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            assertThat((double) Functions.silu(x)).isCloseTo(silu, within(silu));
            assertThat((double) Functions.gelu(x)).isCloseTo(gelu, within(gelu));
        }
        assertThat(Functions.silu(-1000f)).isZero();
        assertThat(Functions.gelu(-1e30f)).isZero();
        assertThat(Functions.gelu(1e30f)).isEqualTo(1e30f);
        assertThat(Functions.silu(Float.NaN)).isNaN();
        assertThat(Functions.gelu(Float.NaN)).isNaN();
    }

    @Test
    void normalGeluIsWithinSixUlpEverywhere() {
        double error = largestError(Functions::normalGelu, x -> x * ReferenceKernels.below(x));
        System.out.printf("normalGelu: largest error %.3f ulp%n", error);
        assertThat(error).isLessThan(6.0);
    }

    @Test
    void theEndsOfNormalGeluAreExact() {
        assertThat(Functions.normalGelu(0f)).isZero();
        assertThat(Functions.normalGelu(1e30f)).isEqualTo(1e30f);
        assertThat(Functions.normalGelu(-1e30f)).isZero();
        assertThat(Functions.normalGelu(Float.POSITIVE_INFINITY)).isInfinite();
        assertThat(Functions.normalGelu(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(Functions.normalGelu(Float.NaN)).isNaN();
    }

    @Test
    void theShareBelowANumberIsThatOfTables() {
        // Abramowitz and Stegun, table 26.1 and 26.2
        assertThat(ReferenceKernels.below(0)).isEqualTo(0.5);
        assertThat(ReferenceKernels.below(1))
                .isCloseTo(0.841_344_746_068_543, org.assertj.core.data.Offset.offset(1e-15));
        assertThat(ReferenceKernels.below(-2))
                .isCloseTo(0.022_750_131_948_179, org.assertj.core.data.Offset.offset(1e-15));
        assertThat(ReferenceKernels.below(3))
                .isCloseTo(0.998_650_101_968_370, org.assertj.core.data.Offset.offset(1e-15));
        assertThat(-Math.log10(ReferenceKernels.below(-10)))
                .isCloseTo(23.118_05, org.assertj.core.data.Offset.offset(1e-5));
    }

    private static org.assertj.core.data.Offset<Double> within(double value) {
        return org.assertj.core.data.Offset.offset(1e-6 + 1e-6 * Math.abs(value));
    }

    @Test
    void softcapBoundsAndKeepsSmallValues() {
        assertThat(Functions.softcap(1e9f, 30f)).isEqualTo(30f);
        assertThat(Functions.softcap(-1e9f, 30f)).isEqualTo(-30f);
        assertThat(Functions.softcap(0.01f, 30f)).isEqualTo(0.01f);
    }
}
