package dev.ayni.template;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** A time as {@code strftime} of Python prints it on Linux, in English. */
final class Clock {
    private Clock() {}

    static String format(LocalDateTime time, String format) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            char flag = format.charAt(++i);
            boolean flagged = "-_0^#".indexOf(flag) >= 0 && i + 1 < format.length();
            if (flagged) {
                i++;
            }
            out.append(flagged ? flagged(flag, directive(time, format.charAt(i))) : directive(time, format.charAt(i)));
        }
        return out.toString();
    }

    private static String flagged(char flag, String text) {
        return switch (flag) {
            case '-' -> text.length() > 1 && text.matches("[0 ]+.*") ? text.replaceFirst("^[0 ]+(?=.)", "") : text;
            case '_' -> {
                int zeros = 0;
                while (zeros < text.length() - 1 && text.charAt(zeros) == '0') {
                    zeros++;
                }
                yield " ".repeat(zeros) + text.substring(zeros);
            }
            case '0' -> text.replace(' ', '0');
            default -> text.toUpperCase(Locale.ROOT);
        };
    }

    private static String directive(LocalDateTime time, char directive) {
        int hour12 = (time.getHour() + 11) % 12 + 1;
        int sunday = time.getDayOfWeek().getValue() % 7;
        int yearday = time.getDayOfYear();
        int weekYear = time.get(IsoFields.WEEK_BASED_YEAR);
        return switch (directive) {
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.US);
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.US);
            case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.SHORT, Locale.US);
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.US);
            case 'c' -> format(time, "%a %b %e %H:%M:%S %Y");
            case 'C' -> two(time.getYear() / 100);
            case 'd' -> two(time.getDayOfMonth());
            case 'D', 'x' -> format(time, "%m/%d/%y");
            case 'e' -> blank(time.getDayOfMonth());
            case 'f' -> Integer.toString(1_000_000 + time.getNano() / 1000).substring(1);
            case 'F' -> format(time, "%Y-%m-%d");
            case 'g' -> two(weekYear % 100);
            case 'G' -> Integer.toString(weekYear);
            case 'H' -> two(time.getHour());
            case 'I' -> two(hour12);
            case 'j' -> Integer.toString(1000 + yearday).substring(1);
            case 'k' -> blank(time.getHour());
            case 'l' -> blank(hour12);
            case 'm' -> two(time.getMonthValue());
            case 'M' -> two(time.getMinute());
            case 'n' -> "\n";
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'P' -> time.getHour() < 12 ? "am" : "pm";
            case 'r' -> format(time, "%I:%M:%S %p");
            case 'R' -> format(time, "%H:%M");
            case 'S' -> two(time.getSecond());
            case 't' -> "\t";
            case 'T', 'X' -> format(time, "%H:%M:%S");
            case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
            case 'U' -> two((yearday + 6 - sunday) / 7);
            case 'V' -> two(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'w' -> Integer.toString(sunday);
            case 'W' -> two((yearday + 6 - (sunday + 6) % 7) / 7);
            case 'y' -> two(time.getYear() % 100);
            case 'Y' -> Integer.toString(time.getYear());
            case 'z', 'Z' -> ""; // the time has no zone
            case '%' -> "%";
            default -> "%" + directive;
        };
    }

    private static String two(int number) {
        return number < 10 ? "0" + number : Integer.toString(number);
    }

    private static String blank(int number) {
        return number < 10 ? " " + number : Integer.toString(number);
    }
}
