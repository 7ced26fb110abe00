package dev.ayni.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/** How a value is laid out: {@code [[fill]align][sign][#][0][width][,][.precision][type]}. */
final class FormatSpec {
    private final Python python;

    String fill = "";
    char align;
    char sign = '-';
    boolean alternate;
    boolean zeros;
    long width;
    char grouping;
    long precision = -1;
    char type;

    FormatSpec(Python python) {
        this.python = python;
    }

    void flags(String flags) {
        align = flags.indexOf('-') >= 0 ? '<' : 0;
        sign = flags.indexOf('+') >= 0 ? '+' : flags.indexOf(' ') >= 0 ? ' ' : '-';
        alternate = flags.indexOf('#') >= 0;
        zeros = flags.indexOf('0') >= 0 && align == 0;
    }

    String cut(String text) {
        return precision >= 0 && precision < Text.length(text) ? Text.part(text, 0, (int) precision) : text;
    }

    String padded(String text, char usual) {
        String character = fill.isEmpty() ? " " : fill;
        String name = switch (align == 0 ? usual : align) {
            case '<' -> "ljust";
            case '^' -> "center";
            default -> "rjust";
        };
        if (name.equals("center")) { // unlike str.center, the odd blank goes to the right
            long more = Math.max(0, width - Text.length(text));
            return python.repeated(character, more / 2) + text + python.repeated(character, more - more / 2);
        }
        return TextMethods.padded(python, text, width, character, name);
    }

    String number(boolean negative, String prefix, String digits) {
        String signs = (negative ? "-" : sign == '-' ? "" : String.valueOf(sign)) + prefix;
        String body = digits;
        if (grouping != 0) {
            body = grouped(digits, zeros || align == '=' && fill.equals("0") ? width - signs.length() : 0);
        }
        boolean inside = zeros && align == 0 || align == '=';
        if (inside) {
            String character = align == '=' && !fill.isEmpty() ? fill : zeros ? "0" : " ";
            return signs + TextMethods.padded(python, body, width - signs.length(), character, "rjust");
        }
        return padded(signs + body, '>');
    }

    private String grouped(String digits, long least) {
        int end = 0;
        while (end < digits.length() && Character.digit(digits.charAt(end), 16) >= 0 && digits.charAt(end) != 'e') {
            end++;
        }
        int size = type == 'x' || type == 'X' || type == 'o' || type == 'b' ? 4 : 3;
        StringBuilder whole = new StringBuilder(digits.substring(0, end));
        String rest = digits.substring(end);
        long width = least - rest.length();
        python.budget.text(Math.max(0, width));
        while (whole.length() + (whole.length() - 1) / size < width) {
            whole.insert(0, '0');
        }
        for (int i = whole.length() - size; i > 0; i -= size) {
            whole.insert(i, grouping);
        }
        return whole + rest;
    }

    static boolean isNegative(double real) {
        return real < 0 || real == 0 && 1 / real < 0;
    }

    static String radix(BigInteger magnitude, char type) {
        return switch (type) {
            case 'x' -> magnitude.toString(16);
            case 'X' -> Python.upper(magnitude.toString(16));
            case 'o' -> magnitude.toString(8);
            case 'b' -> magnitude.toString(2);
            default -> magnitude.toString();
        };
    }

    /** The digits of a float's magnitude. */
    String digits(double real, char type) {
        double magnitude = Math.abs(real);
        boolean upper = Character.isUpperCase(type);
        if (Double.isNaN(magnitude) || Double.isInfinite(magnitude)) {
            String word = Double.isNaN(magnitude) ? "nan" : "inf";
            return upper ? Python.upper(word) : word;
        }
        long places = precision < 0 ? 6 : precision;
        python.budget.text(places + 320);
        String digits = switch (Character.toLowerCase(type)) {
            case 'f' -> fixed(magnitude, (int) places);
            case 'e' -> exponential(magnitude, (int) places);
            default -> general(magnitude, (int) Math.max(1, places), alternate);
        };
        if (alternate && digits.indexOf('.') < 0 && Character.toLowerCase(type) != 'g') {
            int exponent = digits.indexOf('e');
            digits = exponent < 0 ? digits + "." : digits.substring(0, exponent) + "." + digits.substring(exponent);
        }
        return upper ? Python.upper(digits) : digits;
    }

    static String fixed(double magnitude, int precision) {
        return new BigDecimal(magnitude)
                .setScale(precision, RoundingMode.HALF_EVEN)
                .toPlainString();
    }

    static String exponential(double magnitude, int precision) {
        if (magnitude == 0) {
            return (precision == 0 ? "0" : "0." + "0".repeat(precision)) + "e+00";
        }
        BigDecimal rounded = new BigDecimal(magnitude).round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
        int exponent = rounded.precision() - rounded.scale() - 1;
        String digits = rounded.unscaledValue().toString();
        digits += "0".repeat(Math.max(0, precision + 1 - digits.length()));
        return Numbers.scientific(digits.substring(0, precision + 1), exponent);
    }

    private static String general(double magnitude, int precision, boolean keepZeros) {
        String scientific = exponential(magnitude, precision - 1);
        int at = scientific.indexOf('e');
        int exponent = Integer.parseInt(scientific.substring(at + 1));
        if (exponent < -4 || exponent >= precision) {
            return trimmed(scientific.substring(0, at), keepZeros) + scientific.substring(at);
        }
        return trimmed(fixed(magnitude, precision - 1 - exponent), keepZeros);
    }

    static String trimmed(String digits, boolean keepZeros) {
        if (keepZeros || digits.indexOf('.') < 0) {
            return digits;
        }
        String trimmed = digits.replaceAll("0+$", "");
        return trimmed.endsWith(".") ? trimmed.substring(0, trimmed.length() - 1) : trimmed;
    }

    static long count(String digits) {
        return digits.length() > 12 ? Long.MAX_VALUE >> 8 : Long.parseLong(digits);
    }
}
