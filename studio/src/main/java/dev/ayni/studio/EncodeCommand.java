package dev.ayni.studio;

import dev.ayni.chat.Embedder.Embeddings;
import dev.ayni.engine.LocalEmbedder;
import dev.ayni.engine.LocalEncoder;
import dev.ayni.engine.LocalModel;
import dev.ayni.engine.LocalReranker;
import dev.ayni.engine.models.Encoder.Text;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/** Turns texts into vectors, or says which of them are near each other. */
@Command(
        name = "encode",
        description = {
            "Turn texts into vectors, which are near each other where the texts mean the like.",
            "Each line out is a text's vector, a JSON array of numbers, of length 1. Any model makes them; one that was trained to makes good ones."
        },
        footer = {
            "",
            "Examples:",
            "  ayni encode minilm \"A cat sits on the mat.\"",
            "  ayni encode minilm --similarity \"a cat\" \"a kitten\" \"a tax return\"",
            "  ayni encode minilm --lines < texts.jsonl > vectors.jsonl",
            "  ayni encode smollm2 \"A cat sits on the mat.\"",
            "  ayni encode ./cross-encoder --similarity QUERY DOCUMENT...",
            "  ayni encode minilm --ids 101,7592,102 --json    {\"hidden\": [[...], ...]}"
        })
final class EncodeCommand implements Callable<Integer> {
    /** Texts whose vectors are written before more are read. */
    private static final int BLOCK = 512;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = "A name, reference, file or folder.")
    private String model = "";

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "TEXT|-",
            description = "The texts; -: standard input, as it is, is one.")
    private List<String> texts = new ArrayList<>();

    @Option(names = "--lines", description = "Each line of standard input is a JSON string, each line out its vector.")
    private boolean lines;

    @Option(
            names = "--similarity",
            description =
                    "Instead of vectors, how near each further text is to the first, from -1 to 1, the nearest first; a cross-encoder reads the two together and says from 0 to 1 how well they fit.")
    private boolean similarity;

    @Option(
            names = "--ids",
            paramLabel = "ID,...",
            description =
                    "Token ids, marks included, instead of texts: what the model makes of each of them, or what its classifier says.")
    private @Nullable String ids;

    @Option(
            names = "--type-ids",
            paramLabel = "ID,...",
            description = "For --ids: 0 for each token of a first text, 1 for those of a second. Default: 0.")
    private @Nullable String typeIds;

    @Option(names = "--json", description = "One JSON object for everything, instead of lines.")
    private boolean json;

    @Option(
            names = "--kernels",
            paramLabel = "NAME",
            description =
                    "What computes: reference, portable, vector, foreign (C); auto takes the fastest that this machine offers. Default: auto.")
    private String kernels = "auto";

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "How many threads compute; 0: one for each core. Default: 0.")
    private int threads;

    private final Streams streams;

    EncodeCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws IOException {
        int ways = (ids == null ? 0 : 1) + (lines ? 1 : 0) + (texts.isEmpty() ? 0 : 1);
        if (ways != 1) {
            throw new Letter(
                    ways == 0
                            ? "There is no text. Give some after the model, or - to read one from standard input, or --lines, or --ids."
                            : "Texts are given in %d ways. Give texts, or --lines, or --ids.".formatted(ways));
        }
        if (typeIds != null && ids == null) {
            throw new Letter("--type-ids says of which text each of the --ids is, and there are none. Give --ids too.");
        }
        if (similarity && (ids != null || (!lines && texts.size() < 2))) {
            throw new Letter("--similarity compares a first text with others. Give at least two texts.");
        }
        EngineFlags flags = new EngineFlags();
        flags.kernels = kernels;
        flags.threads = threads;
        ModelFinder finder = new ModelFinder(streams, false);
        Path path = finder.find(model).path();
        try (LocalEmbedder embedder = LocalEmbedder.open(path, flags.options(finder, streams::remark))) {
            if (ids != null) {
                tokens(embedder, TokenIds.parse(ids));
            } else if (similarity) {
                List<String> all = lines ? allLines() : given();
                nearness(embedder, all.getFirst(), all.subList(1, all.size()));
            } else if (lines) {
                eachLine(embedder);
            } else {
                write(embedder, given());
            }
        }
        return Failures.OK;
    }

    private List<String> given() {
        return texts.stream()
                .map(text -> text.equals("-") ? streams.readAll() : text)
                .toList();
    }

    // Token ids

    private void tokens(LocalEmbedder embedder, int[] tokens) {
        switch (embedder) {
            case LocalEncoder encoder -> tokens(encoder, tokens);
            case LocalModel writer -> {
                if (typeIds != null) {
                    throw new Letter("%s reads one text from left to right and knows no --type-ids. Leave them out."
                            .formatted(writer.name()));
                }
                int[] known = TokenIds.known(tokens, writer.spec().vocabulary());
                write(writer.encode(List.of(known)).getFirst(), false);
            }
        }
    }

    private void tokens(LocalEncoder encoder, int[] given) {
        int[] tokens = TokenIds.known(given, encoder.spec().vocabulary());
        Text text;
        if (typeIds == null) {
            text = new Text(tokens);
        } else {
            int[] types = TokenIds.parse(typeIds);
            if (types.length != tokens.length) {
                throw new Letter("There are %d --ids and %d --type-ids. Give one type for each id."
                        .formatted(tokens.length, types.length));
            }
            text = new Text(tokens, types);
        }
        boolean classifies = encoder.spec().labels() > 0;
        float[][] rows = classifies
                ? new float[][] {encoder.classify(List.of(text)).getFirst()}
                : encoder.encode(List.of(text)).getFirst();
        write(rows, classifies);
    }

    private void write(float[][] rows, boolean classifies) {
        if (!json) {
            for (float[] row : rows) {
                writeLine(row);
            }
            return;
        }
        try (JsonGenerator out = Json.to(streams.out())) {
            out.writeStartObject();
            out.writeName(classifies ? "logits" : "hidden");
            if (classifies) {
                array(out, rows[0]);
            } else {
                out.writeStartArray();
                for (float[] row : rows) {
                    array(out, row);
                }
                out.writeEndArray();
            }
            out.writeEndObject();
        }
        streams.out().println();
    }

    // Vectors

    private void write(LocalEmbedder embedder, List<String> all) {
        Embeddings embeddings = embedder.embed(all);
        if (!json) {
            embeddings.vectors().forEach(this::writeLine);
            return;
        }
        try (JsonGenerator out = Json.to(streams.out())) {
            out.writeStartObject();
            out.writeName("embeddings");
            out.writeStartArray();
            embeddings.vectors().forEach(vector -> array(out, vector));
            out.writeEndArray();
            out.writeName("tokens");
            out.writeNumber(embeddings.tokens());
            out.writeEndObject();
        }
        streams.out().println();
    }

    private void eachLine(LocalEmbedder embedder) throws IOException {
        if (json) {
            write(embedder, allLines());
            return;
        }
        JsonLines reader = new JsonLines(streams.in());
        long start = System.nanoTime();
        long count = 0;
        long tokens = 0;
        List<String> block = new ArrayList<>();
        for (String line = reader.next(); line != null || !block.isEmpty(); line = reader.next()) {
            if (line != null) {
                block.add(line);
            }
            if (line == null || block.size() == BLOCK || streams.in().available() == 0) {
                Embeddings embeddings = embedder.embed(block);
                embeddings.vectors().forEach(this::writeLine);
                streams.out().flush();
                count += block.size();
                tokens += embeddings.tokens();
                block.clear();
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        streams.remark("%d texts of %d tokens in %.1f s".formatted(count, tokens, seconds));
    }

    private List<String> allLines() throws IOException {
        JsonLines reader = new JsonLines(streams.in());
        List<String> all = new ArrayList<>();
        for (String line = reader.next(); line != null; line = reader.next()) {
            all.add(line);
        }
        if (similarity && all.size() < 2) {
            throw new Letter(
                    "--similarity compares a first text with others, and standard input holds %d. Give at least two lines."
                            .formatted(all.size()));
        }
        return all;
    }

    private void writeLine(float[] vector) {
        try (JsonGenerator out = Json.to(streams.out())) {
            array(out, vector);
        }
        streams.out().write('\n');
    }

    private static void array(JsonGenerator out, float[] numbers) {
        out.writeStartArray();
        for (float number : numbers) {
            out.writeNumber(number);
        }
        out.writeEndArray();
    }

    // Similarity

    private void nearness(LocalEmbedder embedder, String first, List<String> others) {
        List<Double> scores =
                embedder instanceof LocalEncoder encoder && encoder.spec().labels() == 1
                        ? LocalReranker.of(encoder).rank(first, others).scores()
                        : cosines(embedder, first, others);
        if (json) {
            try (JsonGenerator out = Json.to(streams.out())) {
                out.writeStartObject();
                out.writeName("similarities");
                out.writeStartArray();
                scores.forEach(out::writeNumber);
                out.writeEndArray();
                out.writeEndObject();
            }
            streams.out().println();
            return;
        }
        IntStream.range(0, others.size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -scores.get(i)))
                .forEach(i -> streams.out()
                        .println(String.format(Locale.ROOT, "%7.4f  %s", scores.get(i), oneLine(others.get(i)))));
    }

    private static List<Double> cosines(LocalEmbedder embedder, String first, List<String> others) {
        List<String> all = new ArrayList<>(others);
        all.addFirst(first);
        List<float[]> vectors = embedder.embed(all).vectors();
        float[] query = vectors.getFirst();
        return vectors.subList(1, vectors.size()).stream()
                .map(vector -> IntStream.range(0, query.length)
                        .mapToDouble(i -> (double) query[i] * vector[i])
                        .sum())
                .toList();
    }

    private static String oneLine(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() > 100 ? line.substring(0, 100) + "…" : line;
    }
}
