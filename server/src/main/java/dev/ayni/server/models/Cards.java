package dev.ayni.server.models;

import dev.ayni.engine.EngineOptions;
import dev.ayni.engine.ModelFiles;
import dev.ayni.engine.models.Architectures;
import dev.ayni.engine.models.CacheType;
import dev.ayni.engine.models.EncoderSpec;
import dev.ayni.engine.models.Encoders;
import dev.ayni.engine.models.ModelSpec;
import dev.ayni.engine.weights.Weights;
import dev.ayni.engine.weights.WeightsException;
import dev.ayni.engine.weights.WeightsFiles;
import dev.ayni.server.models.ModelCard.Ability;
import dev.ayni.tensor.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What models' files say of them; each file is read once, until it changes. */
final class Cards {
    private final EngineOptions options;
    private final Map<Path, Known> known = new ConcurrentHashMap<>();

    /** @param cacheBytes that the longest conversation takes */
    private record Known(ModelCard card, long cacheBytes) {}

    Cards(EngineOptions options) {
        this.options = options;
    }

    ModelCard of(Shelf.Book book) {
        return known(book).card();
    }

    /** How much memory one conversation takes that is as long as it may be; 0: the model holds none. */
    long contextBytes(Shelf.Book book) {
        return known(book).cacheBytes();
    }

    private Known known(Shelf.Book book) {
        Instant changed = changed(book.path());
        Known before = known.get(book.path());
        if (before != null
                && before.card().created().equals(changed)
                && before.card().bytes() == book.bytes()) {
            return before.card().name().equals(book.name()) ? before : read(book, changed);
        }
        Known now = read(book, changed);
        known.put(book.path(), now);
        return now;
    }

    private static Instant changed(Path path) {
        try {
            return Files.getLastModifiedTime(path).toInstant();
        } catch (IOException e) {
            return Instant.EPOCH; // it has just been removed
        }
    }

    private Known read(Shelf.Book book, Instant created) {
        try (Weights weights = WeightsFiles.open(book.path())) {
            Made made = Encoders.knows(weights.metadata()) ? reading(weights) : writing(weights);
            long numbers = 0;
            Map<String, Long> types = new HashMap<>();
            for (String name : weights.names()) {
                HostTensor tensor = weights.tensor(name);
                numbers += tensor.values();
                types.merge(tensor.type().name(), tensor.values(), Long::sum);
            }
            String type = types.entrySet().stream()
                    .max(Map.Entry.comparingByValue())
                    .map(Map.Entry::getKey)
                    .orElse("");
            ModelCard card = new ModelCard(
                    book.name(),
                    made.family(),
                    count(numbers),
                    type,
                    book.bytes(),
                    made.context(),
                    book.digest(),
                    created,
                    made.abilities());
            return new Known(card, made.cacheBytes());
        } catch (WeightsException | IOException e) {
            // it is told when somebody wants to use it
            return new Known(
                    new ModelCard(book.name(), "", "", "", book.bytes(), 0, book.digest(), created, Set.of()), 0);
        }
    }

    /** What a model was made for. */
    private record Made(String family, int context, long cacheBytes, Set<Ability> abilities) {}

    private Made writing(Weights weights) throws IOException {
        ModelSpec spec = Architectures.of(weights.metadata()).spec(weights.metadata());
        int context = options.context() > 0 ? options.context() : Math.min(spec.context(), EngineOptions.USUAL_CONTEXT);
        CacheType cache = options.cache() == CacheType.AUTO ? CacheType.F16 : options.cache();
        Set<Ability> abilities = EnumSet.of(Ability.COMPLETE);
        if (ModelFiles.templateSource(weights).isPresent()) {
            abilities.add(Ability.CHAT);
        }
        if (ModelFiles.isMadeToEmbed(weights)) {
            abilities.add(Ability.EMBED);
        }
        return new Made(spec.family(), context, spec.cacheBytes(context, cache), abilities);
    }

    private static Made reading(Weights weights) {
        EncoderSpec spec = Encoders.spec(weights);
        Set<Ability> abilities = EnumSet.of(Ability.EMBED);
        if (spec.labels() == 1) {
            abilities.add(Ability.RERANK);
        }
        return new Made(spec.family(), spec.context(), 0, abilities);
    }

    /** Such as 135M or 1.2B. */
    private static String count(long numbers) {
        return numbers < 1_000_000
                ? String.valueOf(numbers)
                : numbers < 999_500_000
                        ? Math.round(numbers / 1e6) + "M"
                        : String.format(Locale.ROOT, "%.1fB", numbers / 1e9);
    }
}
