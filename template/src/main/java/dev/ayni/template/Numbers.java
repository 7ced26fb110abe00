package dev.ayni.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Python's numbers: {@link Long} and {@link BigInteger} are int, {@link Double} is float, {@link Boolean} counts as 0 or 1. */
final class Numbers {
    private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

    private Numbers() {}

    static boolean isNumber(Object value) {
        return value instanceof Double || isInteger(value);
    }

    static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof Boolean || value instanceof BigInteger;
    }

    /** The one object that stands for this integer. */
    static Object integer(BigInteger value) {
        if (value.bitLength() < 64) {
            return value.longValue();
        }
        if (value.bitLength() > Budget.INTEGER_BITS) {
            throw new PythonError.Limit("it computes an integer of more than 4300 digits, the most that is allowed.");
        }
        return value;
    }

    static BigInteger big(Object integer) {
        return switch (integer) {
            case Boolean truth -> truth ? BigInteger.ONE : BigInteger.ZERO;
            case Long number -> BigInteger.valueOf(number);
            case BigInteger number -> number;
            default ->
                throw new PythonError("'%s' object cannot be interpreted as an integer", Python.typeName(integer));
        };
    }

    /** An integer that must fit an index or a width; beyond 64 bits it is the nearest that does. */
    static long index(Object value) {
        return switch (value) {
            case Boolean truth -> truth ? 1 : 0;
            case Long number -> number;
            default -> big(value).max(LEAST).min(MOST).longValue();
        };
    }

    /** An integer that counts characters or items, cut to what an int holds. */
    static int count(Object value) {
        return Math.clamp(index(value), Integer.MIN_VALUE / 4, Integer.MAX_VALUE / 4);
    }

    static double real(Object number) {
        if (number instanceof Double real) {
            return real;
        }
        if (number instanceof Long whole) {
            return whole;
        }
        double real = big(number).doubleValue();
        if (Double.isInfinite(real)) {
            throw new PythonError("int too large to convert to float");
        }
        return real;
    }

    /** The result of an arithmetic sign on two numbers. */
    static Object arithmetic(String sign, Object left, Object right) {
        if (left instanceof Double || right instanceof Double) {
            return reals(sign, real(left), real(right));
        }
        if (left instanceof Long a && right instanceof Long b) {
            switch (sign) {
                case "+" -> {
                    long sum = a + b;
                    if (((a ^ sum) & (b ^ sum)) >= 0) {
                        return sum;
                    }
                }
                case "-" -> {
                    long difference = a - b;
                    if (((a ^ b) & (a ^ difference)) >= 0) {
                        return difference;
                    }
                }
                case "//", "%" -> {
                    if (b != 0 && !(a == Long.MIN_VALUE && b == -1)) {
                        return sign.equals("%") ? Math.floorMod(a, b) : Math.floorDiv(a, b);
                    }
                }
                default -> {}
            }
        }
        return integers(sign, big(left), big(right));
    }

    private static Object integers(String sign, BigInteger a, BigInteger b) {
        switch (sign) {
            case "+" -> {
                return integer(a.add(b));
            }
            case "-" -> {
                return integer(a.subtract(b));
            }
            case "*" -> {
                return integer(a.multiply(b));
            }
            case "/" -> {
                requireDivisor(b, "division by zero");
                return quotient(a, b);
            }
            case "//" -> {
                requireDivisor(b, "integer division or modulo by zero");
                BigInteger[] parts = a.divideAndRemainder(b);
                boolean down = parts[1].signum() != 0 && parts[1].signum() != b.signum();
                return integer(down ? parts[0].subtract(BigInteger.ONE) : parts[0]);
            }
            case "%" -> {
                requireDivisor(b, "integer modulo by zero");
                BigInteger rest = a.remainder(b);
                return integer(rest.signum() != 0 && rest.signum() != b.signum() ? rest.add(b) : rest);
            }
            default -> {
                return power(a, b);
            }
        }
    }

    private static void requireDivisor(BigInteger divisor, String message) {
        if (divisor.signum() == 0) {
            throw new PythonError(message);
        }
    }

    private static double quotient(BigInteger a, BigInteger b) {
        double quotient = a.bitLength() <= 53 && b.bitLength() <= 53
                ? a.doubleValue() / b.doubleValue()
                : new BigDecimal(a)
                        .divide(new BigDecimal(b), new MathContext(60))
                        .doubleValue();
        if (Double.isInfinite(quotient)) {
            throw new PythonError("integer division result too large for a float");
        }
        return quotient;
    }

    private static Object power(BigInteger base, BigInteger exponent) {
        if (exponent.signum() < 0) {
            return reals("**", real(integer(base)), real(integer(exponent)));
        }
        if (base.bitLength() > 1 && base.bitLength() * exponent.doubleValue() > 2.0 * Budget.INTEGER_BITS) {
            throw new PythonError.Limit("it computes an integer of more than 4300 digits, the most that is allowed.");
        }
        if (exponent.bitLength() > 31) { // of 0, 1 or -1
            return integer(base.signum() < 0 && !exponent.testBit(0) ? base.negate() : base);
        }
        return integer(base.pow(exponent.intValue()));
    }

    private static Object reals(String sign, double a, double b) {
        switch (sign) {
            case "+" -> {
                return a + b;
            }
            case "-" -> {
                return a - b;
            }
            case "*" -> {
                return a * b;
            }
            case "/" -> {
                if (b == 0) {
                    throw new PythonError("float division by zero");
                }
                return a / b;
            }
            case "//", "%" -> {
                if (b == 0) {
                    throw new PythonError(sign.equals("%") ? "float modulo" : "float floor division by zero");
                }
                double rest = a % b;
                double quotient = (a - rest) / b;
                if (rest != 0) {
                    if (b < 0 != rest < 0) {
                        rest += b;
                        quotient -= 1;
                    }
                } else {
                    rest = Math.copySign(0, b);
                }
                if (sign.equals("%")) {
                    return rest;
                }
                if (quotient == 0) {
                    return Math.copySign(0, a / b);
                }
                double floor = Math.floor(quotient);
                return quotient - floor > 0.5 ? floor + 1 : floor;
            }
            default -> {
                if (a == 0 && b < 0) {
                    throw new PythonError("0.0 cannot be raised to a negative power");
                }
                if (a == 1) {
                    return 1.0; // whatever the exponent, NaN included
                }
                double power = Math.pow(a, b);
                if (Double.isNaN(power) && !Double.isNaN(a) && !Double.isNaN(b)) {
                    if (a == -1 && Double.isInfinite(b)) {
                        return 1.0;
                    }
                    throw new PythonError("the power is a complex number, which chat templates do not have");
                }
                if (Double.isInfinite(power) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
                    throw new PythonError("(34, 'Numerical result out of range')");
                }
                return power;
            }
        }
    }

    static Object negated(Object number) {
        return switch (number) {
            case Double real -> -real;
            case Long whole when whole != Long.MIN_VALUE -> -whole;
            default -> integer(big(number).negate());
        };
    }

    /** Negative, zero or positive; two when one of them is not a number. */
    static int compare(Object left, Object right) {
        if (left instanceof Long a && right instanceof Long b) {
            return Long.compare(a, b);
        }
        if (left instanceof Double || right instanceof Double) {
            double a = left instanceof Double real ? real : big(left).doubleValue();
            double b = right instanceof Double real ? real : big(right).doubleValue();
            if (Double.isNaN(a) || Double.isNaN(b)) {
                return 2;
            }
            if (Double.isInfinite(a) || Double.isInfinite(b) || left instanceof Double && right instanceof Double) {
                return a < b ? -1 : a > b ? 1 : 0;
            }
            return exact(left).compareTo(exact(right));
        }
        return big(left).compareTo(big(right));
    }

    private static BigDecimal exact(Object number) {
        return number instanceof Double real ? new BigDecimal(real) : new BigDecimal(big(number));
    }

    /** As {@code repr} prints a float: the shortest digits that read back as the same number. */
    static String repr(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        if (shortest.precision() == 2) { // Java prints at least two digits, even where one would do
            BigDecimal one =
                    shortest.round(new MathContext(1, RoundingMode.HALF_EVEN)).stripTrailingZeros();
            if (one.doubleValue() == number) {
                shortest = one;
            }
        }
        String sign = shortest.signum() < 0 ? "-" : "";
        String digits = shortest.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - shortest.scale();
        if (exponent < -4 || exponent >= 16) {
            return sign + scientific(digits, exponent);
        }
        String plain = shortest.abs().toPlainString();
        return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
    }

    /** Digits with a point after the first and an exponent of at least two digits. */
    static String scientific(String digits, int exponent) {
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return mantissa + (exponent < 0 ? "e-" : "e+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    /** The text as Python's {@code int} reads it, or null. */
    static @Nullable Object parse(String text, int base) {
        String digits = Text.stripRight(Text.stripLeft(text));
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        int radix = base;
        if (digits.length() > 1 && digits.charAt(0) == '0') {
            int prefixed = switch (digits.charAt(1) | 0x20) {
                case 'x' -> 16;
                case 'o' -> 8;
                case 'b' -> 2;
                default -> 0;
            };
            if (prefixed != 0 && (base == prefixed || base == 0)) {
                radix = prefixed;
                digits = digits.substring(2);
                digits = digits.startsWith("_") ? digits.substring(1) : digits;
            }
        }
        if (radix == 0) {
            radix = 10;
            if (digits.startsWith("0") && !digits.chars().allMatch(c -> c == '0' || c == '_')) {
                return null;
            }
        }
        String clean = withoutUnderscores(digits);
        if (clean == null || clean.length() > 4300) {
            return null;
        }
        StringBuilder plain = new StringBuilder(clean.length());
        for (int i = 0; i < clean.length(); i += Character.charCount(clean.codePointAt(i))) {
            int digit = Character.digit(clean.codePointAt(i), radix);
            if (digit < 0) {
                return null;
            }
            plain.append(Character.forDigit(digit, radix));
        }
        BigInteger value = new BigInteger(plain.toString(), radix);
        return integer(negative ? value.negate() : value);
    }

    /** Underscores stand only between digits; null when there is nothing or one stands elsewhere. */
    private static @Nullable String withoutUnderscores(String digits) {
        if (digits.isEmpty() || digits.startsWith("_") || digits.endsWith("_") || digits.contains("__")) {
            return null;
        }
        return digits.replace("_", "");
    }

    /** The text as Python's {@code float} reads it, or null. */
    static @Nullable Double parseReal(String text) {
        String digits = Text.stripRight(Text.stripLeft(text));
        String word = digits.startsWith("-") || digits.startsWith("+") ? digits.substring(1) : digits;
        double sign = digits.startsWith("-") ? -1 : 1;
        switch (Python.lower(word)) {
            case "inf", "infinity" -> {
                return sign * Double.POSITIVE_INFINITY;
            }
            case "nan" -> {
                return Double.NaN;
            }
            default -> {}
        }
        StringBuilder plain = new StringBuilder(word.length());
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            boolean betweenDigits = i > 0
                    && i + 1 < word.length()
                    && Character.isDigit(word.charAt(i - 1))
                    && Character.isDigit(word.charAt(i + 1));
            if (c == '_' && betweenDigits) {
                continue;
            }
            if (Character.isDigit(c)) {
                plain.append((char) ('0' + Character.digit(c, 10)));
            } else if (c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-') {
                plain.append(c);
            } else {
                return null;
            }
        }
        try {
            return sign * Double.parseDouble(plain.toString());
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** A float cut to an integer, as {@code int} does. */
    static Object truncated(double number) {
        if (Double.isNaN(number)) {
            throw new PythonError("cannot convert float NaN to integer");
        }
        if (Double.isInfinite(number)) {
            throw new PythonError("cannot convert float infinity to integer");
        }
        return integer(new BigDecimal(number).toBigInteger());
    }

    /** As {@code round(number, digits)}: halves to even, of the number as it is in binary. */
    static Object rounded(Object number, long digits) {
        if (number instanceof Double real) {
            if (Double.isNaN(real) || Double.isInfinite(real) || digits > 330) {
                return real;
            }
            if (digits < -310) {
                return Math.copySign(0.0, real);
            }
            double rounded = new BigDecimal(real)
                    .setScale((int) digits, RoundingMode.HALF_EVEN)
                    .doubleValue();
            if (Double.isInfinite(rounded)) {
                throw new PythonError("rounded value too large to represent");
            }
            return rounded == 0 ? Math.copySign(0.0, real) : rounded;
        }
        if (digits >= 0) {
            return integer(big(number));
        }
        if (digits < -5000) {
            return 0L;
        }
        return integer(new BigDecimal(big(number))
                .setScale((int) digits, RoundingMode.HALF_EVEN)
                .toBigInteger());
    }
}
