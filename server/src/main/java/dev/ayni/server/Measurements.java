package dev.ayni.server;

import dev.ayni.chat.Usage;
import dev.ayni.engine.generation.Load;
import dev.ayni.guard.Action;
import dev.ayni.guard.Stage;
import dev.ayni.guard.Verdict;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What is counted and timed, as Prometheus reads it. */
final class Measurements implements Answered.Listener, AutoCloseable {
    private static final Duration[] WAITS = {
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60)
    };
    private static final Duration[] PACES = {
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(20),
        Duration.ofMillis(40),
        Duration.ofMillis(80),
        Duration.ofMillis(160),
        Duration.ofMillis(320),
        Duration.ofMillis(640),
        Duration.ofSeconds(2)
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final Supplier<Map<String, Load>> loads;
    private final Map<MultiGauge, ToDoubleFunction<Load>> engine = new LinkedHashMap<>();
    private final ReentrantLock telling = new ReentrantLock();

    /**
     * Begins to measure.
     *
     * @param underWay how many requests are being answered
     * @param loads what the engines of the loaded models do, by the models' names
     */
    Measurements(Supplier<Number> underWay, Supplier<Map<String, Load>> loads) {
        this.loads = loads;
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        collections.bindTo(registry);
        Gauge.builder("ayni.http.requests.under.way", underWay)
                .description("Requests that are being answered")
                .register(registry);
        engine("ayni.engine.waiting", "Requests that wait for their turn", Load::waiting);
        engine("ayni.engine.running", "Requests that are computed", Load::running);
        engine("ayni.engine.batch", "Texts that the latest forward pass read", Load::batch);
        engine("ayni.engine.read.tokens.per.second", "Tokens through the model a second", Load::readPerSecond);
        engine("ayni.engine.drawn.tokens.per.second", "Tokens of answers a second", Load::drawnPerSecond);
        engine("ayni.engine.pages.used", "Pages of keys and values in use", Load::pagesUsed);
        engine("ayni.engine.pages.cached", "Pages kept for later requests", Load::pagesCached);
        engine("ayni.engine.pages.lost", "Pages that nobody has, by a mistake", Load::pagesLost);
        engine("ayni.engine.pages.budget", "Pages that there may be", Load::pagesBudget);
        engine("ayni.engine.read.tokens", "Tokens through the model since it was loaded", Load::readTokens);
        engine("ayni.engine.reused.tokens", "Tokens of prompts found in the prefix cache", Load::reusedTokens);
        engine("ayni.engine.preemptions", "How often a request gave its memory to others", Load::preemptions);
    }

    private void engine(String name, String description, ToDoubleFunction<Load> value) {
        engine.put(MultiGauge.builder(name).description(description).register(registry), value);
    }

    @Override
    public void answered(Answered request) {
        boolean waited = request.kind() == Answered.Kind.REQUEST;
        Timer.Builder timer = waited
                ? Timer.builder("ayni.http.requests")
                        .description("Requests, from their head to the end of the answer")
                        .tag("route", request.route().isEmpty() ? "none" : request.route())
                        .tag("method", request.route().isEmpty() ? "any" : request.method())
                        .serviceLevelObjectives(WAITS)
                : Timer.builder("ayni.unattended")
                        .description("Answers that nobody waited for: in the background, and of batches")
                        .tag("kind", request.kind().name().toLowerCase(Locale.ROOT));
        timer.tag("status", String.valueOf(request.status()))
                .register(registry)
                .record(request.nanos(), TimeUnit.NANOSECONDS);
        for (Answered.Use use : request.uses()) {
            used(use.model(), use.usage());
        }
        for (Answered.Decided decided : request.decisions()) {
            decided(decided.stage(), decided.verdict());
        }
    }

    private void decided(Stage stage, Verdict verdict) {
        boolean passed = verdict.action() == Action.ALLOW || verdict.findings().isEmpty();
        Counter.builder("ayni.guard.decisions")
                .description("Decisions of the guard about texts, with the weightiest category found")
                .tag("stage", stage.words())
                .tag("action", verdict.action().name().toLowerCase(Locale.ROOT))
                .tag("category", passed ? "none" : verdict.findings().getFirst().category())
                .tag("remembered", String.valueOf(verdict.remembered()))
                .register(registry)
                .increment();
    }

    private void used(String model, Usage usage) {
        count("ayni.tokens.prompt", "Tokens of prompts", model, usage.promptTokens());
        count("ayni.tokens.reused", "Tokens of prompts that were remembered", model, usage.reusedTokens());
        count("ayni.tokens.answer", "Tokens of answers", model, usage.answerTokens());
        Timer.builder("ayni.first.token")
                .description("From the model's being asked to its first token")
                .tag("model", model)
                .serviceLevelObjectives(WAITS)
                .register(registry)
                .record(usage.promptNanos(), TimeUnit.NANOSECONDS);
        Timer.builder("ayni.queue")
                .description("From the model's being asked to the beginning of its reading")
                .tag("model", model)
                .serviceLevelObjectives(WAITS)
                .register(registry)
                .record(usage.queueNanos(), TimeUnit.NANOSECONDS);
        if (usage.answerTokens() > 1) {
            Timer.builder("ayni.token")
                    .description("From one token of an answer to the next, the mean of each answer")
                    .tag("model", model)
                    .serviceLevelObjectives(PACES)
                    .register(registry)
                    .record(usage.answerNanos() / (usage.answerTokens() - 1), TimeUnit.NANOSECONDS);
        }
    }

    private void count(String name, String description, String model, int tokens) {
        Counter.builder(name)
                .description(description)
                .tag("model", model)
                .register(registry)
                .increment(tokens);
    }

    /** All of it, in Prometheus's text format. */
    String text() {
        telling.lock(); // rows that are exchanged while they are written would stand there twice
        try {
            Map<String, Load> now = loads.get();
            engine.forEach((gauge, value) -> {
                List<MultiGauge.Row<?>> rows = now.entrySet().stream()
                        .<MultiGauge.Row<?>>map(entry -> MultiGauge.Row.of(
                                Tags.of("model", entry.getKey()), value.applyAsDouble(entry.getValue())))
                        .toList();
                gauge.register(rows, true);
            });
            return registry.scrape();
        } finally {
            telling.unlock();
        }
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
