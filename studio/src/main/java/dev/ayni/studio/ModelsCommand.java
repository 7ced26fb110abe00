package dev.ayni.studio;

import dev.ayni.hub.CatalogueEntry;
import dev.ayni.hub.CreatedModel;
import dev.ayni.hub.FoundModels;
import dev.ayni.hub.Hub;
import dev.ayni.hub.Licence;
import dev.ayni.hub.LocalModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

/** Lists models. */
@Command(
        name = "models",
        description = "List the models that are here and those of the catalogue, with size, licence and memory needed.",
        footer = {
            "",
            "Memory is for the weights and a conversation of 4096 tokens; the program",
            "itself takes up to 300 MB more.",
            "",
            "Examples:",
            "  ayni models",
            "  ayni models --json"
        })
final class ModelsCommand implements Callable<Integer> {
    private static final int TOKENS = 4096;
    private static final int BYTES_PER_NUMBER = 2;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    private final Streams streams;

    ModelsCommand(Streams streams) {
        this.streams = streams;
    }

    /** A line of the list; memory is 0 where it is not known without opening the model. */
    private record Row(
            String name,
            String title,
            boolean here,
            long bytes,
            long memoryBytes,
            @Nullable Licence licence) {}

    @Override
    public Integer call() {
        Hub hub = Hub.ofThisUser();
        List<Row> rows = rows(hub);
        FoundModels found = hub.found();
        List<CreatedModel> created = hub.created().list();
        if (json) {
            List<Row> all = new ArrayList<>(rows);
            created.forEach(model -> all.add(new Row(model.name(), "made of " + model.from(), true, 0, 0, null)));
            found.models().forEach(model -> all.add(new Row(model.name(), "", true, model.bytes(), 0, null)));
            writeJson(all);
        } else {
            show(rows, created, found.models(), hub);
        }
        found.letters().forEach(streams::remark);
        return Failures.OK;
    }

    private static List<Row> rows(Hub hub) {
        List<Row> rows = new ArrayList<>();
        List<LocalModel> here = hub.library().list();
        for (LocalModel model : here) {
            Optional<CatalogueEntry> entry = hub.catalogue().find(model.name());
            rows.add(new Row(
                    model.name(),
                    entry.map(CatalogueEntry::title).orElse(""),
                    true,
                    model.bytes(),
                    entry.map(e -> e.memoryBytes(TOKENS, BYTES_PER_NUMBER)).orElse(0L),
                    model.licence()));
        }
        for (CatalogueEntry entry : hub.catalogue().entries()) {
            if (here.stream().noneMatch(model -> model.name().equals(entry.name()))) {
                rows.add(new Row(
                        entry.name(),
                        entry.title(),
                        false,
                        entry.bytes(),
                        entry.memoryBytes(TOKENS, BYTES_PER_NUMBER),
                        entry.licence()));
            }
        }
        return rows;
    }

    private void show(List<Row> rows, List<CreatedModel> created, List<LocalModel> found, Hub hub) {
        String standard = hub.catalogue().standard().name();
        String home = hub.library().home().toString();
        section("Here (%s)".formatted(home), rows.stream().filter(Row::here).toList(), standard);
        if (!created.isEmpty()) {
            streams.out().println("Made of others");
            created.forEach(model -> streams.out().println("  %s, of %s".formatted(model.name(), model.from())));
            streams.out().println();
        }
        if (!found.isEmpty()) {
            section(
                    "Found on this machine, used where they lie",
                    found.stream()
                            .map(model -> new Row(model.name(), "", true, model.bytes(), 0, null))
                            .toList(),
                    standard);
        }
        section(
                "To be had with ayni pull NAME",
                rows.stream().filter(row -> !row.here()).toList(),
                standard);
    }

    private void section(String heading, List<Row> rows, String standard) {
        streams.out().println(heading);
        if (rows.isEmpty()) {
            streams.out().println("  none");
        }
        int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
        for (Row row : rows) {
            streams.out()
                    .println("  %s  %7s  %14s  %-20s  %s%s"
                            .formatted(
                                    row.name() + " ".repeat(width - row.name().length()),
                                    Numbers.bytes(row.bytes()),
                                    row.memoryBytes() == 0 ? "" : Numbers.bytes(row.memoryBytes()) + " needed",
                                    row.licence() == null
                                            ? "licence unknown"
                                            : row.licence().id(),
                                    row.title(),
                                    row.name().equals(standard) ? "  (the default)" : "")
                            .stripTrailing());
        }
        streams.out().println();
    }

    private void writeJson(List<Row> rows) {
        try (JsonGenerator out = Json.to(streams.out())) {
            out.writeStartArray();
            for (Row row : rows) {
                out.writeStartObject();
                out.writeStringProperty("name", row.name());
                out.writeStringProperty("title", row.title());
                out.writeBooleanProperty("here", row.here());
                out.writeNumberProperty("bytes", row.bytes());
                if (row.memoryBytes() > 0) {
                    out.writeNumberProperty("memoryBytes", row.memoryBytes());
                }
                if (row.licence() != null) {
                    out.writeStringProperty("licence", row.licence().id());
                }
                out.writeEndObject();
            }
            out.writeEndArray();
        }
        streams.out().println();
    }
}
