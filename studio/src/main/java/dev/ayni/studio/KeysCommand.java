package dev.ayni.studio;

import dev.ayni.server.access.AccessTables;
import dev.ayni.server.access.Allowance;
import dev.ayni.server.access.Key;
import dev.ayni.server.access.Keys;
import dev.ayni.server.access.Ledger;
import dev.ayni.server.access.Role;
import dev.ayni.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;

/** Makes, lists and revokes the keys of a server, and shows what they used. */
@Command(
        name = "keys",
        description = "Make, list and revoke the API keys of a server, and see what they used.",
        synopsisSubcommandLabel = "(create | list | revoke | usage)",
        footer = {
            "",
            "A key is shown once, when it is made. From the first key on, the server lets",
            "nobody in without one. A revoked key stays out at once, servers that run",
            "included.",
            "",
            "Examples:",
            "  ayni keys create ana",
            "  ayni keys create ana --requests-per-minute 60 --tokens-per-day 200000",
            "  ayni keys create watcher --role operator --expires 90d",
            "  ayni keys list",
            "  ayni keys revoke key_4f2kXa81LmQz",
            "  ayni keys usage --from 2026-03-01 --json"
        })
final class KeysCommand implements Runnable {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Spec
    private @Nullable CommandSpec spec;

    private final Streams streams;

    KeysCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "Say what to do: create, list, revoke or usage.");
        }
    }

    @Command(
            name = "create",
            description = "Make a key and show it, once.",
            footer = {"", "Example:", "  ayni keys create ana --role user --tokens-per-day 200000"})
    int create(
            @Mixin CommonOptions options,
            @Mixin DatabaseOption database,
            @Parameters(
                            paramLabel = "OWNER",
                            description = "Whose key it is; keys of the same owner share files and batches.")
                    String owner,
            @Option(
                            names = "--role",
                            defaultValue = "user",
                            paramLabel = "ROLE",
                            description =
                                    "user: ask models; operator: also load models and see measurements; admin: all.")
                    Role role,
            @Option(
                            names = "--priority",
                            defaultValue = "0",
                            paramLabel = "N",
                            description = "Among requests that wait; higher comes first.")
                    int priority,
            @Option(names = "--requests-per-minute", paramLabel = "N", description = "At most so many requests.")
                    @Nullable
                    Long requestsPerMinute,
            @Option(
                            names = "--tokens-per-minute",
                            paramLabel = "N",
                            description = "At most so many tokens, of prompts and answers together.")
                    @Nullable
                    Long tokensPerMinute,
            @Option(names = "--tokens-per-day", paramLabel = "N", description = "A quota for each day in UTC.")
                    @Nullable
                    Long tokensPerDay,
            @Option(names = "--tokens-per-month", paramLabel = "N", description = "A quota for each month in UTC.")
                    @Nullable
                    Long tokensPerMonth,
            @Option(
                            names = "--expires",
                            paramLabel = "WHEN",
                            description = "After so many days or hours (90d, 12h), or on a date (2027-01-31).")
                    @Nullable
                    String expires,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        Allowance allowance = new Allowance(requestsPerMinute, tokensPerMinute, tokensPerDay, tokensPerMonth);
        Instant until = expires == null ? null : instant(expires);
        try (Store store = database.open(AccessTables.SCHEMA)) {
            Keys.Made made = new Keys(store, Clock.systemUTC()).create(owner, role, priority, allowance, until);
            if (json) {
                try (JsonGenerator out = Json.to(streams.out())) {
                    out.writeStartObject();
                    out.writeStringProperty("key", made.secret());
                    write(out, made.key());
                    out.writeEndObject();
                }
                streams.out().println();
            } else {
                streams.remark("The key %s of %s. It is not shown again; keep it where others do not see it:"
                        .formatted(made.key().id(), owner));
                streams.out().println(made.secret());
            }
        }
        return Failures.OK;
    }

    private static Instant instant(String text) {
        try {
            if (text.matches("[1-9][0-9]{0,4}[dh]")) {
                long number = Long.parseLong(text.substring(0, text.length() - 1));
                Duration after = text.endsWith("d") ? Duration.ofDays(number) : Duration.ofHours(number);
                return Instant.now().plus(after);
            }
            Instant until = LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
            if (until.isAfter(Instant.now())) {
                return until;
            }
            throw new Letter("'%s' is past already: the key would never let in.".formatted(text));
        } catch (DateTimeParseException e) {
            throw new Letter(
                    "'%s' is no time. Give days or hours from now (90d, 12h), or a date (2027-01-31).".formatted(text),
                    e);
        }
    }

    @Command(
            name = "list",
            description = "List all keys that were made, without what lets in.",
            footer = {"", "Example:", "  ayni keys list --json"})
    int list(
            @Mixin CommonOptions options,
            @Mixin DatabaseOption database,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        try (Store store = database.open(AccessTables.SCHEMA)) {
            List<Key> keys = new Keys(store, Clock.systemUTC()).list();
            if (json) {
                writeJson(keys, KeysCommand::write);
            } else if (keys.isEmpty()) {
                streams.remark("There are no keys: a server lets in whoever sits at its machine, and nobody else.");
            } else {
                streams.out().println("%-17s %-16s %-17s %-9s %s".formatted("id", "owner", "key", "role", "state"));
                for (Key key : keys) {
                    streams.out()
                            .println("%-17s %-16s %-17s %-9s %s"
                                    .formatted(
                                            key.id(),
                                            key.principal(),
                                            key.hint(),
                                            word(key.role()),
                                            state(key, Instant.now()) + limits(key.allowance())));
                }
            }
        }
        return Failures.OK;
    }

    private static String word(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    private static String state(Key key, Instant now) {
        Instant revoked = key.revoked();
        Instant expires = key.expires();
        if (revoked != null) {
            return "revoked " + day(revoked);
        }
        if (expires == null) {
            return "valid";
        }
        return (now.isBefore(expires) ? "valid until " : "expired ") + day(expires);
    }

    private static LocalDate day(Instant instant) {
        return LocalDate.ofInstant(instant, ZoneOffset.UTC);
    }

    private static String limits(Allowance allowance) {
        StringBuilder limits = new StringBuilder();
        limit(limits, allowance.requestsPerMinute(), "requests/min");
        limit(limits, allowance.tokensPerMinute(), "tokens/min");
        limit(limits, allowance.tokensPerDay(), "tokens/day");
        limit(limits, allowance.tokensPerMonth(), "tokens/month");
        return limits.toString();
    }

    private static void limit(StringBuilder limits, @Nullable Long limit, String unit) {
        if (limit != null) {
            limits.append(", ").append(limit).append(' ').append(unit);
        }
    }

    private static void write(JsonGenerator out, Key key) {
        out.writeStringProperty("id", key.id());
        out.writeStringProperty("owner", key.principal());
        out.writeStringProperty("hint", key.hint());
        out.writeStringProperty("role", word(key.role()));
        out.writeNumberProperty("priority", key.priority());
        write(out, "requests_per_minute", key.allowance().requestsPerMinute());
        write(out, "tokens_per_minute", key.allowance().tokensPerMinute());
        write(out, "tokens_per_day", key.allowance().tokensPerDay());
        write(out, "tokens_per_month", key.allowance().tokensPerMonth());
        out.writeStringProperty("created", key.created().toString());
        write(out, "expires", key.expires());
        write(out, "revoked", key.revoked());
    }

    private static void write(JsonGenerator out, String name, @Nullable Object value) {
        switch (value) {
            case null -> out.writeNullProperty(name);
            case Long number -> out.writeNumberProperty(name, number);
            default -> out.writeStringProperty(name, value.toString());
        }
    }

    @Command(
            name = "revoke",
            description = "Make a key let nobody in from now on.",
            footer = {"", "Example:", "  ayni keys revoke key_4f2kXa81LmQz"})
    int revoke(
            @Mixin CommonOptions options,
            @Mixin DatabaseOption database,
            @Parameters(paramLabel = "ID", description = "As `ayni keys list` shows it.") String id) {
        try (Store store = database.open(AccessTables.SCHEMA)) {
            Key key = new Keys(store, Clock.systemUTC()).revoke(id);
            streams.out().println("The key %s of %s (%s) is revoked.".formatted(key.id(), key.principal(), key.hint()));
        }
        return Failures.OK;
    }

    @Command(
            name = "usage",
            description = "Show what each key used of each model, day by day.",
            footer = {"", "Example:", "  ayni keys usage --from 2026-03-01"})
    int usage(
            @Mixin CommonOptions options,
            @Mixin DatabaseOption database,
            @Option(names = "--from", paramLabel = "DATE", description = "First day in UTC; else today.") @Nullable
                    LocalDate from,
            @Option(names = "--to", paramLabel = "DATE", description = "Last day in UTC; else today.") @Nullable
                    LocalDate to,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        if ((from == null ? today : from).isAfter(to == null ? today : to)) {
            throw new Letter("The first day, %s, comes after the last, %s. Give --from before --to."
                    .formatted(from == null ? today : from, to == null ? today : to));
        }
        try (Store store = database.open(AccessTables.SCHEMA)) {
            List<Ledger.Day> days =
                    new Ledger(store, Clock.systemUTC()).days(from == null ? today : from, to == null ? today : to);
            if (json) {
                writeJson(days, KeysCommand::write);
            } else if (days.isEmpty()) {
                streams.remark("Nothing was used in these days.");
            } else {
                streams.out()
                        .println("%-10s %-17s %-16s %-20s %9s %12s %12s"
                                .formatted("day", "key", "owner", "model", "answers", "prompt", "answer"));
                for (Ledger.Day day : days) {
                    streams.out()
                            .println("%-10s %-17s %-16s %-20s %9d %12d %12d"
                                    .formatted(
                                            day.day(),
                                            day.account(),
                                            day.principal(),
                                            day.model(),
                                            day.answers(),
                                            day.promptTokens(),
                                            day.answerTokens()));
                }
            }
        }
        return Failures.OK;
    }

    private static void write(JsonGenerator out, Ledger.Day day) {
        out.writeStringProperty("day", day.day().toString());
        out.writeStringProperty("key", day.account());
        out.writeStringProperty("owner", day.principal());
        out.writeStringProperty("model", day.model());
        out.writeNumberProperty("answers", day.answers());
        out.writeNumberProperty("prompt_tokens", day.promptTokens());
        out.writeNumberProperty("reused_tokens", day.reusedTokens());
        out.writeNumberProperty("answer_tokens", day.answerTokens());
    }

    /** Prints a list of objects. */
    private <T> void writeJson(List<T> items, BiConsumer<JsonGenerator, T> fields) {
        try (JsonGenerator out = Json.to(streams.out())) {
            out.writeStartArray();
            for (T item : items) {
                out.writeStartObject();
                fields.accept(out, item);
                out.writeEndObject();
            }
            out.writeEndArray();
        }
        streams.out().println();
    }
}
