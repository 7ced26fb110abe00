package dev.ayni.store;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The tables of one room, as the steps that made them. A step that was ever released is never changed: what is to be
 * different comes in a further step.
 *
 * @param room whose tables they are
 * @param steps SQL that SQLite and PostgreSQL both understand; statements end with a semicolon at a line's end
 */
public record Schema(String room, List<String> steps) {
    public Schema {
        steps = List.copyOf(steps);
    }

    public static Schema of(String room, String... steps) {
        return new Schema(room, List.of(steps));
    }

    /** The statements of a step, without its comments. */
    static List<String> statements(String step) {
        String sql = step.lines().filter(line -> !line.strip().startsWith("--")).collect(Collectors.joining("\n"));
        return Arrays.stream(sql.split(";\\s*(\n|$)"))
                .map(String::strip)
                .filter(statement -> !statement.isEmpty())
                .toList();
    }
}
