package dev.ayni.server.ollama;

import dev.ayni.server.access.Caller;
import dev.ayni.server.access.Role;
import dev.ayni.server.http.ApiException;
import dev.ayni.server.http.Exchange;
import dev.ayni.server.http.JsonFields;
import dev.ayni.server.models.ModelPool;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** How long a model stays loaded: seconds as a number, or a text such as {@code 5m} or {@code 1h30m}; negative: for good. */
final class KeepAlive {
    private static final Pattern WHOLE = Pattern.compile("-?(\\d+(\\.\\d+)?(ns|us|µs|ms|s|m|h))+|-?\\d+(\\.\\d+)?");
    private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)?");
    private static final double LONGEST_SECONDS = 1e9;

    private KeepAlive() {}

    /** Holds a model as long as was asked for: for callers who may load and unload models; for others it stays as it is. */
    static void hold(ModelPool.Lease lease, Optional<Duration> asked, Exchange exchange) {
        if (exchange.caller().may(Role.OPERATOR)) {
            asked.ifPresent(lease::keepAlive);
        }
    }

    /** The field {@code keep_alive}; empty if it is not there. It is passed over for those who may not load and unload. */
    static Optional<Duration> read(JsonFields fields, Caller caller) {
        @Nullable JsonNode value = fields.optional("keep_alive");
        if (value == null) {
            return Optional.empty();
        }
        if (!caller.may(Role.OPERATOR)) {
            fields.passOver("keep_alive");
        }
        double seconds;
        if (value.isNumber()) {
            seconds = value.doubleValue();
        } else if (value.isString()
                && WHOLE.matcher(value.stringValue().strip()).matches()) {
            seconds = seconds(value.stringValue().strip());
        } else if (value.isString() && value.stringValue().isEmpty()) {
            return Optional.empty();
        } else {
            throw ApiException.invalid(
                    fields.at("keep_alive"),
                    "'%s' is %s; expected seconds, or a duration such as 5m, 1h30m or -1 (for good)."
                            .formatted(fields.at("keep_alive"), value.isString() ? value.toString() : "no duration"));
        }
        return Optional.of(
                seconds < 0
                        ? Duration.ofSeconds(-1)
                        : Duration.ofNanos((long) (Math.min(seconds, LONGEST_SECONDS) * 1e9)));
    }

    private static double seconds(String text) {
        double seconds = 0;
        Matcher parts = PART.matcher(text);
        while (parts.find()) {
            double value = Double.parseDouble(parts.group(1));
            seconds += switch (parts.group(2) == null ? "s" : parts.group(2)) {
                case "ns" -> value / 1e9;
                case "us", "µs" -> value / 1e6;
                case "ms" -> value / 1e3;
                case "m" -> value * 60;
                case "h" -> value * 3600;
                default -> value;
            };
        }
        return text.startsWith("-") ? -seconds - 1e-9 : seconds;
    }
}
